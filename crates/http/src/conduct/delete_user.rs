//! Deleting somebody's account.

use std::sync::Arc;

use vestibule_auth::administration::{AdministerError, delete_user as delete};
use vestibule_domain::caller::{Caller, ClientInfo};
use vestibule_domain::id::UserId;

use super::delete_account::remove_files;
use crate::shell::Shell;
use crate::undone::Undone;

/// Deletes the account `user_id`, and its picture after it. Whether the caller holds the permission for it is for the face to see;
/// whether they may do it to this account is seen here.
pub async fn delete_user(
    shell: &Shell,
    caller: Arc<Caller>,
    user_id: UserId,
    client: ClientInfo,
) -> Result<(), Undone<AdministerError>> {
    let now = shell.now();
    let deleting = move |accounts: &_| delete(accounts, now, &caller, user_id, &client);
    let picture = shell.database_write(deleting).await?.map_err(Undone::Failed)?;
    remove_files(shell, picture).await;
    Ok(())
}
