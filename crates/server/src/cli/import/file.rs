//! `vestibule import csv` and `vestibule import jsonl`.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use vestibule_import::columns::{ColumnNames, Field, PasswordColumn};
use vestibule_import::csv::{CsvForm, CsvRows};
use vestibule_import::file_source::{FileSource, Rows};
use vestibule_import::jsonl::JsonlRows;

use super::Common;
use crate::settings::Settings;
use crate::start_error::StartError;

/// What to take over.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct CsvImport {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    file: FileOptions,
    /// What divides the fields: a character, or `tab`
    #[arg(long, value_name = "CHARACTER", default_value = ",", value_parser = delimiter)]
    delimiter: u8,
    /// Take an apostrophe away that stands in front of a field to keep spreadsheets from calculating it; what `vestibule export`
    /// wrote is known by its header
    #[arg(long)]
    formula_escaped: bool,
}

/// What to take over.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct JsonlImport {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    file: FileOptions,
}

macro_rules! column_options {
    ($($option:ident = $field:ident,)*) => {
        /// A file of accounts and its columns, which are known by their usual names.
        #[derive(Args, Clone, Debug, PartialEq, Eq)]
        struct FileOptions {
            /// The file
            #[arg(long, value_name = "FILE")]
            from: PathBuf,
            /// What the run is called by; a second run of the same name takes the difference [default: the name of the file]
            #[arg(long, value_name = "NAME")]
            name: Option<String>,
            /// The column with the password hashes, as they were stored
            #[arg(long, value_name = "COLUMN")]
            hash_column: Option<String>,
            /// The column with the passwords themselves: they are hashed on the way in, and nowhere else
            #[arg(long, value_name = "COLUMN", conflicts_with = "hash_column")]
            plaintext_column: Option<String>,
            $(
                #[doc = concat!("The column that holds what `", stringify!($option), "` says")]
                #[arg(long, value_name = "COLUMN", hide_short_help = true)]
                $option: Option<String>,
            )*
        }

        impl FileOptions {
            fn columns(&self) -> ColumnNames {
                let passwords = match (&self.hash_column, &self.plaintext_column) {
                    (Some(name), _) => Some((PasswordColumn::Hashes, name)),
                    (None, Some(name)) => Some((PasswordColumn::Plaintext, name)),
                    (None, None) => None,
                };
                let mut given: Vec<_> = passwords.iter().map(|(_, name)| (Field::Password, (*name).clone())).collect();
                $(given.extend(self.$option.clone().map(|name| (Field::$field, name)));)*
                ColumnNames { given, passwords: passwords.map(|(kind, _)| kind) }
            }
        }
    };
}

column_options! {
    id_column = Id,
    username_column = Username,
    email_column = Email,
    email_verified_column = EmailVerified,
    full_name_column = FullName,
    nickname_column = Nickname,
    phone_column = Phone,
    dob_column = Dob,
    avatar_column = Avatar,
    created_at_column = CreatedAt,
    last_login_at_column = LastLoginAt,
    is_active_column = IsActive,
    is_admin_column = IsAdmin,
    roles_column = Roles,
    metadata_column = Metadata,
    additional_user_info_column = AdditionalUserInfo,
}

pub(super) fn run_csv(settings: &Settings, import: &CsvImport) -> Result<ExitCode, StartError> {
    let CsvImport { common, file, delimiter, formula_escaped } = import;
    let form = CsvForm { delimiter: *delimiter, is_escaped: *formula_escaped };
    let rows = CsvRows::open(&file.from, file.columns(), form)?;
    run(settings, common, file, "csv", rows)
}

pub(super) fn run_jsonl(settings: &Settings, import: &JsonlImport) -> Result<ExitCode, StartError> {
    let JsonlImport { common, file } = import;
    let rows = JsonlRows::open(&file.from, file.columns())?;
    run(settings, common, file, "jsonl", rows)
}

fn run(
    settings: &Settings,
    common: &Common,
    file: &FileOptions,
    kind: &str,
    rows: impl Rows,
) -> Result<ExitCode, StartError> {
    let mut source = FileSource::new(file.source_name(kind), rows)?;
    let unknown: Vec<_> = source.unknown_columns().iter().map(|name| shown(name)).collect();
    if !unknown.is_empty() {
        warn(&format!("columns that stay behind, for nothing is known of them: {}", unknown.join(", ")));
    }
    if file.hash_column.is_none() && file.plaintext_column.is_none() {
        warn(
            "no column of passwords was named (--hash-column, --plaintext-column): everybody chooses a new one by mail",
        );
    }
    let code = super::carry_out(settings, common, &mut source)?;
    if file.plaintext_column.is_some() && !common.dry_run {
        warn(&format!("{} holds passwords that anybody can read: delete it", file.from.display()));
    }
    Ok(code)
}

impl FileOptions {
    fn source_name(&self, kind: &str) -> String {
        let of_file =
            |path: &Path| path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        self.name.clone().unwrap_or_else(|| format!("{kind}:{}", of_file(&self.from)))
    }
}

fn warn(words: &str) {
    // Nobody is left to tell where even that is closed.
    let _ = writeln!(io::stderr(), "vestibule: warning: {words}");
}

/// A name out of a file, in one line and not without end.
fn shown(name: &str) -> String {
    name.chars().take(64).flat_map(char::escape_debug).collect()
}

fn delimiter(text: &str) -> Result<u8, &'static str> {
    match (text, text.as_bytes()) {
        ("tab" | "\\t", _) => Ok(b'\t'),
        (_, [byte]) if byte.is_ascii() && !byte.is_ascii_alphanumeric() && !b"\"'\r\n".contains(byte) => {
            Ok(*byte)
        }
        _ => Err("must be one character such as ; or the word tab"),
    }
}
