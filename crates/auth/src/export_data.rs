//! Taking all that is kept about oneself.
//!
//! It is read part by part, each on a connection of its own, so that it takes as little memory for ten years as for a day. What
//! changes meanwhile is told as it was when its part was read.

use vestibule_domain::audit::{AuditEvent, AuditRecord};
use vestibule_domain::caller::{Caller, ClientInfo};
use vestibule_domain::email::EmailAddress;
use vestibule_domain::id::UserId;
use vestibule_domain::time::Timestamp;
use vestibule_domain::token::MailPurpose;
use vestibule_domain::user::User;
use vestibule_persistence::own_data::{self, Part, Place};
use vestibule_persistence::{StoreError, audit, users};

use crate::accounts::Accounts;

/// What stands before everything else.
#[derive(Clone, Debug)]
pub struct Begun {
    /// The account as it is now.
    pub user: User,
    /// Links that were mailed and can still be followed, or were voided since.
    pub mailed_links: Vec<MailedLink>,
}

/// A link that was mailed, without what opens it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailedLink {
    /// What for.
    pub purpose: MailPurpose,
    /// The address it is about.
    pub email: EmailAddress,
    /// When it ends by itself.
    pub expires_at: Timestamp,
}

/// Begins: the audit trail has it before anything is handed over. [`StoreError::Missing`] where the account is gone.
pub fn begin(
    accounts: &Accounts,
    now: Timestamp,
    caller: &Caller,
    client: &ClientInfo,
) -> Result<Begun, StoreError> {
    let user_id = caller.user.id;
    let mailed_links = mailed_links(accounts, now, user_id)?;
    let user = accounts.database.write(|conn| {
        let user = users::find(conn, user_id)?.ok_or(StoreError::Missing)?;
        audit::insert(conn, &AuditRecord::success(now, AuditEvent::Exported, client).by(user_id))?;
        Ok::<_, StoreError>(user)
    })?;
    tracing::info!(target: "auth", user_id = user_id.get(), request_id = client.request_id(), "own data exported");
    Ok(Begun { user, mailed_links })
}

fn mailed_links(accounts: &Accounts, now: Timestamp, user_id: UserId) -> Result<Vec<MailedLink>, StoreError> {
    let newest = |purpose: &MailPurpose| {
        let token = accounts.mail_tokens.find_newest(now, user_id, *purpose).transpose()?;
        let link = |email, expires_at| MailedLink { purpose: *purpose, email, expires_at };
        Some(token.map(|token| link(token.email, token.expires_at)))
    };
    MailPurpose::ALL.iter().filter_map(newest).collect()
}

/// What is kept about `user_id` at `place`, and where it goes on.
pub fn go_on(
    accounts: &Accounts,
    user_id: UserId,
    place: &Place,
) -> Result<(Part, Option<Place>), StoreError> {
    accounts.database.read(|conn| own_data::list(conn, user_id, place))
}
