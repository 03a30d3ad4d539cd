//! Who gets a mail and what it says, decided when it leaves.

use std::time::Duration;

use url::Url;
use vestibule_domain::email::EmailAddress;
use vestibule_domain::id::UserId;
use vestibule_domain::mail::MailOrder;
use vestibule_domain::random::Random;
use vestibule_domain::time::Timestamp;
use vestibule_domain::token::{MailPurpose, MailToken};
use vestibule_domain::user::User;
use vestibule_persistence::credentials::Recipient;
use vestibule_persistence::email_ways_back::{self, WayBack};
use vestibule_persistence::ephemeral::{MailTokens, MailedToken};
use vestibule_persistence::outbox::{self, LeasedMail};
use vestibule_persistence::{Database, StoreError, credentials, users};

use crate::browser;
use crate::english::{self, Site};
use crate::letter::Letter;
use crate::mailer::MailerOptions;

/// How long a change of address can be taken back: people are on holiday, too.
const WAY_BACK_TTL: Duration = Duration::from_hours(7 * 24);

/// Finds out who gets a mail and what it says.
pub(crate) struct Composer {
    /// Where people reach the server, without a slash at the end.
    url: String,
    /// Its host.
    name: String,
    reset_token_ttl: Duration,
    verify_token_ttl: Duration,
    database: Database,
    tokens: MailTokens,
}

/// A letter and who gets it.
pub(crate) struct Composed {
    pub(crate) to: EmailAddress,
    pub(crate) letter: Letter,
    /// Whether a token was made for it: writing it again makes another one.
    pub(crate) holds_token: bool,
}

/// What a token is made for.
struct For<'a> {
    user_id: UserId,
    purpose: MailPurpose,
    epoch: i64,
    email: &'a EmailAddress,
    ttl: Duration,
}

impl Composer {
    pub(crate) fn new(options: MailerOptions, database: Database, tokens: MailTokens) -> Self {
        let MailerOptions { public_url, reset_token_ttl, verify_token_ttl, from: _ } = options;
        Self {
            url: public_url.as_str().trim_end_matches('/').to_owned(),
            name: Url::host_str(&public_url).unwrap_or("localhost").to_owned(),
            reset_token_ttl,
            verify_token_ttl,
            database,
            tokens,
        }
    }

    /// `None` where nobody is to get the mail, or not any more.
    pub(crate) fn compose(
        &self,
        now: Timestamp,
        random: &dyn Random,
        leased: &LeasedMail,
    ) -> Result<Option<Composed>, StoreError> {
        let (site, at) = (self.site(), leased.created_at);
        match &leased.order {
            MailOrder::ResetPassword { typed } => self.reset_password(now, random, typed),
            MailOrder::VerifyEmail { user_id } => self.verify_email(now, random, *user_id),
            MailOrder::ConfirmEmailChange { user_id, new_email, epoch } => {
                self.confirm_email_change(now, random, *user_id, new_email, *epoch)
            }
            MailOrder::EmailChangeNotice { user_id, old_email, old_verified_at, new_email } => {
                let (old_email, old_verified_at) = (old_email.clone(), *old_verified_at);
                let way = WayBack { old_email, old_verified_at, asked_at: leased.created_at };
                self.email_change_notice(now, random, leased, *user_id, way, new_email)
            }
            MailOrder::PasswordChanged { user_id } => {
                self.plain(*user_id, |_| english::password_changed(site, at))
            }
            MailOrder::NewSignIn { user_id, ip, user_agent } => {
                let ip = ip.as_deref().and_then(|ip| ip.parse().ok());
                let program = browser::describe(user_agent.as_deref());
                self.plain(*user_id, |_| english::new_sign_in(site, at, ip, &program))
            }
            MailOrder::ChooseFirstPassword { user_id } => {
                self.choose_password(now, random, *user_id, english::choose_first_password)
            }
            MailOrder::ChooseNewPassword { user_id } => {
                self.choose_password(now, random, *user_id, english::choose_new_password)
            }
            MailOrder::EmailReplaced { old_email: to, .. } => {
                let (to, letter) = (to.clone(), english::email_replaced(site, at));
                Ok(Some(Composed { to, letter, holds_token: false }))
            }
            MailOrder::AccountDeleted { email: to } => {
                let (to, letter) = (to.clone(), english::account_deleted(site, at));
                Ok(Some(Composed { to, letter, holds_token: false }))
            }
            MailOrder::AccountExists { user_id } => self.plain(*user_id, |_| english::account_exists(site)),
        }
    }

