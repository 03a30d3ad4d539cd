//! Showing a picture of oneself.

use actix_web::web::Data;
use actix_web::{HttpResponse, put};
use vestibule_domain::id::UserId;
use vestibule_http::{PictureNotSet, Shell};
use vestibule_media::AvatarError;
use vestibule_persistence::{StoreError, users};

use super::upload::{SetAvatarBody, UnreadPicture};
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
    let picture = {
        let (_place, bytes) = shell.receive(caller.user.id, parts.read()).await?;
        shell.picture(bytes?).await?
    };
    let picture = picture.map_err(|fault| Problem::invalid_field("avatar", format!("This {fault}.")))?;
    shell.set_picture(caller.user.id, Some(picture)).await?;
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

impl From<PictureNotSet> for Problem {
    fn from(error: PictureNotSet) -> Self {
        match error {
            PictureNotSet::Refused(refusal) => refusal.into(),
            PictureNotSet::Failed(AvatarError::Store(error)) => error.into(),
            PictureNotSet::Failed(AvatarError::Files(error)) => error.into(),
        }
    }
}
