//! Which tables and columns there are.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text};

use super::error::{ForeignError, listing};
use super::identifier::{Identifier, TableName};
use crate::dialect::DatabaseConnection;

/// A table or a view there, with its columns in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    pub(super) name: TableName,
    /// Whether its name alone finds it, without the schema.
    pub(super) is_visible: bool,
    columns: Vec<Column>,
}

/// A column there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    pub(super) name: Identifier,
    /// How its values are put in order.
    pub(super) order: Order,
    pub(super) is_bytes: bool,
    is_primary: bool,
    is_unique: bool,
}

/// How the values of a column are put in order; two columns of the same kind compare the same way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// As numbers.
    Integer,
    /// As UUIDs.
    Uuid,
    /// As the database orders text.
    Text,
    /// As text padded with blanks.
    Padded,
    /// Something else, whose text is put in order byte by byte: no index helps there.
    Other,
}

/// A column as the catalogue has it.
#[derive(QueryableByName)]
struct CatalogRow {
    #[diesel(sql_type = Text)]
    schema_name: String,
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Bool)]
    is_visible: bool,
    #[diesel(sql_type = Text)]
    column_name: String,
    #[diesel(sql_type = Text)]
    type_name: String,
    #[diesel(sql_type = BigInt)]
    primary_place: i64,
    #[diesel(sql_type = BigInt)]
    primary_width: i64,
    #[diesel(sql_type = Bool)]
    is_unique: bool,
}

#[derive(QueryableByName)]
struct NameRow {
    #[diesel(sql_type = Text)]
    table_name: String,
}

const POSTGRES: &str = "
    SELECT n.nspname::text AS schema_name, c.relname::text AS table_name, pg_table_is_visible(c.oid) AS is_visible,
        a.attname::text AS column_name, COALESCE(base.typname, t.typname)::text AS type_name,
        COALESCE(array_position(p.indkey::int2[], a.attnum), -1)::bigint + 1 AS primary_place,
        COALESCE(p.indnatts, 0)::bigint AS primary_width,
        a.attnotnull AND EXISTS (SELECT 1 FROM pg_index u WHERE u.indrelid = c.oid AND u.indisunique
            AND u.indnatts = 1 AND u.indkey[0] = a.attnum AND u.indpred IS NULL) AS is_unique
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_type base ON base.oid = t.typbasetype
    LEFT JOIN pg_index p ON p.indrelid = c.oid AND p.indisprimary
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
    ORDER BY NOT pg_table_is_visible(c.oid), n.nspname, c.relname, a.attnum";

const SQLITE_TABLES: &str = "
    SELECT name AS table_name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
    ORDER BY name";

const SQLITE_COLUMNS: &str = "
    SELECT '' AS schema_name, ?1 AS table_name, 1 AS is_visible, c.name AS column_name, c.type AS type_name,
        c.pk AS primary_place, (SELECT count(*) FROM pragma_table_info(?1) k WHERE k.pk > 0) AS primary_width,
        c.\"notnull\" AND EXISTS (SELECT 1 FROM pragma_index_list(?1) u WHERE u.\"unique\" AND NOT u.partial
            AND (SELECT group_concat(i.name) FROM pragma_index_info(u.name) i) = c.name) AS is_unique
    FROM pragma_table_info(?1) c ORDER BY c.cid";

