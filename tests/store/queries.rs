//! How the database is asked where it matters.

use std::io;
use std::sync::{Arc, Mutex};

use tracing_subscriber::fmt::MakeWriter;
use vestibule_domain::caller::ClientInfo;
use vestibule_domain::id::SessionId;
use vestibule_domain::sign_in_name::SignInName;
use vestibule_domain::token::{TokenDigest, TokenFormat};
use vestibule_persistence::dialect::DatabaseConnection;
use vestibule_persistence::sessions::{self, NewPair, NewSession};
use vestibule_persistence::{Database, PoolOptions, StoreError, roles, users};
use vestibule_server::system::SystemRandom;

use super::{Store, later, now, somebody, store_with};
use crate::harness::Backend;
use crate::harness::database::TestDatabase;

on_both!(
    a_token_check_is_one_query_over_indexes,
    a_sign_in_looks_up_by_indexes,
    queries_are_logged_without_their_values
);

pub(super) const LOGGED: fn() -> PoolOptions = || PoolOptions { log_queries: true, ..PoolOptions::default() };

async fn a_token_check_is_one_query_over_indexes(backend: Backend) {
    let Store { database, test } = store_with(backend, LOGGED());
    let digest = open_session(&database);
    let asked = queries(|| {
        database.read(|conn| sessions::find_caller(conn, &digest)).unwrap().unwrap();
    });
    assert_eq!(asked.len(), 1, "{asked:?}");
    let plan = plan(&test, backend, &asked[0], &["bytea"], &["x'00'"]);
    let index = match backend {
        Backend::Sqlite => "SEARCH sessions USING INDEX sqlite_autoindex_sessions",
        Backend::Postgres => "using sessions_token_digest_key on sessions",
    };
    assert!(plan.contains(index), "{plan}");
    assert!(!plan.contains("SCAN") && !plan.contains("Seq Scan"), "{plan}");
}

async fn a_sign_in_looks_up_by_indexes(backend: Backend) {
    let Store { database, test } = store_with(backend, LOGGED());
    open_session(&database);
    let name = SignInName::of("alice@example.org");
    let asked = queries(|| {
        database.read(|conn| users::find_credential(conn, name.username(), name.email())).unwrap().unwrap();
    });
    assert!(asked.len() <= 2, "{asked:?}");
    for query in asked {
        let places = query.matches(if backend == Backend::Sqlite { "?" } else { "$" }).count();
        let types: Vec<_> = (0..places)
            .map(|place| if query_takes_number(&query, place) { "bigint" } else { "text" })
            .collect();
        let values: Vec<_> = types.iter().map(|kind| if *kind == "text" { "'a'" } else { "1" }).collect();
        let plan = plan(&test, backend, &query, &types, &values);
        assert!(!plan.contains("SCAN users") && !plan.contains("Seq Scan"), "{query}: {plan}");
    }
}

/// S57: digests, hashes and addresses are values.
async fn queries_are_logged_without_their_values(backend: Backend) {
    let Store { database, test: _test } = store_with(backend, LOGGED());
    let asked = queries(|| {
        open_session(&database);
    });
    let told = asked.join("\n");
    assert!(told.contains("users") && told.contains("sessions"), "{told}");
    for value in ["alice", "example.org", "!", "[7, 7", "\\x07", "0707"] {
        assert!(!told.contains(value), "{value}: {told}");
    }
}

fn open_session(database: &Database) -> TokenDigest {
    let token_digest = TokenDigest::from_bytes([7; 32]);
    let insert = |conn: &mut DatabaseConnection| -> Result<(), StoreError> {
        let user_id = users::insert(conn, now(), &somebody("alice"))?;
        roles::insert_user_role(conn, user_id, &"member".parse().unwrap())?;
        let id = SessionId::new(now(), &SystemRandom);
        let pair = NewPair {
            format: TokenFormat::Opaque,
            token_digest,
            token_expires_at: later(60),
            refresh_digest: Some(TokenDigest::from_bytes([8; 32])),
            refresh_expires_at: later(60),
        };
        let new = NewSession { id, user_id, pair, ends_at: later(60), client: ClientInfo::default() };
        sessions::insert(conn, now(), &new)
    };
    database.write(insert).unwrap();
    token_digest
}

/// The last place of a query with a limit holds a number.
fn query_takes_number(query: &str, place: usize) -> bool {
    let limit = query.split(" LIMIT ").nth(1).unwrap_or_default().trim_start_matches('(').to_owned();
    limit.starts_with(&format!("${}", place + 1))
        || (limit.starts_with('?') && query.matches('?').count() == place + 1)
}

/// The plan for `query`. On PostgreSQL tables of three rows are read whole unless that is forbidden.
pub(super) fn plan(
    test: &TestDatabase,
    backend: Backend,
    query: &str,
    types: &[&str],
    values: &[&str],
) -> String {
    match backend {
        Backend::Sqlite => {
            let filled = values.iter().fold(query.to_owned(), |query, value| query.replacen('?', value, 1));
            test.sql(&format!("explain query plan {filled}"))
        }
        Backend::Postgres => {
            let values: Vec<_> = values.iter().map(|value| value.replace("x'00'", r"'\x00'")).collect();
            let (types, values) = (types.join(", "), values.join(", "));
            test.sql(&format!(
                "set enable_seqscan = off; set plan_cache_mode = force_generic_plan; \
                 prepare asked({types}) as {query}; explain execute asked({values})"
            ))
        }
    }
}

/// The statements `work` sends, as the log of a server at debug level has them.
pub(super) fn queries(work: impl FnOnce()) -> Vec<String> {
    let written = Written::default();
    let log = tracing_subscriber::fmt()
        .json()
        .with_max_level(tracing::Level::DEBUG)
        .with_writer(written.clone())
        .finish();
    tracing::subscriber::with_default(log, work);
    let lines = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
    let sql = |line: &str| {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        line["fields"]["sql"].as_str().map(str::to_owned)
    };
    lines.lines().filter_map(sql).filter(|sql| !is_housekeeping(sql)).collect()
}

fn is_housekeeping(sql: &str) -> bool {
    ["BEGIN", "COMMIT", "SET ", "PRAGMA"].iter().any(|word| sql.trim_start().starts_with(word))
}

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Written {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}
