//! Reading rows in the order of a key, piece after piece.

use std::fmt::Write as _;

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, QueryableByName};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::BoxedSqlQuery;
use diesel::row::{Field, NamedRow};
use diesel::sql_types::{Binary, Text};
use diesel::sqlite::Sqlite;

use super::catalog::{Column, Order, Table};
use super::error::ForeignError;
use super::open::ForeignDatabase;
use crate::dialect::DatabaseConnection;

/// What to read of a table, and in the order of which key.
#[derive(Clone, Debug)]
pub struct Selection {
    table: Table,
    key: Column,
    columns: Vec<Option<Column>>,
}

/// One row: its key and, in the order they were asked for, its values as text. A column that is not there is as one that
/// is empty. What is no text in UTF-8 has U+FFFD in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The key.
    pub key: String,
    values: Vec<Option<String>>,
}

impl Row {
    /// Takes the value at `place`, which is empty from then on.
    pub fn take(&mut self, place: usize) -> Option<String> {
        self.values.get_mut(place).and_then(Option::take)
    }
}

impl Selection {
    /// Reads `columns` of `table` in the order of `key`.
    #[must_use]
    pub fn new(table: &Table, key: &Column, columns: &[Option<&Column>]) -> Self {
        let columns = columns.iter().map(|column| column.cloned()).collect();
        Self { table: table.clone(), key: key.clone(), columns }
    }

    /// What is read.
    #[must_use]
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// The key's column.
    #[must_use]
    pub fn key(&self) -> &Column {
        &self.key
    }

    /// That its key compares as the keys of `other` do, so that [`ForeignDatabase::rows_between`] finds what belongs to them.
    pub fn must_match(&self, other: &Self) -> Result<(), ForeignError> {
        if self.key.order == other.key.order {
            return Ok(());
        }
        Err(ForeignError::OtherType { table: self.table.label(), column: self.key.name.to_string() })
    }
}

impl ForeignDatabase {
    /// How many rows the table has.
    pub fn count(&mut self, table: &Table) -> Result<u64, ForeignError> {
        let sql = format!("SELECT CAST(count(*) AS TEXT) AS c0 FROM {}", table.name.quoted());
        let rows = self.load(&sql, Vec::new())?;
        let count = rows.into_iter().next().and_then(|mut row| row.take(0));
        Ok(count.and_then(|count| count.parse().ok()).unwrap_or(0))
    }

