//! Sending: each mail is one node's, until its lease runs out.

use std::time::Duration;

use chrono::NaiveDateTime;
use diesel::prelude::*;
use vestibule_domain::mail::MailOrder;
use vestibule_domain::time::Timestamp;

use super::{counted, payload};
use crate::dialect::{DatabaseConnection, MultiBackend, database_now};
use crate::error::StoreError;
use crate::schema::outbox;

/// How long a node has a mail for itself, by the database's own clock: longer than writing and sending one may take, and as
/// long as a mail waits whose node died.
pub const LEASE: Duration = Duration::from_mins(1);

/// No mail waits so long for its next try: one that is due later was put there by a clock that was wrong, and is due now.
const ABSURD: Duration = Duration::from_hours(3);

/// A mail that cannot be read waits so long: while nodes are being renewed, one of the new ones may know its kind.
const UNREADABLE_WAIT: Duration = Duration::from_mins(5);

/// And so often, an hour in all.
const UNREADABLE_TRIES: u32 = 12;

/// The longest reason kept, in characters.
const MAX_ERROR: usize = 300;

/// A mail that this node is to send, until its lease runs out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeasedMail {
    /// Its number.
    pub id: i64,
    /// What is to be written.
    pub order: MailOrder,
    /// How often it was tried, this time included.
    pub attempts: u32,
    /// When it was ordered.
    pub created_at: Timestamp,
    /// Whose it is.
    pub lease_id: String,
}

/// What becomes of a mail that was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Postponed {
    /// It is tried again then.
    Until(Timestamp),
    /// It is given up, now.
    ForGood(Timestamp),
}

/// Whether any mail is due at `now` and nobody's: asked before [`lease`], which writes.
pub fn has_due(conn: &mut DatabaseConnection, now: Timestamp) -> Result<bool, StoreError> {
    // The clock is not asked for nothing: mostly no mail waits.
    if candidates(conn, due(now).limit(1))?.is_empty() {
        return Ok(false);
    }
    let clock = database_now(conn)?;
    Ok(!candidates(conn, due_and_free(now, clock).limit(1))?.is_empty())
}

/// Takes up to `limit` mails that are due at `now`, under the name `lease_id`. Of several nodes that ask at once each mail
/// goes to one: the row says to whom.
pub fn lease(
    conn: &mut DatabaseConnection,
    now: Timestamp,
    lease_id: &str,
    limit: i64,
) -> Result<Vec<LeasedMail>, StoreError> {
    let clock = database_now(conn)?;
    let oldest_first = due_and_free(now, clock).order((outbox::due_at, outbox::id)).limit(limit);
    let mut leased = Vec::new();
    for id in candidates(conn, oldest_first)? {
        let Some(row) = take(conn, now, clock, id, lease_id)? else { continue };
        match row.into_leased(lease_id) {
            Ok(mail) => leased.push(mail),
            Err(unreadable) => set_aside(conn, now, lease_id, &unreadable)?,
        }
    }
    Ok(leased)
}

/// Whether the mail is still this node's and in the queue. Asked in a transaction, it stays so until that ends.
pub fn keep(conn: &mut DatabaseConnection, mail: &LeasedMail) -> Result<bool, StoreError> {
    let ours = outbox::table.find(mail.id).filter(outbox::lease_id.eq(&mail.lease_id));
    Ok(diesel::update(ours).set(outbox::lease_id.eq(&mail.lease_id)).execute(conn)? == 1)
}

/// Removes a mail that has left. `false` where the lease had run out and another node took it.
pub fn delete(conn: &mut DatabaseConnection, mail: &LeasedMail) -> Result<bool, StoreError> {
    let ours = outbox::table.find(mail.id).filter(outbox::lease_id.eq(&mail.lease_id));
    Ok(diesel::delete(ours).execute(conn)? == 1)
}

/// Notes that a mail could not be sent, and why. Nothing happens where another node has it by now.
pub fn set_postponed(
    conn: &mut DatabaseConnection,
    mail: &LeasedMail,
    postponed: Postponed,
    error: &str,
) -> Result<(), StoreError> {
    postpone(conn, mail.id, &mail.lease_id, postponed, error)
}

