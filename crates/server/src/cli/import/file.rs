//! `vestibule import csv` and `vestibule import jsonl`.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use vestibule_import::columns::{self, ColumnNames, Field, PasswordColumn};
use vestibule_import::csv::{CsvForm, CsvRows};
use vestibule_import::file_source::{self, FileSource, Rows};
use vestibule_import::jsonl::JsonlRows;
use vestibule_import::source::SourceError;

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
    ($($option:ident = $field:ident: $help:literal,)*) => {
        /// A file of accounts and its columns, which are known by their usual names.
        #[derive(Args, Clone, Debug, PartialEq, Eq)]
        struct FileOptions {
            /// The file
            #[arg(long, value_name = "FILE")]
            from: PathBuf,
            /// What this source is called in the books of what was taken; the same name for every run, also where the file lies
            /// elsewhere meanwhile [default: by the file's place]
            #[arg(long, visible_alias = "source-name", value_name = "NAME")]
            name: Option<String>,
            /// The column with the password hashes, as they were stored
            #[arg(long, value_name = "COLUMN")]
            hash_column: Option<String>,
            /// The column with the passwords themselves: they are hashed on the way in, and nowhere else
            #[arg(long, value_name = "COLUMN", conflicts_with = "hash_column")]
            plaintext_column: Option<String>,
            $(
                #[arg(long, value_name = "COLUMN", help = $help)]
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
    id_column = Id: "The column with what the account is known by there [default: id]",
    username_column = Username: "The column with the username [default: username]",
    email_column = Email: "The column with the e-mail address [default: email]",
    email_verified_column = EmailVerified: "Whether the address was proven [default: email_verified or is_verified]",
    full_name_column = FullName: "The person's name [default: full_name or name]",
    nickname_column = Nickname: "What friends say [default: nickname]",
    phone_column = Phone: "A telephone number with the country's code [default: phone]",
    dob_column = Dob: "The day of birth, as in 1990-05-17 [default: dob]",
    avatar_column = Avatar: "The path of a picture below --media-root [default: avatar]",
    created_at_column = CreatedAt: "When the account was made [default: created_at, date_joined or date_created]",
    last_login_at_column = LastLoginAt: "When it last signed in [default: last_login_at or last_login]",
    is_active_column = IsActive: "Whether it may sign in [default: is_active]",
    is_admin_column = IsAdmin: "Whether it is to be admin [default: is_admin or is_superuser]",
    roles_column = Roles: "Its roles, divided by ; or a comma [default: roles]",
    metadata_column = Metadata: "Free JSON, an object [default: metadata]",
    additional_user_info_column = AdditionalUserInfo: "What else was known: kept within the metadata [default: additional_user_info]",
}

pub(super) fn run_csv(settings: &Settings, import: &CsvImport) -> Result<ExitCode, StartError> {
    let CsvImport { common, file, delimiter, formula_escaped } = import;
    let form = CsvForm { delimiter: *delimiter, is_escaped: *formula_escaped };
    common.spare("--from", &file.from)?;
    let rows = CsvRows::open(&file.from, file.columns(), form)?;
    run(settings, common, file, "csv", rows)
}

pub(super) fn run_jsonl(settings: &Settings, import: &JsonlImport) -> Result<ExitCode, StartError> {
    let JsonlImport { common, file } = import;
    common.spare("--from", &file.from)?;
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
    let mut source = FileSource::new(file.source_name(kind)?, rows)?;
    let unknown = source.unknown_columns();
    if !unknown.is_empty() {
        let unknown = columns::listed(unknown.iter().map(String::as_str));
        warn(&format!("columns that stay behind, for nothing is known of them: {unknown}"));
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
    fn source_name(&self, kind: &str) -> Result<String, SourceError> {
        self.name.clone().map_or_else(|| file_source::name_of(kind, &self.from), Ok)
    }
}

fn warn(words: &str) {
    // Nobody is left to tell where even that is closed.
    let _ = writeln!(io::stderr(), "vestibule: warning: {words}");
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
