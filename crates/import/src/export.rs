//! Accounts written out, for whoever moves out or keeps a list.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::value::RawValue;
use thiserror::Error;
use vestibule_domain::audit::{AuditEvent, AuditRecord};
use vestibule_domain::avatar::{AvatarName, AvatarSize};
use vestibule_domain::caller::ClientInfo;
use vestibule_domain::email::EmailAddress;
use vestibule_domain::person_name::{FullName, Nickname};
use vestibule_domain::phone::PhoneNumber;
use vestibule_domain::role::RoleName;
use vestibule_domain::time::Timestamp;
use vestibule_domain::user::User;
use vestibule_domain::username::Username;
use vestibule_persistence::export::{UserWithHash, list_users};
use vestibule_persistence::{Database, StoreError, audit, users};

/// Accounts that are held at a time.
const PAGE: i64 = 1000;

/// The columns of a CSV file, in their order; the hash follows where it is asked for.
pub(crate) const HEADER: [&str; 16] = [
    "id",
    "username",
    "email",
    "email_verified",
    "full_name",
    "is_active",
    "is_admin",
    "roles",
    "created_at",
    "updated_at",
    "last_login_at",
    "nickname",
    "phone",
    "dob",
    "avatar_url",
    "metadata",
];
const HASH: &str = "password_hash";

/// What a spreadsheet takes for the beginning of a formula (OWASP, CSV Injection), in full width as well; and the apostrophe
/// itself, so that it can be told which ones were put there.
const FORMULA: [char; 12] = ['=', '+', '-', '@', '\t', '\r', '\0', '\'', '＝', '＋', '－', '＠'];

/// How accounts are written out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A JSON object a line.
    Jsonl,
    /// A table with a header (RFC 4180). No field begins with what a spreadsheet would calculate: an apostrophe stands in front.
    Csv,
}

/// What is written.
#[derive(Clone, Debug)]
pub struct ExportOptions {
    /// How.
    pub form: Form,
    /// With what the passwords are checked against.
    pub with_hashes: bool,
    /// Where people reach the server: pictures are below it.
    pub address: String,
}

/// Why not everything was written.
#[derive(Debug, Error)]
pub enum ExportError {
    /// The file.
    #[error(transparent)]
    File(#[from] io::Error),
    /// The accounts.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Writes every account that `database` has to `out`, in the order of their numbers; answers how many. Up to a thousand are held
/// at a time. The trail tells of it before the first one leaves.
pub fn export_users(
    database: &Database,
    now: Timestamp,
    options: &ExportOptions,
    out: &mut dyn Write,
) -> Result<u64, ExportError> {
    let form = if options.form == Form::Csv { "CSV" } else { "JSON lines" };
    let hashes = if options.with_hashes { " with password hashes" } else { "" };
    database.write(|conn| {
        let count = users::count(conn)?;
        let record = AuditRecord::success(now, AuditEvent::UsersExported, &ClientInfo::default());
        audit::insert(conn, &record.saying(format!("{count} accounts as {form}{hashes}")))
    })?;
    if options.form == Form::Csv {
        let hash = options.with_hashes.then_some(HASH);
        write_record(out, HEADER.into_iter().chain(hash))?;
    }
    let (mut after, mut written) = (None, 0);
    loop {
        let page = database.read(|conn| list_users(conn, after, PAGE))?;
        let Some(last) = page.last() else { return Ok(written) };
        after = Some(last.user.id);
        for account in &page {
            write_account(out, options, account)?;
            written += 1;
        }
    }
}

/// Whether a CSV file with this header is one of ours, in which apostrophes are put in front of what looks like a formula.
pub(crate) fn is_own_header(header: &[String]) -> bool {
    header.iter().eq(HEADER) || header.iter().eq(HEADER.iter().chain([&HASH]))
}

#[derive(Serialize)]
struct AccountLine<'a> {
    id: i64,
    username: Option<&'a str>,
    email: Option<&'a str>,
    email_verified: bool,
    full_name: Option<&'a str>,
    is_active: bool,
    is_admin: bool,
    roles: Vec<&'a str>,
    created_at: String,
    updated_at: String,
    last_login_at: Option<String>,
    nickname: Option<&'a str>,
    phone: Option<&'a str>,
    dob: Option<String>,
    avatar_url: Option<String>,
    metadata: Box<RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    password_hash: Option<&'a str>,
}

impl<'a> AccountLine<'a> {
    fn new(account: &'a UserWithHash, options: &ExportOptions) -> Self {
        let User { profile, .. } = &account.user;
        let user = &account.user;
        let url =
            |name: &AvatarName| format!("{}/media/avatars/{}", options.address, name.file(AvatarSize::Large));
        Self {
            id: user.id.get(),
            username: user.username.as_ref().map(Username::as_str),
            email: user.email.as_ref().map(EmailAddress::as_str),
            email_verified: user.email_verified_at.is_some(),
            full_name: user.full_name.as_ref().map(FullName::as_str),
            is_active: user.is_active(),
            is_admin: user.is_admin(),
            roles: user.roles.iter().map(RoleName::as_str).collect(),
            created_at: user.created_at.to_string(),
            updated_at: user.updated_at.to_string(),
            last_login_at: user.last_login_at.map(|at| at.to_string()),
            nickname: profile.nickname.as_ref().map(Nickname::as_str),
            phone: profile.phone.as_ref().map(PhoneNumber::as_str),
            dob: profile.dob.map(|dob| dob.to_string()),
            avatar_url: profile.avatar.as_ref().map(url),
            metadata: on_one_line(profile.metadata.as_str()),
            password_hash: options.with_hashes.then(|| account.password_hash.as_str()),
        }
    }

