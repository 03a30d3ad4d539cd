//! Tokens: those of Django REST framework, or of a table made like it.

use vestibule_persistence::foreign::{ForeignDatabase, Row, Selection, Table, TableName};
use zeroize::Zeroizing;

use crate::field::{filled, moment};
use crate::source::{SourceError, SourceToken};

const TOKEN: &[&str] = &["key", "token"];
const USER: &[&str] = &["user_id"];
const EXPIRES: &[&str] = &["expires", "expires_at", "expiry", "expires_on", "valid_until"];

/// The table of tokens.
pub(super) struct Tokens {
    selection: Selection,
}

impl Tokens {
    /// The table that was named, or the one that looks like it.
    pub(super) fn find(
        database: &mut ForeignDatabase,
        users: &Table,
        name: Option<&TableName>,
    ) -> Result<Self, SourceError> {
        let table = match name {
            Some(name) => database.table(name)?,
            None => guess(database, users)?,
        };
        let find =
            |names: &[&str]| table.find_column(names).ok_or_else(|| table.no_column(&names.join(" or ")));
        let (token, user) = (find(TOKEN)?, find(USER)?);
        // The token itself is no key: the key of the row that was read last is written down.
        let key = table.primary_key().filter(|key| key.name() != token.name()).unwrap_or(user);
        let selection = Selection::new(table, key, &[Some(token), Some(user), table.find_column(EXPIRES)]);
        database.must_tell_apart(&selection)?;
        Ok(Self { selection })
    }

    pub(super) fn table(&self) -> &Table {
        self.selection.table()
    }

    pub(super) fn read(
        &self,
        database: &mut ForeignDatabase,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<SourceToken>, SourceError> {
        let rows = database.rows_after(&self.selection, after, limit)?;
        Ok(rows.into_iter().map(token).collect())
    }
}

/// One whose end cannot be read may have ended long ago.
fn token(mut row: Row) -> SourceToken {
    let token = Zeroizing::new(row.take(0).unwrap_or_default());
    let user = filled(row.take(1)).unwrap_or_default();
    let expires = filled(row.take(2));
    let expires_at = expires.as_deref().and_then(moment);
    let is_unreadable = expires.is_some() && expires_at.is_none();
    let fault = is_unreadable.then_some("when it ends cannot be read");
    SourceToken { key: row.key, user, token, expires_at, fault }
}

fn guess<'a>(database: &'a ForeignDatabase, users: &Table) -> Result<&'a Table, SourceError> {
    let is_called_so = |table: &&Table| {
        let name = table.name().name().to_ascii_lowercase().replace('_', "");
        name == "authtokentoken" || name.ends_with("authtoken") || name.ends_with("authtokens")
    };
    let fits = |table: &&Table| table.find_column(TOKEN).is_some() && table.find_column(USER).is_some();
    let mut tables = database.tables_beside(users).filter(is_called_so).filter(fits);
    match (tables.next(), tables.next()) {
        (Some(only), None) => Ok(only),
        (None, _) => Err(SourceError::Unusable(
            "there is no table that looks like one of tokens; name it with --token-table".to_owned(),
        )),
        (Some(one), Some(other)) => Err(SourceError::Unusable(format!(
            "{} and {} may both hold tokens; name one with --token-table",
            one.label(),
            other.label()
        ))),
    }
}
