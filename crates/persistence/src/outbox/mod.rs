//! Mails to be written and sent: ordered in the transaction that causes them, leased by whoever sends them, gone when they
//! have left.

mod lease;
mod payload;

use chrono::NaiveDateTime;
use diesel::prelude::*;
use vestibule_domain::email::EmailKey;
use vestibule_domain::id::UserId;
use vestibule_domain::mail::MailOrder;
use vestibule_domain::page::{Page, PageSize, Total};
use vestibule_domain::time::Timestamp;

pub use self::lease::{LEASE, LeasedMail, Postponed, delete, has_due, keep, lease, set_postponed};
use crate::dialect::{DatabaseConnection, MultiBackend};
use crate::error::StoreError;
use crate::schema::outbox;
use crate::total;

/// Mails in one statement: SQLite takes 32,766 values.
const ROWS_PER_STATEMENT: usize = 500;

/// A mail as an operator sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxEntry {
    /// Its number.
    pub id: i64,
    /// What kind it is.
    pub kind: String,
    /// The account it is about, where that is known before the mail is written.
    pub user_id: Option<UserId>,
    /// What is to be written; nothing where only another version of this program can read it.
    pub order: Option<MailOrder>,
    /// When it was ordered.
    pub created_at: Timestamp,
    /// When it is tried next.
    pub due_at: Timestamp,
    /// How often it was tried.
    pub attempts: u32,
    /// Why it did not leave when it was last tried.
    pub last_error: Option<String>,
    /// When it was given up.
    pub dead_at: Option<Timestamp>,
}

/// Orders a mail. Called within the transaction that causes it.
pub fn insert(conn: &mut DatabaseConnection, now: Timestamp, order: &MailOrder) -> Result<(), StoreError> {
    diesel::insert_into(outbox::table)
        .values((
            outbox::kind.eq(order.kind()),
            outbox::user_id.eq(order.user_id().map(UserId::get)),
            outbox::payload.eq(payload::write(order)),
            outbox::created_at.eq(now.naive_utc()),
            outbox::due_at.eq(now.naive_utc()),
        ))
        .execute(conn)?;
    Ok(())
}

/// The queue, newest first, before `before` where that is given; only what was given up, or only what was not, where `dead`
/// says so.
pub fn list(
    conn: &mut DatabaseConnection,
    dead: Option<bool>,
    before: Option<i64>,
    size: PageSize,
) -> Result<Page<OutboxEntry>, StoreError> {
    let size = usize::from(size.get());
    let one_more = i64::try_from(size).unwrap_or(i64::MAX).saturating_add(1);
    let mut page = wanted(dead).order(outbox::id.desc()).limit(one_more);
    if let Some(before) = before {
        page = page.filter(outbox::id.lt(before));
    }
    let mut rows = page.select(EntryRow::as_columns()).load::<EntryRow>(conn)?;
    let has_more = rows.len() > size;
    rows.truncate(size);
    let entries = rows.into_iter().map(EntryRow::into_entry).collect();
    let total = count(conn, dead)?;
    Ok(Page { entries, total, has_more })
}

/// Those of the mails `ids` that there are, the newest first.
pub fn list_of(conn: &mut DatabaseConnection, ids: &[i64]) -> Result<Vec<OutboxEntry>, StoreError> {
    let found = outbox::table.filter(outbox::id.eq_any(ids)).order(outbox::id.desc());
    let rows = found.select(EntryRow::as_columns()).load::<EntryRow>(conn)?;
    Ok(rows.into_iter().map(EntryRow::into_entry).collect())
}

/// How many mails there are, counted up to [`Total::CAP`]; only what was given up, or only what was not, where `dead` says so.
pub fn count(conn: &mut DatabaseConnection, dead: Option<bool>) -> Result<Total, StoreError> {
    total::count(conn, wanted(dead).select(outbox::id).limit(total::ONE_BEYOND))
}

/// When the oldest mail was ordered that has neither left nor been given up.
pub fn find_oldest(conn: &mut DatabaseConnection) -> Result<Option<Timestamp>, StoreError> {
    let oldest = outbox::table
        .filter(outbox::dead_at.is_null())
        .order(outbox::id)
        .select(outbox::created_at)
        .first::<NaiveDateTime>(conn)
        .optional()?;
    Ok(oldest.map(Timestamp::from_naive_utc))
}

