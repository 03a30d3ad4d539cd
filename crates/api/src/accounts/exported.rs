//! What is kept about a person, as they take it with them.

use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;
use vestibule_auth::export_data::{Begun, MailedLink};
use vestibule_domain::id::UserId;
use vestibule_domain::time::Timestamp;
use vestibule_persistence::audit::AuditEntry;
use vestibule_persistence::own_data::{
    ImportMark, KnownClient, OpenWayBack, SentMessage, WaitingMail, WrittenComment, WrittenPost,
};

use super::{Instant, UserView};
use crate::admin::AuditView;
use crate::face::Face;
use crate::sessions::SessionView;

/// Everything that is kept about a person.
//
// It stands here for the document: the head is written first, and the lists part by part.
#[derive(Serialize, ToSchema)]
#[schema(as = Export)]
pub(crate) struct ExportView {
    /// When it was asked for.
    #[schema(format = DateTime)]
    exported_at: Instant,
    account: UserView<'static>,
    /// Links that were mailed and have not run out.
    mailed_links: Vec<MailedLinkView<'static>>,
    /// Sessions, those that ran out and are not purged yet included.
    sessions: Vec<SessionView>,
    /// Browsers and addresses the account was used with.
    known_clients: Vec<KnownClientView>,
    /// Ways back to addresses it had.
    ways_back: Vec<WayBackView>,
    /// Mails to it that have not left.
    waiting_mails: Vec<WaitingMailView>,
    /// What it did and what was done to it, oldest first, as far as the audit trail reaches back.
    audit_events: Vec<AuditView>,
    /// What it wrote for others to read.
    posts: Vec<PostView>,
    /// What it said to what others wrote.
    comments: Vec<CommentView>,
    /// What it wrote to those who run the installation.
    contact_messages: Vec<MessageView>,
    /// Where it was taken over from.
    imports: Vec<ImportView>,
}

/// What of it stands before the lists.
#[derive(Serialize)]
pub(super) struct Head<'a> {
    exported_at: Instant,
    account: UserView<'a>,
    mailed_links: Vec<MailedLinkView<'a>>,
}

impl<'a> Head<'a> {
    /// `begun` at `now`.
    pub(super) fn new(face: &Face, now: Timestamp, begun: &'a Begun) -> Self {
        Self {
            exported_at: Instant(now),
            account: UserView::new(face, &begun.user),
            mailed_links: begun.mailed_links.iter().map(MailedLinkView::from).collect(),
        }
    }
}

/// A link that was mailed.
#[derive(Serialize, ToSchema)]
#[schema(as = MailedLink)]
struct MailedLinkView<'a> {
    /// What for.
    #[schema(example = "verify_email")]
    purpose: &'static str,
    /// The address it is about.
    #[schema(format = "email")]
    email: &'a str,
    /// When it ends by itself.
    #[schema(format = DateTime)]
    expires_at: Instant,
}

impl<'a> From<&'a MailedLink> for MailedLinkView<'a> {
    fn from(link: &'a MailedLink) -> Self {
        let (purpose, email) = (link.purpose.as_str(), link.email.as_str());
        Self { purpose, email, expires_at: Instant(link.expires_at) }
    }
}

/// A browser and an address the account was used with.
#[derive(Serialize, ToSchema)]
#[schema(as = KnownClient)]
pub(super) struct KnownClientView {
    /// The address as limits count it.
    address: String,
    /// The browser's word for itself; empty where it had none.
    user_agent: String,
    /// When it came first.
    #[schema(format = DateTime)]
    first_seen_at: Instant,
    /// When it came last.
    #[schema(format = DateTime)]
    last_seen_at: Instant,
}

impl From<KnownClient> for KnownClientView {
    fn from(row: KnownClient) -> Self {
        Self {
            address: row.address,
            user_agent: row.user_agent,
            first_seen_at: Instant(row.first_seen_at),
            last_seen_at: Instant(row.last_seen_at),
        }
    }
}

/// A way back to an address the account had.
#[derive(Serialize, ToSchema)]
#[schema(as = WayBack)]
pub(super) struct WayBackView {
    /// Where it leads.
    #[schema(format = "email")]
    old_email: String,
    /// When that had been proven.
    #[schema(format = DateTime, required)]
    old_verified_at: Option<Instant>,
    /// When the change was asked for that it takes back.
    #[schema(format = DateTime)]
    asked_at: Instant,
    /// When it closes.
    #[schema(format = DateTime)]
    expires_at: Instant,
}

impl From<OpenWayBack> for WayBackView {
    fn from(row: OpenWayBack) -> Self {
        Self {
            old_email: row.old_email,
            old_verified_at: row.old_verified_at.map(Instant),
            asked_at: Instant(row.asked_at),
            expires_at: Instant(row.expires_at),
        }
    }
}

