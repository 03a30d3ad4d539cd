//! Whether requests should be sent here.

use actix_web::get;
use actix_web::web::{Data, Json};
use vestibule_http::Shell;
use vestibule_persistence::migrations::{MigrationError, State};

use crate::acknowledged::Acknowledged;
use crate::caller::Anyone;
use crate::documents::responses::Common;
use crate::problem::{Code, Problem};

/// Can the server work?
///
/// 503 while the database is away or its schema is behind, and from the moment a stop was asked for. A newer release that
/// has migrated the database does not disturb those that run: it only adds to what they know.
#[utoipa::path(
    tag = "health",
    operation_id = "health_ready",
    responses((status = 200, description = "It can", body = Acknowledged), Common),
)]
#[get("/ready")]
pub(crate) async fn health_ready(_: Anyone, shell: Data<Shell>) -> Result<Json<Acknowledged>, Problem> {
    if shell.is_stopping() {
        return Err(Problem::from(Code::Unavailable).saying("The server is stopping."));
    }
    match shell.database(|accounts| accounts.database.check()).await?? {
        State::Current | State::Ahead(_) => Ok(Json(Acknowledged::OK)),
        State::Behind(_) => {
            Err(Problem::from(Code::Unavailable).saying("The database has an older version's schema."))
        }
    }
}

impl From<MigrationError> for Problem {
    fn from(error: MigrationError) -> Self {
        match error {
            MigrationError::Store(error) => error.into(),
            error => Self::internal(error),
        }
    }
}
