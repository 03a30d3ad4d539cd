//! The side that is read.

use std::time::Duration;

use diesel::connection::{DefaultLoadingMode, SimpleConnection};
use diesel::pg::PgRowByRowLoadingMode;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

use super::tables::Table;
use super::{CopyError, line};
use crate::database::Database;
use crate::dialect::{self, DatabaseConnection, Patience};
use crate::error::StoreError;
use crate::migrations::{self, MigrationError, State};
use crate::url::DatabaseUrl;

/// A database at one moment, read and never written: what others write meanwhile is not seen.
pub struct Snapshot(DatabaseConnection);

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

#[derive(QueryableByName)]
struct LastNumber {
    #[diesel(sql_type = Nullable<BigInt>)]
    last: Option<i64>,
}

impl Snapshot {
    /// The database as it is now.
    pub fn open(database: &Database) -> Result<Self, CopyError> {
        let mut conn = connect(database.url())?;
        let begin = match conn {
            DatabaseConnection::Postgres(_) => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            DatabaseConnection::Sqlite(_) => "PRAGMA query_only = ON; BEGIN",
        };
        conn.batch_execute(begin).map_err(StoreError::from)?;
        // The first question fixes the moment.
        match migrations::state(&mut conn)? {
            State::Current => Ok(Self(conn)),
            State::Behind(steps) => Err(CopyError::Behind(steps)),
            State::Ahead(step) => Err(MigrationError::Newer(step).into()),
        }
    }

    /// Hands every row of `table` to `told` as a line, in the order of its key.
    pub fn read(
        &mut self,
        table: &Table,
        told: &mut dyn FnMut(&str) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        read(&mut self.0, table, told)
    }

    /// The greatest number that `table` ever gave out, where it gives out numbers and has given one.
    pub(super) fn last_number(&mut self, table: &Table) -> Result<Option<i64>, StoreError> {
        if !table.is_numbered() {
            return Ok(None);
        }
        let question = match self.0 {
            DatabaseConnection::Postgres(_) => {
                "SELECT pg_sequence_last_value(pg_get_serial_sequence($1, 'id')::regclass) AS last"
            }
            DatabaseConnection::Sqlite(_) => "SELECT max(seq) AS last FROM sqlite_sequence WHERE name = ?",
        };
        let found = diesel::sql_query(question).bind::<Text, _>(table.name);
        Ok(found.get_result::<LastNumber>(&mut self.0)?.last)
    }
}

/// A connection that may take its time: a table of a million rows is one statement.
pub(super) fn connect(url: &DatabaseUrl) -> Result<DatabaseConnection, CopyError> {
    let patience = Patience { connect: Duration::from_secs(5), statement: Duration::from_mins(1) };
    let mut conn = dialect::connect(url, patience).map_err(MigrationError::from)?;
    if let DatabaseConnection::Postgres(conn) = &mut conn {
        conn.batch_execute(
            "SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0; SET datestyle = 'ISO, YMD'",
        )
        .map_err(StoreError::from)?;
    }
    Ok(conn)
}

/// Row after row: of a table of any size, one is held.
pub(super) fn read(
    conn: &mut DatabaseConnection,
    table: &Table,
    told: &mut dyn FnMut(&str) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    match conn {
        DatabaseConnection::Postgres(conn) => {
            let rows = diesel::sql_query(line::postgres(table));
            for row in rows.load_iter::<Line, PgRowByRowLoadingMode>(conn)? {
                told(&row?.line)?;
            }
        }
        DatabaseConnection::Sqlite(conn) => {
            let rows = diesel::sql_query(line::sqlite(table));
            for row in rows.load_iter::<Line, DefaultLoadingMode>(conn)? {
                told(&row?.line)?;
            }
        }
    }
    Ok(())
}
