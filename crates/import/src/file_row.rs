//! From a row of a file to an account, whatever the file looks like.

use std::borrow::Cow;

use serde_json::value::RawValue;
use vestibule_domain::fold::fold;
use vestibule_domain::metadata::Metadata;
use vestibule_domain::role::RoleName;
use vestibule_domain::time::Timestamp;
use zeroize::Zeroizing;

use crate::columns::{Field, PasswordColumn};
use crate::field::{self, filled};
use crate::source::{SourcePassword, SourceUser};

/// What stands in one column of one row.
#[derive(Debug)]
pub(crate) enum Cell<'a> {
    /// Text, or a number or a switch as it is written.
    Text(Cow<'a, str>),
    /// A list or an object.
    Json(&'a RawValue),
}

/// What cannot be taken of a row: a few words that repeat nothing of what stands there.
type Refusal = String;

/// The account that stands in `line`; `cell` answers what stands in a column, and nothing where that is empty. That of
/// [`Field::IsActive`] is nothing only where it is not there, and an empty text where it is empty.
pub(crate) fn user<'a>(
    line: u64,
    passwords: Option<PasswordColumn>,
    mut cell: impl FnMut(Field) -> Option<Cell<'a>>,
) -> SourceUser {
    let mut user = blank(line);
    if let Err(refusal) = fill(&mut user, passwords, &mut cell) {
        return faulty(line, refusal);
    }
    user
}

/// A row that cannot be taken.
pub(crate) fn faulty(line: u64, refusal: Refusal) -> SourceUser {
    SourceUser { fault: Some(refusal), ..blank(line) }
}

/// The key of a row that has no other.
pub(crate) fn line_key(line: u64) -> String {
    format!("line:{line}")
}

fn blank(line: u64) -> SourceUser {
    SourceUser {
        key: line_key(line),
        place: format!("line {line}"),
        username: None,
        email: None,
        full_name: None,
        password: SourcePassword::None,
        is_active: true,
        is_admin: false,
        email_verified: false,
        roles: Vec::new(),
        created_at: None,
        last_login_at: None,
        nickname: None,
        phone: None,
        dob: None,
        avatar: None,
        metadata: None,
        fault: None,
        losses: Vec::new(),
    }
}

fn fill<'a>(
    user: &mut SourceUser,
    passwords: Option<PasswordColumn>,
    cell: &mut impl FnMut(Field) -> Option<Cell<'a>>,
) -> Result<(), Refusal> {
    user.username = text(cell(Field::Username), Field::Username)?;
    user.email = text(cell(Field::Email), Field::Email)?;
    let id = text(cell(Field::Id), Field::Id)?;
    user.key = match (&id, &user.username, &user.email) {
        (Some(id), ..) => format!("id:{id}"),
        (None, Some(name), _) => format!("username:{}", fold(name)),
        (None, None, Some(email)) => format!("email:{}", fold(email)),
        (None, None, None) => return Err("has neither a username nor an e-mail address".to_owned()),
    };
    // Whether somebody may sign in, and as what, is not guessed at.
    let mut losses = Vec::new();
    user.is_active = match cell(Field::IsActive) {
        // The row says nothing of it: everybody of such a file is active.
        None => true,
        said => switch(said, Field::IsActive)?.unwrap_or_else(|| {
            losses.push(field::says_nothing(name(Field::IsActive)));
            false
        }),
    };
    user.is_admin = switch(cell(Field::IsAdmin), Field::IsAdmin)?.unwrap_or(false);
    user.email_verified = switch(cell(Field::EmailVerified), Field::EmailVerified)?.unwrap_or(false);
    user.roles = roles(cell(Field::Roles))?;
    if user.is_admin {
        // Our own files say it twice.
        user.roles.retain(|role| role != RoleName::ADMIN);
    }
    user.password = password(cell(Field::Password), passwords)?;
    let mut kept = |field| text(cell(field), field).unwrap_or_else(|refusal| lost(&mut losses, refusal));
    user.full_name = kept(Field::FullName);
    user.nickname = kept(Field::Nickname);
    user.phone = kept(Field::Phone);
    user.dob = kept(Field::Dob).map(|text| field::day(&text));
    user.avatar = kept(Field::Avatar).or_else(|| kept(Field::AvatarUrl).and_then(|url| own_picture(&url)));
    let mut moment = |field| moment(cell(field), field).unwrap_or_else(|refusal| lost(&mut losses, refusal));
    user.created_at = moment(Field::CreatedAt);
    user.last_login_at = moment(Field::LastLoginAt);
    let (metadata, more) = (cell(Field::Metadata), cell(Field::AdditionalUserInfo));
    user.metadata = metadata_of(metadata, more).unwrap_or_else(|refusal| lost(&mut losses, refusal));
    user.losses = losses;
    Ok(())
}

