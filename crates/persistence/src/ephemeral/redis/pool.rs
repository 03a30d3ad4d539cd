//! The connections to Redis.

use std::time::{Duration, Instant};

use redis::{Client, Connection, ConnectionLike as _, FromRedisValue, RedisResult};

/// How long a request waits for a connection, and then for an answer. With [`PATIENCE`] this bounds what a Redis that hangs
/// adds to it: a quarter of a second.
const WAIT: Duration = Duration::from_millis(100);

/// Within this long one may try again on another connection.
const PATIENCE: Duration = Duration::from_millis(50);

/// How long the pool's own threads wait for a connection to be made; no request waits for that longer than [`WAIT`].
const CONNECT_WAIT: Duration = Duration::from_secs(1);

/// While Redis is away connections are tried again after half of this at the latest, in threads of the pool's own.
const RETRIES: Duration = Duration::from_secs(2);

/// A bounded set of connections.
pub(super) struct Pool(r2d2::Pool<Connector>);

/// Why a command came to nothing.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    /// No connection was free in time, or none could be made.
    #[error(transparent)]
    Pool(#[from] r2d2::Error),
    /// What Redis said, or that it said nothing.
    #[error(transparent)]
    Redis(#[from] redis::RedisError),
}

/// A connection and whether it may be used again: after any fault an answer that is late would be taken for the next one's.
struct Pooled {
    conn: Connection,
    is_lost: bool,
}

struct Connector(Client);

impl Pool {
    /// At most `size` connections to what `client` names, made when first needed.
    pub(super) fn open(client: Client, size: u32) -> Self {
        Self(
            r2d2::Pool::builder()
                .max_size(size.max(1))
                .min_idle(Some(0))
                .test_on_check_out(false)
                .connection_timeout(RETRIES)
                .idle_timeout(Some(Duration::from_mins(10)))
                .max_lifetime(None)
                .error_handler(Box::new(r2d2::NopErrorHandler))
                .build_unchecked(Connector(client)),
        )
    }

    /// Gives Redis one command.
    ///
    /// Connections that Redis closed while nobody used them are found out one by one; a Redis that was started anew costs
    /// nobody an answer. A command that was given and then lost may be given twice.
    pub(super) fn ask<T: FromRedisValue>(&self, command: &redis::Cmd) -> Result<T, Fault> {
        let began = Instant::now();
        loop {
            let mut pooled = self.0.get_timeout(WAIT)?;
            let answer = command.query(&mut pooled.conn);
            pooled.is_lost = answer.as_ref().is_err_and(redis::RedisError::is_io_error);
            match answer {
                Err(error) if error.is_connection_dropped() && began.elapsed() < PATIENCE => {}
                answer => return Ok(answer?),
            }
        }
    }
}

impl r2d2::ManageConnection for Connector {
    type Connection = Pooled;
    type Error = redis::RedisError;

    fn connect(&self) -> RedisResult<Pooled> {
        let conn = self.0.get_connection_with_timeout(CONNECT_WAIT)?;
        conn.set_read_timeout(Some(WAIT))?;
        conn.set_write_timeout(Some(WAIT))?;
        Ok(Pooled { conn, is_lost: false })
    }

    fn is_valid(&self, pooled: &mut Pooled) -> RedisResult<()> {
        redis::cmd("PING").query(&mut pooled.conn)
    }

    fn has_broken(&self, pooled: &mut Pooled) -> bool {
        pooled.is_lost || !pooled.conn.is_open()
    }
}
