//! Making an account for oneself.

use actix_web::HttpRequest;
use thiserror::Error;
use vestibule_auth::limits::{LimitedAction, TooMany};
use vestibule_auth::register::{RegisterError, Registered, Registration, ensure_open, finish, look_up};
use vestibule_domain::caller::ClientInfo;

use super::admit;
use crate::client::client_info;
use crate::shell::Shell;
use crate::undone::Undone;

/// Why a newcomer is turned away before they have said anything.
#[derive(Debug, Error)]
pub enum NewcomerError {
    /// Too often, from this address.
    #[error(transparent)]
    TooMany(#[from] TooMany),
    /// Nobody may register.
    #[error(transparent)]
    Register(#[from] RegisterError),
}

/// What is asked before the body is read: not too often, and only where people may register.
pub async fn admit_newcomer(
    shell: &Shell,
    request: &HttpRequest,
) -> Result<ClientInfo, Undone<NewcomerError>> {
    let admitted = admit(shell, request, LimitedAction::Register).await;
    admitted.map_err(|undone| undone.map(NewcomerError::from))?;
    let client = client_info(request);
    let open = ensure_open(shell.accounts(), shell.now(), &client);
    open.map_err(|error| Undone::Failed(error.into()))?;
    Ok(client)
}

/// The three steps of a registration, each where it belongs.
pub async fn register(
    shell: &Shell,
    registration: Registration,
    client: ClientInfo,
) -> Result<Registered, Undone<RegisterError>> {
    let now = shell.now();
    let looking =
        move |accounts: &_| look_up(accounts, now, &registration, &client).map(|()| (registration, client));
    let (registration, client) = shell.database(looking).await?.map_err(Undone::Failed)?;
    let (random, memory) = (shell.random(), shell.accounts().hasher.memory_needed(None));
    let (registration, hash) = shell
        .hash(memory, move |hasher, scratch| {
            let hash = hasher.hash(scratch, &*random, &registration.password);
            (registration, hash)
        })
        .await?;
    let (hash, now) = (hash.map_err(RegisterError::from).map_err(Undone::Failed)?, shell.now());
    let finishing = move |accounts: &_| finish(accounts, now, &registration, hash, &client);
    shell.database_write(finishing).await?.map_err(Undone::Failed)
}