fn lost<T>(losses: &mut Vec<String>, refusal: Refusal) -> Option<T> {
    losses.push(refusal);
    None
}

/// What a column is called in a refusal.
fn name(field: Field) -> &'static str {
    field.names().first().copied().unwrap_or("the password")
}

fn text(cell: Option<Cell<'_>>, field: Field) -> Result<Option<String>, Refusal> {
    match cell {
        None => Ok(None),
        Some(Cell::Text(text)) => Ok(Some(text.into_owned())),
        Some(Cell::Json(_)) => Err(format!("{} is not text", name(field))),
    }
}

fn password(cell: Option<Cell<'_>>, kind: Option<PasswordColumn>) -> Result<SourcePassword, Refusal> {
    let Some(kind) = kind else { return Ok(SourcePassword::None) };
    Ok(match (text(cell, Field::Password)?, kind) {
        (None, _) => SourcePassword::None,
        (Some(hash), PasswordColumn::Hashes) => SourcePassword::Hash(hash),
        (Some(plain), PasswordColumn::Plaintext) => SourcePassword::Plain(Zeroizing::new(plain)),
    })
}

fn switch(cell: Option<Cell<'_>>, field: Field) -> Result<Option<bool>, Refusal> {
    let Some(text) = text(cell, field)? else { return Ok(None) };
    match field::answer(&text) {
        None if text.trim().is_empty() => Ok(None),
        None => Err(format!("{} is neither true nor false", name(field))),
        said => Ok(said),
    }
}

/// A list, or names divided by `;` or `,`.
fn roles(cell: Option<Cell<'_>>) -> Result<Vec<String>, Refusal> {
    let names: Vec<String> = match cell {
        None => Vec::new(),
        Some(Cell::Text(text)) => text.split([';', ',']).map(str::to_owned).collect(),
        Some(Cell::Json(list)) => {
            serde_json::from_str(list.get()).map_err(|_| "roles is not a list of names".to_owned())?
        }
    };
    Ok(names.iter().map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect())
}

fn moment(cell: Option<Cell<'_>>, field: Field) -> Result<Option<Timestamp>, Refusal> {
    let Some(text) = filled(text(cell, field)?) else { return Ok(None) };
    let refusal = || format!("{} is not a moment such as 2026-11-21T12:00:00Z", name(field));
    field::moment(&text).map(Some).ok_or_else(refusal)
}

/// What a picture of an installation like this is called in the folder of its pictures.
fn own_picture(url: &str) -> Option<String> {
    url.split_once("/media/avatars/").map(|(_, file)| file.to_owned())
}

/// The metadata, and within it what else was known.
fn metadata_of(metadata: Option<Cell<'_>>, more: Option<Cell<'_>>) -> Result<Option<String>, Refusal> {
    let metadata = metadata.map(json_text);
    let Some(more) = more.map(json_text) else { return Ok(metadata) };
    // JSON as it stands where it fits, and else as text.
    let as_json = serde_json::from_str::<&RawValue>(&more).ok().map(|value| value.get().to_owned());
    let as_text = serde_json::Value::String(more.clone()).to_string();
    let wrapped = |value: &str| with_more(metadata.as_deref(), value);
    let fitting =
        as_json.and_then(|value| wrapped(&value).ok().filter(|text| text.parse::<Metadata>().is_ok()));
    fitting.map_or_else(|| wrapped(&as_text), Ok).map(Some)
}

