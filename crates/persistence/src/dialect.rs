//! The two databases behind one connection: everything in which they differ stands here and nowhere else.

mod search;

use std::time::Duration;

use chrono::NaiveDateTime;
use diesel::connection::{
    AnsiTransactionManager, SimpleConnection, TransactionManager, TransactionManagerStatus,
};
use diesel::prelude::*;
use diesel::result::ConnectionError;
use diesel::{PgConnection, SqliteConnection};
use vestibule_domain::time::Timestamp;

pub(crate) use self::search::{MAKE_SEARCH_INDEX, find_parts_of_names, has_search_index, names_hold};
pub use crate::connection::{DatabaseConnection, MultiBackend};
use crate::schema::{comments, posts, roles, sessions, users};
use crate::url::DatabaseUrl;

/// How long databases are waited for.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For a connection: to be made, and to be handed out by the pool. Whole seconds for PostgreSQL, at least 1.
    pub connect: Duration,
    /// For one statement of PostgreSQL, and for another writer of SQLite.
    pub statement: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { connect: Duration::from_secs(1), statement: Duration::from_secs(3) }
    }
}

/// Connects to `url`, and to nothing else.
pub fn connect(url: &DatabaseUrl, patience: Patience) -> Result<DatabaseConnection, ConnectionError> {
    match url {
        DatabaseUrl::Postgres(url) => connect_postgres(url, patience).map(DatabaseConnection::Postgres),
        DatabaseUrl::Sqlite(path) => {
            let path = path
                .to_str()
                .ok_or_else(|| ConnectionError::BadConnection("the path is not UTF-8".into()))?;
            connect_sqlite(path, patience).map(DatabaseConnection::Sqlite)
        }
    }
}

/// A server that hangs is worse than one that is gone, so every wait has an end: connecting, unacknowledged data
/// (`tcp_user_timeout`), a silent peer (keepalives), a statement, a lock, a transaction left open.
fn connect_postgres(url: &str, patience: Patience) -> Result<PgConnection, ConnectionError> {
    let seconds = patience.connect.as_secs().max(1);
    let millis = patience.statement.as_millis();
    let defaults = [
        ("connect_timeout", seconds.to_string()),
        ("tcp_user_timeout", millis.to_string()),
        ("keepalives_idle", "10".to_owned()),
        ("keepalives_interval", "5".to_owned()),
        ("keepalives_count", "3".to_owned()),
        ("application_name", "vestibule".to_owned()),
    ];
    let (place, given) = url.split_once('?').unwrap_or((url, ""));
    let is_given = |name: &str| given.split('&').any(|pair| pair.split('=').next() == Some(name));
    let added =
        defaults.iter().filter(|(name, _)| !is_given(name)).map(|(name, value)| format!("{name}={value}"));
    let query: Vec<_> =
        std::iter::once(given.to_owned()).filter(|given| !given.is_empty()).chain(added).collect();
    let url = format!("{place}?{}", query.join("&"));
    // OpenSSL without its tidying up when the process ends: the pool makes connections on threads of its own, and one that is
    // at it in that moment would compute with what is gone.
    openssl_sys::init();
    let mut conn = PgConnection::establish(&url)?;
    conn.batch_execute(&format!(
        "SET statement_timeout = {millis}; SET lock_timeout = {millis}; SET client_encoding = 'UTF8';
         SET idle_in_transaction_session_timeout = {}; SET client_min_messages = warning",
        millis * 2
    ))
    .map_err(ConnectionError::CouldntSetupConfiguration)?;
    Ok(conn)
}

/// WAL lets readers and the one writer work side by side; `synchronous = FULL` keeps every acknowledged write.
fn connect_sqlite(path: &str, patience: Patience) -> Result<SqliteConnection, ConnectionError> {
    let mut conn = SqliteConnection::establish(path)?;
    conn.batch_execute(&format!(
        "PRAGMA busy_timeout = {}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
         PRAGMA trusted_schema = OFF; PRAGMA journal_size_limit = 67108864",
        patience.statement.as_millis()
    ))
    .map_err(ConnectionError::CouldntSetupConfiguration)?;
    Ok(conn)
}

