//! The side that is written, in one transaction: whole or not at all.

use std::cell::RefCell;
use std::io::{BufWriter, Write};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Text};
use diesel::sqlite::Sqlite;

use super::snapshot::{Snapshot, connect, read};
use super::tables::{Table, tables};
use super::{CopyError, line};
use crate::database::Database;
use crate::dialect::{self, DatabaseConnection};
use crate::error::StoreError;
use crate::installation;

/// A new database that is being filled. Dropped before [`Arrival::keep`], it stays as empty as it was.
pub struct Arrival(DatabaseConnection);

#[derive(QueryableByName)]
struct Answer {
    #[diesel(sql_type = Bool)]
    yes: bool,
}

impl Arrival {
    /// Begins to fill `database`, whose schema is up to date and in which nobody ever had an account.
    pub fn open(database: &Database) -> Result<Self, CopyError> {
        let mut conn = connect(database.url())?;
        dialect::begin_write(&mut conn).map_err(StoreError::from)?;
        // Whoever registers there at this moment waits, and then comes into the copy.
        installation::lock(&mut conn)?;
        refuse_settled(&mut conn)?;
        for table in tables().iter().filter(|table| table.is_seeded) {
            let emptied = format!("DELETE FROM {}", line::quoted(table.name));
            conn.batch_execute(&emptied).map_err(|error| of(table, error.into()))?;
        }
        Ok(Self(conn))
    }

    /// Takes every row that `from` has of `table`; `told` is told of each, as a line.
    pub fn fill(
        &mut self,
        table: &Table,
        from: &mut Snapshot,
        told: &mut dyn FnMut(&str),
    ) -> Result<(), CopyError> {
        match &mut self.0 {
            DatabaseConnection::Postgres(conn) => fill_postgres(conn, table, from, told),
            DatabaseConnection::Sqlite(conn) => fill_sqlite(conn, table, from, told),
        }
        .map_err(|error| of(table, error))?;
        let last = from.last_number(table).map_err(|error| of(table, error))?;
        self.set_last_number(table, last).map_err(|error| of(table, error))
    }

    /// Hands every row that came into `table` to `told`, as [`Snapshot::read`] does it.
    pub fn read(&mut self, table: &Table, told: &mut dyn FnMut(&str)) -> Result<(), CopyError> {
        let mut each = |line: &str| {
            told(line);
            Ok(())
        };
        read(&mut self.0, table, &mut each).map_err(|error| of(table, error))
    }

    /// Keeps all that came, and what `work` adds.
    pub fn keep(
        mut self,
        work: impl FnOnce(&mut DatabaseConnection) -> Result<(), StoreError>,
    ) -> Result<(), CopyError> {
        work(&mut self.0)?;
        if let DatabaseConnection::Postgres(conn) = &mut self.0 {
            // Until it has looked at them PostgreSQL takes the tables to be as empty as they were.
            for table in tables() {
                let looked_at = conn.batch_execute(&format!("ANALYZE {}", line::quoted(table.name)));
                looked_at.map_err(|error| of(&table, error.into()))?;
            }
        }
        Ok(dialect::commit(&mut self.0).map_err(StoreError::from)?)
    }

    /// Has `table` go on counting behind `last`: numbers of what was deleted are not given out again.
    fn set_last_number(&mut self, table: &Table, last: Option<i64>) -> Result<(), StoreError> {
        let Some(last) = last else { return Ok(()) };
        match &mut self.0 {
            DatabaseConnection::Postgres(conn) => {
                diesel::sql_query("SELECT setval(pg_get_serial_sequence($1, 'id'), $2)")
                    .bind::<Text, _>(table.name)
                    .bind::<BigInt, _>(last)
                    .execute(conn)?;
            }
            DatabaseConnection::Sqlite(conn) => {
                diesel::sql_query("DELETE FROM sqlite_sequence WHERE name = ?")
                    .bind::<Text, _>(table.name)
                    .execute(conn)?;
                diesel::sql_query("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)")
                    .bind::<Text, _>(table.name)
                    .bind::<BigInt, _>(last)
                    .execute(conn)?;
            }
        }
        Ok(())
    }
}

/// Rows that a migration or a server's first start left there are nobody's.
fn refuse_settled(conn: &mut DatabaseConnection) -> Result<(), CopyError> {
    if !installation::is_untouched(conn)? {
        return Err(CopyError::NotEmpty("accounts were made in it"));
    }
    for table in tables() {
        let kept = match table.name {
            "roles" => "NOT built_in",
            _ if table.is_seeded => continue,
            _ => "TRUE",
        };
        let question =
            format!("SELECT EXISTS (SELECT 1 FROM {} WHERE {kept}) AS yes", line::quoted(table.name));
        let answer = diesel::sql_query(question).get_result::<Answer>(conn);
        if answer.map_err(|error| of(&table, error.into()))?.yes {
            return Err(CopyError::NotEmpty(table.name));
        }
    }
    Ok(())
}

fn fill_postgres(
    conn: &mut PgConnection,
    table: &Table,
    from: &mut Snapshot,
    told: &mut dyn FnMut(&str),
) -> Result<(), StoreError> {
    // diesel asks for a function that changes nothing, and calls it once.
    let sides = RefCell::new((from, told));
    let feed = |out: &mut dyn Write| {
        let (from, told) = &mut *sides.borrow_mut();
        let mut out = BufWriter::with_capacity(64 * 1024, out);
        from.read(table, &mut |line| {
            told(line);
            writeln!(out, "{line}").map_err(interrupted)
        })?;
        out.flush().map_err(interrupted)
    };
    (table.fill)(conn, &feed).map(drop)
}

fn fill_sqlite(
    conn: &mut SqliteConnection,
    table: &Table,
    from: &mut Snapshot,
    told: &mut dyn FnMut(&str),
) -> Result<(), StoreError> {
    let statement = line::sqlite_insert(table);
    from.read(table, &mut |line| {
        told(line);
        let mut insert = diesel::sql_query(statement.as_str()).into_boxed::<Sqlite>();
        for field in line::fields(table, line) {
            insert = insert.bind::<Nullable<Text>, _>(field);
        }
        Ok(insert.execute(conn).map(drop)?)
    })
}

fn interrupted(error: std::io::Error) -> StoreError {
    StoreError::Unavailable(Box::new(error))
}

fn of(table: &Table, error: StoreError) -> CopyError {
    CopyError::Table { table: table.name, error }
}