fn json_text(cell: Cell<'_>) -> String {
    match cell {
        Cell::Text(text) => text.into_owned(),
        Cell::Json(value) => value.get().to_owned(),
    }
}

fn with_more(metadata: Option<&str>, value: &str) -> Result<String, Refusal> {
    let entry = format!("\"additional_user_info\":{value}");
    let Some(metadata) = metadata.map(str::trim) else { return Ok(format!("{{{entry}}}")) };
    let inner = metadata.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    match inner.map(str::trim) {
        None => Err("metadata is not a JSON object".to_owned()),
        Some("") => Ok(format!("{{{entry}}}")),
        Some(inner) => Ok(format!("{{{inner},{entry}}}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(text: &str) -> Cell<'_> {
        Cell::Text(Cow::Borrowed(text))
    }

    #[test]
    fn a_picture_of_our_own_is_looked_for_by_its_name() {
        assert_eq!(
            own_picture("https://a.example/media/avatars/ab-512.webp").as_deref(),
            Some("ab-512.webp")
        );
        assert_eq!(own_picture("https://elsewhere.example/me.png"), None);
    }

    #[test]
    fn what_was_known_besides_is_kept_within_the_metadata() {
        let of = |metadata, more| metadata_of(metadata, more);
        assert_eq!(of(None, None), Ok(None));
        assert_eq!(of(Some(cell("{\"a\": 1}")), None), Ok(Some("{\"a\": 1}".to_owned())));
        for (more, kept) in [
            ("likes \"tea\"", r#"{"additional_user_info":"likes \"tea\""}"#),
            (r#"{"gate": 7}"#, r#"{"additional_user_info":{"gate": 7}}"#),
            ("007", r#"{"additional_user_info":"007"}"#),
            ("7", r#"{"additional_user_info":7}"#),
            ("1e999", r#"{"additional_user_info":"1e999"}"#),
        ] {
            assert_eq!(of(None, Some(cell(more))), Ok(Some(kept.to_owned())), "{more}");
        }
        let both = of(Some(cell(" {\"a\":1} ")), Some(cell("b")));
        assert_eq!(both, Ok(Some(r#"{"a":1,"additional_user_info":"b"}"#.to_owned())));
        assert!(of(Some(cell("[]")), Some(cell("b"))).is_err());
        let deep = "[".repeat(8) + &"]".repeat(8);
        let kept = of(None, Some(cell(&deep))).unwrap().unwrap();
        assert_eq!(kept, format!(r#"{{"additional_user_info":"{deep}"}}"#));
    }

    #[test]
    fn whoever_may_sign_in_is_said_to_or_nothing_is_said() {
        let of = |said: Option<&'static str>| {
            let of = |field| match field {
                Field::Username => Some(cell("ann")),
                Field::IsActive => said.map(cell),
                _ => None,
            };
            let user = user(7, None, of);
            (user.is_active, user.losses)
        };
        assert_eq!(of(None), (true, Vec::new()));
        assert_eq!(of(Some("true")), (true, Vec::new()));
        assert_eq!(of(Some("0")), (false, Vec::new()));
        for empty in ["", " "] {
            let told = "is_active says nothing: the account comes in suspended".to_owned();
            assert_eq!(of(Some(empty)), (false, vec![told]));
        }
    }

    #[test]
    fn a_row_is_known_by_its_id_its_name_or_its_address() {
        let key = |fields: &[(Field, &'static str)]| {
            let user = user(7, None, |field| {
                fields.iter().find(|(given, _)| *given == field).map(|(_, text)| cell(text))
            });
            (user.key, user.fault)
        };
        let all = [(Field::Id, "3"), (Field::Username, "Ann"), (Field::Email, "Ann@x.org")];
        assert_eq!(key(&all).0, "id:3");
        assert_eq!(key(&all[1..]).0, "username:ann");
        assert_eq!(key(&all[2..]).0, "email:ann@x.org");
        let nobody = key(&[]);
        assert_eq!(nobody.0, "line:7");
        assert!(nobody.1.is_some());
        let unclear = key(&[(Field::Username, "a"), (Field::IsActive, "maybe")]);
        assert_eq!(unclear.1.as_deref(), Some("is_active is neither true nor false"));
    }
}