/// Every table there is, those first that are found without their schema.
pub(super) fn tables(conn: &mut DatabaseConnection) -> QueryResult<Vec<Table>> {
    let mut tables: Vec<Table> = Vec::new();
    let rows = match conn {
        DatabaseConnection::Postgres(conn) => diesel::sql_query(POSTGRES).load::<CatalogRow>(conn)?,
        DatabaseConnection::Sqlite(conn) => {
            let names: Vec<NameRow> = diesel::sql_query(SQLITE_TABLES).load(conn)?;
            // A virtual table whose module is missing here cannot be asked, and stays unknown.
            let columns = names.into_iter().filter_map(|row| {
                diesel::sql_query(SQLITE_COLUMNS)
                    .bind::<Text, _>(row.table_name)
                    .load::<CatalogRow>(conn)
                    .ok()
            });
            columns.flatten().collect()
        }
    };
    for row in rows {
        // What has no name by our rules cannot be asked for.
        let Some((name, is_visible, column)) = take_apart(&row) else { continue };
        match tables.last_mut().filter(|table| table.name == name) {
            Some(table) => table.columns.push(column),
            None => tables.push(Table { name, is_visible, columns: vec![column] }),
        }
    }
    Ok(tables)
}

fn take_apart(row: &CatalogRow) -> Option<(TableName, bool, Column)> {
    let schema = match row.schema_name.as_str() {
        "" => None,
        schema => Some(schema.parse().ok()?),
    };
    let is_primary = row.primary_place == 1 && row.primary_width == 1;
    let column = Column {
        name: row.column_name.parse().ok()?,
        order: order_of(&row.type_name, schema.is_some()),
        is_bytes: schema.is_some() && row.type_name == "bytea",
        is_primary,
        is_unique: is_primary || row.is_unique,
    };
    Some((TableName { schema, name: row.table_name.parse().ok()? }, row.is_visible, column))
}

/// By the name of PostgreSQL's type; for SQLite by the affinity that the declared type gives.
fn order_of(type_name: &str, is_postgres: bool) -> Order {
    if is_postgres {
        return match type_name {
            "int2" | "int4" | "int8" => Order::Integer,
            "uuid" => Order::Uuid,
            "text" | "varchar" => Order::Text,
            "bpchar" => Order::Padded,
            _ => Order::Other,
        };
    }
    let declared = type_name.to_ascii_uppercase();
    if declared.contains("INT") {
        Order::Integer
    } else if ["CHAR", "CLOB", "TEXT"].iter().any(|text| declared.contains(text)) {
        Order::Text
    } else {
        Order::Other
    }
}

impl Table {
    /// What it is called; without its schema where the name alone finds it.
    #[must_use]
    pub fn label(&self) -> String {
        if self.is_visible { self.name.name.to_string() } else { self.name.to_string() }
    }

    /// What it is called, with its schema where it has one.
    #[must_use]
    pub fn name(&self) -> &TableName {
        &self.name
    }

    /// The first of `names` that is a column here, whatever its case.
    #[must_use]
    pub fn find_column(&self, names: &[&str]) -> Option<&Column> {
        let is = |name: &str| {
            let exactly = self.columns.iter().find(|column| column.name.as_str() == name);
            exactly.or_else(|| self.columns.iter().find(|c| c.name.as_str().eq_ignore_ascii_case(name)))
        };
        names.iter().find_map(|name| is(name))
    }

    /// The column of that name.
    pub fn column(&self, name: &Identifier) -> Result<&Column, ForeignError> {
        self.find_column(&[name.as_str()]).ok_or_else(|| self.no_column(name.as_str()))
    }

    /// That there is no such column, and which there are.
    #[must_use]
    pub fn no_column(&self, wanted: &str) -> ForeignError {
        ForeignError::NoColumn {
            table: self.label(),
            wanted: wanted.to_owned(),
            there: listing(self.columns.iter().map(|column| column.name.to_string())),
        }
    }

    /// The names of the columns.
    pub fn columns(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter()
    }

    /// The column that alone is the primary key.
    #[must_use]
    pub fn primary_key(&self) -> Option<&Column> {
        self.columns.iter().find(|column| column.is_primary)
    }
}

impl Column {
    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &str {
        self.name.as_str()
    }

    /// Whether the database itself sees to it that no two rows have the same, and none has nothing.
    #[must_use]
    pub fn is_unique(&self) -> bool {
        self.is_unique
    }

    /// How its values are put in order.
    #[must_use]
    pub fn order(&self) -> Order {
        self.order
    }
}
