//! What the next account would be, for pages that say so before anybody signs up.

use vestibule_persistence::{StoreError, installation};

use crate::accounts::Accounts;
use crate::rules::FirstAdmin;

/// What whoever registers next becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextAccount {
    /// A member like others, or nobody where registration is closed.
    Member,
    /// The admin, being the first of all.
    Admin,
    /// The admin, where they bring the operator's token; a member without it.
    AdminByToken,
}

/// Looks; whoever registers meanwhile may be first all the same, which the registration itself decides.
pub fn next_account(accounts: &Accounts) -> Result<NextAccount, StoreError> {
    let rules = &accounts.rules;
    if !rules.registration_open {
        return Ok(NextAccount::Member);
    }
    accounts.database.read(|conn| match rules.first_admin {
        FirstAdmin::Nobody => Ok(NextAccount::Member),
        FirstAdmin::FirstAccount => {
            let is_free = installation::is_untouched(conn)? && !installation::is_admin_claimed(conn)?;
            Ok(if is_free { NextAccount::Admin } else { NextAccount::Member })
        }
        FirstAdmin::Holder(_) => {
            let is_claimed = installation::is_admin_claimed(conn)?;
            Ok(if is_claimed { NextAccount::Member } else { NextAccount::AdminByToken })
        }
    })
}
