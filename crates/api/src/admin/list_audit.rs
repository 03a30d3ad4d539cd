//! Reading the audit trail.

use std::net::IpAddr;

use actix_web::get;
use actix_web::web::{Data, Json};
use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};
use utoipa::{IntoParams, ToSchema};
use vestibule_auth::accounts::Accounts;
use vestibule_domain::audit::{AuditEvent, AuditOutcome};
use vestibule_domain::id::UserId;
use vestibule_http::Shell;
use vestibule_persistence::audit::{self, AuditEntry, AuditFilter};

use crate::accounts::Instant;
use crate::caller::{AuditRead, Can};
use crate::documents::responses::{Common, WithPermission, WithQuery};
use crate::face::Face;
use crate::fields::FieldFaults;
use crate::lists::{ListOf, Paging};
use crate::path_number::parse_number;
use crate::problem::Problem;
use crate::query::UnreadQuery;

/// Which rows; all conditions hold together.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListAuditQuery {
    /// Of this kind.
    #[param(schema_with = event_schema)]
    event: Option<String>,
    /// Which went so.
    #[param(schema_with = outcome_schema)]
    outcome: Option<String>,
    /// Done by this account.
    #[param(value_type = Option<i64>, minimum = 1)]
    actor_id: Option<String>,
    /// Done to this account.
    #[param(value_type = Option<i64>, minimum = 1)]
    subject_id: Option<String>,
    /// From this address.
    #[param(example = "203.0.113.9")]
    ip: Option<String>,
    /// In this request.
    #[param(min_length = 1, max_length = 64, pattern = "^[A-Za-z0-9._-]+$")]
    request_id: Option<String>,
    /// At this moment or later.
    #[param(format = DateTime)]
    since: Option<String>,
    /// Before this moment.
    #[param(format = DateTime)]
    until: Option<String>,
    /// How many entries.
    #[param(value_type = Option<u8>, minimum = 1, maximum = 100, default = 20)]
    page_size: Option<String>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

fn event_schema() -> Object {
    let names = AuditEvent::ALL.iter().map(|event| event.as_str());
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(names)).build()
}

fn outcome_schema() -> Object {
    let names = [AuditOutcome::Success, AuditOutcome::Failure].map(AuditOutcome::as_str);
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(names)).build()
}

/// What happened.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditEvent)]
pub(crate) struct AuditView {
    /// Its number; later ones have greater numbers.
    #[schema(minimum = 1, example = 1)]
    id: i64,
    /// When.
    #[schema(format = DateTime)]
    created_at: Instant,
    /// What. New kinds may be added.
    #[schema(schema_with = event_schema)]
    event: &'static str,
    /// How it went.
    #[schema(schema_with = outcome_schema)]
    outcome: &'static str,
    /// Who did it, where somebody was known.
    #[schema(required, minimum = 1)]
    actor_id: Option<i64>,
    /// To whose account, where there is one.
    #[schema(required, minimum = 1)]
    subject_id: Option<i64>,
    /// From where.
    #[schema(required, example = "203.0.113.9")]
    ip: Option<String>,
    /// In which request.
    #[schema(required)]
    request_id: Option<String>,
    /// Why, or what else is to be known.
    #[schema(required)]
    detail: Option<String>,
}

/// The audit trail
///
/// What people did to accounts and what was refused to them, newest first. Nothing changes a row; rows go when
/// `AUDIT_RETENTION` is over.
#[utoipa::path(
    tag = "admin",
    operation_id = "list_audit",
    security(("bearer" = [])),
    params(ListAuditQuery),
    responses(
        (status = 200, description = "What happened", body = ListOf<AuditView>),
        WithPermission,
        WithQuery,
        Common,
    ),
)]
#[get("/audit")]
pub(crate) async fn list_audit(
    _: Can<AuditRead>,
    shell: Data<Shell>,
    face: Data<Face>,
    query: UnreadQuery<ListAuditQuery>,
) -> Result<Json<ListOf<AuditView>>, Problem> {
    let (query, mut faults) = (query.read()?, FieldFaults::default());
    let (page_size, cursor) = (query.page_size.as_deref(), query.cursor.as_deref());
    let paging = Paging::parse(&mut faults, "audit", &face.cursors, page_size, cursor);
    let filter = parse(&mut faults, &query);
    let Some((paging, filter)) = paging.zip(filter) else { return Err(faults.into_problem()) };
    let (before, size) = (paging.before, paging.size);
    let listing =
        move |accounts: &Accounts| accounts.database.read(|conn| audit::list(conn, &filter, before, size));
    let page = shell.database(listing).await??;
    Ok(Json(paging.present(page, |entry| entry.id, AuditView::from)))
}

fn parse(faults: &mut FieldFaults, query: &ListAuditQuery) -> Option<AuditFilter> {
    let event = faults.take_given("event", query.event.as_deref().map(parse_event));
    let outcome = faults.take_given("outcome", query.outcome.as_deref().map(parse_outcome));
    let actor = faults.take_given("actor_id", query.actor_id.as_deref().map(parse_id));
    let subject = faults.take_given("subject_id", query.subject_id.as_deref().map(parse_id));
    let ip = faults.take_given("ip", query.ip.as_deref().map(parse_ip));
    let request_id = faults.take_given("request_id", query.request_id.as_deref().map(parse_request_id));
    let since = faults.take_given("since", query.since.as_deref().map(str::parse));
    let until = faults.take_given("until", query.until.as_deref().map(str::parse));
    Some(AuditFilter {
        event: event?,
        outcome: outcome?,
        actor: actor?,
        subject: subject?,
        ip: ip?,
        request_id: request_id?,
        since: since?,
        until: until?,
    })
}

fn parse_event(name: &str) -> Result<AuditEvent, &'static str> {
    name.parse().map_err(|_| "is no event")
}

fn parse_outcome(name: &str) -> Result<AuditOutcome, &'static str> {
    name.parse().map_err(|_| "must be `success` or `failure`")
}

fn parse_id(text: &str) -> Result<UserId, &'static str> {
    let number = parse_number(text).and_then(|number| UserId::try_from(number).ok());
    number.ok_or("is no account's number")
}

fn parse_ip(text: &str) -> Result<IpAddr, &'static str> {
    text.parse::<IpAddr>().map(|ip| ip.to_canonical()).map_err(|_| "is no address of a machine")
}

/// As request ids are; no other was ever noted.
fn parse_request_id(text: &str) -> Result<String, &'static str> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let is_one = (1..=64).contains(&text.len()) && text.bytes().all(is_plain);
    is_one.then(|| text.to_owned()).ok_or("is no request's id")
}

impl From<AuditEntry> for AuditView {
    fn from(entry: AuditEntry) -> Self {
        let record = entry.record;
        Self {
            id: entry.id,
            created_at: Instant(record.at),
            event: record.event.as_str(),
            outcome: record.outcome.as_str(),
            actor_id: record.actor.map(UserId::get),
            subject_id: record.subject.map(UserId::get),
            ip: record.ip.map(|ip| ip.to_string()),
            request_id: record.request_id,
            detail: record.detail,
        }
    }
}
