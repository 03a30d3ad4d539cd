//! What is to be written to people.
//!
//! An order says what for and to whom, and holds no secret: the token in a link is made when the mail leaves, so that
//! it lies nowhere in readable form and none of its life is spent waiting.

use crate::email::EmailAddress;
use crate::id::UserId;
use crate::time::Timestamp;

/// One mail to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MailOrder {
    /// A link to choose a new password, for whoever has this address: nobody looks that up before the mail is written,
    /// so that asking takes the same time for every address.
    ResetPassword {
        /// As somebody typed it; the mail goes to the stored one, if there is one.
        typed: EmailAddress,
    },
    /// A link to prove the account's address.
    VerifyEmail {
        /// The account.
        user_id: UserId,
    },
    /// A link to prove the address that an account is to have.
    ConfirmEmailChange {
        /// The account.
        user_id: UserId,
        /// The new address; the mail goes there.
        new_email: EmailAddress,
        /// The account's `token_epoch` when it was asked for. Where that has risen before the mail leaves, the change was
        /// voided, and there is no mail: else a slow mail server would bring a change back to life.
        epoch: i64,
    },
    /// To the old address: it is about to change, with a link to take that back.
    EmailChangeNotice {
        /// The account.
        user_id: UserId,
        /// The old address; the mail goes there.
        old_email: EmailAddress,
        /// When that was proven, if it was: taking the change back brings back no more than there was.
        old_verified_at: Option<Timestamp>,
        /// What it is to become.
        new_email: EmailAddress,
    },
    /// A link to choose a first password, for whom an account was made.
    ChooseFirstPassword {
        /// The account.
        user_id: UserId,
    },
    /// A link to choose a new password, for whom somebody else had the old one voided.
    ChooseNewPassword {
        /// The account.
        user_id: UserId,
    },
    /// To the old address: somebody who looks after the accounts put another in its place.
    EmailReplaced {
        /// The account.
        user_id: UserId,
        /// The old address; the mail goes there.
        old_email: EmailAddress,
    },
    /// To the address that a deleted account had.
    AccountDeleted {
        /// The mail goes there.
        email: EmailAddress,
    },
    /// The password was changed or reset.
    PasswordChanged {
        /// The account.
        user_id: UserId,
    },
    /// Somebody signed in with a browser the account was never used with.
    NewSignIn {
        /// The account.
        user_id: UserId,
        /// From where.
        ip: Option<String>,
        /// The browser's word for itself.
        user_agent: Option<String>,
    },
    /// Somebody wanted to register with, or change to, an address that has an account.
    AccountExists {
        /// The account.
        user_id: UserId,
    },
}

impl MailOrder {
    /// The name stores and people use for its kind.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::ResetPassword { .. } => "reset_password",
            Self::VerifyEmail { .. } => "verify_email",
            Self::ConfirmEmailChange { .. } => "confirm_email_change",
            Self::EmailChangeNotice { .. } => "email_change_notice",
            Self::ChooseFirstPassword { .. } => "choose_first_password",
            Self::ChooseNewPassword { .. } => "choose_new_password",
            Self::EmailReplaced { .. } => "email_replaced",
            Self::AccountDeleted { .. } => "account_deleted",
            Self::PasswordChanged { .. } => "password_changed",
            Self::NewSignIn { .. } => "new_sign_in",
            Self::AccountExists { .. } => "account_exists",
        }
    }

    /// The account it is about, where that is known before the mail is written.
    #[must_use]
    pub fn user_id(&self) -> Option<UserId> {
        match self {
            Self::ResetPassword { .. } | Self::AccountDeleted { .. } => None,
            Self::VerifyEmail { user_id }
            | Self::ConfirmEmailChange { user_id, .. }
            | Self::EmailChangeNotice { user_id, .. }
            | Self::ChooseFirstPassword { user_id }
            | Self::ChooseNewPassword { user_id }
            | Self::EmailReplaced { user_id, .. }
            | Self::PasswordChanged { user_id }
            | Self::NewSignIn { user_id, .. }
            | Self::AccountExists { user_id } => Some(*user_id),
        }
    }
}
