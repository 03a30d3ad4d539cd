//! Opening another system's database: one snapshot, and nothing but reading.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::time::Duration;

use diesel::connection::{AnsiTransactionManager, SimpleConnection};
use diesel::prelude::*;
use diesel::result::ConnectionError;

use super::catalog::{self, Table};
use super::error::{ForeignError, listing};
use super::identifier::TableName;
use crate::dialect::{self, DatabaseConnection, Patience};
use crate::url::DatabaseUrl;

/// How long another system's database is waited for: it has work of its own, and its tables may be large.
const PATIENCE: Patience = Patience { connect: Duration::from_secs(10), statement: Duration::from_mins(10) };

/// Another system's database as it stood when it was opened.
pub struct ForeignDatabase {
    pub(super) conn: DatabaseConnection,
    pub(super) place: String,
    tables: Vec<Table>,
}

impl ForeignDatabase {
    /// Opens the database at `url` to read it. Nothing is created and nothing changed there. While a SQLite file that keeps
    /// no write-ahead log is open here, its owner cannot write.
    pub fn open(url: &DatabaseUrl) -> Result<Self, ForeignError> {
        let mut conn = match url {
            DatabaseUrl::Postgres(_) => open_postgres(url)?,
            DatabaseUrl::Sqlite(path) => open_sqlite(path)?,
        };
        let place = place(url);
        let tables = catalog::tables(&mut conn).map_err(|error| ForeignError::refused(&place, &error))?;
        Ok(Self { conn, place, tables })
    }

    /// Where it lies, without user name and password: the same for every opening.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Every table there is, those first that are found without their schema.
    #[must_use]
    pub fn tables(&self) -> &[Table] {
        &self.tables
    }

    /// The tables of the same schema as `table`, which is one of them.
    pub fn tables_beside(&self, table: &Table) -> impl Iterator<Item = &Table> {
        let schema = table.name.schema.clone();
        self.tables.iter().filter(move |other| other.name.schema == schema)
    }

    /// The table of that name.
    pub fn table(&self, name: &TableName) -> Result<&Table, ForeignError> {
        self.find_table(name).ok_or_else(|| ForeignError::NoTable {
            wanted: name.to_string(),
            there: listing(self.tables.iter().map(Table::label)),
        })
    }

    /// The table of that name, if there is one. Without a schema it is one that needs none; a name of other case will do
    /// where there is none of the same.
    #[must_use]
    pub fn find_table(&self, name: &TableName) -> Option<&Table> {
        let has_schema = |table: &&Table| match &name.schema {
            Some(schema) => table.name.schema.as_ref() == Some(schema),
            None => table.is_visible,
        };
        let mut there = self.tables.iter().filter(has_schema);
        let exactly = there.clone().find(|table| table.name.name == name.name);
        exactly.or_else(|| there.find(|table| table.name.name().eq_ignore_ascii_case(name.name())))
    }
}

fn open_postgres(url: &DatabaseUrl) -> Result<DatabaseConnection, ForeignError> {
    let away = |reason: &dyn std::fmt::Display| ForeignError::Away {
        place: url.to_string(),
        reason: reason.to_string(),
    };
    let mut conn = dialect::connect(url, PATIENCE).map_err(|error| away(&error))?;
    conn.batch_execute(
        "SET idle_in_transaction_session_timeout = 0; SET TIME ZONE 'UTC'; SET DateStyle = 'ISO, YMD'",
    )
    .and_then(|()| begin(&mut conn))
    .map_err(|error| away(&error))?;
    Ok(conn)
}

fn open_sqlite(path: &Path) -> Result<DatabaseConnection, ForeignError> {
    let shown = path.display().to_string();
    let unreadable = |reason: String| ForeignError::Unreadable { path: shown.clone(), reason };
    if !path.exists() {
        return Err(ForeignError::NoFile(shown));
    }
    File::open(path).map_err(|error| unreadable(error.to_string()))?;
    if !path.is_file() {
        return Err(unreadable("it is not a file".to_owned()));
    }
    let location = path.to_str().ok_or_else(|| unreadable("its path is not UTF-8".to_owned()))?;
    let uri = |mode: &str| format!("file:{}?{mode}", percent_encoded(location));
    match connect_sqlite(&uri("mode=ro")) {
        Ok(conn) => Ok(DatabaseConnection::Sqlite(conn)),
        // Reading a database of that kind makes a log beside it, which is refused where nobody may write. Where there is no
        // log, nobody has the database open, and the file is all there is to read.
        Err(error) if keeps_log(path) && !Path::new(&format!("{location}-wal")).exists() => {
            let conn = connect_sqlite(&uri("immutable=1")).map_err(|_| unreadable(error.to_string()))?;
            Ok(DatabaseConnection::Sqlite(conn))
        }
        Err(error) => Err(unreadable(error.to_string())),
    }
}

/// Whether the file says of itself that its changes go to a write-ahead log first.
fn keeps_log(path: &Path) -> bool {
    let mut head = [0; 20];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut head));
    read.is_ok() && head.ends_with(&[2, 2])
}

fn connect_sqlite(uri: &str) -> Result<SqliteConnection, ConnectionError> {
    let mut conn = SqliteConnection::establish(uri)?;
    // The first look takes the snapshot.
    conn.batch_execute(
        "PRAGMA busy_timeout = 10000; PRAGMA query_only = ON; PRAGMA trusted_schema = OFF; PRAGMA cache_size = -16384",
    )
    .and_then(|()| AnsiTransactionManager::begin_transaction_sql(&mut conn, "BEGIN"))
    .and_then(|()| conn.batch_execute("SELECT count(*) FROM sqlite_master"))
    .map_err(ConnectionError::CouldntSetupConfiguration)?;
    Ok(conn)
}

fn begin(conn: &mut DatabaseConnection) -> QueryResult<()> {
    match conn {
        DatabaseConnection::Postgres(conn) => AnsiTransactionManager::begin_transaction_sql(
            conn,
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        ),
        DatabaseConnection::Sqlite(conn) => AnsiTransactionManager::begin_transaction_sql(conn, "BEGIN"),
    }
}

/// A file's place does not depend on the folder somebody works in.
fn place(url: &DatabaseUrl) -> String {
    match url {
        DatabaseUrl::Postgres(_) => url.to_string(),
        DatabaseUrl::Sqlite(path) => {
            let path = path.canonicalize().unwrap_or_else(|_| path.clone());
            DatabaseUrl::Sqlite(path).to_string()
        }
    }
}

/// A path as the path of a URI: only what is plain stays as it is.
fn percent_encoded(path: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte);
    path.bytes().fold(String::with_capacity(path.len()), |mut encoded, byte| {
        if is_plain(byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            let digit =
                |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0').to_ascii_uppercase();
            encoded.extend([digit(byte >> 4), digit(byte & 15)]);
        }
        encoded
    })
}
