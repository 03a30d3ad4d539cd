//! Looking after other people's accounts, and after what roles allow.
//!
//! Whether the caller may do a thing at all (`users.write`, `roles.manage`) is decided at the door. Here it is decided to
//! whom: nobody changes an account that may do what they may not, gives a role that allows what they may not, or changes
//! such a role; and the last admin who may sign in stays one, also where two are taken away at once.
//!
//! Whoever changes by a form what they saw on it says what that was ([`Seen`]), and overwrites nothing else.
//!
//! Every change ends what was cached of the account, so that it holds at the next request on this node, and within the
//! cache's second on every other.

mod create_user;
mod deed;
mod delete_user;
mod end_sessions;
mod error;
mod force_reset;
mod guard;
mod manage_roles;
mod retry_mail;
mod seen;
mod set_roles;
mod suspend_user;
#[cfg(test)]
mod tests;
mod update_user;
mod word;

use vestibule_domain::id::UserId;
use vestibule_domain::token::MailPurpose;

pub use self::create_user::{NewAccount, create_user};
pub use self::delete_user::delete_user;
pub(crate) use self::delete_user::erase;
pub use self::end_sessions::end_sessions;
pub use self::error::AdministerError;
pub use self::force_reset::force_reset;
pub(crate) use self::guard::is_last_admin;
pub use self::manage_roles::{create_role, delete_role, update_role};
pub use self::retry_mail::retry_mail;
pub use self::seen::{Seen, SeenError};
pub use self::set_roles::set_roles;
pub use self::suspend_user::{restore_user, suspend_user};
pub use self::update_user::{AccountChange, update_user};
pub(crate) use self::word::Word;
use crate::accounts::Accounts;

/// Clears away what was mailed to `user_id` and is void, but for `kept`: a link for that was just ordered, and may be on its
/// way.
fn forget_mailed_but(accounts: &Accounts, user_id: UserId, kept: MailPurpose) {
    for purpose in MailPurpose::ALL.iter().filter(|purpose| **purpose != kept) {
        accounts.mail_tokens.forget(user_id, *purpose);
    }
}
