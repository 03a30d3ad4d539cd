//! How long anything waits, as it is written and as it is.

use std::time::Duration;

use vestibule_http::ShellLimits;
use vestibule_persistence::PoolOptions;

use crate::harness::Process;

/// What the operator reads.
const PAGE: &str = include_str!("../../docs/scaling.md");

/// S83: the waits written down are those in effect.
#[test]
fn the_documented_waits_are_the_configured_ones() {
    let pool = PoolOptions::default();
    let [connect, statement, idle] =
        [pool.patience.connect, pool.patience.statement, pool.patience.statement * 2].map(seconds);
    let entries = ShellLimits::default().database_queue;
    let rows = [
        ("for a database thread", format!("2 s, {entries} waiting")),
        ("for a connection", connect),
        ("a statement, a lock", format!("{statement} (PostgreSQL); for another writer {statement} (SQLite)")),
        ("a transaction left open", idle),
    ];
    for (wait, limit) in rows {
        let row = PAGE.lines().find_map(|line| line.strip_prefix(&format!("| {wait} | ")));
        let documented = row.and_then(|rest| rest.split(" | ").next());
        assert_eq!(documented, Some(limit.as_str()), "{wait}");
    }
}

/// S83: a setting named with its value, as in "`HASH_QUEUE` (512)", has that value where nothing is set.
#[test]
fn the_documented_sizes_are_the_configured_ones() {
    let dump = Process::prepare(&[]).command(&["check-config"]).output().unwrap();
    let dump = String::from_utf8(dump.stdout).unwrap();
    let mut compared = Vec::new();
    for (name, rest) in PAGE.split('`').zip(PAGE.split('`').skip(1)) {
        let value = rest.strip_prefix(" (").and_then(|rest| rest.split_once(')')).map(|(value, _)| value);
        let in_effect = dump.lines().find_map(|line| line.strip_prefix(&format!("{name} ")));
        if let (Some(value), Some(in_effect)) = (value, in_effect)
            && value.starts_with(|first: char| first.is_ascii_digit())
        {
            let in_effect = in_effect.split_whitespace().next();
            assert_eq!(in_effect, Some(value.replace(' ', "").as_str()), "{name}");
            compared.push(name);
        }
    }
    for name in ["DATABASE_POOL_SIZE", "HASH_QUEUE", "HASH_MEMORY_MIB"] {
        assert!(compared.contains(&name), "{name} is not among {compared:?}");
    }
}

fn seconds(span: Duration) -> String {
    format!("{} s", span.as_secs())
}
