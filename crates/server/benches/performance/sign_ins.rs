//! A flood of sign-ins: how many are served, what they cost, and what others notice of it.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;
use vestibule_auth::hasher::Argon2Cost;
use vestibule_yardstick::{Cost, hashes_per_second};

use crate::account::{register_many, sign_in};
use crate::figures::{Aim, Row, Warmth, median, take_turns};
use crate::load::{Asked, Wrk};
use crate::postgres::Postgres;
use crate::probe;
use crate::served::Served;

/// Who signs in at once.
const CONNECTIONS: usize = 256;

/// So many that nobody signs in twice at a time.
const ACCOUNTS: usize = 512;

const TURN: Duration = Duration::from_secs(6);

const RAW_TURN: Duration = Duration::from_secs(3);

/// The default cap on connections of one address would refuse the 257th, which watches.
const SETTINGS: [(&str, &str); 2] = [("ACCESS_LOG", "off"), ("MAX_CONNECTIONS_PER_ADDRESS", "0")];

pub(crate) fn measure(wrk: &Wrk, postgres: &Postgres) -> Vec<Row> {
    let folder = TempDir::new().unwrap();
    let on_sqlite = Flooded::start(folder.path(), &[]);
    let url = postgres.url(&postgres.create_database(None));
    let settings = [("DATABASE_URL", &*url), ("SECRET_KEY", "a secret of the benchmark, 32 bytes or more")];
    let on_postgres = Flooded::start(folder.path(), &settings);
    let (mut sqlite_times, mut postgres_times) = (Vec::new(), Vec::new());
    let turns = take_turns(
        "sign-ins",
        Warmth::Given,
        &mut [&mut raw, &mut || on_sqlite.turn(wrk, &mut sqlite_times), &mut || {
            on_postgres.turn(wrk, &mut postgres_times)
        }],
    );
    let [raw, sqlite, postgres] = &turns[..] else { unreachable!("three rivals") };
    let row = |what, here| Row::compared(what, here, raw, "raw Argon2id, all cores", Aim::AtLeast(0.90));
    let mut rows = vec![
        row("sign-ins, 256 connections, SQLite", sqlite),
        row("sign-ins, 256 connections, PostgreSQL", postgres),
    ];
    rows.extend(on_sqlite.cost("SQLite", &sqlite_times));
    rows.extend(on_postgres.cost("PostgreSQL", &postgres_times));
    rows
}

fn raw() -> f64 {
    let cost = Argon2Cost::default();
    let cost = Cost { memory_kib: cost.memory_kib(), passes: cost.passes(), lanes: cost.lanes() };
    hashes_per_second(crate::cores(), RAW_TURN, cost).unwrap()
}

/// A server that is signed in to, and somebody who watches.
struct Flooded {
    served: Served,
    watcher: String,
}

impl Flooded {
    fn start(folder: &Path, settings: &[(&str, &str)]) -> Self {
        let served = Served::vestibule(folder, &[settings, &SETTINGS].concat());
        register_many(served.address(), ACCOUNTS + 1);
        // The last one is nobody whom wrk signs in: a sign-in would end the watcher's session.
        let watcher = sign_in(served.address(), ACCOUNTS, "opaque").access;
        Self { served, watcher }
    }

    fn turn(&self, wrk: &Wrk, times: &mut Vec<f64>) -> f64 {
        let (address, stop) = (self.served.address(), AtomicBool::new(false));
        let rate = thread::scope(|scope| {
            let watching = scope.spawn(|| probe::watch(address, &self.watcher, &stop));
            let rate = wrk.run(address, Asked::SignIns(ACCOUNTS), CONNECTIONS, TURN);
            stop.store(true, Ordering::Relaxed);
            times.push(probe::p99(watching.join().unwrap()));
            rate
        });
        self.served.wait_until_idle();
        rate
    }

    fn cost(&self, database: &str, times: &[f64]) -> [Row; 2] {
        let memory = self.served.memory("VmHWM");
        [
            Row::alone(&format!("peak memory of it, {database}"), memory, "MiB", Aim::Below(150.0, "MiB")),
            Row::alone(
                &format!("p99 of `GET /api/auth/profile` meanwhile, {database}"),
                median(times),
                "ms",
                Aim::Below(50.0, "ms"),
            ),
        ]
    }
}
