//! What the database itself saw: every mail that was ordered, and every beginning of a job.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use tokio::time::sleep;

use super::is_long;
use crate::harness::database::TestDatabase;
use crate::harness::smtp::Received;

/// Writes each order and each beginning down; whether somebody else had the job then, too.
const EYES: &str = "
create table seen_orders (id bigint primary key, kind text not null);
create function see_order() returns trigger language plpgsql as $$ begin
    insert into seen_orders values (new.id, new.kind); return null;
end $$;
create trigger see_order after insert on outbox for each row execute function see_order();
create table seen_jobs (name text not null, at timestamptz not null, is_doubled boolean not null);
create function see_job() returns trigger language plpgsql as $$ begin
    insert into seen_jobs values (new.name, clock_timestamp(),
        old.lease_id is not null and old.leased_until > clock_timestamp() at time zone 'utc');
    return null;
end $$;
create trigger see_job after update on jobs for each row
    when (new.lease_id is not null and new.lease_id is distinct from old.lease_id) execute function see_job()";

/// Opens its eyes on a PostgreSQL database whose schema is there.
pub(super) fn watch(database: &TestDatabase) {
    database.sql(EYES);
}

/// Waits until every mail has gone, where no node was killed with one in hand.
pub(super) async fn all_gone(database: &TestDatabase) {
    wait_for_none(database, "true").await;
}

/// Waits until every mail has gone, those that a killed node had in hand, too.
pub(super) async fn emptied(database: &TestDatabase) {
    wait_for_none(database, "lease_id is null").await;
    if !is_long() {
        // What the living have in hand takes a moment; the leases of the dead are let run out by hand: a minute is long.
        sleep(Duration::from_millis(500)).await;
        database.sql("update outbox set leased_until = '2020-01-01 00:00:00' where leased_until is not null");
    }
    all_gone(database).await;
}

async fn wait_for_none(database: &TestDatabase, which: &str) {
    let begun = Instant::now();
    while database.sql(&format!("select count(*) from outbox where {which}")) != "0" {
        assert!(begun.elapsed() < Duration::from_mins(2), "mails wait");
        sleep(Duration::from_millis(50)).await;
    }
}

/// What became of the mails that were ordered.
pub(super) struct Mails {
    /// How many were.
    pub(super) ordered: usize,
    /// How many never came.
    pub(super) lost: usize,
    /// How many came without an order.
    pub(super) strange: usize,
    /// How many came a second time, or more.
    pub(super) duplicates: usize,
    /// The most often that one came.
    pub(super) most: usize,
}

/// Compares orders with what a mail server took. The number of an order stands in the mail's `Message-ID`.
pub(super) fn mails(database: &TestDatabase, received: &[Received]) -> Mails {
    let ordered = database.sql("select id from seen_orders order by id");
    let mut counts: BTreeMap<&str, usize> = ordered.lines().map(|id| (id, 0)).collect();
    let mut strange = 0;
    for mail in received {
        let id = mail.data.split("Message-ID: <").nth(1).and_then(|rest| rest.split('.').next());
        match id.and_then(|id| counts.get_mut(id)) {
            Some(count) => *count += 1,
            None => strange += 1,
        }
    }
    Mails {
        ordered: counts.len(),
        lost: counts.values().filter(|count| **count == 0).count(),
        strange,
        duplicates: counts.values().map(|count| count.saturating_sub(1)).sum(),
        most: counts.values().max().copied().unwrap_or_default(),
    }
}

/// How often jobs were begun, and how often while another node had the same one.
pub(super) fn jobs(database: &TestDatabase) -> (usize, usize) {
    let count = |what: &str| database.sql(&format!("select count(*) from seen_jobs {what}")).parse().unwrap();
    (count(""), count("where is_doubled"))
}

/// How often a job was begun less than `seconds` after it was begun before.
pub(super) fn jobs_within(database: &TestDatabase, seconds: u32) -> usize {
    let soon = format!(
        "select count(*) from (select at - lag(at) over (partition by name order by at) as since from seen_jobs) as gaps
         where since < interval '{seconds} seconds'"
    );
    database.sql(&soon).parse().unwrap()
}
