//! The store as a whole: reading, writing, starting.

use std::fmt;
use std::sync::Arc;

use crate::dialect::{self, DatabaseConnection};
use crate::error::StoreError;
use crate::migrations::{self, MigrationError};
use crate::pool::{self, Connector, PoolOptions, Pooled};
use crate::url::DatabaseUrl;

/// One database of either kind. Cheap to clone; all clones share the pool.
#[derive(Clone)]
pub struct Database(Arc<Shared>);

struct Shared {
    url: DatabaseUrl,
    options: PoolOptions,
    pool: r2d2::Pool<Connector>,
}

impl Database {
    /// Names the database; connections are made when first needed.
    #[must_use]
    pub fn open(url: &DatabaseUrl, options: PoolOptions) -> Self {
        Self(Arc::new(Shared { url: url.clone(), options, pool: pool::open(url, options) }))
    }

    /// Where it lies.
    #[must_use]
    pub fn url(&self) -> &DatabaseUrl {
        &self.0.url
    }

    /// The greatest number of connections.
    #[must_use]
    pub fn pool_size(&self) -> u32 {
        self.0.options.size
    }

    /// How many connections are open now, and how many of these nobody uses.
    #[must_use]
    pub fn connections(&self) -> (u32, u32) {
        let state = self.0.pool.state();
        (state.connections, state.idle_connections)
    }

    /// How many may write at the same moment: SQLite lets one in, and the others wait for it.
    #[must_use]
    pub fn writers(&self) -> u32 {
        match self.0.url {
            DatabaseUrl::Sqlite(_) => 1,
            DatabaseUrl::Postgres(_) => self.0.options.size,
        }
    }

    /// Brings the schema up to this program's, under a lock: of several nodes that start together one does the work.
    /// Answers how many steps were taken.
    pub fn migrate(&self) -> Result<usize, MigrationError> {
        migrations::run(&self.0.url, self.0.options.patience)
    }

    /// Whether the database answers, and how its schema stands to this program's.
    pub fn check(&self) -> Result<migrations::State, MigrationError> {
        let mut pooled = self.0.pool.get().map_err(StoreError::from)?;
        let state = migrations::state(&mut pooled.conn);
        if state.is_err() {
            pooled.lost = !dialect::answers(&mut pooled.conn);
        }
        state
    }

    /// Runs `work` on a connection, outside of any transaction: each statement sees what is committed.
    pub fn read<T, E>(&self, work: impl FnOnce(&mut DatabaseConnection) -> Result<T, E>) -> Result<T, E>
    where
        E: From<StoreError>,
    {
        let mut pooled = self.0.pool.get().map_err(StoreError::from)?;
        let outcome = work(&mut pooled.conn);
        judged(&mut pooled, outcome, unavailable)
    }

    /// Runs `work` in one transaction: kept whole if it answers `Ok`, dropped whole otherwise.
    ///
    /// Where the connection dies during the commit nobody knows whether it was kept: [`StoreError::OutcomeUnknown`].
    pub fn write<T, E>(&self, work: impl FnOnce(&mut DatabaseConnection) -> Result<T, E>) -> Result<T, E>
    where
        E: From<StoreError>,
    {
        let mut pooled = self.0.pool.get().map_err(StoreError::from)?;
        match transact(&mut pooled.conn, work) {
            Ok(outcome) => judged(&mut pooled, outcome, unavailable),
            Err(refused) => judged(&mut pooled, Err(refused.into()), || StoreError::OutcomeUnknown),
        }
    }
}

/// Runs `work` in a transaction; the outer error is that of a refused commit.
fn transact<T, E>(
    conn: &mut DatabaseConnection,
    work: impl FnOnce(&mut DatabaseConnection) -> Result<T, E>,
) -> Result<Result<T, E>, StoreError>
where
    E: From<StoreError>,
{
    if let Err(error) = dialect::begin_write(conn) {
        return Ok(Err(StoreError::from(error).into()));
    }
    let outcome = work(conn);
    let ended = if outcome.is_ok() { dialect::commit(conn) } else { dialect::roll_back(conn) };
    match (outcome, ended) {
        (Ok(_), Err(error)) => {
            // A refused commit leaves the transaction open on SQLite; a dead connection is dropped by the pool.
            let _ = dialect::roll_back(conn);
            Err(error.into())
        }
        // The caller's error is the one to tell; a connection that cannot roll back is dropped by the pool.
        (outcome, _) => Ok(outcome),
    }
}

/// After a failure the connection is asked for a sign of life, so that a dead one fails one request only, and that
/// one with `lost`, whatever the words it failed with.
fn judged<T, E: From<StoreError>>(
    pooled: &mut Pooled,
    outcome: Result<T, E>,
    lost: impl FnOnce() -> StoreError,
) -> Result<T, E> {
    if outcome.is_ok() {
        return outcome;
    }
    if dialect::answers(&mut pooled.conn) {
        return outcome;
    }
    pooled.lost = true;
    Err(lost().into())
}

fn unavailable() -> StoreError {
    StoreError::Unavailable("the connection was lost".into())
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Database").field(&self.0.url).finish()
    }
}