    /// Up to `limit` rows behind the one with the key `after`, in ascending order of the key.
    pub fn rows_after(
        &mut self,
        selection: &Selection,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Row>, ForeignError> {
        let rows = self.select(selection, after, None, Some(limit))?;
        // A key that its own text does not find again would be read forever.
        match rows.last() {
            Some(last) if Some(last.key.as_str()) == after => Err(no_key(selection)),
            _ => Ok(rows),
        }
    }

    /// All rows behind the key `after` up to and with the key `last`, in ascending order of the key. For what belongs to rows
    /// that [`Self::rows_after`] has read.
    pub fn rows_between(
        &mut self,
        selection: &Selection,
        after: Option<&str>,
        last: &str,
    ) -> Result<Vec<Row>, ForeignError> {
        self.select(selection, after, Some(last), None)
    }

    /// Every row, for small tables.
    pub fn all_rows(&mut self, selection: &Selection) -> Result<Vec<Row>, ForeignError> {
        self.select(selection, None, None, None)
    }

    /// That the key tells all rows apart: the database's own word where it gives one, and a look at all rows otherwise.
    pub fn must_tell_apart(&mut self, selection: &Selection) -> Result<(), ForeignError> {
        if selection.key.is_unique() {
            return Ok(());
        }
        let key = selection.key.name.quoted();
        let table = selection.table.name.quoted();
        let sql = format!(
            "SELECT CASE WHEN count(*) = count(DISTINCT {key}) THEN 'apart' ELSE 'alike' END AS c0 FROM {table}"
        );
        let told = self.load(&sql, Vec::new())?.into_iter().next().and_then(|mut row| row.take(0));
        if told.as_deref() == Some("apart") { Ok(()) } else { Err(no_key(selection)) }
    }

    fn select(
        &mut self,
        selection: &Selection,
        after: Option<&str>,
        last: Option<&str>,
        limit: Option<usize>,
    ) -> Result<Vec<Row>, ForeignError> {
        let is_postgres = matches!(self.conn, DatabaseConnection::Postgres(_));
        let sql = written(selection, is_postgres, [after.is_some(), last.is_some()], limit);
        let bounds = after.into_iter().chain(last).map(ToOwned::to_owned).collect();
        let mut rows = self.load(&sql, bounds)?;
        for row in &mut rows {
            row.key = row.values.pop().flatten().unwrap_or_default();
        }
        Ok(rows)
    }

    fn load(&mut self, sql: &str, bounds: Vec<String>) -> Result<Vec<Row>, ForeignError> {
        let loaded = match &mut self.conn {
            DatabaseConnection::Postgres(conn) => {
                let query = diesel::sql_query(sql).into_boxed::<Pg>();
                bounds.into_iter().fold(query, BoxedSqlQuery::bind::<Text, _>).load(conn)
            }
            DatabaseConnection::Sqlite(conn) => {
                let query = diesel::sql_query(sql).into_boxed::<Sqlite>();
                bounds.into_iter().fold(query, BoxedSqlQuery::bind::<Text, _>).load(conn)
            }
        };
        loaded.map_err(|error| ForeignError::refused(&self.place, &error))
    }
}

fn no_key(selection: &Selection) -> ForeignError {
    ForeignError::NoKey { table: selection.table.label(), column: selection.key.name.to_string() }
}

/// The statement: names of the catalogue, quoted, and nothing else that came from outside; the bounds are bound, the lower one
/// first.
fn written(
    selection: &Selection,
    is_postgres: bool,
    [has_lower, has_upper]: [bool; 2],
    limit: Option<usize>,
) -> String {
    let mut sql = String::from("SELECT ");
    for (place, column) in selection.columns.iter().enumerate() {
        let value = column.as_ref().map_or_else(|| "CAST(NULL AS TEXT)".to_owned(), as_text);
        // Writing into a string cannot fail.
        let _ = write!(sql, "{value} AS c{place}, ");
    }
    let (key, table) = (as_text(&selection.key), selection.table.name.quoted());
    let _ = write!(sql, "{key} AS key FROM {table} WHERE {} IS NOT NULL", selection.key.name.quoted());
    let (compared, bound) = comparison(&selection.key, is_postgres);
    let mut number = 0;
    for (_, sign) in [(has_lower, ">"), (has_upper, "<=")].iter().filter(|(is_bound, _)| *is_bound) {
        number += 1;
        let placeholder = if is_postgres { format!("${number}") } else { format!("?{number}") };
        let _ = write!(sql, " AND {compared} {sign} {}", bound.replace('?', &placeholder));
    }
    let _ = write!(sql, " ORDER BY {compared}");
    if let Some(limit) = limit {
        let _ = write!(sql, " LIMIT {limit}");
    }
    sql
}

fn as_text(column: &Column) -> String {
    let name = column.name.quoted();
    if column.is_bytes { format!("encode({name}, 'escape')") } else { format!("CAST({name} AS TEXT)") }
}

/// What the rows are put in order by, and what a bound (`?`) is compared as. SQLite gives a bound the column's affinity.
fn comparison(key: &Column, is_postgres: bool) -> (String, &'static str) {
    let name = key.name.quoted();
    match (is_postgres, key.order) {
        (_, Order::Other) if is_postgres => (format!("CAST({name} AS TEXT) COLLATE \"C\""), "?"),
        (_, Order::Other) => (format!("CAST({name} AS TEXT)"), "?"),
        (false, _) => (name, "?"),
        (true, Order::Integer) => (name, "CAST(? AS BIGINT)"),
        (true, Order::Uuid) => (name, "CAST(? AS UUID)"),
        (true, Order::Padded) => (name, "CAST(? AS BPCHAR)"),
        (true, Order::Text) => (name, "CAST(? AS TEXT)"),
    }
}

/// PostgreSQL hands over what it was told is text, whether it is or not.
impl QueryableByName<Pg> for Row {
    fn build<'a>(row: &impl NamedRow<'a, Pg>) -> deserialize::Result<Self> {
        read(row, |place| value::<_, Binary, Vec<u8>>(row, place).map(|bytes| bytes.map(lossy)))
    }
}

/// SQLite has text in one of three encodings and makes the one of it that we read; what it cannot is taken as it lies there.
impl QueryableByName<Sqlite> for Row {
    fn build<'a>(row: &impl NamedRow<'a, Sqlite>) -> deserialize::Result<Self> {
        read(row, |place| {
            value::<_, Text, String>(row, place)
                .or_else(|_| value::<_, Binary, Vec<u8>>(row, place).map(|bytes| bytes.map(lossy)))
        })
    }
}

fn read<'a, DB: Backend>(
    row: &impl NamedRow<'a, DB>,
    value: impl Fn(usize) -> deserialize::Result<Option<String>>,
) -> deserialize::Result<Row> {
    let values = (0..row.field_count()).map(value).collect::<deserialize::Result<_>>()?;
    Ok(Row { key: String::new(), values })
}

fn value<'a, DB, ST, V>(row: &impl NamedRow<'a, DB>, place: usize) -> deserialize::Result<Option<V>>
where
    DB: Backend,
    V: FromSql<ST, DB>,
{
    let field = diesel::row::Row::get(row, place).ok_or("a column is missing")?;
    if field.is_null() { Ok(None) } else { V::from_nullable_sql(field.value()).map(Some) }
}

fn lossy(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}
