//! Showing no picture of oneself any more.

use actix_web::web::Data;
use actix_web::{HttpResponse, delete};
use vestibule_http::Shell;

use super::set_avatar::own_account;
use crate::accounts::UserView;
use crate::caller::SignedIn;
use crate::documents::responses::{Common, WithToken, WithoutQuery};
use crate::face::Face;
use crate::problem::Problem;
use crate::query::NoQuery;

/// Show no picture of yourself any more
#[utoipa::path(
    tag = "profile",
    operation_id = "delete_avatar",
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The account as it is now", body = UserView<'static>),
        WithToken,
        WithoutQuery,
        Common,
    ),
)]
#[delete("/profile/avatar")]
pub(crate) async fn delete_avatar(
    SignedIn(caller): SignedIn,
    shell: Data<Shell>,
    face: Data<Face>,
    query: NoQuery,
) -> Result<HttpResponse, Problem> {
    query.check()?;
    shell.set_picture(caller.user.id, None).await?;
    own_account(&shell, &face, caller.user.id).await
}