/// Begins a transaction that will write. On SQLite it takes the writer's place at once: a deferred one that reads and
/// then writes fails without waiting when another has written in between.
pub fn begin_write(conn: &mut DatabaseConnection) -> QueryResult<()> {
    match conn {
        DatabaseConnection::Postgres(conn) => AnsiTransactionManager::begin_transaction(conn),
        DatabaseConnection::Sqlite(conn) => {
            AnsiTransactionManager::begin_transaction_sql(conn, "BEGIN IMMEDIATE")
        }
    }
}

/// Keeps what the transaction wrote.
pub fn commit(conn: &mut DatabaseConnection) -> QueryResult<()> {
    match conn {
        DatabaseConnection::Postgres(conn) => AnsiTransactionManager::commit_transaction(conn),
        DatabaseConnection::Sqlite(conn) => AnsiTransactionManager::commit_transaction(conn),
    }
}

/// Drops what the transaction wrote.
pub fn roll_back(conn: &mut DatabaseConnection) -> QueryResult<()> {
    match conn {
        DatabaseConnection::Postgres(conn) => AnsiTransactionManager::rollback_transaction(conn),
        DatabaseConnection::Sqlite(conn) => AnsiTransactionManager::rollback_transaction(conn),
    }
}

/// Runs `work` within a transaction that goes on where it fails, as if it had not been tried (a savepoint).
pub(crate) fn attempt<T>(
    conn: &mut DatabaseConnection,
    work: impl FnOnce(&mut DatabaseConnection) -> QueryResult<T>,
) -> QueryResult<T> {
    match conn {
        DatabaseConnection::Postgres(conn) => AnsiTransactionManager::begin_transaction(conn),
        DatabaseConnection::Sqlite(conn) => AnsiTransactionManager::begin_transaction(conn),
    }?;
    match work(conn) {
        Ok(done) => commit(conn).map(|()| done),
        Err(error) => roll_back(conn).and(Err(error)),
    }
}

/// Whether a transaction was left open, as after a panic: such a connection must not serve anyone else.
pub fn is_mid_transaction(conn: &mut DatabaseConnection) -> bool {
    let status = match conn {
        DatabaseConnection::Postgres(conn) => AnsiTransactionManager::transaction_manager_status_mut(conn),
        DatabaseConnection::Sqlite(conn) => AnsiTransactionManager::transaction_manager_status_mut(conn),
    };
    match status {
        TransactionManagerStatus::Valid(status) => status.transaction_depth().is_some(),
        TransactionManagerStatus::InError => true,
    }
}

/// Whether the database still answers on this connection.
pub fn answers(conn: &mut DatabaseConnection) -> bool {
    conn.batch_execute("SELECT 1").is_ok()
}

/// The moment it is by the database's own clock, which all nodes share. For leases: nodes may disagree about the time.
pub fn database_now(conn: &mut DatabaseConnection) -> QueryResult<Timestamp> {
    use diesel::dsl::sql;
    use diesel::sql_types::Timestamp as SqlTimestamp;
    let now: NaiveDateTime = match conn {
        DatabaseConnection::Postgres(conn) => {
            diesel::select(sql::<SqlTimestamp>("clock_timestamp() AT TIME ZONE 'UTC'")).get_result(conn)
        }
        DatabaseConnection::Sqlite(conn) => {
            diesel::select(sql::<SqlTimestamp>("strftime('%Y-%m-%d %H:%M:%f', 'now')")).get_result(conn)
        }
    }?;
    Ok(Timestamp::from_naive_utc(now))
}

/// Locks those of the sessions `ids` that nobody else changes just now, and answers which: who writes to many rows and waits
/// for none of them stands in nobody's way, whatever order the others go in. SQLite has one writer, who has them all.
pub fn lock_free_sessions(conn: &mut DatabaseConnection, ids: Vec<String>) -> QueryResult<Vec<String>> {
    match conn {
        DatabaseConnection::Postgres(conn) => sessions::table
            .filter(sessions::id.eq_any(ids))
            .select(sessions::id)
            .for_no_key_update()
            .skip_locked()
            .load(conn),
        DatabaseConnection::Sqlite(_) => Ok(ids),
    }
}

