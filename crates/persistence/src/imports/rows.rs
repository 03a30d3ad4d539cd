//! What every row of a source became.
#![expect(clippy::ref_option_ref, reason = "the derive writes it")]

use std::collections::HashMap;

use chrono::NaiveDateTime;
use diesel::prelude::*;
use vestibule_domain::id::PostId;
use vestibule_domain::time::Timestamp;

use super::KEYS_PER_QUERY;
use crate::dialect::{DatabaseConnection, insert_many, on_its_own};
use crate::error::StoreError;
use crate::schema::{imported_rows, posts, sessions};

/// What a row became.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowKind {
    /// An account.
    User,
    /// A session; its number is that of its account.
    Token,
    /// A picture; its number is that of its account.
    Avatar,
    /// A post.
    Post,
    /// A comment.
    Comment,
    /// A message.
    ContactMessage,
    /// A role; roles have no numbers, and its digest is that of its name here.
    Role,
}

impl RowKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Token => "token",
            Self::Avatar => "avatar",
            Self::Post => "post",
            Self::Comment => "comment",
            Self::ContactMessage => "contact_message",
            Self::Role => "role",
        }
    }
}

/// What a row of a source became.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedRow {
    /// What it is known by there.
    pub source_key: String,
    /// The number of what it became.
    pub target_id: i64,
    /// Of the values there.
    pub digest: [u8; 32],
    /// Of what was kept here.
    pub kept_digest: Option<[u8; 32]>,
    /// When it was taken or last updated.
    pub imported_at: Timestamp,
}

#[derive(Insertable)]
#[diesel(table_name = imported_rows, treat_none_as_default_value = false)]
struct NewRow<'a> {
    source: &'a str,
    kind: &'a str,
    source_key: &'a str,
    target_id: i64,
    digest: &'a [u8],
    kept_digest: Option<&'a [u8]>,
    imported_at: NaiveDateTime,
}

type Row = (String, i64, Vec<u8>, Option<Vec<u8>>, NaiveDateTime);

/// Those of the rows `keys` of `source` that became something, by their keys.
pub fn list_rows(
    conn: &mut DatabaseConnection,
    source: &str,
    kind: RowKind,
    keys: &[&str],
) -> Result<HashMap<String, ImportedRow>, StoreError> {
    let mut found = HashMap::with_capacity(keys.len());
    for some in keys.chunks(KEYS_PER_QUERY) {
        let wanted = imported_rows::table
            .filter(imported_rows::source.eq(source))
            .filter(imported_rows::kind.eq(kind.as_str()))
            .filter(imported_rows::source_key.eq_any(some))
            .select((
                imported_rows::source_key,
                imported_rows::target_id,
                imported_rows::digest,
                imported_rows::kept_digest,
                imported_rows::imported_at,
            ));
        for row in on_its_own!(conn, |conn| wanted.load::<Row>(conn))? {
            let row = parse(row)?;
            found.insert(row.source_key.clone(), row);
        }
    }
    Ok(found)
}

fn parse((source_key, target_id, digest, kept_digest, imported_at): Row) -> Result<ImportedRow, StoreError> {
    let corrupt = || StoreError::Corrupt { what: "digest of imported row", row: source_key.clone() };
    Ok(ImportedRow {
        digest: digest.try_into().map_err(|_| corrupt())?,
        kept_digest: kept_digest.map(TryInto::try_into).transpose().map_err(|_| corrupt())?,
        target_id,
        imported_at: Timestamp::from_naive_utc(imported_at),
        source_key,
    })
}

/// When the last of the rows of `source` was taken or updated.
pub(super) fn find_latest(
    conn: &mut DatabaseConnection,
    source: &str,
) -> Result<Option<Timestamp>, StoreError> {
    let of_source = imported_rows::table.filter(imported_rows::source.eq(source));
    let latest: Option<NaiveDateTime> =
        of_source.select(diesel::dsl::max(imported_rows::imported_at)).first(conn)?;
    Ok(latest.map(Timestamp::from_naive_utc))
}

