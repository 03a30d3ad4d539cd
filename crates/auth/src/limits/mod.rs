//! How often people may try.
//!
//! Each limit is a token bucket for everybody it is counted for: exact, however many ask at once, and cheap to refuse by.
//! What is counted in memory is bounded and what is counted in Redis ends by itself.
//!
//! Nobody can lock somebody else out for long. Ten failures of one address empty the bucket that an account has for
//! strangers. Then that address waits a minute, and longer with each further failure, and what it is refused meanwhile
//! takes nothing: what comes back is left to others. Many addresses together can keep that bucket empty; whoever comes
//! from an address the account was used from has one of their own.
//!
//! Nor can anybody switch off somebody else's mails of one kind by causing those of another.

mod bounded;
mod delays;
mod limit;
mod rules;
mod told;

#[cfg(test)]
mod tests;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest, Sha256};
use thiserror::Error;
use vestibule_domain::caller::limit_key;
use vestibule_domain::email::EmailKey;
use vestibule_domain::id::UserId;
use vestibule_domain::rate::Rate;
use vestibule_domain::sign_in_name::SignInName;
use vestibule_domain::time::Timestamp;
use vestibule_persistence::ephemeral::{RedisError, RedisStore};

use self::delays::Delays;
use self::limit::Limit;
pub use self::rules::LimitRules;
use self::told::Told;

/// Whom a limit in all is counted for.
const EVERYBODY: &str = "everybody";

/// What is limited by address and in all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LimitedAction {
    /// Signing in.
    SignIn,
    /// Registering.
    Register,
    /// Refreshing.
    Refresh,
    /// Causing a mail.
    AskForMail,
    /// Using a mailed token.
    UseToken,
    /// Writing to those who run the site.
    Contact,
}

impl LimitedAction {
    /// The name of its policy, as the `RateLimit` header gives it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::Register => "register",
            Self::Refresh => "refresh",
            Self::AskForMail => "mail",
            Self::UseToken => "token",
            Self::Contact => "contact",
        }
    }
}

/// What is limited by account, wherever it is done from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AuthorAction {
    /// Writing or changing a post or a comment.
    Write,
    /// Having a post shown as it will look, which takes the work of showing it and keeps nothing.
    Preview,
}

impl AuthorAction {
    /// The name of its policy, as the `RateLimit` header gives it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Write => "write",
            Self::Preview => "preview",
        }
    }
}

/// What a mail is for that somebody else may have caused. Each kind is counted by itself: however many others a stranger
/// causes, a link for a new password comes when its owner asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MailKind {
    /// A link for a new password.
    Reset,
    /// A link that proves an address, or asks whether it is to be somebody's.
    Proof,
    /// A notice of what happened.
    Notice,
}

impl MailKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Reset => "reset",
            Self::Proof => "proof",
            Self::Notice => "notice",
        }
    }
}

/// Too often.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("too many attempts")]
pub struct TooMany {
    /// The name of the limit that was hit.
    pub policy: &'static str,
    /// What it allows.
    pub rate: Rate,
    /// When the next is allowed.
    pub retry_after: Duration,
}

/// Whose password is being tried: an account, or a name that nobody has, which is limited just the same.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum TriedAccount {
    /// An account.
    Known(UserId),
    /// Nobody.
    Unknown(SignInName),
}

impl TriedAccount {
    /// What it is counted under. What people type is not written to Redis; one mistyped address written in two ways is
    /// one name, as it would be with an account.
    fn key(&self) -> String {
        match self {
            Self::Known(user_id) => format!("account/{user_id}"),
            Self::Unknown(name) => {
                let key = name.email().map_or(name.username().as_str(), EmailKey::as_str);
                format!("name/{}", digest(key))
            }
        }
    }
}

/// The limits of an installation: counted in this process, or in Redis for all nodes. Where Redis is away each process
/// counts by the same rules.
pub struct Limits {
    is_on: bool,
    redis: Option<Arc<RedisStore>>,
    sign_in: Limit,
    sign_in_in_all: Limit,
    sign_in_account: Limit,
    sign_in_delays: Delays,
    register: Limit,
    register_in_all: Limit,
    refresh: Limit,
    ask_for_mail: Limit,
    recipient: Limit,
    use_token: Limit,
    contact: Limit,
    contact_in_all: Limit,
    write: Limit,
    preview: Limit,
    told: Told,
}

impl Limits {
    /// Limits by `rules`, shared through `redis` where there is one.
    #[must_use]
    pub fn new(rules: LimitRules, redis: Option<Arc<RedisStore>>) -> Self {
        let of = |action: LimitedAction, rate| Limit::new(action.as_str(), rate);
        Self {
            is_on: rules.is_on,
            redis,
            sign_in: of(LimitedAction::SignIn, rules.sign_in_per_address),
            sign_in_in_all: Limit::new("sign-in-all", rules.sign_in_in_all),
            sign_in_account: Limit::new("sign-in-account", rules.sign_in_per_account),
            sign_in_delays: Delays::new(),
            register: of(LimitedAction::Register, rules.register_per_address),
            register_in_all: Limit::new("register-all", rules.register_in_all),
            refresh: of(LimitedAction::Refresh, rules.refresh_per_address),
            ask_for_mail: of(LimitedAction::AskForMail, rules.mail_per_address),
            recipient: Limit::new("mail-recipient", rules.mail_per_recipient),
            use_token: of(LimitedAction::UseToken, rules.token_per_address),
            contact: of(LimitedAction::Contact, rules.contact_per_address),
            contact_in_all: Limit::new("contact-all", rules.contact_in_all),
            write: Limit::new(AuthorAction::Write.as_str(), rules.write_per_account),
            preview: Limit::new(AuthorAction::Preview.as_str(), rules.preview_per_account),
            told: Told::default(),
        }
    }

