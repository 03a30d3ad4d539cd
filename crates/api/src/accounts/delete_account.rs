//! Leaving.

use std::sync::Arc;

use actix_web::web::{Data, Json};
use actix_web::{HttpRequest, delete};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;
use vestibule_auth::change_password::{ChangePasswordError, look_up_own};
use vestibule_auth::delete_account::{DeleteAccountError, finish};
use vestibule_auth::sign_in::ATTEMPTS;
use vestibule_domain::avatar::AvatarName;
use vestibule_domain::caller::{Caller, ClientInfo};
use vestibule_domain::password::Password;
use vestibule_http::Shell;

use crate::acknowledged::Acknowledged;
use crate::body::UnreadJson;
use crate::caller::SignedIn;
use crate::client::client_info;
use crate::documents::responses::{Common, WithBody, WithConflict, WithLimit, WithToken};
use crate::fields::FieldFaults;
use crate::passwords::check_own;
use crate::problem::{Code, Problem};
use crate::secret::PostedSecret;

/// The password, so that a session alone deletes nothing.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeleteAccountBody {
    /// The account's password.
    #[schema(value_type = String, format = Password, min_length = 1, max_length = 1024)]
    password: PostedSecret,
}

/// Delete your account
///
/// All that is personal goes with it, and every session ends; posts and comments stay, by nobody. It cannot be taken back. The
/// last admin makes somebody else admin first.
#[utoipa::path(
    tag = "own data",
    operation_id = "delete_account",
    security(("bearer" = [])),
    request_body = DeleteAccountBody,
    responses(
        (status = 200, description = "The account is gone", body = Acknowledged),
        WithToken,
        WithBody,
        WithConflict,
        WithLimit,
        Common,
    ),
)]
#[delete("/account")]
pub(crate) async fn delete_account(
    SignedIn(caller): SignedIn,
    shell: Data<Shell>,
    request: HttpRequest,
    body: UnreadJson<DeleteAccountBody>,
) -> Result<Json<Acknowledged>, Problem> {
    let password = parse(body.read().await?)?;
    let picture = leave(&shell, caller, password, client_info(&request)).await?;
    remove_picture(&shell, picture).await;
    Ok(Json(Acknowledged::OK))
}

fn parse(body: DeleteAccountBody) -> Result<Password, Problem> {
    let mut faults = FieldFaults::default();
    let password = faults.take("password", Password::new(body.password.into_text()));
    password.ok_or_else(|| faults.into_problem())
}

/// The three steps, each where it belongs, and again where the account changed in between.
async fn leave(
    shell: &Shell,
    caller: Arc<Caller>,
    mut password: Password,
    client: ClientInfo,
) -> Result<Option<AvatarName>, Problem> {
    for _ in 0..ATTEMPTS {
        let (now, user_id, from) = (shell.now(), caller.user.id, client.clone());
        let looking = move |accounts: &_| look_up_own(accounts, now, user_id, &from);
        let found = shell.database(looking).await?.map_err(DeleteAccountError::from)?;
        let (credential, is_right);
        (credential, is_right, password) = check_own(shell, found, password).await?;
        let (now, who, from) = (shell.now(), Arc::clone(&caller), client.clone());
        let finishing = move |accounts: &_| finish(accounts, now, &who, &credential, is_right, &from);
        match shell.database_write(finishing).await? {
            Err(DeleteAccountError::Password(ChangePasswordError::Stale)) => {}
            outcome => return Ok(outcome?),
        }
    }
    Err(DeleteAccountError::from(ChangePasswordError::Stale).into())
}

/// Removes the files of `picture`, which nobody shows any more. What cannot be removed now is collected later, so nobody hears
/// of it.
pub(crate) async fn remove_picture(shell: &Shell, picture: Option<AvatarName>) {
    let Some(picture) = picture else { return };
    if let Err(refusal) = shell.files(move |avatars| avatars.remove(&picture)).await {
        tracing::debug!(target: "media", %refusal, "a picture is left to be collected");
    }
}

impl From<DeleteAccountError> for Problem {
    fn from(error: DeleteAccountError) -> Self {
        match error {
            DeleteAccountError::LastAdmin => Code::LastAdmin.into(),
            // Here the password has another field's name.
            DeleteAccountError::Password(ChangePasswordError::WrongPassword | ChangePasswordError::Stale) => {
                Self::from(Code::WrongPassword).at("password", Code::WrongPassword.sentence())
            }
            DeleteAccountError::Password(error) => error.into(),
            DeleteAccountError::Store(error) => error.into(),
        }
    }
}
