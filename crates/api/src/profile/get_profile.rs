//! Seeing one's own account.

use actix_web::web::Data;
use actix_web::{HttpResponse, get};

use crate::accounts::UserView;
use crate::caller::SignedIn;
use crate::documents::responses::{Common, WithToken, WithoutQuery};
use crate::face::Face;
use crate::problem::Problem;
use crate::query::NoQuery;

/// Your own account
#[utoipa::path(
    tag = "profile",
    operation_id = "get_profile",
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The account the token belongs to", body = UserView<'static>),
        WithToken,
        WithoutQuery,
        Common,
    ),
)]
#[get("/profile")]
pub(crate) async fn get_profile(
    face: Data<Face>,
    SignedIn(caller): SignedIn,
    query: NoQuery,
) -> Result<HttpResponse, Problem> {
    query.check()?;
    Ok(HttpResponse::Ok().json(UserView::new(&face, &caller.user)))
}