    /// Whether asking may wait for Redis; if not, an async shell may ask where it stands.
    #[must_use]
    pub fn may_wait(&self) -> bool {
        self.is_on && self.redis.is_some()
    }

    /// Takes one `action` of `address`, and of everybody together. What an address is refused takes nothing from
    /// everybody.
    pub fn admit(&self, now: Timestamp, action: LimitedAction, address: IpAddr) -> Result<(), TooMany> {
        if !self.is_on {
            return Ok(());
        }
        let (by_address, in_all) = self.of(action);
        by_address.take(self.redis(), now, &limit_key(address).to_string())?;
        in_all.map_or(Ok(()), |limit| limit.take(self.redis(), now, EVERYBODY))
    }

    /// Whether [`Limits::admit`] would refuse by what this process knows. Never waits: a flood of what is refused anyway
    /// asks Redis nothing, nor keeps others from a place where one may wait.
    #[must_use]
    pub fn refused(&self, now: Timestamp, action: LimitedAction, address: IpAddr) -> Option<TooMany> {
        if !self.is_on {
            return None;
        }
        let (by_address, in_all) = self.of(action);
        let known = by_address.refused(now, &limit_key(address).to_string());
        known.or_else(|| in_all.and_then(|limit| limit.refused(now, EVERYBODY)))
    }

    /// Takes one `action` of `user_id`, wherever they write from.
    pub fn admit_author(&self, now: Timestamp, action: AuthorAction, user_id: UserId) -> Result<(), TooMany> {
        if !self.is_on {
            return Ok(());
        }
        self.of_author(action).take(self.redis(), now, &user_id.to_string())
    }

    /// Whether [`Limits::admit_author`] would refuse by what this process knows. Never waits.
    #[must_use]
    pub fn refused_author(&self, now: Timestamp, action: AuthorAction, user_id: UserId) -> Option<TooMany> {
        if self.is_on { self.of_author(action).refused(now, &user_id.to_string()) } else { None }
    }

    fn of_author(&self, action: AuthorAction) -> &Limit {
        match action {
            AuthorAction::Write => &self.write,
            AuthorAction::Preview => &self.preview,
        }
    }

    /// The limit of an address, and the one of everybody where there is one.
    fn of(&self, action: LimitedAction) -> (&Limit, Option<&Limit>) {
        match action {
            LimitedAction::SignIn => (&self.sign_in, Some(&self.sign_in_in_all)),
            LimitedAction::Register => (&self.register, Some(&self.register_in_all)),
            LimitedAction::Refresh => (&self.refresh, None),
            LimitedAction::AskForMail => (&self.ask_for_mail, None),
            LimitedAction::UseToken => (&self.use_token, None),
            LimitedAction::Contact => (&self.contact, Some(&self.contact_in_all)),
        }
    }

    /// Whether that `what` happened to `who` from `address` was not told of lately; from now on it was. A flood of
    /// refusals is no flood of rows or lines.
    #[must_use]
    pub fn is_news(&self, now: Timestamp, what: &'static str, who: Option<UserId>, address: IpAddr) -> bool {
        self.told.is_news(now, (what, who, limit_key(address)))
    }

    /// Takes one check of the password of `account`. `is_known` says whether the account was used from `address` before:
    /// such an address has a count of its own, so that strangers' failures do not keep its owner out. An address that
    /// failed several times with this account waits longer each time.
    pub fn admit_check(
        &self,
        now: Timestamp,
        account: &TriedAccount,
        address: IpAddr,
        is_known: bool,
    ) -> Result<(), TooMany> {
        if !self.is_on {
            return Ok(());
        }
        let (account, address) = (account.key(), limit_key(address).to_string());
        self.sign_in_delays.check(self.redis(), now, &format!("{account}/{address}"))?;
        let who = if is_known { &address } else { "strangers" };
        self.sign_in_account.take(self.redis(), now, &format!("{account}/{who}"))
    }

    /// Notes how a check of the password of `account` by `address` went. A success ends the growing delay of this pair, and
    /// gives nothing back to the address.
    pub fn note_check(&self, now: Timestamp, account: &TriedAccount, address: IpAddr, succeeded: bool) {
        if !self.is_on {
            return;
        }
        let pair = format!("{}/{}", account.key(), limit_key(address));
        if succeeded {
            self.sign_in_delays.forget(self.redis(), now, &pair);
        } else {
            self.sign_in_delays.note_failure(self.redis(), now, &pair);
        }
    }

    /// Takes one mail of `kind` that somebody else caused to `recipient`. `false` means: send none, and tell nobody.
    #[must_use]
    pub fn admit_mail(&self, now: Timestamp, kind: MailKind, recipient: &EmailKey) -> bool {
        let whom = || format!("{}/{}", kind.as_str(), digest(recipient.as_str()));
        !self.is_on || self.recipient.take(self.redis(), now, &whom()).is_ok()
    }

    /// Whether Redis answers, where there is one. It may wait for it, as everything that asks Redis does.
    #[must_use]
    pub fn check_redis(&self) -> Option<Result<(), RedisError>> {
        self.redis().map(RedisStore::ping)
    }

    fn redis(&self) -> Option<&RedisStore> {
        self.redis.as_deref()
    }
}

/// Enough of a digest of `text` to tell it from every other.
fn digest(text: &str) -> String {
    base16ct::lower::encode_string(&Sha256::digest(text)[..16])
}