/// Whether anything of `source` became something.
pub fn exists(conn: &mut DatabaseConnection, source: &str) -> Result<bool, StoreError> {
    let any = imported_rows::table.filter(imported_rows::source.eq(source));
    Ok(diesel::select(diesel::dsl::exists(any)).get_result(conn)?)
}

/// The keys in `source` of what became the numbers `targets`, by those numbers.
pub fn list_source_keys(
    conn: &mut DatabaseConnection,
    source: &str,
    kind: RowKind,
    targets: &[i64],
) -> Result<HashMap<i64, String>, StoreError> {
    let mut found = HashMap::with_capacity(targets.len());
    for some in targets.chunks(KEYS_PER_QUERY) {
        let wanted = imported_rows::table
            .filter(imported_rows::kind.eq(kind.as_str()))
            .filter(imported_rows::target_id.eq_any(some))
            .filter(imported_rows::source.eq(source))
            .select((imported_rows::target_id, imported_rows::source_key));
        found.extend(on_its_own!(conn, |conn| wanted.load::<(i64, String)>(conn))?);
    }
    Ok(found)
}

/// Notes what rows of `source` became, many in a statement.
pub fn insert_rows(
    conn: &mut DatabaseConnection,
    source: &str,
    kind: RowKind,
    rows: &[ImportedRow],
) -> Result<(), StoreError> {
    let rows: Vec<_> = rows
        .iter()
        .map(|row| NewRow {
            source,
            kind: kind.as_str(),
            source_key: &row.source_key,
            target_id: row.target_id,
            digest: &row.digest,
            kept_digest: row.kept_digest.as_ref().map(<[u8; 32]>::as_slice),
            imported_at: row.imported_at.naive_utc(),
        })
        .collect();
    insert_many!(conn, imported_rows::table, rows)?;
    Ok(())
}

/// Notes anew what a row of `source` became.
pub fn set_row(
    conn: &mut DatabaseConnection,
    source: &str,
    kind: RowKind,
    row: &ImportedRow,
) -> Result<(), StoreError> {
    let this = imported_rows::table.find((source, kind.as_str(), &row.source_key));
    diesel::update(this)
        .set((
            imported_rows::target_id.eq(row.target_id),
            imported_rows::digest.eq(row.digest.as_slice()),
            imported_rows::kept_digest.eq(row.kept_digest.as_ref().map(<[u8; 32]>::as_slice)),
            imported_rows::imported_at.eq(row.imported_at.naive_utc()),
        ))
        .execute(conn)?;
    Ok(())
}

/// Which of `digests` are those of tokens in use here.
pub fn list_token_digests(
    conn: &mut DatabaseConnection,
    digests: &[[u8; 32]],
) -> Result<Vec<[u8; 32]>, StoreError> {
    let mut found = Vec::new();
    for some in digests.chunks(KEYS_PER_QUERY) {
        let some: Vec<&[u8]> = some.iter().map(<[u8; 32]>::as_slice).collect();
        let wanted =
            sessions::table.filter(sessions::token_digest.eq_any(some)).select(sessions::token_digest);
        let digests = on_its_own!(conn, |conn| wanted.load::<Vec<u8>>(conn))?;
        found.extend(digests.into_iter().filter_map(|digest| <[u8; 32]>::try_from(digest).ok()));
    }
    Ok(found)
}

/// Ends the session whose token has `digest`, if there is one.
pub fn delete_token(conn: &mut DatabaseConnection, digest: &[u8; 32]) -> Result<(), StoreError> {
    diesel::delete(sessions::table.filter(sessions::token_digest.eq(digest.as_slice()))).execute(conn)?;
    Ok(())
}

/// Those of the posts `ids` that there are.
pub fn list_existing_posts(conn: &mut DatabaseConnection, ids: &[PostId]) -> Result<Vec<PostId>, StoreError> {
    let ids: Vec<i64> = ids.iter().map(|id| id.get()).collect();
    let mut existing = Vec::new();
    for some in ids.chunks(KEYS_PER_QUERY) {
        let wanted = posts::table.filter(posts::id.eq_any(some)).select(posts::id);
        existing.extend(on_its_own!(conn, |conn| wanted.load::<i64>(conn))?);
    }
    Ok(existing.into_iter().filter_map(|id| PostId::try_from(id).ok()).collect())
}
