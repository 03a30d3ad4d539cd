//! Which tables are copied, and what their columns hold: read off the schema the queries are compiled against.

use std::io::Write;

use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Bool, Date, Nullable, SmallInt, SqlType, Text, Timestamp};

use crate::error::StoreError;
use crate::schema;

/// What holds nothing of the installation's own: who does which chore just now, the keys of what was sent in the last day, which
/// nobody sends again to a server that has moved, and diesel's book of migrations.
pub const LEFT_OUT: [&str; 3] = ["jobs", "submissions", "__diesel_schema_migrations"];

/// A table that is copied.
#[derive(Clone, Debug)]
pub struct Table {
    pub(super) name: &'static str,
    pub(super) columns: Vec<Column>,
    pub(super) key: usize,
    /// Whether a migration, or a server that was started once, puts rows there before anybody has an account.
    pub(super) is_seeded: bool,
    pub(super) fill: Fill,
}

/// Has PostgreSQL take the lines that the feed writes.
pub(super) type Fill = fn(&mut PgConnection, Feed<'_>) -> Result<usize, StoreError>;
pub(super) type Feed<'a> = &'a dyn Fn(&mut dyn Write) -> Result<(), StoreError>;

/// A column and what it holds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
}

/// What the two databases write differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Number,
    SmallNumber,
    Text,
    Switch,
    Moment,
    Day,
    Bytes,
}

impl Table {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The columns that tell its rows apart, in their order.
    pub fn key(&self) -> impl Iterator<Item = &'static str> {
        self.columns.iter().take(self.key).map(|column| column.name)
    }

    /// Whether the database numbers its rows by itself.
    pub(super) fn is_numbered(&self) -> bool {
        self.columns.first().is_some_and(|column| column.name == "id" && column.kind == Kind::Number)
    }
}

/// Every table that is copied: none before those its rows point at.
#[must_use]
pub fn tables() -> Vec<Table> {
    macro_rules! list {
        ($($table:ident $key:literal $($seeded:ident)?),* $(,)?) => {
            vec![$(Table {
                name: stringify!($table),
                columns: list_columns(schema::$table::all_columns),
                key: $key,
                is_seeded: false $(|| stringify!($seeded) == "seeded")?,
                fill: |conn, feed| {
                    let lines = diesel::copy_from(schema::$table::table);
                    lines.from_raw_data(schema::$table::all_columns, |out| feed(out)).execute(conn)
                },
            }),*]
        };
    }
    // With the number of columns in the key, which stand in front.
    list![
        installation 1 seeded,
        users 1,
        roles 1 seeded,
        user_roles 2,
        sessions 1,
        refresh_tokens 1,
        known_clients 3,
        mail_tokens 2,
        email_ways_back 1,
        outbox 1,
        audit_events 1 seeded,
        signing_keys 1 seeded,
        media_files 1,
        imports 1,
        imported_rows 3,
        posts 1,
        comments 1,
        contact_messages 1,
        states 1 seeded,
    ]
}

fn list_columns<T: Columns>(_columns: T) -> Vec<Column> {
    T::list()
}

trait Columns {
    fn list() -> Vec<Column>;
}

trait Holds {
    const KIND: Kind;
}

macro_rules! kinds {
    ($($sql_type:ty => $kind:ident),* $(,)?) => {
        $(impl Holds for $sql_type { const KIND: Kind = Kind::$kind; })*
    };
}

kinds! {
    BigInt => Number,
    SmallInt => SmallNumber,
    Text => Text,
    Bool => Switch,
    Timestamp => Moment,
    Date => Day,
    Binary => Bytes,
}

impl<T> Holds for Nullable<T>
where
    T: Holds + SqlType<IsNull = diesel::sql_types::is_nullable::NotNull>,
{
    const KIND: Kind = T::KIND;
}

/// For tuples of the length given and of every shorter one.
macro_rules! tuples {
    () => {};
    ($first:ident $($rest:ident)*) => {
        impl<$first, $($rest),*> Columns for ($first, $($rest,)*)
        where
            $first: diesel::Column<SqlType: Holds>,
            $($rest: diesel::Column<SqlType: Holds>,)*
        {
            fn list() -> Vec<Column> {
                vec![
                    Column { name: $first::NAME, kind: <$first::SqlType as Holds>::KIND },
                    $(Column { name: $rest::NAME, kind: <$rest::SqlType as Holds>::KIND },)*
                ]
            }
        }
        tuples!($($rest)*);
    };
}

tuples!(A B C D E F G H I J K L M N O P Q R S T U V W X);
