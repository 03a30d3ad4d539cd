//! Leaving.

use std::sync::Arc;

use vestibule_auth::change_password::{ChangePasswordError, look_up_own};
use vestibule_auth::delete_account::{DeleteAccountError, finish};
use vestibule_auth::sign_in::ATTEMPTS;
use vestibule_domain::avatar::AvatarName;
use vestibule_domain::caller::{Caller, ClientInfo};
use vestibule_domain::password::Password;

use super::check_own;
use crate::shell::Shell;
use crate::undone::Undone;

/// Deletes the caller's account, and its picture after it.
pub async fn delete_account(
    shell: &Shell,
    caller: Arc<Caller>,
    password: Password,
    client: ClientInfo,
) -> Result<(), Undone<DeleteAccountError>> {
    let picture = leave(shell, caller, password, client).await?;
    remove_files(shell, picture).await;
    Ok(())
}

/// The three steps, each where it belongs, and again where the account changed in between.
async fn leave(
    shell: &Shell,
    caller: Arc<Caller>,
    mut password: Password,
    client: ClientInfo,
) -> Result<Option<AvatarName>, Undone<DeleteAccountError>> {
    let failed = |error: ChangePasswordError| Undone::Failed(DeleteAccountError::from(error));
    for _ in 0..ATTEMPTS {
        let (now, user_id, from) = (shell.now(), caller.user.id, client.clone());
        let looking = move |accounts: &_| look_up_own(accounts, now, user_id, &from);
        let found = shell.database(looking).await?.map_err(failed)?;
        let checked = check_own(shell, found, password).await;
        let (credential, is_right);
        (credential, is_right, password) = checked.map_err(|undone| undone.map(DeleteAccountError::from))?;
        let (now, who, from) = (shell.now(), Arc::clone(&caller), client.clone());
        let finishing = move |accounts: &_| finish(accounts, now, &who, &credential, is_right, &from);
        match shell.database_write(finishing).await? {
            Err(DeleteAccountError::Password(ChangePasswordError::Stale)) => {}
            outcome => return outcome.map_err(Undone::Failed),
        }
    }
    Err(failed(ChangePasswordError::Stale))
}

/// Removes the files of `picture`, which nobody shows any more. What cannot be removed now is collected later, so nobody hears
/// of it.
pub(super) async fn remove_files(shell: &Shell, picture: Option<AvatarName>) {
    let Some(picture) = picture else { return };
    if let Err(refusal) = shell.files(move |avatars| avatars.remove(&picture)).await {
        tracing::debug!(target: "media", %refusal, "a picture is left to be collected");
    }
}