    /// To the stored address and no other: what was typed may look like it and be somebody else's.
    fn reset_password(
        &self,
        now: Timestamp,
        random: &dyn Random,
        typed: &EmailAddress,
    ) -> Result<Option<Composed>, StoreError> {
        let found = self.database.read(|conn| credentials::find_recipient(conn, &typed.key()))?;
        let Some(recipient) = found.filter(Recipient::is_active) else { return Ok(None) };
        let (user_id, ttl) = (recipient.user_id, self.reset_token_ttl);
        let url = self.link(
            now,
            random,
            &For {
                user_id,
                purpose: MailPurpose::ResetPassword,
                epoch: recipient.epoch,
                email: &recipient.email,
                ttl,
            },
        )?;
        let letter = english::reset_password(self.site(), url, ttl);
        Ok(Some(Composed { to: recipient.email, letter, holds_token: true }))
    }

    /// A link like that of a reset, to the stored address and while the account may act. It lives longer: nobody asked for
    /// it, so nobody sits there waiting for it.
    fn choose_password(
        &self,
        now: Timestamp,
        random: &dyn Random,
        user_id: UserId,
        letter: fn(Site<'_>, String, Duration) -> Letter,
    ) -> Result<Option<Composed>, StoreError> {
        let Some((user, epoch)) = self.find(user_id)? else { return Ok(None) };
        let is_active = user.is_active();
        let Some(email) = user.email.filter(|_| is_active) else { return Ok(None) };
        let (purpose, ttl) = (MailPurpose::ResetPassword, self.verify_token_ttl);
        let url = self.link(now, random, &For { user_id, purpose, epoch, email: &email, ttl })?;
        let letter = letter(self.site(), url, ttl);
        Ok(Some(Composed { to: email, letter, holds_token: true }))
    }

    fn verify_email(
        &self,
        now: Timestamp,
        random: &dyn Random,
        user_id: UserId,
    ) -> Result<Option<Composed>, StoreError> {
        let Some((user, epoch)) = self.find(user_id)? else { return Ok(None) };
        let Some(email) = user.email.filter(|_| user.email_verified_at.is_none()) else { return Ok(None) };
        let (purpose, ttl) = (MailPurpose::VerifyEmail, self.verify_token_ttl);
        let url = self.link(now, random, &For { user_id, purpose, epoch, email: &email, ttl })?;
        let letter = english::verify_email(self.site(), url, ttl);
        Ok(Some(Composed { to: email, letter, holds_token: true }))
    }

    /// Where somebody has the address already, they are told, and whoever asked learns nothing.
    fn confirm_email_change(
        &self,
        now: Timestamp,
        random: &dyn Random,
        user_id: UserId,
        new_email: &EmailAddress,
        asked_epoch: i64,
    ) -> Result<Option<Composed>, StoreError> {
        let Some((user, epoch)) = self.find(user_id)? else { return Ok(None) };
        if epoch != asked_epoch || !user.is_active() {
            return Ok(None);
        }
        let key = new_email.key();
        let (owner, is_anothers) = self.database.read(|conn| {
            let owner = credentials::find_recipient(conn, &key)?;
            Ok::<_, StoreError>((owner, credentials::is_anothers(conn, user_id, &key)?))
        })?;
        if is_anothers {
            let letter = english::account_exists(self.site());
            return Ok(owner.map(|owner| Composed { to: owner.email, letter, holds_token: false }));
        }
        let (purpose, ttl) = (MailPurpose::ChangeEmail, self.verify_token_ttl);
        let url = self.link(now, random, &For { user_id, purpose, epoch, email: new_email, ttl })?;
        let letter = english::confirm_email_change(self.site(), url, ttl);
        Ok(Some(Composed { to: new_email.clone(), letter, holds_token: true }))
    }

    /// The way back is opened while the account and the order are held, so that whoever takes an earlier one closes this
    /// one too, or makes that there will be none.
    fn email_change_notice(
        &self,
        now: Timestamp,
        random: &dyn Random,
        leased: &LeasedMail,
        user_id: UserId,
        way: WayBack,
        new_email: &EmailAddress,
    ) -> Result<Option<Composed>, StoreError> {
        let token = MailToken::new(user_id, random);
        let (digest, ends_at) = (token.digest(MailPurpose::KeepEmail), now.plus(WAY_BACK_TTL));
        let is_open = self.database.write(|conn| {
            users::lock(conn, user_id)?;
            let is_wanted = outbox::keep(conn, leased)? && users::find(conn, user_id)?.is_some();
            if is_wanted {
                email_ways_back::insert(conn, user_id, &digest, &way, ends_at)?;
            }
            Ok::<_, StoreError>(is_wanted)
        })?;
        if !is_open {
            return Ok(None);
        }
        let url = self.url_of(MailPurpose::KeepEmail, &token);
        let letter = english::email_change_notice(self.site(), url, WAY_BACK_TTL, &hint(new_email));
        Ok(Some(Composed { to: way.old_email, letter, holds_token: true }))
    }

    fn plain(
        &self,
        user_id: UserId,
        letter: impl FnOnce(&User) -> Letter,
    ) -> Result<Option<Composed>, StoreError> {
        let Some((user, _)) = self.find(user_id)? else { return Ok(None) };
        let letter = letter(&user);
        Ok(user.email.map(|to| Composed { to, letter, holds_token: false }))
    }

    /// The account and its epoch. The epoch first: whatever is voided after it was read makes the token void.
    fn find(&self, user_id: UserId) -> Result<Option<(User, i64)>, StoreError> {
        self.database.read(|conn| {
            let Some(epoch) = users::find_token_epoch(conn, user_id)? else { return Ok(None) };
            Ok(users::find(conn, user_id)?.map(|user| (user, epoch)))
        })
    }

    /// Makes a token, puts it in the place of the one before, and answers its link.
    fn link(&self, now: Timestamp, random: &dyn Random, what: &For<'_>) -> Result<String, StoreError> {
        let token = MailToken::new(what.user_id, random);
        let mailed = MailedToken {
            digest: token.digest(what.purpose),
            epoch: what.epoch,
            email: what.email.clone(),
            expires_at: now.plus(what.ttl),
        };
        self.tokens.put(now, what.user_id, what.purpose, &mailed)?;
        Ok(self.url_of(what.purpose, &token))
    }

    fn url_of(&self, purpose: MailPurpose, token: &MailToken) -> String {
        let page = match purpose {
            MailPurpose::ResetPassword => "reset-password",
            MailPurpose::VerifyEmail => "verify-email",
            MailPurpose::ChangeEmail | MailPurpose::KeepEmail => "confirm-email",
        };
        format!("{}/{page}?token={}", self.url, *token.reveal())
    }

    fn site(&self) -> Site<'_> {
        Site { name: &self.name, url: &self.url }
    }
}

/// So much of an address that its owner knows it again, and nobody can have us write anything by it.
fn hint(email: &EmailAddress) -> String {
    let first = |text: &str| text.chars().next().filter(char::is_ascii_alphanumeric);
    let shown = |text: &str| format!("{}***", first(text).map(String::from).unwrap_or_default());
    format!("{}@{}", shown(email.local()), shown(email.ascii_domain()))
}

#[cfg(test)]
mod tests;
