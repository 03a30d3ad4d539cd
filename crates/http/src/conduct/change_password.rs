//! A new password for whoever knows the old one.

use std::sync::Arc;

use vestibule_auth::change_password::{ChangePasswordError, CheckedChange, check, finish, look_up};
use vestibule_auth::sign_in::ATTEMPTS;
use vestibule_domain::caller::{Caller, ClientInfo};
use vestibule_domain::password::Password;
use vestibule_persistence::users::Credential;

use crate::shell::Shell;
use crate::undone::Undone;

/// The three steps, each where it belongs, and again where the account changed in between.
pub async fn change_password(
    shell: &Shell,
    caller: Arc<Caller>,
    mut current: Password,
    mut new: Password,
    client: ClientInfo,
) -> Result<(), Undone<ChangePasswordError>> {
    for _ in 0..ATTEMPTS {
        let (now, who, from) = (shell.now(), Arc::clone(&caller), client.clone());
        let looking =
            move |accounts: &_| look_up(accounts, now, &who, &new, &from).map(|credential| (credential, new));
        let (credential, kept) = shell.database(looking).await?.map_err(Undone::Failed)?;
        let (random, memory) = (shell.random(), memory_for_both(shell, &credential));
        let checking = move |hasher: &_, scratch: &mut _| {
            let checked = check(hasher, &*random, scratch, credential, &current, &kept);
            (checked, current, kept)
        };
        let checked: Result<CheckedChange, _>;
        (checked, current, new) = shell.hash(memory, checking).await?;
        let checked = checked.map_err(ChangePasswordError::from).map_err(Undone::Failed)?;
        let (now, who, from) = (shell.now(), Arc::clone(&caller), client.clone());
        let finishing = move |accounts: &_| finish(accounts, now, &who, &checked, &from);
        match shell.database_write(finishing).await? {
            Err(ChangePasswordError::Stale) => {}
            outcome => return outcome.map_err(Undone::Failed),
        }
    }
    Err(Undone::Failed(ChangePasswordError::Stale))
}

/// What checking the old hash and making a new one take, one after the other.
fn memory_for_both(shell: &Shell, credential: &Credential) -> usize {
    let hasher = &shell.accounts().hasher;
    hasher.memory_needed(Some(&credential.password_hash)).max(hasher.memory_needed(None))
}
