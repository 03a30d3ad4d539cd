//! Showing a picture of oneself.

use actix_web::web::Data;
use actix_web::{HttpResponse, put};
use vestibule_domain::id::UserId;
use vestibule_http::conduct::{SetPictureError, set_own_picture};
use vestibule_http::{Shell, Upload};
use vestibule_media::AvatarError;
use vestibule_persistence::{StoreError, users};

use super::upload::{SetAvatarBody, UnreadPicture, read_picture};
use crate::accounts::UserView;
use crate::caller::SignedIn;
use crate::documents::responses::{Common, WithBody, WithToken};
use crate::face::Face;
use crate::problem::{Problem, ProblemBody};

/// Show a picture of yourself
///
/// The middle of it is cut out square, turned upright and kept in two sizes of WebP, without whatever else was in the file.
/// The one before is gone. An account sends two at once at most.
#[utoipa::path(
    tag = "profile",
    operation_id = "set_avatar",
    security(("bearer" = [])),
    request_body(content = SetAvatarBody, content_type = "multipart/form-data"),
    responses(
        (status = 200, description = "The account as it is now", body = UserView<'static>),
        WithBody,
        WithToken,
        (
            status = 429,
            description = "Two pictures of yours are on their way already; `Retry-After` says when to come back",
            body = ProblemBody<'static>,
        ),
        Common,
    ),
)]
#[put("/profile/avatar")]
pub(crate) async fn set_avatar(
    SignedIn(caller): SignedIn,
    shell: Data<Shell>,
    face: Data<Face>,
    upload: UnreadPicture,
) -> Result<HttpResponse, Problem> {
    let parts = upload.check()?;
    set_own_picture(&shell, caller.user.id, read_picture(parts)).await?;
    own_account(&shell, &face, caller.user.id).await
}

/// The account of the caller as it is by now.
pub(super) async fn own_account(
    shell: &Shell,
    face: &Face,
    user_id: UserId,
) -> Result<HttpResponse, Problem> {
    let find = move |conn: &mut _| users::find(conn, user_id)?.ok_or(StoreError::Missing);
    let user = shell.database(move |accounts| accounts.database.read(find)).await??;
    Ok(HttpResponse::Ok().json(UserView::new(face, &user)))
}

impl<E> From<SetPictureError<E>> for Problem
where
    Self: From<E>,
{
    fn from(error: SetPictureError<E>) -> Self {
        match error {
            SetPictureError::Unread(error) => error.into(),
            SetPictureError::Picture(fault) => Self::invalid_field(Upload::PICTURE, format!("This {fault}.")),
            SetPictureError::Kept(error) => error.into(),
        }
    }
}

impl From<AvatarError> for Problem {
    fn from(error: AvatarError) -> Self {
        match error {
            AvatarError::Store(error) => error.into(),
            AvatarError::Files(error) => error.into(),
        }
    }
}