/// A mail that has not left.
#[derive(Serialize, ToSchema)]
#[schema(as = WaitingMail)]
pub(super) struct WaitingMailView {
    /// Its number.
    #[schema(minimum = 1)]
    id: i64,
    /// What for.
    #[schema(example = "new_sign_in")]
    kind: String,
    /// What it is about.
    #[schema(value_type = Object)]
    about: Box<RawValue>,
    /// When it was ordered.
    #[schema(format = DateTime)]
    created_at: Instant,
    /// When it was given up.
    #[schema(format = DateTime, required)]
    dead_at: Option<Instant>,
}

impl From<WaitingMail> for WaitingMailView {
    fn from(row: WaitingMail) -> Self {
        // The outbox keeps JSON and nothing else.
        let about = RawValue::from_string(row.payload).unwrap_or_else(|_| RawValue::NULL.to_owned());
        Self {
            id: row.id,
            kind: row.kind,
            about,
            created_at: Instant(row.created_at),
            dead_at: row.dead_at.map(Instant),
        }
    }
}

/// A post.
#[derive(Serialize, ToSchema)]
#[schema(as = ExportedPost)]
pub(super) struct PostView {
    /// Its number.
    #[schema(minimum = 1)]
    id: i64,
    /// Its title.
    title: String,
    /// Its name in addresses.
    slug: String,
    /// Its text, in Markdown.
    content: String,
    /// When it was begun.
    #[schema(format = DateTime)]
    created_at: Instant,
    /// When it last changed.
    #[schema(format = DateTime)]
    updated_at: Instant,
    /// Since when others can read it.
    #[schema(format = DateTime, required)]
    published_at: Option<Instant>,
}

impl From<WrittenPost> for PostView {
    fn from(row: WrittenPost) -> Self {
        Self {
            id: row.id,
            title: row.title,
            slug: row.slug,
            content: row.content,
            created_at: Instant(row.created_at),
            updated_at: Instant(row.updated_at),
            published_at: row.published_at.map(Instant),
        }
    }
}

/// A comment.
#[derive(Serialize, ToSchema)]
#[schema(as = ExportedComment)]
pub(super) struct CommentView {
    /// Its number.
    #[schema(minimum = 1)]
    id: i64,
    /// The post it is to.
    #[schema(minimum = 1)]
    post_id: i64,
    /// Its text.
    content: String,
    /// When it was written.
    #[schema(format = DateTime)]
    created_at: Instant,
    /// When it last changed.
    #[schema(format = DateTime)]
    updated_at: Instant,
}

impl From<WrittenComment> for CommentView {
    fn from(row: WrittenComment) -> Self {
        Self {
            id: row.id,
            post_id: row.post_id,
            content: row.content,
            created_at: Instant(row.created_at),
            updated_at: Instant(row.updated_at),
        }
    }
}

/// A message to those who run the installation.
#[derive(Serialize, ToSchema)]
#[schema(as = ExportedContactMessage)]
pub(super) struct MessageView {
    /// Its number.
    #[schema(minimum = 1)]
    id: i64,
    /// The name given in it.
    name: String,
    /// The address given in it.
    #[schema(format = "email")]
    email: String,
    /// What it is about.
    subject: String,
    /// Its text.
    message: String,
    /// When it was sent.
    #[schema(format = DateTime)]
    created_at: Instant,
    /// When somebody was done with it.
    #[schema(format = DateTime, required)]
    handled_at: Option<Instant>,
}

impl From<SentMessage> for MessageView {
    fn from(row: SentMessage) -> Self {
        Self {
            id: row.id,
            name: row.name,
            email: row.email,
            subject: row.subject,
            message: row.message,
            created_at: Instant(row.created_at),
            handled_at: row.handled_at.map(Instant),
        }
    }
}

/// Where an account was taken over from.
#[derive(Serialize, ToSchema)]
#[schema(as = Import)]
pub(super) struct ImportView {
    /// The other system.
    source: String,
    /// What the account was called there.
    source_key: String,
    /// When it was taken over.
    #[schema(format = DateTime)]
    imported_at: Instant,
}

impl From<ImportMark> for ImportView {
    fn from(row: ImportMark) -> Self {
        Self { source: row.source, source_key: row.source_key, imported_at: Instant(row.imported_at) }
    }
}

/// A line of the trail as `user_id` takes it along: where somebody else did it, their address is theirs.
pub(super) fn audit_view(mut entry: AuditEntry, user_id: UserId) -> AuditView {
    if entry.record.actor.is_some_and(|actor| actor != user_id) {
        entry.record.ip = None;
        entry.record.request_id = None;
    }
    entry.into()
}
