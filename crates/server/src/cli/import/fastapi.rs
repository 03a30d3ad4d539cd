//! `vestibule import fastapi`, and what it shares with the import of a Django project.

use std::process::ExitCode;

use clap::Args;
use vestibule_import::fastapi::{ColumnNames, FastapiOptions, FastapiSource};
use vestibule_import::source::SourceError;
use vestibule_persistence::DatabaseUrl;
use vestibule_persistence::foreign::{Identifier, TableName};

use super::{Common, carry_out};
use crate::settings::Settings;
use crate::start_error::StartError;

/// What to take over.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct FastapiImport {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    database: OldDatabase,
    /// The table of accounts, perhaps with its schema [default: user, users or accounts]
    #[arg(long, value_name = "TABLE")]
    user_table: Option<TableName>,
    #[command(flatten)]
    columns: Box<Columns>,
}

/// Where the other system keeps what it keeps.
#[derive(Args, Clone, PartialEq, Eq)]
pub(super) struct OldDatabase {
    #[arg(
        long,
        value_name = "URL",
        help = "The database, which is only read: postgres://user@host/name, or sqlite:///path of the file. A password is better left to PGPASSWORD or ~/.pgpass, for arguments are visible to everybody on the machine"
    )]
    from: String,
    /// What this source is called in the books of what was taken; the same name for every run, also where the database has
    /// moved meanwhile [default: by the database's place and its table]
    #[arg(long, value_name = "NAME")]
    pub(super) source_name: Option<String>,
}

/// The URL may hold a password.
impl std::fmt::Debug for OldDatabase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OldDatabase").field("source_name", &self.source_name).finish_non_exhaustive()
    }
}

impl OldDatabase {
    /// Where it is; the report may not go there.
    pub(super) fn url(&self, common: &Common) -> Result<DatabaseUrl, StartError> {
        let url = self.from.parse::<DatabaseUrl>();
        let url = url.map_err(|error| StartError::Source(SourceError::Unusable(error.to_string())))?;
        if let DatabaseUrl::Sqlite(file) = &url {
            common.spare("--from", file)?;
        }
        Ok(url)
    }
}

/// The columns of the table of accounts that are not called as one would think.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_field_names, reason = "the fields are called as the options are")]
pub(super) struct Columns {
    /// What tells the accounts apart, a number, a UUID or a text [default: the primary key, or id]
    #[arg(long, value_name = "COLUMN")]
    id_column: Option<Identifier>,
    /// The name people sign in with [default: username]
    #[arg(long, value_name = "COLUMN")]
    username_column: Option<Identifier>,
    /// The e-mail address [default: email]
    #[arg(long, value_name = "COLUMN")]
    email_column: Option<Identifier>,
    #[arg(
        long,
        value_name = "COLUMN",
        help = "The hash of the password [default: hashed_password, password_hash or password]"
    )]
    password_column: Option<Identifier>,
    #[arg(
        long,
        value_name = "COLUMN",
        help = "The person's name [default: first_name and last_name, full_name or name]"
    )]
    full_name_column: Option<Identifier>,
    #[arg(
        long,
        value_name = "COLUMN",
        help = "Whether the account may sign in [default: is_active; without one all may]"
    )]
    active_column: Option<Identifier>,
    #[arg(
        long,
        value_name = "COLUMN",
        help = "Whether the account is to be admin [default: is_admin, is_superuser and is_staff: any of them]"
    )]
    admin_column: Option<Identifier>,
    #[arg(
        long,
        value_name = "COLUMN",
        help = "Whether the address was proven [default: is_verified or email_verified; without one none is]"
    )]
    verified_column: Option<Identifier>,
    #[arg(
        long,
        value_name = "COLUMN",
        help = "When the account was made [default: date_joined, created_at or created]"
    )]
    created_column: Option<Identifier>,
    #[arg(long, value_name = "COLUMN", help = "When it last signed in [default: last_login]")]
    last_login_column: Option<Identifier>,
}

impl Columns {
    pub(super) fn names(&self) -> ColumnNames {
        let columns = self.clone();
        ColumnNames {
            id: columns.id_column,
            username: columns.username_column,
            email: columns.email_column,
            password: columns.password_column,
            full_name: columns.full_name_column,
            active: columns.active_column,
            admin: columns.admin_column,
            verified: columns.verified_column,
            created: columns.created_column,
            last_login: columns.last_login_column,
        }
    }
}

pub(super) fn run(settings: &Settings, import: &FastapiImport) -> Result<ExitCode, StartError> {
    let options = FastapiOptions {
        user_table: import.user_table.clone(),
        columns: import.columns.names(),
        source_name: import.database.source_name.clone(),
    };
    let mut source = FastapiSource::open(&import.database.url(&import.common)?, &options)?;
    carry_out(settings, &import.common, &mut source)
}
