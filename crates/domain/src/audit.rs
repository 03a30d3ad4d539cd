//! What the audit trail tells: who did what to whom, from where, and how it went.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use thiserror::Error;

use crate::caller::ClientInfo;
use crate::id::UserId;
use crate::time::Timestamp;

macro_rules! events {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// One kind of thing that is told.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum AuditEvent { $($(#[$doc])* $variant,)* }

        impl AuditEvent {
            /// Every kind there is.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name clients and databases use.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

events! {
    /// An account was made, or was not.
    Registered = "account.registered",
    /// An admin was made on the command line.
    AdminCreated = "account.admin_created",
    /// An account was made for somebody else.
    Created = "account.created",
    /// Somebody else changed what an account tells.
    Updated = "account.updated",
    /// Somebody else has an account choose a new password.
    PasswordResetForced = "account.password_reset_forced",
    /// Somebody else ended all sessions of an account.
    SessionsEnded = "account.sessions_ended",
    /// Somebody took all that is kept about them.
    Exported = "account.exported",
    /// An account was suspended.
    Suspended = "account.suspended",
    /// A suspended account was restored.
    Restored = "account.restored",
    /// The roles of an account changed.
    RolesChanged = "account.roles_changed",
    /// An account was deleted.
    Deleted = "account.deleted",
    /// Somebody signed in, or tried to.
    SignedIn = "session.signed_in",
    /// A session ended by its owner's wish.
    SignedOut = "session.signed_out",
    /// All sessions of an account ended by its owner's wish.
    SignedOutEverywhere = "session.signed_out_everywhere",
    /// A session was ended from another one.
    SessionRevoked = "session.revoked",
    /// A spent refresh token was used again, and its session ended.
    RefreshReused = "session.refresh_reused",
    /// Every session of the installation ended on the command line.
    EverythingRevoked = "session.everything_revoked",
    /// The password was changed, or was not.
    PasswordChanged = "password.changed",
    /// A link for a new password was asked for.
    PasswordResetRequested = "password.reset_requested",
    /// A new password was set by a link.
    PasswordReset = "password.reset",
    /// A link to prove an address was asked for.
    EmailVerificationRequested = "email.verification_requested",
    /// An address was proven.
    EmailVerified = "email.verified",
    /// A change of address was asked for.
    EmailChangeRequested = "email.change_requested",
    /// The address changed.
    EmailChanged = "email.changed",
    /// A change of address was taken back from the old one.
    EmailChangeReverted = "email.change_reverted",
    /// Somebody was told to come back later.
    LimitHit = "limit.hit",
    /// Somebody asked for what they may not.
    AccessDenied = "access.denied",
    /// A role was made.
    RoleCreated = "role.created",
    /// A role was changed.
    RoleUpdated = "role.updated",
    /// A role was deleted.
    RoleDeleted = "role.deleted",
    /// Accounts were taken over from another system on the command line.
    Imported = "data.imported",
    /// Accounts were written out on the command line.
    UsersExported = "data.exported",
    /// Everything was copied from another database on the command line.
    Copied = "data.copied",
    /// Somebody changed or removed another person's post.
    PostModerated = "post.moderated",
    /// Somebody changed or removed another person's comment.
    CommentModerated = "comment.moderated",
    /// A message of the contact form was marked or removed.
    MessageHandled = "contact.handled",
    /// A state guide was edited.
    StateEdited = "state.edited",
    /// A mail that was not sent was given another try.
    MailRetried = "mail.retried",
    /// The keys that sign tokens were rotated.
    KeysRotated = "keys.rotated",
    /// More was refused at once than the trail keeps; the detail says how much is missing.
    TrailOverflowed = "audit.overflow",
}

/// No event has this name.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("not an event")]
pub struct AuditEventError;

impl FromStr for AuditEvent {
    type Err = AuditEventError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL.iter().copied().find(|event| event.as_str() == name).ok_or(AuditEventError)
    }
}

impl fmt::Display for AuditEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditOutcome {
    /// It was done.
    Success,
    /// It was refused.
    Failure,
}

impl AuditOutcome {
    /// The name clients and databases use.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
        }
    }
}

/// Not `success` or `failure`.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("neither `success` nor `failure`")]
pub struct AuditOutcomeError;

impl FromStr for AuditOutcome {
    type Err = AuditOutcomeError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "success" => Ok(Self::Success),
            "failure" => Ok(Self::Failure),
            _ => Err(AuditOutcomeError),
        }
    }
}

/// One line of the trail. It never holds a secret, nor what somebody typed where a secret may have been typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRecord {
    /// When.
    pub at: Timestamp,
    /// What.
    pub event: AuditEvent,
    /// How it went.
    pub outcome: AuditOutcome,
    /// Who did it, where somebody was known.
    pub actor: Option<UserId>,
    /// To whose account, where there is one.
    pub subject: Option<UserId>,
    /// From where.
    pub ip: Option<IpAddr>,
    /// In which request.
    pub request_id: Option<String>,
    /// Why, or what else is to be known: a few words of ours.
    pub detail: Option<String>,
}

impl AuditRecord {
    /// That `event` went well at `now`, asked for by `client`.
    #[must_use]
    pub fn success(now: Timestamp, event: AuditEvent, client: &ClientInfo) -> Self {
        Self::of(now, event, AuditOutcome::Success, client)
    }

    /// That `event` was refused at `now`, asked for by `client`.
    #[must_use]
    pub fn failure(now: Timestamp, event: AuditEvent, client: &ClientInfo) -> Self {
        Self::of(now, event, AuditOutcome::Failure, client)
    }

    fn of(at: Timestamp, event: AuditEvent, outcome: AuditOutcome, client: &ClientInfo) -> Self {
        let (ip, request_id) = (client.ip(), client.request_id().map(str::to_owned));
        Self { at, event, outcome, actor: None, subject: None, ip, request_id, detail: None }
    }

    /// Done by `user_id` to their own account.
    #[must_use]
    pub fn by(self, user_id: UserId) -> Self {
        Self { actor: Some(user_id), subject: Some(user_id), ..self }
    }

    /// Done to the account `user_id`, by nobody we know.
    #[must_use]
    pub fn on(self, user_id: UserId) -> Self {
        Self { subject: Some(user_id), ..self }
    }

    /// Done by `actor` to the account `subject`, which may be their own.
    #[must_use]
    pub fn by_to(self, actor: UserId, subject: UserId) -> Self {
        Self { actor: Some(actor), subject: Some(subject), ..self }
    }

    /// Done by `actor` to no account.
    #[must_use]
    pub fn acted(self, actor: UserId) -> Self {
        Self { actor: Some(actor), ..self }
    }

    /// With a few words of ours.
    #[must_use]
    pub fn saying(self, detail: impl Into<String>) -> Self {
        Self { detail: Some(detail.into()), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_and_outcome_is_known_by_its_name() {
        for event in AuditEvent::ALL {
            assert_eq!(event.to_string().parse(), Ok(*event));
        }
        for outcome in [AuditOutcome::Success, AuditOutcome::Failure] {
            assert_eq!(outcome.as_str().parse(), Ok(outcome));
        }
        assert_eq!("".parse::<AuditEvent>(), Err(AuditEventError));
        assert_eq!("Success".parse::<AuditOutcome>(), Err(AuditOutcomeError));
    }
}
