//! Asking for another address.

use std::sync::Arc;

use vestibule_auth::change_email::finish_request;
use vestibule_auth::change_password::{ChangePasswordError, look_up_own};
use vestibule_auth::sign_in::ATTEMPTS;
use vestibule_domain::caller::{Caller, ClientInfo};
use vestibule_domain::email::EmailAddress;
use vestibule_domain::password::Password;

use super::check_own;
use crate::shell::Shell;
use crate::undone::Undone;

/// The three steps, each where it belongs, and again where the account changed in between. Nothing changes yet: the mails bring
/// the links.
pub async fn change_email(
    shell: &Shell,
    caller: Arc<Caller>,
    new_email: EmailAddress,
    mut password: Password,
    client: ClientInfo,
) -> Result<(), Undone<ChangePasswordError>> {
    for _ in 0..ATTEMPTS {
        let (now, user_id, from) = (shell.now(), caller.user.id, client.clone());
        let looking = move |accounts: &_| look_up_own(accounts, now, user_id, &from);
        let found = shell.database(looking).await?.map_err(Undone::Failed)?;
        let (credential, is_right);
        (credential, is_right, password) = check_own(shell, found, password).await?;
        let (now, who, to, from) = (shell.now(), Arc::clone(&caller), new_email.clone(), client.clone());
        let finishing =
            move |accounts: &_| finish_request(accounts, now, &who, &credential, is_right, &to, &from);
        match shell.database_write(finishing).await? {
            Err(ChangePasswordError::Stale) => {}
            outcome => return outcome.map_err(Undone::Failed),
        }
    }
    Err(Undone::Failed(ChangePasswordError::Stale))
}
