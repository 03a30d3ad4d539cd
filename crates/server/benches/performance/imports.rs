//! Moving in: accounts with their hashes, out of the table of another service into PostgreSQL, by the binary itself.
//!
//! The old table lies on the same server as the new ones, so reading it takes its share of the same cores. The yardstick is a
//! plain COPY of the rows that came of it into a table of the same columns and indexes: one of the three tables an import
//! fills, without looking at anything.

use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::figures::{Aim, Row};
use crate::postgres::Postgres;

/// What is measured as a rule.
pub(crate) const SOME: &[(u32, usize)] = &[(10_000, 3), (100_000, 3)];

/// A million takes two minutes, and is measured where it is asked for by name.
pub(crate) const MILLION: &[(u32, usize)] = &[(1_000_000, 1)];

/// As many accounts a second are wanted.
const WANTED: f64 = 20_000.0;

/// The table, as FastAPI's own template has it. The hashes have the form of bcrypt's, each another.
const OLD: &str = r#"
CREATE TABLE "user" (
    id SERIAL PRIMARY KEY, email VARCHAR NOT NULL UNIQUE, full_name VARCHAR, hashed_password VARCHAR NOT NULL,
    is_active BOOLEAN NOT NULL, is_superuser BOOLEAN NOT NULL, is_verified BOOLEAN NOT NULL, created_at TIMESTAMPTZ
);
INSERT INTO "user" (email, full_name, hashed_password, is_active, is_superuser, is_verified, created_at)
SELECT lower(first) || '.' || lower(last) || n || '@' || 'example' || n % 97 || '.com', first || ' ' || last,
    '$2b$12$' || substr(md5(n::text), 1, 21) || 'e' || substr(md5('-' || n), 1, 30) || 'e',
    TRUE, FALSE, n % 2 = 0, timestamptz '2020-01-01' + n * interval '1 minute'
FROM generate_series(1, NUMBER) n,
    LATERAL (SELECT (ARRAY['Ana', 'Bela', 'Chandra', 'Dmitri', 'Elena', 'Farid', 'Grace', 'Hiro', 'Ines', 'Jamal',
        'Kavya'])[1 + n % 11] first) a,
    LATERAL (SELECT (ARRAY['Okafor', 'Sharma', 'Kovacs', 'Lopez', 'Meyer', 'Nguyen', 'Iyer', 'Fischer', 'Patel', 'Rossi',
        'Smith', 'Tanaka', 'Zeller'])[1 + n / 11 % 13] last) b;
ANALYZE "user""#;

pub(crate) fn measure(postgres: &Postgres, sizes: &[(u32, usize)]) -> Vec<Row> {
    sizes.iter().flat_map(|(accounts, rounds)| measure_one(postgres, *accounts, *rounds)).collect()
}

fn measure_one(postgres: &Postgres, accounts: u32, rounds: usize) -> Vec<Row> {
    let old = postgres.create_database(None);
    postgres.sql(&old, &OLD.replace("NUMBER", &accounts.to_string()));
    let (mut here, mut copied, mut peak) = (Vec::new(), Vec::new(), 0);
    for round in 1..=rounds {
        let (rate, memory, copy) = turn(postgres, &postgres.url(&old), accounts);
        here.push(rate);
        copied.push(copy);
        peak = peak.max(memory);
        println!(
            "import of {accounts}, round {round} of {rounds}: {rate:.0}/s, {memory} KiB; COPY {copy:.0}/s"
        );
    }
    postgres.drop_database(&old);
    let what = format!("`import fastapi`, {accounts} accounts with bcrypt hashes, PostgreSQL");
    let mut rate =
        Row::compared(&what, &here, &copied, "plain COPY of the accounts alone", Aim::AtLeast(WANTED));
    rate.figure = crate::figures::median(&here);
    let memory = f64::from(u32::try_from(peak).unwrap()) / 1024.0;
    vec![rate, Row::alone("peak memory of it", memory, "MiB", Aim::Below(100.0, "MiB"))]
}

/// One import into a fresh installation: accounts a second, the most memory it had in KiB, and rows a second of the COPY.
fn turn(postgres: &Postgres, old: &str, accounts: u32) -> (f64, u64, f64) {
    let (folder, new) = (TempDir::new().unwrap(), postgres.create_database(None));
    let url = postgres.url(&new);
    let command = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vestibule"));
        command.env_clear().env("DATABASE_URL", &url);
        command.env("SECRET_KEY", "a secret of the benchmark, 32 bytes or more");
        command.args(words).current_dir(folder.path()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    assert!(command(&["migrate"]).status().unwrap().success());
    let begun = Instant::now();
    let import = command(&["import", "fastapi", "--from", old, "--user-table", "user"]).spawn().unwrap();
    let peak = peak_of(import);
    let rate = f64::from(accounts) / begun.elapsed().as_secs_f64();
    assert_eq!(postgres.sql(&new, "SELECT count(*) FROM users").trim(), accounts.to_string());
    let copy = f64::from(accounts) / copy(postgres, &new).as_secs_f64();
    postgres.drop_database(&new);
    (rate, peak, copy)
}

/// Waits until `import` has ended well. Answers the most memory it had, in KiB.
fn peak_of(mut import: Child) -> u64 {
    let status = format!("/proc/{}/status", import.id());
    let mut peak = 0;
    loop {
        if let Some(ended) = import.try_wait().unwrap() {
            assert!(ended.success(), "the import ended: {ended}");
            return peak;
        }
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        peak = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(peak);
        thread::sleep(Duration::from_millis(10));
    }
}

/// Copies the accounts of `new` into a table like theirs; answers how long that took.
fn copy(postgres: &Postgres, new: &str) -> Duration {
    let file = postgres.folder().join(format!("{new}.copy"));
    let file = file.display();
    postgres.sql(new, "CREATE TABLE plain (LIKE users INCLUDING ALL)");
    postgres.sql(new, &format!("COPY users TO '{file}' (FORMAT binary)"));
    let begun = Instant::now();
    postgres.sql(new, &format!("COPY plain FROM '{file}' (FORMAT binary)"));
    let took = begun.elapsed();
    std::fs::remove_file(file.to_string()).unwrap();
    took
}
