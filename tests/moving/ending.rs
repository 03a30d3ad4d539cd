//! How a run ends for whoever started it.

use serde_json::json;

use super::House;
use super::collisions::write;
use super::rerun::{person, words};
use crate::harness::{Backend, Process, given};

/// The password `pw`, which takes its client 20,000 rounds to show (RFC 5802) rather than the 4,096 of PostgreSQL's own.
const LONG: &str = "SCRAM-SHA-256$20000:MDEyMzQ1Njc4OWFiY2RlZg==$wGWd38AQKK5/3ALx85rSuPLgrinO09CEEWbeDuKdvXU=:\
                    KeTqvh5PIVr3460qRkgQibnG8zLaL6BOXlccROwwlCw=";

/// A thread of the pool is often still at a connection that is not needed any more. One run in four used to crash then, after
/// all was kept and told.
#[test]
fn what_still_connects_does_not_spoil_the_end() {
    crate::harness::run(async {
        let house = House::new(Backend::Postgres);
        house.database.sql(&format!(
            "drop role if exists slow_to_connect; create role slow_to_connect superuser login password '{LONG}'"
        ));
        let url = house.database.url_of("slow_to_connect", "pw");
        let slow = House {
            process: Process::prepare(&[("DATABASE_URL", &url), ("SECRET_KEY", given::SECRET_KEY)]),
            database: house.database,
        };
        let file = write(&slow, "people.jsonl", &[person(1, &json!({}))]);
        for _ in 0..40 {
            slow.import(&words(&file)).well();
        }
    });
}
