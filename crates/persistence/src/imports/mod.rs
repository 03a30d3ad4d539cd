//! Taking over from other systems: how far each run is, what every row became, and many accounts in few statements.

mod accounts;
mod rows;

use std::time::Duration;

use chrono::NaiveDateTime;
use diesel::prelude::*;
use vestibule_domain::time::Timestamp;

use crate::dialect::{self, DatabaseConnection};
use crate::error::StoreError;
use crate::schema::imports;

pub use accounts::{
    ImportedUser, TakenKeys, insert_users, list_avatars, list_existing, list_suspended, list_taken,
    list_users, reserve_user_ids, set_user,
};
pub use rows::{
    ImportedRow, RowKind, delete_token, exists, insert_rows, list_existing_posts, list_rows,
    list_source_keys, list_token_digests, set_row,
};

/// Values in one list of a query: SQLite takes 32,766 of them.
const KEYS_PER_QUERY: usize = 10_000;

/// How far the run from a source is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// Where it stands.
    pub position: Position,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended, if it did.
    pub finished_at: Option<Timestamp>,
}

/// Where a run stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// The name of the step.
    pub step: String,
    /// The last key taken in it.
    pub last_key: Option<String>,
    /// What was counted until there, in the words of whoever counts.
    pub tally: String,
}

/// How far the run from `source` is, if there ever was one.
pub fn find(conn: &mut DatabaseConnection, source: &str) -> Result<Option<Import>, StoreError> {
    type Row = (String, Option<String>, String, NaiveDateTime, Option<NaiveDateTime>);
    let row: Option<Row> = imports::table
        .find(source)
        .select((imports::step, imports::last_key, imports::tally, imports::started_at, imports::finished_at))
        .first(conn)
        .optional()?;
    Ok(row.map(|(step, last_key, tally, started_at, finished_at)| Import {
        position: Position { step, last_key, tally },
        started_at: Timestamp::from_naive_utc(started_at),
        finished_at: finished_at.map(Timestamp::from_naive_utc),
    }))
}

/// Notes that a run from `source` begins, in the place of the one before, and answers when: at `now`, or behind whatever was taken
/// from there, where a clock was ahead then. So what was taken before and what the run takes can be told apart.
pub fn insert(
    conn: &mut DatabaseConnection,
    now: Timestamp,
    source: &str,
    position: &Position,
) -> Result<Timestamp, StoreError> {
    // Whoever is keeping a batch of the run before is waited for, or finds that it is over.
    diesel::delete(imports::table.find(source)).execute(conn)?;
    let behind = rows::find_latest(conn, source)?.map(|latest| latest.plus(Duration::from_micros(1)));
    let started_at = behind.map_or(now, |behind| behind.max(now));
    diesel::insert_into(imports::table)
        .values((
            imports::source.eq(source),
            imports::step.eq(&position.step),
            imports::last_key.eq(&position.last_key),
            imports::tally.eq(&position.tally),
            imports::started_at.eq(started_at.naive_utc()),
        ))
        .execute(conn)?;
    Ok(started_at)
}

/// Moves the run from `source` that began at `started_at` on. `false` where it does not stand at `from` any more: somebody else
/// moves it. What nobody moves stays locked until the transaction ends.
pub fn set_position(
    conn: &mut DatabaseConnection,
    source: &str,
    started_at: Timestamp,
    from: &Position,
    to: &Position,
) -> Result<bool, StoreError> {
    let here = imports::table
        .find(source)
        .filter(imports::started_at.eq(started_at.naive_utc()))
        .filter(imports::finished_at.is_null())
        .filter(imports::step.eq(&from.step))
        // A list of one matches as `=` does; there is no operator that takes NULL for itself on both databases.
        .filter(imports::last_key.is_null().eq(from.last_key.is_none()))
        .filter(
            imports::last_key.is_null().or(imports::last_key.eq(from.last_key.clone().unwrap_or_default())),
        );
    let set = (imports::step.eq(&to.step), imports::last_key.eq(&to.last_key), imports::tally.eq(&to.tally));
    Ok(diesel::update(here).set(set).execute(conn)? == 1)
}

/// Notes that the run from `source` ended.
pub fn set_finished(conn: &mut DatabaseConnection, now: Timestamp, source: &str) -> Result<(), StoreError> {
    let set = imports::finished_at.eq(now.naive_utc());
    diesel::update(imports::table.find(source)).set(set).execute(conn)?;
    Ok(())
}

/// Prepares the transaction for many accounts: the index that finds parts of names, which costs most, gathers more before it sorts
/// it in; and the end of the transaction does not wait for the disk. A run that was cut off by a loss of power goes on behind
/// what is there of it, and its own last transaction waits for all of them.
pub fn prepare_bulk(conn: &mut DatabaseConnection) -> Result<(), StoreError> {
    Ok(dialect::prepare_bulk(conn)?)
}

/// Has the database look at what the tables hold that a run fills, so that it finds rows by their keys: at the beginning, when
/// there are some, and at the end.
pub fn count(conn: &mut DatabaseConnection) -> Result<(), StoreError> {
    Ok(dialect::count_bulk(conn)?)
}

/// Sorts in what was gathered so far, while others go on writing: what they wait for at the end is so much less.
pub fn sort_in(conn: &mut DatabaseConnection) -> Result<(), StoreError> {
    Ok(dialect::sort_in_search(conn)?)
}

/// Sorts in what was gathered, and leaves the tables in order. Where a run ended without it, the next sign-up or the
/// server's own vacuum does it.
pub fn settle(conn: &mut DatabaseConnection) -> Result<(), StoreError> {
    Ok(dialect::settle_after_bulk(conn)?)
}
