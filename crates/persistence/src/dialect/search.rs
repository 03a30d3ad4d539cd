//! How parts of names are found.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Nullable, Text};

use crate::connection::DatabaseConnection;
use crate::schema::users;
use crate::total::ONE_BEYOND;
use crate::user_list::Wanted;

/// The three keys in one, as the index of PostgreSQL has them; nobody looks for a line break.
macro_rules! keys {
    () => {
        r"(coalesce(users.username_key, '') || E'\n' || coalesce(users.email_key, '') || E'\n' || coalesce(users.full_name_key, ''))"
    };
}

/// What makes PostgreSQL's index where its trigrams were missing, or not allowed, when the schema was made.
pub(crate) const MAKE_SEARCH_INDEX: &str = concat!(
    "CREATE EXTENSION IF NOT EXISTS pg_trgm; CREATE INDEX users_search_idx ON users USING gin (",
    keys!(),
    " gin_trgm_ops)"
);

/// The accounts of which a key holds `part`, which has three characters or more, or of which the address holds `address`; found
/// through trigrams. SQLite has them in a table beside, which yields no more than anybody counts.
pub(crate) fn find_parts_of_names(conn: &DatabaseConnection, part: &str, address: Option<&str>) -> Wanted {
    match conn {
        DatabaseConnection::Postgres(_) => names_hold(conn, part, address),
        DatabaseConnection::Sqlite(_) => {
            let phrase = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
            let either = std::iter::once(part).chain(address).map(phrase).collect::<Vec<_>>().join(" OR ");
            let found = sql::<Nullable<Bool>>(
                "users.id IN (SELECT rowid FROM users_search WHERE users_search MATCH ",
            );
            Box::new(found.bind::<Text, _>(either).sql(&format!(" LIMIT {ONE_BEYOND})")))
        }
    }
}

/// The same, asked of one account after the other. SQLite's `LIKE` would not tell some letters apart.
pub(crate) fn names_hold(conn: &DatabaseConnection, part: &str, address: Option<&str>) -> Wanted {
    match conn {
        DatabaseConnection::Postgres(_) => {
            let holds =
                |part| sql::<Nullable<Bool>>(concat!(keys!(), " LIKE ")).bind::<Text, _>(contains(part));
            match address {
                Some(address) => Box::new(holds(part).or(holds(address))),
                None => Box::new(holds(part)),
            }
        }
        DatabaseConnection::Sqlite(_) => {
            let holds = |part: &str| {
                let part = part.to_owned();
                instr(users::username_key, part.clone())
                    .gt(0)
                    .or(instr(users::email_key, part.clone()).gt(0))
                    .or(instr(users::full_name_key, part).gt(0))
            };
            match address {
                Some(address) => Box::new(holds(part).or(instr(users::email_key, address.to_owned()).gt(0))),
                None => Box::new(holds(part)),
            }
        }
    }
}

/// The pattern of everything that has `part` in it, and means nothing else by it.
fn contains(part: &str) -> String {
    let mut pattern = String::from("%");
    for c in part.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern + "%"
}

#[diesel::declare_sql_function]
extern "SQL" {
    /// Where `part` begins in `text`, from 1; 0 where it is not in it. SQLite's.
    fn instr(text: Nullable<Text>, part: Text) -> Nullable<Integer>;
}

/// Whether parts of names are found through an index. PostgreSQL has none where its trigrams were missing, or not allowed, when
/// the schema was made.
pub(crate) fn has_search_index(conn: &mut DatabaseConnection) -> QueryResult<bool> {
    match conn {
        DatabaseConnection::Postgres(conn) => {
            diesel::select(sql::<Bool>("to_regclass('users_search_idx') IS NOT NULL")).get_result(conn)
        }
        DatabaseConnection::Sqlite(_) => Ok(true),
    }
}
