//! Leaving: deleting one's own account.

use thiserror::Error;
use vestibule_domain::audit::{AuditEvent, AuditRecord};
use vestibule_domain::avatar::AvatarName;
use vestibule_domain::caller::{Caller, ClientInfo};
use vestibule_domain::password::Password;
use vestibule_domain::time::Timestamp;
use vestibule_persistence::users::{self, Credential};
use vestibule_persistence::{StoreError, audit, credentials, installation};

use crate::accounts::Accounts;
use crate::administration::{Word, erase, is_last_admin};
use crate::change_password::{ChangePasswordError, look_up_own, note_own};
use crate::hasher::{Scratch, Verdict};
use crate::refusal;
use crate::sign_in::ATTEMPTS;

/// Why the account stays.
#[derive(Debug, Error)]
pub enum DeleteAccountError {
    /// Without it nobody could look after the installation.
    #[error("it is the last admin")]
    LastAdmin,
    /// The password: wrong, tried too often, or the account changed meanwhile.
    #[error(transparent)]
    Password(#[from] ChangePasswordError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Deletes the caller's account: all three steps, again where the account changed in between. Answers as [`finish`] does.
pub fn delete_account(
    accounts: &Accounts,
    now: Timestamp,
    scratch: &mut Scratch,
    caller: &Caller,
    password: &Password,
    client: &ClientInfo,
) -> Result<Option<AvatarName>, DeleteAccountError> {
    for _ in 0..ATTEMPTS {
        let credential = look_up_own(accounts, now, caller.user.id, client)?;
        let verdict = accounts.hasher.verify(scratch, password, Some(&credential.password_hash));
        let is_right = verdict.map_err(ChangePasswordError::from)? != Verdict::Rejected;
        match finish(accounts, now, caller, &credential, is_right, client) {
            Err(DeleteAccountError::Password(ChangePasswordError::Stale)) => {}
            outcome => return outcome,
        }
    }
    Err(ChangePasswordError::Stale.into())
}

/// Step three, on the database, after [`look_up_own`] and the check on the hash pool: everything personal goes, if the
/// password was right and is still the one that was checked. Answers the account's picture, whose files are the caller's to
/// remove.
pub fn finish(
    accounts: &Accounts,
    now: Timestamp,
    caller: &Caller,
    checked: &Credential,
    is_right: bool,
    client: &ClientInfo,
) -> Result<Option<AvatarName>, DeleteAccountError> {
    let user_id = caller.user.id;
    note_own(accounts, now, user_id, is_right, client);
    if !is_right {
        return Err(refuse(accounts, now, caller, client, ChangePasswordError::WrongPassword.into()));
    }
    let word = Word::ask(accounts, now, user_id)?;
    let deleted = accounts.database.write(|conn| {
        installation::lock(conn)?;
        users::lock(conn, user_id)?;
        credentials::find_epoch_checked(conn, user_id, &checked.password_hash)?
            .ok_or(ChangePasswordError::Stale)?;
        let user = users::find(conn, user_id)?.ok_or(StoreError::Missing)?;
        if is_last_admin(conn, &user)? {
            return Err(DeleteAccountError::LastAdmin);
        }
        erase(conn, now, &user, &word)?;
        audit::insert(conn, &AuditRecord::success(now, AuditEvent::Deleted, client).by(user_id))?;
        Ok(user.profile.avatar)
    });
    accounts.callers.forget(user_id);
    match deleted {
        Ok(avatar) => {
            accounts.mail_tokens.forget_all(user_id);
            let request_id = client.request_id();
            tracing::info!(target: "auth", user_id = user_id.get(), request_id, "account deleted");
            Ok(avatar)
        }
        Err(error @ DeleteAccountError::LastAdmin) => Err(refuse(accounts, now, caller, client, error)),
        Err(error) => Err(error),
    }
}

fn refuse(
    accounts: &Accounts,
    now: Timestamp,
    caller: &Caller,
    client: &ClientInfo,
    error: DeleteAccountError,
) -> DeleteAccountError {
    let record = AuditRecord::failure(now, AuditEvent::Deleted, client).by(caller.user.id);
    refusal::tell(accounts, record.saying(error.to_string()), "account not deleted");
    error
}

#[cfg(test)]
mod tests;
