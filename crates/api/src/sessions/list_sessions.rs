//! Seeing where one is signed in.

use actix_web::get;
use actix_web::web::{Data, Json};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use vestibule_auth::session_list::list_sessions as list;
use vestibule_domain::id::SessionId;
use vestibule_http::Shell;
use vestibule_persistence::sessions::SessionEntry;

use crate::accounts::Instant;
use crate::caller::SignedIn;
use crate::documents::responses::{Common, WithQuery, WithToken};
use crate::face::Face;
use crate::fields::FieldFaults;
use crate::lists::{ListOf, Paging};
use crate::problem::Problem;
use crate::query::UnreadQuery;

/// Which page of one's sessions.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListSessionsQuery {
    /// How many entries.
    #[param(value_type = Option<u8>, minimum = 1, maximum = 100, default = 20)]
    page_size: Option<String>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// A session.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Session)]
pub(crate) struct SessionView {
    /// Its name; the token is another.
    #[schema(format = "uuid")]
    id: String,
    /// When it was opened.
    #[schema(format = DateTime)]
    created_at: Instant,
    /// When it was last in use, to within a minute.
    #[schema(format = DateTime)]
    last_seen_at: Instant,
    /// When it ends if it is not refreshed.
    #[schema(format = DateTime)]
    expires_at: Instant,
    /// Where it was opened from.
    #[schema(required)]
    ip: Option<String>,
    /// The browser's word for itself.
    #[schema(required)]
    user_agent: Option<String>,
    /// Whether it is the one that asks.
    current: bool,
}

/// Where you are signed in
#[utoipa::path(
    tag = "sessions",
    operation_id = "list_sessions",
    security(("bearer" = [])),
    params(ListSessionsQuery),
    responses(
        (status = 200, description = "The live sessions of the account", body = ListOf<SessionView>),
        WithToken,
        WithQuery,
        Common,
    ),
)]
#[get("/sessions")]
pub(crate) async fn list_sessions(
    SignedIn(caller): SignedIn,
    shell: Data<Shell>,
    face: Data<Face>,
    query: UnreadQuery<ListSessionsQuery>,
) -> Result<Json<ListOf<SessionView>>, Problem> {
    let (query, mut faults) = (query.read()?, FieldFaults::default());
    let (page_size, cursor) = (query.page_size.as_deref(), query.cursor.as_deref());
    let Some(paging) = Paging::parse(&mut faults, "sessions", &face.cursors, page_size, cursor) else {
        return Err(faults.into_problem());
    };
    let (now, current, before, size) = (shell.now(), caller.session_id, paging.before, paging.size);
    let page = shell.database(move |accounts| list(accounts, now, &caller, before, size)).await??;
    Ok(Json(paging.present(page, |entry| entry.id, |entry| SessionView::new(&entry, current))))
}

impl SessionView {
    /// `entry` as somebody sees it who asks by the session `current`.
    pub(crate) fn new(entry: &SessionEntry, current: SessionId) -> Self {
        Self {
            id: entry.id.to_string(),
            created_at: Instant(entry.created_at),
            last_seen_at: Instant(entry.last_seen_at),
            expires_at: Instant(entry.expires_at),
            ip: entry.client.ip().map(|ip| ip.to_string()),
            user_agent: entry.client.user_agent().map(str::to_owned),
            current: entry.id == current,
        }
    }
}
