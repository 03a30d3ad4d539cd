//! Seeing one's own account, in short.

use actix_web::{HttpResponse, get};

use super::responses::Common;
use super::user_view::UserView;
use crate::caller::SignedIn;
use crate::problem::{DetailBody, Problem};
use crate::query::NoQuery;

/// Your own account, in short
#[utoipa::path(
    tag = "compatible",
    operation_id = "get_me",
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The account the token belongs to", body = UserView<'static>),
        (status = 401, description = "There is no token, or it is unknown, expired or ended", body = DetailBody<'static>),
        Common,
    ),
)]
#[get("/me")]
pub(crate) async fn get_me(SignedIn(caller): SignedIn, query: NoQuery) -> Result<HttpResponse, Problem> {
    query.check()?;
    Ok(HttpResponse::Ok().json(UserView::from(&caller.user)))
}
