//! Schema changes, carried in the binary.
//!
//! A release only adds to the schema (tables, indexes, columns that may be left out); what nobody uses any more goes in the
//! release after. So the nodes of the release before go on working beside the new ones until they are replaced.

use std::time::Duration;

use diesel::backend::Backend;
use diesel::connection::{AnsiTransactionManager, Connection, SimpleConnection, TransactionManager};
use diesel::migration::MigrationSource;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use thiserror::Error;

use crate::dialect::{self, DatabaseConnection, Patience};
use crate::error::StoreError;
use crate::schema::__diesel_schema_migrations;
use crate::url::DatabaseUrl;

const POSTGRES: EmbeddedMigrations = embed_migrations!("../../migrations/postgres");
const SQLITE: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");

/// The advisory lock of PostgreSQL that one migrating node holds: "vestibul" in ASCII.
const LOCK: i64 = 0x7665_7374_6962_756c;

/// What a start waits for a connection: nobody waits for an answer yet, and a machine that boots starts everything at once.
const CONNECT: Duration = Duration::from_secs(10);

/// Why the schema could not be brought up to date.
#[derive(Debug, Error)]
pub enum MigrationError {
    /// No connection.
    #[error("cannot connect to the database: {0}")]
    Connect(#[from] diesel::result::ConnectionError),
    /// The database holds changes this program does not know: it was run by a newer one.
    #[error(
        "the database was migrated by a newer version of vestibule (it has {0}); start that version, or restore a backup"
    )]
    Newer(String),
    /// A step failed; nothing of this run was kept.
    #[error("a migration failed and nothing of it was kept: {0}")]
    Step(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The database could not be asked.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How the database's schema stands to this program's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// The same.
    Current,
    /// This many steps are missing.
    Behind(usize),
    /// The database is ahead: it has this step, unknown here. A program that runs already goes on, for the step only added
    /// to what it knows; one that starts does not, for it may be a release older than that.
    Ahead(String),
}

/// Runs what is missing in one transaction under a lock: killed at any moment, it leaves the old schema or the new.
pub(crate) fn run(url: &DatabaseUrl, patience: Patience) -> Result<usize, MigrationError> {
    let patience = Patience { connect: patience.connect.max(CONNECT), ..patience };
    match &mut dialect::connect(url, patience)? {
        DatabaseConnection::Postgres(conn) => {
            // A migration may take longer than any request should, and a second node waits for the first.
            let unhurried = "SET statement_timeout = 0; SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0";
            conn.batch_execute(unhurried).map_err(StoreError::from)?;
            let lock = format!("BEGIN; SELECT pg_advisory_xact_lock({LOCK})");
            catch_up(conn, &lock, POSTGRES)
        }
        DatabaseConnection::Sqlite(conn) => {
            conn.batch_execute("PRAGMA busy_timeout = 60000").map_err(StoreError::from)?;
            catch_up(conn, "BEGIN IMMEDIATE", SQLITE)
        }
    }
}

/// Undoes every step, newest first, in one transaction: all data is lost. For tests and for leaving.
pub fn revert_all(url: &DatabaseUrl) -> Result<(), MigrationError> {
    match &mut dialect::connect(url, Patience::default())? {
        DatabaseConnection::Postgres(conn) => conn.revert_all_migrations(POSTGRES).map(drop),
        DatabaseConnection::Sqlite(conn) => conn.revert_all_migrations(SQLITE).map(drop),
    }
    .map_err(MigrationError::Step)
}

fn catch_up<C, DB>(conn: &mut C, lock: &str, source: EmbeddedMigrations) -> Result<usize, MigrationError>
where
    DB: Backend,
    C: Connection<Backend = DB, TransactionManager = AnsiTransactionManager> + MigrationHarness<DB>,
    EmbeddedMigrations: MigrationSource<DB>,
{
    AnsiTransactionManager::begin_transaction_sql(conn, lock).map_err(StoreError::from)?;
    let outcome = run_pending(conn, source);
    let ended = if outcome.is_ok() {
        AnsiTransactionManager::commit_transaction(conn)
    } else {
        AnsiTransactionManager::rollback_transaction(conn)
    };
    let steps = outcome?;
    ended.map_err(StoreError::from)?;
    Ok(steps)
}

fn run_pending<C, DB>(conn: &mut C, source: EmbeddedMigrations) -> Result<usize, MigrationError>
where
    DB: Backend,
    C: MigrationHarness<DB>,
    EmbeddedMigrations: MigrationSource<DB>,
{
    let known = versions::<DB>(&source).map_err(MigrationError::Step)?;
    let applied = conn.applied_migrations().map_err(MigrationError::Step)?;
    if let Some(newer) = applied.iter().map(ToString::to_string).find(|version| !known.contains(version)) {
        return Err(MigrationError::Newer(newer));
    }
    let steps = conn.run_pending_migrations(source).map_err(MigrationError::Step)?;
    Ok(steps.len())
}

/// How the schema of the connected database stands; reads only.
pub(crate) fn state(conn: &mut DatabaseConnection) -> Result<State, MigrationError> {
    let known = match conn {
        DatabaseConnection::Postgres(_) => versions::<Pg>(&POSTGRES),
        DatabaseConnection::Sqlite(_) => versions::<Sqlite>(&SQLITE),
    }
    .map_err(MigrationError::Step)?;
    let applied = __diesel_schema_migrations::table
        .select(__diesel_schema_migrations::version)
        .order(__diesel_schema_migrations::version.desc())
        .load::<String>(conn)
        .map_err(StoreError::from);
    let applied = match applied {
        // Without the table nothing was ever applied.
        Err(StoreError::Broken(_)) if dialect::answers(conn) => Vec::new(),
        applied => applied?,
    };
    if let Some(newer) = applied.iter().find(|version| !known.contains(version)) {
        return Ok(State::Ahead(newer.clone()));
    }
    let missing = known.len() - applied.len();
    Ok(if missing == 0 { State::Current } else { State::Behind(missing) })
}

fn versions<DB: Backend>(source: &EmbeddedMigrations) -> diesel::migration::Result<Vec<String>>
where
    EmbeddedMigrations: MigrationSource<DB>,
{
    Ok(MigrationSource::<DB>::migrations(source)?
        .iter()
        .map(|step| step.name().version().to_string())
        .collect())
}
