//! What another system hands over.

use thiserror::Error;
use vestibule_domain::time::Timestamp;
use vestibule_persistence::StoreError;
use zeroize::Zeroizing;

/// A role as another system has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceRole {
    /// What it is called there: becomes the name by its slug, and the description as it stands.
    pub name: String,
    /// Which of our permissions it comes to; `None` where the source says nothing of that.
    pub permissions: Option<vestibule_domain::permission::PermissionSet>,
}

/// What opens an account there.
pub enum SourcePassword {
    /// A hash, as it was stored.
    Hash(String),
    /// The password itself.
    Plain(Zeroizing<String>),
    /// Nothing.
    None,
}

/// An account as another system has it: nothing is parsed yet.
pub struct SourceUser {
    /// What it is known by there; rows come in the same order every time.
    pub key: String,
    /// Where it stands, for people: `auth_user id 7`, `line 12`.
    pub place: String,
    /// The name.
    pub username: Option<String>,
    /// The address.
    pub email: Option<String>,
    /// The person's name.
    pub full_name: Option<String>,
    /// What opens it.
    pub password: SourcePassword,
    /// Whether it may sign in.
    pub is_active: bool,
    /// Whether it is to be admin.
    pub is_admin: bool,
    /// Whether the address was proven.
    pub email_verified: bool,
    /// The roles, as [`SourceRole::name`] has them.
    pub roles: Vec<String>,
    /// When it was made.
    pub created_at: Option<Timestamp>,
    /// When it last signed in.
    pub last_login_at: Option<Timestamp>,
    /// What friends say.
    pub nickname: Option<String>,
    /// A telephone number.
    pub phone: Option<String>,
    /// The day of birth, as text.
    pub dob: Option<String>,
    /// The path of a picture, below the folder of the other system's uploads.
    pub avatar: Option<String>,
    /// Free JSON: the text of an object.
    pub metadata: Option<String>,
    /// Why the row cannot be taken at all, where the source itself found that: it is skipped with this reason, and nothing else
    /// of it holds. Never a password, a hash or a token.
    pub fault: Option<String>,
    /// What the source could not read of the row, in words: it is taken without that.
    pub losses: Vec<String>,
}

/// A token as another system has it.
pub struct SourceToken {
    /// What it is known by there (not the token itself): for the order and the report.
    pub key: String,
    /// The account's [`SourceUser::key`].
    pub user: String,
    /// The token.
    pub token: Zeroizing<String>,
    /// When it ends; our own limit where it says nothing.
    pub expires_at: Option<Timestamp>,
    /// Why it cannot be taken at all, where the source itself found that: it is skipped with this reason.
    pub fault: Option<&'static str>,
}

/// What somebody wrote there: a post, a comment or a message.
pub struct SourceText {
    /// What it is known by there.
    pub key: String,
    /// Where it stands, for people.
    pub place: String,
    /// What it is, with what belongs to it.
    pub kind: TextKind,
    /// The account's [`SourceUser::key`], where there is one.
    pub user: Option<String>,
    /// The text.
    pub content: String,
    /// When it was written.
    pub created_at: Option<Timestamp>,
    /// Why it cannot be taken at all, where the source itself found that: it is skipped with this reason.
    pub fault: Option<&'static str>,
    /// What the source could not read of the row, in words: it is taken without that.
    pub losses: Vec<String>,
}

/// Whether a post is for everybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Publication {
    /// Since then, or since it was written where the source does not say when.
    Published(Option<Timestamp>),
    /// It is not.
    Draft,
}

/// The kinds of text.
pub enum TextKind {
    /// A post with its title.
    Post {
        /// Its title.
        title: String,
        /// Whether it is for everybody.
        publication: Publication,
    },
    /// A comment on a post.
    Comment {
        /// The post's [`SourceText::key`].
        post: String,
    },
    /// A message of the contact form.
    ContactMessage {
        /// Who sent it.
        name: String,
        /// Where an answer goes.
        email: String,
        /// What about.
        subject: String,
    },
}

/// Why a source cannot be read.
#[derive(Debug, Error)]
pub enum SourceError {
    /// What was asked for is not there, or is not what it should be: a sentence for people.
    #[error("{0}")]
    Unusable(String),
    /// The file.
    #[error(transparent)]
    File(#[from] std::io::Error),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The steps of a run, in their order. A source without one of them answers nothing there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Accounts with their roles.
    Users,
    /// Their tokens.
    Tokens,
    /// Posts.
    Posts,
    /// Comments.
    Comments,
    /// Messages.
    ContactMessages,
}

/// Another system. The next rows are read while the last ones are written, on another thread. Each `.._after` hands over up to `limit` rows behind the one with the key `after`, always in the same order.
pub trait Source: Send {
    /// What the run is called by: the same for every run from this source, another for every other. Stands in the database.
    fn name(&self) -> &str;

    /// About how many rows `step` has, for the progress bar.
    fn count(&mut self, step: Step) -> Result<u64, SourceError>;

    /// All roles.
    fn roles(&mut self) -> Result<Vec<SourceRole>, SourceError>;

    /// Accounts.
    fn users_after(&mut self, after: Option<&str>, limit: usize) -> Result<Vec<SourceUser>, SourceError>;

    /// Tokens.
    fn tokens_after(&mut self, _after: Option<&str>, _limit: usize) -> Result<Vec<SourceToken>, SourceError> {
        Ok(Vec::new())
    }

    /// What people wrote, of the kind of `step`.
    fn texts_after(
        &mut self,
        _step: Step,
        _after: Option<&str>,
        _limit: usize,
    ) -> Result<Vec<SourceText>, SourceError> {
        Ok(Vec::new())
    }
}
