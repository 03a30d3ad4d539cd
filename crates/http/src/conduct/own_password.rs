//! The caller's own password, asked for once more before something grave.

use vestibule_auth::change_password::ChangePasswordError;
use vestibule_auth::hasher::{Hasher, Verdict};
use vestibule_domain::password::Password;
use vestibule_persistence::users::Credential;

use crate::shell::Shell;
use crate::undone::Undone;

/// The caller's own password, checked again before something grave: what it was checked against, whether `password` is
/// it, and `password` back.
pub async fn check_own(
    shell: &Shell,
    credential: Credential,
    password: Password,
) -> Result<(Credential, bool, Password), Undone<ChangePasswordError>> {
    let memory = shell.accounts().hasher.memory_needed(Some(&credential.password_hash));
    let checking = move |hasher: &Hasher, scratch: &mut _| {
        let verdict = hasher.verify(scratch, &password, Some(&credential.password_hash));
        (credential, verdict, password)
    };
    let (credential, verdict, password) = shell.hash(memory, checking).await?;
    let verdict = verdict.map_err(ChangePasswordError::from).map_err(Undone::Failed)?;
    Ok((credential, matches!(verdict, Verdict::Accepted { .. }), password))
}
