//! Signing in.

use vestibule_auth::sign_in::{ATTEMPTS, SignInError, SignedIn, check, finish, look_up};
use vestibule_domain::caller::ClientInfo;
use vestibule_domain::password::Password;
use vestibule_domain::sign_in_name::SignInName;
use vestibule_domain::token::TokenGrant;

use crate::shell::Shell;
use crate::undone::Undone;

/// The three steps of a sign-in, each where it belongs, and again where the account changed in between.
pub async fn sign_in(
    shell: &Shell,
    name: SignInName,
    mut password: Password,
    grant: TokenGrant,
    client: ClientInfo,
) -> Result<SignedIn, Undone<SignInError>> {
    for _ in 0..ATTEMPTS {
        let (asked, from, now) = (name.clone(), client.clone(), shell.now());
        let looking = move |accounts: &_| look_up(accounts, now, &asked, &from);
        let credential = shell.database(looking).await?.map_err(Undone::Failed)?;
        let stored = credential.as_ref().map(|credential| &credential.password_hash);
        let (random, memory) = (shell.random(), shell.accounts().hasher.memory_needed(stored));
        let checking = move |hasher: &_, scratch: &mut _| {
            let checked = check(hasher, &*random, scratch, credential, &password);
            (checked, password)
        };
        let (checked, kept) = shell.hash(memory, checking).await?;
        password = kept;
        let checked = checked.map_err(SignInError::from).map_err(Undone::Failed)?;
        let (random, now) = (shell.random(), shell.now());
        let (asked, from) = (name.clone(), client.clone());
        let finishing = move |accounts: &_| finish(accounts, now, &*random, &asked, checked, grant, &from);
        match shell.database_write(finishing).await? {
            Err(SignInError::Stale) => {}
            outcome => return outcome.map_err(Undone::Failed),
        }
    }
    Err(Undone::Failed(SignInError::Stale))
}