/// Locks the session `id` until the transaction ends, and writes nothing. SQLite has one writer, who has it.
///
/// A row that one transaction writes twice makes PostgreSQL look for its account once more and wait for whoever changes that
/// account's address; and they would wait for this row, to end the session.
pub fn lock_session(conn: &mut DatabaseConnection, id: String) -> QueryResult<()> {
    match conn {
        DatabaseConnection::Postgres(conn) => sessions::table
            .find(id)
            .select(sessions::id)
            .for_no_key_update()
            .first::<String>(conn)
            .optional()
            .map(|_| ()),
        DatabaseConnection::Sqlite(_) => Ok(()),
    }
}

/// Locks the account `id` until the transaction ends, and writes nothing. SQLite has one writer, who has it.
pub fn lock_user(conn: &mut DatabaseConnection, id: i64) -> QueryResult<()> {
    match conn {
        DatabaseConnection::Postgres(conn) => users::table
            .find(id)
            .select(users::id)
            .for_no_key_update()
            .first::<i64>(conn)
            .optional()
            .map(|_| ()),
        DatabaseConnection::Sqlite(_) => Ok(()),
    }
}

/// Locks the account `id` until the transaction ends, also against rows that would point at it: for whoever removes it. SQLite has
/// one writer, who has it.
pub(crate) fn lock_user_whole(conn: &mut DatabaseConnection, id: i64) -> QueryResult<()> {
    match conn {
        DatabaseConnection::Postgres(conn) => {
            users::table.find(id).select(users::id).for_update().first::<i64>(conn).optional().map(|_| ())
        }
        DatabaseConnection::Sqlite(_) => Ok(()),
    }
}

/// Locks the post `id` until the transaction ends, and writes nothing. SQLite has one writer, who has it.
pub(crate) fn lock_post(conn: &mut DatabaseConnection, id: i64) -> QueryResult<()> {
    match conn {
        DatabaseConnection::Postgres(conn) => posts::table
            .find(id)
            .select(posts::id)
            .for_no_key_update()
            .first::<i64>(conn)
            .optional()
            .map(|_| ()),
        DatabaseConnection::Sqlite(_) => Ok(()),
    }
}

/// The same for the comment `id`.
pub(crate) fn lock_comment(conn: &mut DatabaseConnection, id: i64) -> QueryResult<()> {
    match conn {
        DatabaseConnection::Postgres(conn) => comments::table
            .find(id)
            .select(comments::id)
            .for_no_key_update()
            .first::<i64>(conn)
            .optional()
            .map(|_| ()),
        DatabaseConnection::Sqlite(_) => Ok(()),
    }
}

/// Locks the role `name` until the transaction ends: whoever gives it to somebody goes before or waits. SQLite has one writer,
/// who has it.
pub(crate) fn lock_role(conn: &mut DatabaseConnection, name: &str) -> QueryResult<()> {
    match conn {
        DatabaseConnection::Postgres(conn) => roles::table
            .find(name)
            .select(roles::name)
            .for_update()
            .first::<String>(conn)
            .optional()
            .map(|_| ()),
        DatabaseConnection::Sqlite(_) => Ok(()),
    }
}

/// The number of the next post, which no other post will have. SQLite has one writer, who knows the last one given out.
pub fn reserve_post_id(conn: &mut DatabaseConnection) -> QueryResult<i64> {
    use diesel::dsl::sql;
    use diesel::sql_types::BigInt;
    match conn {
        DatabaseConnection::Postgres(conn) => {
            diesel::select(sql::<BigInt>("nextval(pg_get_serial_sequence('posts', 'id'))")).get_result(conn)
        }
        DatabaseConnection::Sqlite(conn) => diesel::select(sql::<BigInt>(
            "coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'posts'), 0) + 1",
        ))
        .get_result(conn),
    }
}

/// Numbers for `count` new accounts. SQLite has one writer, who knows the last one given out.
pub fn reserve_user_ids(conn: &mut DatabaseConnection, count: i64) -> QueryResult<Vec<i64>> {
    use diesel::dsl::sql;
    use diesel::sql_types::BigInt;
    match conn {
        DatabaseConnection::Postgres(conn) => diesel::select(
            // The name of the sequence is looked up once, and not for each number.
            sql::<BigInt>(
                "nextval(numbers) FROM (SELECT pg_get_serial_sequence('users', 'id')::regclass AS numbers \
                OFFSET 0) AS of_users, generate_series(1, ",
            )
            .bind::<BigInt, _>(count)
            .sql(")"),
        )
        .load(conn),
        DatabaseConnection::Sqlite(conn) => {
            let last = "coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'users'), 0)";
            let last: i64 = diesel::select(sql::<BigInt>(last)).get_result(conn)?;
            Ok((last + 1..=last.saturating_add(count)).collect())
        }
    }
}

