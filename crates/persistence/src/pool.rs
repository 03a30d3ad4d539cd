//! The pool of connections.

use std::time::Duration;

use diesel::connection::{Connection, InstrumentationEvent};
use diesel::result::ConnectionError;

use crate::dialect::{self, DatabaseConnection, Patience};
use crate::url::DatabaseUrl;

/// How many connections are kept, and how long they are waited for.
#[derive(Clone, Copy, Debug)]
pub struct PoolOptions {
    /// The greatest number of connections; the blocking pool in front has as many threads.
    pub size: u32,
    /// The waits.
    pub patience: Patience,
    /// Whether each statement is told to the log, at debug level and without its values.
    pub log_queries: bool,
}

impl Default for PoolOptions {
    fn default() -> Self {
        Self { size: 4, patience: Patience::default(), log_queries: false }
    }
}

/// A connection and whether it was seen to be dead.
pub(crate) struct Pooled {
    pub(crate) conn: DatabaseConnection,
    pub(crate) lost: bool,
}

/// Makes connections for r2d2, choosing the database by the URL's scheme.
pub(crate) struct Connector {
    url: DatabaseUrl,
    patience: Patience,
    log_queries: bool,
}

impl r2d2::ManageConnection for Connector {
    type Connection = Pooled;
    type Error = ConnectionError;

    fn connect(&self) -> Result<Pooled, ConnectionError> {
        let mut conn = dialect::connect(&self.url, self.patience)?;
        if self.log_queries {
            conn.set_instrumentation(log_query);
        }
        Ok(Pooled { conn, lost: false })
    }

    fn is_valid(&self, pooled: &mut Pooled) -> Result<(), ConnectionError> {
        let answers = !pooled.lost && dialect::answers(&mut pooled.conn);
        if answers { Ok(()) } else { Err(ConnectionError::BadConnection("the connection is dead".into())) }
    }

    fn has_broken(&self, pooled: &mut Pooled) -> bool {
        pooled.lost || dialect::is_mid_transaction(&mut pooled.conn)
    }
}

/// Opens the pool. Connections are made when first needed, so a database that is away delays nobody here.
///
/// A connection is not asked for a sign of life before each use: that would double the cost of a token check. One
/// found dead is dropped by the request that found it.
pub(crate) fn open(url: &DatabaseUrl, options: PoolOptions) -> r2d2::Pool<Connector> {
    let connector =
        Connector { url: url.clone(), patience: options.patience, log_queries: options.log_queries };
    r2d2::Pool::builder()
        .max_size(options.size.max(1))
        .min_idle(Some(0))
        .test_on_check_out(false)
        .connection_timeout(options.patience.connect)
        .idle_timeout(Some(Duration::from_mins(10)))
        .max_lifetime(None)
        .error_handler(Box::new(LogConnectError))
        .build_unchecked(connector)
}

#[derive(Debug)]
struct LogConnectError;

impl r2d2::HandleError<ConnectionError> for LogConnectError {
    fn handle_error(&self, error: ConnectionError) {
        tracing::warn!(target: "database", %error, "no connection to the database");
    }
}

/// The statement without its values: they hold digests, hashes and addresses.
#[expect(clippy::needless_pass_by_value, reason = "diesel's instrumentation is called with a value")]
fn log_query(event: InstrumentationEvent<'_>) {
    if let InstrumentationEvent::StartQuery { query, .. } = event {
        let shown = query.to_string();
        let sql = shown.split(" -- binds:").next().unwrap_or_default();
        tracing::debug!(target: "database", sql);
    }
}
