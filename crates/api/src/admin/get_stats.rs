//! Figures for the dashboard.

use actix_web::get;
use actix_web::web::{Data, Json};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use vestibule_http::Shell;
use vestibule_persistence::statistics::{Day, Statistics};

use crate::accounts::Instant;
use crate::caller::{Can, UsersRead};
use crate::documents::responses::{Common, WithPermission, WithQuery};
use crate::fields::FieldFaults;
use crate::lists::OneOf;
use crate::problem::Problem;
use crate::query::UnreadQuery;

/// The days shown where nobody says how many.
const DEFAULT_DAYS: u16 = 30;
/// The most days: a year.
const MAX_DAYS: u16 = 365;

/// How far back.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct GetStatsQuery {
    /// How many days, today included.
    #[param(value_type = Option<u16>, minimum = 1, maximum = 365, default = 30)]
    days: Option<String>,
}

/// How things stand.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Statistics)]
pub(crate) struct StatisticsView {
    /// Every day of the span, the last one today, those on which nothing happened included.
    days: Vec<DayView>,
    /// Accounts.
    accounts: u64,
    /// Those of them that may not sign in.
    suspended_accounts: u64,
    /// Sessions of which some token is still good.
    active_sessions: u64,
    /// Mails that wait.
    queued_mails: u64,
    /// Mails that were given up.
    dead_mails: u64,
    /// When the oldest mail was ordered that waits.
    #[schema(format = DateTime, required)]
    oldest_mail_at: Option<Instant>,
}

/// What happened on one day of UTC.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DayStatistics)]
pub(crate) struct DayView {
    /// The day.
    #[schema(format = Date, example = "2026-11-21")]
    date: String,
    /// Accounts made on it that are still there.
    accounts: u64,
    /// Sign-ins that went well, as far as the audit trail reaches back.
    sign_ins: u64,
    /// Sign-ins that were refused.
    refused_sign_ins: u64,
}

/// Figures
///
/// How things stand, and accounts and sign-ins day by day. They are counted once in five seconds at most.
#[utoipa::path(
    tag = "admin",
    operation_id = "get_stats",
    security(("bearer" = [])),
    params(GetStatsQuery),
    responses(
        (status = 200, description = "The figures", body = OneOf<StatisticsView>),
        WithPermission,
        WithQuery,
        Common,
    ),
)]
#[get("/stats")]
pub(crate) async fn get_stats(
    _: Can<UsersRead>,
    shell: Data<Shell>,
    query: UnreadQuery<GetStatsQuery>,
) -> Result<Json<OneOf<StatisticsView>>, Problem> {
    let (query, mut faults) = (query.read()?, FieldFaults::default());
    let days = faults.take_given("days", query.days.as_deref().map(parse_days));
    let Some(days) = days else { return Err(faults.into_problem()) };
    let figures = shell.figures(days.unwrap_or(DEFAULT_DAYS)).await?;
    Ok(Json(OneOf::new(StatisticsView::from(&*figures))))
}

fn parse_days(text: &str) -> Result<u16, &'static str> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
    let days = text.parse().ok().filter(|days| is_plain && (1..=MAX_DAYS).contains(days));
    days.ok_or("must be between 1 and 365")
}

impl From<&Statistics> for StatisticsView {
    fn from(figures: &Statistics) -> Self {
        Self {
            days: figures.days.iter().copied().map(DayView::from).collect(),
            accounts: figures.accounts,
            suspended_accounts: figures.suspended_accounts,
            active_sessions: figures.active_sessions,
            queued_mails: figures.queued_mails,
            dead_mails: figures.dead_mails,
            oldest_mail_at: figures.oldest_mail_at.map(Instant),
        }
    }
}

impl From<Day> for DayView {
    fn from(day: Day) -> Self {
        Self {
            date: day.date.to_string(),
            accounts: day.accounts,
            sign_ins: day.sign_ins,
            refused_sign_ins: day.refused_sign_ins,
        }
    }
}