/// Until the transaction ends, has PostgreSQL's trigram index gather 64 MB of new entries before it sorts them in, and does not
/// wait for the disk at its end: what is lost with the server's power is lost whole, and the next commit that waits keeps it too.
pub fn prepare_bulk(conn: &mut DatabaseConnection) -> QueryResult<()> {
    match conn {
        DatabaseConnection::Postgres(conn) => conn.batch_execute(
            "SET LOCAL gin_pending_list_limit = '64MB'; SET LOCAL work_mem = '64MB'; SET LOCAL synchronous_commit = off",
        ),
        DatabaseConnection::Sqlite(_) => Ok(()),
    }
}

/// Has PostgreSQL look at the tables that an import fills. Until it has, it takes those of one source to be a few among many, and
/// holds every one of them against every key it looks for. SQLite plans without counting.
pub fn count_bulk(conn: &mut DatabaseConnection) -> QueryResult<()> {
    match conn {
        DatabaseConnection::Postgres(conn) => {
            conn.batch_execute("ANALYZE users; ANALYZE user_roles; ANALYZE imported_rows")
        }
        DatabaseConnection::Sqlite(_) => Ok(()),
    }
}

/// Sorts into PostgreSQL's trigram index what it gathered so far. Others may go on writing meanwhile.
pub fn sort_in_search(conn: &mut DatabaseConnection) -> QueryResult<()> {
    match conn {
        DatabaseConnection::Postgres(conn) => conn.batch_execute(SORT_IN_SEARCH),
        DatabaseConnection::Sqlite(_) => Ok(()),
    }
}

const SORT_IN_SEARCH: &str =
    "SELECT gin_clean_pending_list(index) FROM to_regclass('users_search_idx') index WHERE index IS NOT NULL";

/// Sorts into the trigram index what it gathered; on SQLite has the planner look at the tables that have grown.
pub fn settle_after_bulk(conn: &mut DatabaseConnection) -> QueryResult<()> {
    match conn {
        DatabaseConnection::Postgres(conn) => conn.batch_execute(SORT_IN_SEARCH),
        DatabaseConnection::Sqlite(conn) => conn.batch_execute("PRAGMA optimize"),
    }
}

/// Inserts `$rows`, a Vec of an `Insertable`, into `$table`: by COPY into PostgreSQL, which is several times as fast as any
/// INSERT, and into SQLite some hundreds in a statement, beyond which a longer one is no faster.
macro_rules! insert_many {
    ($conn:expr, $table:expr, $rows:expr) => {
        match $conn {
            $crate::dialect::DatabaseConnection::Postgres(own) => {
                diesel::copy_from($table).from_insertable(&$rows).execute(own).map(|_| ())
            }
            $crate::dialect::DatabaseConnection::Sqlite(own) => $rows
                .chunks(500)
                .try_for_each(|some| diesel::insert_into($table).values(some).execute(own).map(|_| ())),
        }
    };
}
pub(crate) use insert_many;

/// Loads what `$query` finds in order to delete it: on PostgreSQL those rows that nobody else has locked, which stay locked
/// until the transaction ends. So a purge waits for nobody while others wait for it.
macro_rules! load_free {
    ($conn:expr, $query:expr) => {
        match $conn {
            $crate::dialect::DatabaseConnection::Postgres(own) => $query.for_update().skip_locked().load(own),
            $crate::dialect::DatabaseConnection::Sqlite(own) => $query.load(own),
        }
    };
}
pub(crate) use load_free;

/// Runs `$work` with the connection to the one database it is to, for the query that every request makes.
///
/// Asked of both at once, diesel writes the statement out three times a call to look it up among the prepared ones;
/// asked of one, it knows it by its type. That costs more than the rest of the token check together.
macro_rules! on_its_own {
    ($conn:expr, |$own:ident| $work:expr) => {
        match $conn {
            $crate::dialect::DatabaseConnection::Postgres($own) => $work,
            $crate::dialect::DatabaseConnection::Sqlite($own) => $work,
        }
    };
}
pub(crate) use on_its_own;