    fn cells(&self) -> Vec<String> {
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        let mut cells = vec![
            self.id.to_string(),
            text(self.username),
            text(self.email),
            self.email_verified.to_string(),
            text(self.full_name),
            self.is_active.to_string(),
            self.is_admin.to_string(),
            self.roles.join(";"),
            self.created_at.clone(),
            self.updated_at.clone(),
            text(self.last_login_at.as_deref()),
            text(self.nickname),
            text(self.phone),
            text(self.dob.as_deref()),
            text(self.avatar_url.as_deref()),
            self.metadata.get().to_owned(),
        ];
        cells.extend(self.password_hash.map(str::to_owned));
        cells
    }
}

/// The JSON without line breaks. Those that stand in it divide values; within a text each is written as an escape.
fn on_one_line(metadata: &str) -> Box<RawValue> {
    // A metadata value is JSON by its door.
    RawValue::from_string(metadata.replace(['\n', '\r'], " ")).unwrap_or_else(|_| RawValue::NULL.to_owned())
}

fn write_account(out: &mut dyn Write, options: &ExportOptions, account: &UserWithHash) -> io::Result<()> {
    let line = AccountLine::new(account, options);
    match options.form {
        Form::Jsonl => {
            serde_json::to_writer(&mut *out, &line)?;
            out.write_all(b"\n")
        }
        Form::Csv => {
            let cells = line.cells();
            write_record(out, cells.iter().map(String::as_str))
        }
    }
}

pub(crate) fn write_record<'a>(out: &mut dyn Write, cells: impl Iterator<Item = &'a str>) -> io::Result<()> {
    for (at, cell) in cells.enumerate() {
        if at > 0 {
            out.write_all(b",")?;
        }
        out.write_all(quoted(cell).as_bytes())?;
    }
    out.write_all(b"\r\n")
}

/// The field as it stands in the file: nothing in it ends it early, and no spreadsheet calculates it.
fn quoted(cell: &str) -> String {
    let guard = if cell.starts_with(FORMULA) { "'" } else { "" };
    if cell.contains([',', '"', '\r', '\n', '\t', ' ']) {
        format!("\"{guard}{}\"", cell.replace('"', "\"\""))
    } else {
        format!("{guard}{cell}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// S70
    #[test]
    fn no_field_begins_as_a_formula() {
        for (cell, written) in [
            ("=cmd|' /C calc'!A0", "\"'=cmd|' /C calc'!A0\""),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("\t=1", "\"'\t=1\""),
            ("\r=1", "\"'\r=1\""),
            ("\0=1", "'\0=1"),
            ("＝1", "'＝1"),
            ("'tis", "''tis"),
            ("a \"b\", c", "\"a \"\"b\"\", c\""),
            ("two\nlines", "\"two\nlines\""),
            ("नमस्ते", "नमस्ते"),
            ("a=1", "a=1"),
            ("", ""),
        ] {
            assert_eq!(quoted(cell), written, "{cell:?}");
        }
    }

    #[test]
    fn our_own_files_are_known_by_their_header() {
        let mut header: Vec<_> = HEADER.map(str::to_owned).into();
        assert!(is_own_header(&header));
        header.push(HASH.to_owned());
        assert!(is_own_header(&header));
        header.push("more".to_owned());
        assert!(!is_own_header(&header) && !is_own_header(&header[..3]));
    }
}
