//! The audit trail: rows are added and, when their time is over, removed; nothing changes one.

use std::collections::BTreeMap;
use std::net::IpAddr;

use chrono::NaiveDateTime;
use diesel::prelude::*;
use vestibule_domain::audit::{AuditEvent, AuditOutcome, AuditRecord};
use vestibule_domain::id::UserId;
use vestibule_domain::page::{Page, PageSize};
use vestibule_domain::time::Timestamp;

use crate::dialect::{DatabaseConnection, MultiBackend, on_its_own};
use crate::error::StoreError;
use crate::schema::audit_events;
use crate::total;

/// Rows in one statement: beyond some hundreds a longer one is no faster, and SQLite takes 32,766 values.
const ROWS_PER_STATEMENT: usize = 500;

/// A row of the trail and its place in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its number; later rows have greater ones.
    pub id: i64,
    /// What it tells.
    pub record: AuditRecord,
}

/// Which rows are wanted; all conditions hold together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Of this kind.
    pub event: Option<AuditEvent>,
    /// Which went so.
    pub outcome: Option<AuditOutcome>,
    /// Done by this account.
    pub actor: Option<UserId>,
    /// Done to this account.
    pub subject: Option<UserId>,
    /// From this address.
    pub ip: Option<IpAddr>,
    /// In this request.
    pub request_id: Option<String>,
    /// At this moment or later.
    pub since: Option<Timestamp>,
    /// Before this moment.
    pub until: Option<Timestamp>,
}

#[derive(Queryable)]
struct Row {
    id: i64,
    at: NaiveDateTime,
    event: String,
    outcome: String,
    actor_id: Option<i64>,
    subject_id: Option<i64>,
    ip: Option<String>,
    request_id: Option<String>,
    detail: Option<String>,
}

impl Row {
    fn into_entry(self) -> Result<AuditEntry, StoreError> {
        let corrupt = |what| StoreError::Corrupt { what, row: format!("audit event {}", self.id) };
        let user = |id: Option<i64>, what| id.map(UserId::try_from).transpose().map_err(|_| corrupt(what));
        let record = AuditRecord {
            at: Timestamp::from_naive_utc(self.at),
            event: self.event.parse().map_err(|_| corrupt("event"))?,
            outcome: self.outcome.parse().map_err(|_| corrupt("outcome"))?,
            actor: user(self.actor_id, "actor")?,
            subject: user(self.subject_id, "subject")?,
            ip: self.ip.as_deref().map(str::parse).transpose().map_err(|_| corrupt("address"))?,
            request_id: self.request_id,
            detail: self.detail,
        };
        Ok(AuditEntry { id: self.id, record })
    }
}

/// Adds `record`.
pub fn insert(conn: &mut DatabaseConnection, record: &AuditRecord) -> Result<(), StoreError> {
    insert_all(conn, std::slice::from_ref(record))
}

/// Adds all of `records`, many in a statement.
pub fn insert_all(conn: &mut DatabaseConnection, records: &[AuditRecord]) -> Result<(), StoreError> {
    let row = |record: &AuditRecord| {
        (
            audit_events::at.eq(record.at.naive_utc()),
            audit_events::event.eq(record.event.as_str()),
            audit_events::outcome.eq(record.outcome.as_str()),
            audit_events::actor_id.eq(record.actor.map(UserId::get)),
            audit_events::subject_id.eq(record.subject.map(UserId::get)),
            audit_events::ip.eq(record.ip.map(|ip| ip.to_string())),
            audit_events::request_id.eq(record.request_id.clone()),
            audit_events::detail.eq(record.detail.clone()),
        )
    };
    for some in records.chunks(ROWS_PER_STATEMENT) {
        let rows: Vec<_> = some.iter().map(row).collect();
        on_its_own!(conn, |conn| diesel::insert_into(audit_events::table).values(rows).execute(conn))?;
    }
    Ok(())
}

/// The rows that `filter` wants, newest first, those before `before` where that is given.
pub fn list(
    conn: &mut DatabaseConnection,
    filter: &AuditFilter,
    before: Option<i64>,
    size: PageSize,
) -> Result<Page<AuditEntry>, StoreError> {
    let size = usize::from(size.get());
    let mut page = wanted(filter).order(audit_events::id.desc()).limit(one_more_than(size));
    if let Some(before) = before {
        page = page.filter(audit_events::id.lt(before));
    }
    let mut rows = page.load::<Row>(conn)?;
    let has_more = rows.len() > size;
    rows.truncate(size);
    let entries = rows.into_iter().map(Row::into_entry).collect::<Result<_, _>>()?;
    let total = total::count(conn, wanted(filter).select(audit_events::id).limit(total::ONE_BEYOND))?;
    Ok(Page { entries, total, has_more })
}

/// Up to `limit` of the rows that tell what `user_id` did or what was done to it, oldest first, behind the row `after`. Each
/// half is read from its own index, so that a long trail costs a page what a short one does.
pub(crate) fn list_about(
    conn: &mut DatabaseConnection,
    user_id: UserId,
    after: i64,
    limit: i64,
) -> Result<Vec<AuditEntry>, StoreError> {
    let half = |filter: &AuditFilter, conn: &mut DatabaseConnection| {
        let rows = wanted(filter).filter(audit_events::id.gt(after)).order(audit_events::id).limit(limit);
        rows.load::<Row>(conn)
    };
    let did = AuditFilter { actor: Some(user_id), ..AuditFilter::default() };
    let suffered = AuditFilter { subject: Some(user_id), ..AuditFilter::default() };
    let both = half(&did, conn)?.into_iter().chain(half(&suffered, conn)?);
    let both: BTreeMap<_, _> = both.map(|row| (row.id, row)).collect();
    both.into_values().take(usize::try_from(limit).unwrap_or_default()).map(Row::into_entry).collect()
}

fn one_more_than(size: usize) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX).saturating_add(1)
}

fn wanted(filter: &AuditFilter) -> audit_events::BoxedQuery<'_, MultiBackend> {
    let mut query = audit_events::table.into_boxed();
    if let Some(event) = filter.event {
        query = query.filter(audit_events::event.eq(event.as_str()));
    }
    if let Some(outcome) = filter.outcome {
        query = query.filter(audit_events::outcome.eq(outcome.as_str()));
    }
    if let Some(actor) = filter.actor {
        query = query.filter(audit_events::actor_id.eq(actor.get()));
    }
    if let Some(subject) = filter.subject {
        query = query.filter(audit_events::subject_id.eq(subject.get()));
    }
    if let Some(ip) = filter.ip {
        query = query.filter(audit_events::ip.eq(ip.to_string()));
    }
    if let Some(request_id) = &filter.request_id {
        query = query.filter(audit_events::request_id.eq(request_id));
    }
    if let Some(since) = filter.since {
        query = query.filter(audit_events::at.ge(since.naive_utc()));
    }
    if let Some(until) = filter.until {
        query = query.filter(audit_events::at.lt(until.naive_utc()));
    }
    query
}

/// Removes up to `limit` rows older than `before`, the oldest first. Answers how many went.
pub fn delete_before(
    conn: &mut DatabaseConnection,
    before: Timestamp,
    limit: i64,
) -> Result<usize, StoreError> {
    let old = audit_events::table
        .filter(audit_events::at.lt(before.naive_utc()))
        .order(audit_events::at)
        .limit(limit)
        .select(audit_events::id)
        .load::<i64>(conn)?;
    if old.is_empty() {
        return Ok(0);
    }
    Ok(diesel::delete(audit_events::table.filter(audit_events::id.eq_any(old))).execute(conn)?)
}
