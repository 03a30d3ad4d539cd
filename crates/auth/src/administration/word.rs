//! Word to the address an account had, of what somebody else did to it or of its end.

use vestibule_domain::email::EmailAddress;
use vestibule_domain::id::UserId;
use vestibule_domain::time::Timestamp;
use vestibule_domain::user::User;
use vestibule_persistence::{StoreError, users};

use crate::accounts::Accounts;
use crate::change_password::may_write_to;

/// Which address may be written to, if any.
pub(crate) struct Word(Option<EmailAddress>);

impl Word {
    /// Asks whether `user_id` may be written to, by the rules of every notice. Asked before a transaction and never within
    /// one: it may wait for Redis.
    pub(crate) fn ask(accounts: &Accounts, now: Timestamp, user_id: UserId) -> Result<Self, StoreError> {
        let user = accounts.database.read(|conn| users::find(conn, user_id))?;
        let may_get_it = user.filter(|user| may_write_to(accounts, now, user));
        Ok(Self(may_get_it.and_then(|user| user.email)))
    }

    /// Where it goes, now that the account is found to be `user`. What was asked of another address does not hold for this
    /// one.
    pub(crate) fn goes_to(&self, user: &User) -> Option<EmailAddress> {
        let is_fit = user.email_verified_at.is_some() || user.email == self.0;
        user.email.clone().filter(|_| is_fit)
    }
}
