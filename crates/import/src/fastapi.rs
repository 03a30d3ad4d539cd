//! The database of a FastAPI service, or of any other that keeps its accounts in one table.

use vestibule_persistence::DatabaseUrl;
use vestibule_persistence::foreign::{ForeignDatabase, Table, TableName};

use crate::source::{Source, SourceError, SourceRole, SourceUser, Step};
pub use crate::user_table::ColumnNames;
use crate::user_table::UserTable;

/// What the table of accounts is called where nobody said it, the likeliest first.
const TABLES: &[&str] = &["user", "users", "accounts", "account", "app_user", "app_users"];

/// What to take over, and what it is called there.
#[derive(Clone, Debug, Default)]
pub struct FastapiOptions {
    /// The table of accounts; else `user`, `users` or `accounts`.
    pub user_table: Option<TableName>,
    /// Its columns.
    pub columns: ColumnNames,
    /// What the source is called in our books; else by its place and its table.
    pub source_name: Option<String>,
}

/// The database of a FastAPI service.
pub struct FastapiSource {
    name: String,
    database: ForeignDatabase,
    users: UserTable,
}

impl FastapiSource {
    /// Opens the database and finds its way in it; no account is read yet.
    pub fn open(url: &DatabaseUrl, options: &FastapiOptions) -> Result<Self, SourceError> {
        let mut database = ForeignDatabase::open(url)?;
        let table = match &options.user_table {
            Some(name) => database.table(name)?,
            None => guess(&database)?,
        };
        let table = table.clone();
        let users = UserTable::open(&mut database, &table, &options.columns)?;
        let name = options.source_name.clone();
        let name = name.unwrap_or_else(|| format!("fastapi {} {}", database.place(), table.label()));
        Ok(Self { name, database, users })
    }
}

fn guess(database: &ForeignDatabase) -> Result<&Table, SourceError> {
    let find = |name: &&str| name.parse().ok().and_then(|name| database.find_table(&name));
    if let Some(table) = TABLES.iter().find_map(find) {
        return Ok(table);
    }
    let missing = "users".parse().map(|name| database.table(&name).err());
    let missing = missing.ok().flatten().map(|error| error.to_string()).unwrap_or_default();
    Err(SourceError::Unusable(format!("{missing}; name the table of accounts with --user-table")))
}

impl Source for FastapiSource {
    fn name(&self) -> &str {
        &self.name
    }

    fn count(&mut self, step: Step) -> Result<u64, SourceError> {
        match step {
            Step::Users => Ok(self.database.count(self.users.selection().table())?),
            _ => Ok(0),
        }
    }

    fn roles(&mut self) -> Result<Vec<SourceRole>, SourceError> {
        Ok(Vec::new())
    }

    fn users_after(&mut self, after: Option<&str>, limit: usize) -> Result<Vec<SourceUser>, SourceError> {
        self.users.read(&mut self.database, after, limit)
    }
}
