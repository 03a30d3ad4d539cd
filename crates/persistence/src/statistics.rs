//! Figures for those who run the installation.

use std::collections::HashMap;

use chrono::{Days, NaiveDate, NaiveDateTime, NaiveTime};
use diesel::dsl::{count, count_star, sql};
use diesel::prelude::*;
use diesel::sql_types::{Date, Text};
use vestibule_domain::audit::{AuditEvent, AuditOutcome};
use vestibule_domain::time::Timestamp;

use crate::dialect::DatabaseConnection;
use crate::error::StoreError;
use crate::outbox;
use crate::schema::{audit_events, outbox as mails, sessions, users};

/// The longest span, in days: a year.
pub const MAX_DAYS: u16 = 365;

/// What happened on one day of UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day {
    /// The day.
    pub date: NaiveDate,
    /// Accounts made on it that are still there.
    pub accounts: u64,
    /// Sign-ins that went well.
    pub sign_ins: u64,
    /// Sign-ins that were refused.
    pub refused_sign_ins: u64,
}

/// How things stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statistics {
    /// Every day of the span, the last one today, also those on which nothing happened.
    pub days: Vec<Day>,
    /// Accounts.
    pub accounts: u64,
    /// Those of them that may not sign in.
    pub suspended_accounts: u64,
    /// Sessions of which some token is still good.
    pub active_sessions: u64,
    /// Mails that wait.
    pub queued_mails: u64,
    /// Mails that were given up.
    pub dead_mails: u64,
    /// When the oldest mail was ordered that waits.
    pub oldest_mail_at: Option<Timestamp>,
}

/// The figures at `now`, of the last `days` days, today included: 1 to [`MAX_DAYS`], else the nearer of the two. Sign-ins are
/// counted in the audit trail, and no further back than that is kept.
pub fn find(conn: &mut DatabaseConnection, now: Timestamp, days: u16) -> Result<Statistics, StoreError> {
    let (accounts, suspended_accounts) = count_accounts(conn)?;
    let (queued_mails, dead_mails) = count_mails(conn)?;
    Ok(Statistics {
        days: list_days(conn, now, days.clamp(1, MAX_DAYS))?,
        accounts,
        suspended_accounts,
        active_sessions: count_sessions(conn, now)?,
        queued_mails,
        dead_mails,
        oldest_mail_at: outbox::find_oldest(conn)?,
    })
}

fn list_days(conn: &mut DatabaseConnection, now: Timestamp, days: u16) -> Result<Vec<Day>, StoreError> {
    let today = now.naive_utc().date();
    let first = today - Days::new(u64::from(days - 1));
    let (begin, end) = (first.and_time(NaiveTime::MIN), today.and_time(NaiveTime::MIN) + Days::new(1));
    let made = count_made(conn, begin, end)?;
    let tried = count_sign_ins(conn, begin, end)?;
    let tried_on = |date: NaiveDate, outcome: AuditOutcome| {
        tried.get(&(date, outcome.as_str().to_owned())).copied().unwrap_or_default()
    };
    let day = |date: NaiveDate| Day {
        date,
        accounts: made.get(&date).copied().unwrap_or_default(),
        sign_ins: tried_on(date, AuditOutcome::Success),
        refused_sign_ins: tried_on(date, AuditOutcome::Failure),
    };
    Ok(first.iter_days().take(usize::from(days)).map(day).collect())
}

fn count_made(
    conn: &mut DatabaseConnection,
    begin: NaiveDateTime,
    end: NaiveDateTime,
) -> Result<HashMap<NaiveDate, u64>, StoreError> {
    let rows = users::table
        .filter(users::created_at.ge(begin))
        .filter(users::created_at.lt(end))
        .group_by(sql::<Date>("date(users.created_at)"))
        .select((sql::<Date>("date(users.created_at)"), count_star()))
        .load::<(NaiveDate, i64)>(conn)?;
    Ok(rows.into_iter().map(|(date, count)| (date, counted(count))).collect())
}

fn count_sign_ins(
    conn: &mut DatabaseConnection,
    begin: NaiveDateTime,
    end: NaiveDateTime,
) -> Result<HashMap<(NaiveDate, String), u64>, StoreError> {
    let rows = audit_events::table
        .filter(audit_events::event.eq(AuditEvent::SignedIn.as_str()))
        .filter(audit_events::at.ge(begin))
        .filter(audit_events::at.lt(end))
        .group_by((sql::<Date>("date(audit_events.at)"), sql::<Text>("audit_events.outcome")))
        .select((sql::<Date>("date(audit_events.at)"), sql::<Text>("audit_events.outcome"), count_star()))
        .load::<(NaiveDate, String, i64)>(conn)?;
    Ok(rows.into_iter().map(|(date, outcome, count)| ((date, outcome), counted(count))).collect())
}

/// All accounts, and those that may not sign in.
fn count_accounts(conn: &mut DatabaseConnection) -> Result<(u64, u64), StoreError> {
    let all: i64 = users::table.count().get_result(conn)?;
    let suspended: i64 = users::table.filter(users::suspended_at.is_not_null()).count().get_result(conn)?;
    Ok((counted(all), counted(suspended)))
}

fn count_sessions(conn: &mut DatabaseConnection, now: Timestamp) -> Result<u64, StoreError> {
    let can_be_refreshed = sessions::refresh_expires_at.gt(now.naive_utc());
    let can_be_used = sessions::token_expires_at.gt(now.naive_utc());
    let active = sessions::table.filter(can_be_refreshed.or(can_be_used));
    Ok(counted(active.count().get_result(conn)?))
}

/// The mails that wait, and those that were given up.
fn count_mails(conn: &mut DatabaseConnection) -> Result<(u64, u64), StoreError> {
    let (all, dead): (i64, i64) = mails::table.select((count_star(), count(mails::dead_at))).first(conn)?;
    Ok((counted(all - dead), counted(dead)))
}

fn counted(count: i64) -> u64 {
    u64::try_from(count).unwrap_or_default()
}
