//! Whose token it is.

use std::sync::Arc;

use actix_web::HttpRequest;
use vestibule_auth::authenticate::{
    AuthenticateError, LookedUp, Presented, finish_first_use, look_up, recall,
};
use vestibule_domain::caller::Caller;

use crate::shell::Shell;
use crate::undone::Undone;
use crate::visit::note_user;

/// Who `request` is from, where the cache knows whose token `presented` is. It waits for nothing and allocates nothing.
#[must_use]
pub fn recall_caller(shell: &Shell, request: &HttpRequest, presented: &Presented) -> Option<Arc<Caller>> {
    let caller = recall(shell.accounts(), shell.now(), presented)?;
    note_user(request, caller.user.id);
    Some(caller)
}

/// Who `request` is from, by what the database knows of `presented`: for whom [`recall_caller`] does not know.
pub async fn caller(
    shell: &Shell,
    request: &HttpRequest,
    presented: Presented,
) -> Result<Arc<Caller>, Undone<AuthenticateError>> {
    let now = shell.now();
    let found = shell.database(move |accounts| look_up(accounts, now, &presented)).await?;
    let caller = match found.map_err(Undone::Failed)? {
        LookedUp::Caller(caller) => caller,
        LookedUp::FirstUse(first) => {
            let finishing = move |accounts: &_| finish_first_use(accounts, now, &first);
            shell.database_write(finishing).await?.map_err(Undone::Failed)?
        }
    };
    note_user(request, caller.user.id);
    Ok(caller)
}
