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

    /// Whether the database answers and has exactly this program's schema.
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
        judged(&mut pooled, outcome)
    }

    /// Runs `work` in one transaction: kept whole if it answers `Ok`, dropped whole otherwise.
    ///
    /// Where the connection dies during the commit the answer is [`StoreError::Unavailable`] and the outcome unknown,
    /// as with every database.
    pub fn write<T, E>(&self, work: impl FnOnce(&mut DatabaseConnection) -> Result<T, E>) -> Result<T, E>
    where
        E: From<StoreError>,
    {
        let mut pooled = self.0.pool.get().map_err(StoreError::from)?;
        let outcome = transact(&mut pooled.conn, work);
        judged(&mut pooled, outcome)
    }
}

fn transact<T, E>(
    conn: &mut DatabaseConnection,
    work: impl FnOnce(&mut DatabaseConnection) -> Result<T, E>,
) -> Result<T, E>
where
    E: From<StoreError>,
{
    dialect::begin_write(conn).map_err(StoreError::from)?;
    match work(conn) {
        Ok(value) => {
            if let Err(error) = dialect::commit(conn) {
                // A refused commit leaves the transaction open on SQLite; a dead connection is dropped by the pool.
                let _ = dialect::roll_back(conn);
                return Err(StoreError::from(error).into());
            }
            Ok(value)
        }
        Err(error) => {
            // The caller's error is the one to tell; a connection that cannot roll back is dropped by the pool.
            let _ = dialect::roll_back(conn);
            Err(error)
        }
    }
}

/// After a failure the connection is asked for a sign of life, so that a dead one fails one request only, and that
/// one as unavailable whatever the words it failed with.
fn judged<T, E: From<StoreError>>(pooled: &mut Pooled, outcome: Result<T, E>) -> Result<T, E> {
    if outcome.is_ok() {
        return outcome;
    }
    if dialect::is_mid_transaction(&mut pooled.conn) {
        pooled.lost = true;
        return outcome;
    }
    if dialect::answers(&mut pooled.conn) {
        return outcome;
    }
    pooled.lost = true;
    Err(StoreError::Unavailable("the connection was lost".into()).into())
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Database").field(&self.0.url).finish()
    }
}
