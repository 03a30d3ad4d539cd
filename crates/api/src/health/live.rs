//! Whether the process answers.

use actix_web::get;
use actix_web::web::Json;

use crate::acknowledged::Acknowledged;
use crate::caller::Anyone;
use crate::documents::responses::Protocol;

/// Does the process answer?
///
/// Asks nothing of the database: a server that waits for it is alive.
#[utoipa::path(
    tag = "health",
    operation_id = "health_live",
    responses((status = 200, description = "It does", body = Acknowledged), Protocol),
)]
#[get("/live")]
pub(crate) async fn health_live(_: Anyone) -> Json<Acknowledged> {
    Json(Acknowledged::OK)
}
