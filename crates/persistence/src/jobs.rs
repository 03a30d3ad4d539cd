//! What runs in the background, once among all nodes.

use std::time::Duration;

use chrono::NaiveDateTime;
use diesel::prelude::*;
use vestibule_domain::time::Timestamp;

use crate::dialect::{DatabaseConnection, database_now, on_its_own};
use crate::error::StoreError;
use crate::schema::jobs;

/// The longest reason kept for a failure, in characters.
const MAX_ERROR: usize = 200;

/// How a job stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobState {
    /// Its name.
    pub name: String,
    /// When it was last begun.
    pub started_at: Option<Timestamp>,
    /// When it last ended well.
    pub succeeded_at: Option<Timestamp>,
    /// Why it last failed, where it did since.
    pub last_error: Option<String>,
}

/// Takes the job `name` for `lease`, counted by the database's own clock, if nobody has it and it is due: not begun within
/// `every` before `now`, or failed since. `lease_id` names the taker. `true` for one of all who ask.
///
/// Clocks of nodes differ, and are set back. A beginning more than `every` ahead of `now` is not believed, nor is a lease
/// that no taker can have got: else a job would wait for years.
pub fn take(
    conn: &mut DatabaseConnection,
    now: Timestamp,
    name: &str,
    lease_id: &str,
    lease: Duration,
    every: Duration,
) -> Result<bool, StoreError> {
    let unknown = (jobs::name.eq(name),);
    on_its_own!(conn, |conn| {
        diesel::insert_into(jobs::table).values(unknown).on_conflict_do_nothing().execute(conn)
    })?;
    let clock = database_now(conn)?;
    // Twice the lease: whoever waited for another taker's row read the clock before them.
    let (over, absurd) = (clock.naive_utc(), clock.plus(lease * 2).naive_utc());
    let (last, ahead) = (now.minus(every).naive_utc(), now.plus(every).naive_utc());
    let free = jobs::leased_until
        .is_null()
        .or(jobs::leased_until.le(over).assume_not_null())
        .or(jobs::leased_until.gt(absurd).assume_not_null());
    let due = jobs::started_at
        .is_null()
        .or(jobs::started_at.le(last).assume_not_null())
        .or(jobs::started_at.gt(ahead).assume_not_null())
        .or(jobs::last_error.is_not_null());
    let taken = diesel::update(jobs::table.find(name).filter(free).filter(due))
        .set((
            jobs::leased_until.eq(clock.plus(lease).naive_utc()),
            jobs::lease_id.eq(lease_id),
            jobs::started_at.eq(now.naive_utc()),
        ))
        .execute(conn)?;
    Ok(taken == 1)
}

/// Keeps the job for another `lease`. `false` where another node has it by now; a job that writes asks in the transaction
/// of its write, and writes nothing then.
pub fn keep(
    conn: &mut DatabaseConnection,
    name: &str,
    lease_id: &str,
    lease: Duration,
) -> Result<bool, StoreError> {
    let until = database_now(conn)?.plus(lease).naive_utc();
    let held = jobs::table.find(name).filter(jobs::lease_id.eq(lease_id));
    Ok(diesel::update(held).set(jobs::leased_until.eq(until)).execute(conn)? == 1)
}

/// Gives the job back, and notes how it went. Nothing happens where another node has it by now.
pub fn give_back(
    conn: &mut DatabaseConnection,
    now: Timestamp,
    name: &str,
    lease_id: &str,
    outcome: Result<(), &str>,
) -> Result<(), StoreError> {
    let held = jobs::table.find(name).filter(jobs::lease_id.eq(lease_id));
    let free = (jobs::leased_until.eq(None::<NaiveDateTime>), jobs::lease_id.eq(None::<&str>));
    match outcome {
        Ok(()) => {
            let well = (jobs::succeeded_at.eq(now.naive_utc()), jobs::last_error.eq(None::<&str>));
            diesel::update(held).set((free, well)).execute(conn)?
        }
        Err(why) => {
            let why: String = why.chars().filter(|c| !c.is_control()).take(MAX_ERROR).collect();
            diesel::update(held).set((free, jobs::last_error.eq(why))).execute(conn)?
        }
    };
    Ok(())
}

/// Every job that ever ran.
pub fn list(conn: &mut DatabaseConnection) -> Result<Vec<JobState>, StoreError> {
    type Row = (String, Option<NaiveDateTime>, Option<NaiveDateTime>, Option<String>);
    let rows = jobs::table
        .order(jobs::name)
        .select((jobs::name, jobs::started_at, jobs::succeeded_at, jobs::last_error))
        .load::<Row>(conn)?;
    let state = |(name, started_at, succeeded_at, last_error): Row| JobState {
        name,
        started_at: started_at.map(Timestamp::from_naive_utc),
        succeeded_at: succeeded_at.map(Timestamp::from_naive_utc),
        last_error,
    };
    Ok(rows.into_iter().map(state).collect())
}