fn postpone(
    conn: &mut DatabaseConnection,
    id: i64,
    lease_id: &str,
    postponed: Postponed,
    error: &str,
) -> Result<(), StoreError> {
    let error: String = error.chars().filter(|c| !c.is_control()).take(MAX_ERROR).collect();
    let ours = outbox::table.find(id).filter(outbox::lease_id.eq(lease_id));
    let free = (outbox::leased_until.eq(None::<NaiveDateTime>), outbox::lease_id.eq(None::<&str>));
    let why = outbox::last_error.eq(error);
    match postponed {
        Postponed::Until(at) => {
            diesel::update(ours).set((free, why, outbox::due_at.eq(at.naive_utc()))).execute(conn)?
        }
        Postponed::ForGood(at) => {
            diesel::update(ours).set((free, why, outbox::dead_at.eq(at.naive_utc()))).execute(conn)?
        }
    };
    Ok(())
}

/// A mail nobody here can read stands in no other's way.
fn set_aside(
    conn: &mut DatabaseConnection,
    now: Timestamp,
    lease_id: &str,
    unreadable: &Unreadable,
) -> Result<(), StoreError> {
    let Unreadable { id, attempts, error } = unreadable;
    let is_over = *attempts >= UNREADABLE_TRIES;
    tracing::error!(target: "mail", id, attempts, %error, given_up = is_over, "a mail cannot be read");
    let postponed =
        if is_over { Postponed::ForGood(now) } else { Postponed::Until(now.plus(UNREADABLE_WAIT)) };
    postpone(conn, *id, lease_id, postponed, "this version of the program cannot read the order")
}

fn take(
    conn: &mut DatabaseConnection,
    now: Timestamp,
    clock: Timestamp,
    id: i64,
    lease_id: &str,
) -> Result<Option<LeasedRow>, StoreError> {
    let still =
        outbox::table.find(id).filter(outbox::dead_at.is_null()).filter(is_due(now)).filter(is_free(clock));
    Ok(diesel::update(still)
        .set((
            outbox::leased_until.eq(clock.plus(LEASE).naive_utc()),
            outbox::lease_id.eq(lease_id),
            outbox::attempts.eq(outbox::attempts + 1),
        ))
        .returning(LeasedRow::as_columns())
        .get_result(conn)
        .optional()?)
}

type Query = outbox::BoxedQuery<'static, MultiBackend>;
type Condition = Box<dyn BoxableExpression<outbox::table, MultiBackend, SqlType = diesel::sql_types::Bool>>;

fn candidates(conn: &mut DatabaseConnection, wanted: Query) -> Result<Vec<i64>, StoreError> {
    Ok(wanted.select(outbox::id).load(conn)?)
}

fn due(now: Timestamp) -> Query {
    outbox::table.into_boxed().filter(outbox::dead_at.is_null()).filter(is_due(now))
}

fn due_and_free(now: Timestamp, clock: Timestamp) -> Query {
    due(now).filter(is_free(clock))
}

fn is_due(now: Timestamp) -> Condition {
    let absurd = now.plus(ABSURD).naive_utc();
    Box::new(outbox::due_at.le(now.naive_utc()).or(outbox::due_at.gt(absurd)))
}

/// A lease beyond what any taker can have got is that of a clock since set back. Twice the lease: whoever waited for
/// another taker's row read the clock before them.
fn is_free(clock: Timestamp) -> Condition {
    let absurd = clock.plus(LEASE * 2).naive_utc();
    let over = outbox::leased_until.le(clock.naive_utc()).assume_not_null();
    Box::new(outbox::leased_until.is_null().or(over).or(outbox::leased_until.gt(absurd).assume_not_null()))
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = outbox)]
struct LeasedRow {
    id: i64,
    kind: String,
    payload: String,
    attempts: i64,
    created_at: NaiveDateTime,
}

struct Unreadable {
    id: i64,
    attempts: u32,
    error: StoreError,
}

impl LeasedRow {
    fn as_columns() -> <Self as Selectable<MultiBackend>>::SelectExpression {
        <Self as Selectable<MultiBackend>>::construct_selection()
    }

    fn into_leased(self, lease_id: &str) -> Result<LeasedMail, Unreadable> {
        let (id, attempts) = (self.id, counted(self.attempts));
        Ok(LeasedMail {
            id,
            order: payload::read(id, &self.kind, &self.payload).map_err(|error| Unreadable {
                id,
                attempts,
                error,
            })?,
            attempts,
            created_at: Timestamp::from_naive_utc(self.created_at),
            lease_id: lease_id.to_owned(),
        })
    }
}
