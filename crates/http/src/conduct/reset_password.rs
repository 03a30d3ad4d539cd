//! Choosing a new password by the link of a mail.

use vestibule_auth::reset_password::{GoodToken, ResetPasswordError, finish, look_up};
use vestibule_domain::caller::ClientInfo;
use vestibule_domain::password::Password;
use vestibule_domain::token::MailToken;

use crate::shell::Shell;
use crate::undone::Undone;

/// The three steps: the token is looked at before a hash is paid for, and spent with the last.
pub async fn reset_password(
    shell: &Shell,
    token: MailToken,
    new: Password,
    client: ClientInfo,
) -> Result<(), Undone<ResetPasswordError>> {
    let (now, from) = (shell.now(), client.clone());
    let looking = move |accounts: &_| look_up(accounts, now, token, &new, &from).map(|good| (good, new));
    let (good, new): (GoodToken, Password) = shell.database(looking).await?.map_err(Undone::Failed)?;
    let (random, memory) = (shell.random(), shell.accounts().hasher.memory_needed(None));
    let hash = shell.hash(memory, move |hasher, scratch| hasher.hash(scratch, &*random, &new)).await?;
    let (hash, now) = (hash.map_err(ResetPasswordError::from).map_err(Undone::Failed)?, shell.now());
    let finishing = move |accounts: &_| finish(accounts, now, &good, &hash, &client);
    shell.database_write(finishing).await?.map_err(Undone::Failed)
}