/// Makes the mail `id` due now, with its attempts counted anew. `None` where there is none.
pub fn set_due(
    conn: &mut DatabaseConnection,
    now: Timestamp,
    id: i64,
) -> Result<Option<OutboxEntry>, StoreError> {
    let row: Option<EntryRow> = diesel::update(outbox::table.find(id))
        .set((
            outbox::due_at.eq(now.naive_utc()),
            outbox::attempts.eq(0),
            outbox::dead_at.eq(None::<NaiveDateTime>),
        ))
        .returning(EntryRow::as_columns())
        .get_result(conn)
        .optional()?;
    Ok(row.map(EntryRow::into_entry))
}

/// Removes up to `limit` mails that were given up before `before`: they hold addresses, and nobody asked for them again.
/// Answers how many went.
pub fn delete_dead(
    conn: &mut DatabaseConnection,
    before: Timestamp,
    limit: i64,
) -> Result<usize, StoreError> {
    let dead = outbox::table
        .filter(outbox::dead_at.lt(before.naive_utc()))
        .order(outbox::id)
        .limit(limit)
        .select(outbox::id)
        .load::<i64>(conn)?;
    if dead.is_empty() {
        return Ok(0);
    }
    let still = outbox::table.filter(outbox::id.eq_any(dead)).filter(outbox::dead_at.is_not_null());
    Ok(diesel::delete(still).execute(conn)?)
}

/// Removes what waits for `user_id`, and what was asked for in the name of its address. Called when the account goes.
pub fn delete_of_user(
    conn: &mut DatabaseConnection,
    user_id: UserId,
    address: Option<&EmailKey>,
) -> Result<(), StoreError> {
    diesel::delete(outbox::table.filter(outbox::user_id.eq(user_id.get()))).execute(conn)?;
    let Some(address) = address else { return Ok(()) };
    // Nobody looks up whose address was typed before the mail is written, so the orders themselves are read.
    let asked = outbox::table
        .filter(outbox::user_id.is_null())
        .filter(outbox::kind.eq("reset_password"))
        .select((outbox::id, outbox::kind, outbox::payload))
        .load::<(i64, String, String)>(conn)?;
    let is_theirs = |(id, kind, fields): &(i64, String, String)| {
        let order = payload::read(*id, kind, fields);
        matches!(order, Ok(MailOrder::ResetPassword { typed }) if typed.key() == *address)
    };
    let theirs: Vec<i64> = asked.iter().filter(|row| is_theirs(row)).map(|(id, ..)| *id).collect();
    for some in theirs.chunks(ROWS_PER_STATEMENT) {
        diesel::delete(outbox::table.filter(outbox::id.eq_any(some))).execute(conn)?;
    }
    Ok(())
}

fn wanted(dead: Option<bool>) -> outbox::BoxedQuery<'static, MultiBackend> {
    let all = outbox::table.into_boxed();
    match dead {
        Some(true) => all.filter(outbox::dead_at.is_not_null()),
        Some(false) => all.filter(outbox::dead_at.is_null()),
        None => all,
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = outbox)]
struct EntryRow {
    id: i64,
    kind: String,
    user_id: Option<i64>,
    payload: String,
    created_at: NaiveDateTime,
    due_at: NaiveDateTime,
    attempts: i64,
    last_error: Option<String>,
    dead_at: Option<NaiveDateTime>,
}

impl EntryRow {
    fn as_columns() -> <Self as Selectable<MultiBackend>>::SelectExpression {
        <Self as Selectable<MultiBackend>>::construct_selection()
    }

    fn into_entry(self) -> OutboxEntry {
        OutboxEntry {
            id: self.id,
            user_id: self.user_id.and_then(|id| id.try_into().ok()),
            order: payload::read(self.id, &self.kind, &self.payload).ok(),
            kind: self.kind,
            created_at: Timestamp::from_naive_utc(self.created_at),
            due_at: Timestamp::from_naive_utc(self.due_at),
            attempts: counted(self.attempts),
            last_error: self.last_error,
            dead_at: self.dead_at.map(Timestamp::from_naive_utc),
        }
    }
}

fn counted(attempts: i64) -> u32 {
    u32::try_from(attempts).unwrap_or(0)
}
