//! Redis.

mod breaker;
mod pool;
mod slot;

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use ::redis::{Client, ConnectionAddr, FromRedisValue, IntoConnectionInfo as _, cmd};
use thiserror::Error;
use vestibule_domain::bucket::{Span, Taken};
use vestibule_domain::failures::Failures;
use vestibule_domain::id::UserId;
use vestibule_domain::rate::Rate;
use vestibule_domain::time::Timestamp;
use vestibule_domain::token::MailPurpose;

use self::breaker::{Breaker, Change};
use self::pool::Pool;
use super::{EphemeralStore, MailedToken};
use crate::error::StoreError;

/// Keys looked at in one go when all are removed.
const SCANNED: usize = 500;

/// How Redis is reached.
#[derive(Clone)]
pub struct RedisOptions {
    /// `redis://` or `rediss://`.
    pub url: String,
    /// What every key of this installation begins with.
    pub prefix: String,
    /// Connections kept.
    pub pool_size: u32,
}

/// Why Redis cannot be used.
#[derive(Debug, Error)]
pub enum RedisError {
    /// The address is none.
    #[error("must be redis://host:port/database or rediss://")]
    Url,
    /// It is away or slow, was so a moment ago, or answers what nobody here put there.
    #[error("redis is not available")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// A Redis, with a pool, time limits and a breaker in front of it.
///
/// Whatever it answers that is not what was put there counts as if it were away: nothing is ever decided by it.
pub struct RedisStore {
    pool: Pool,
    breaker: Mutex<Breaker>,
    prefix: String,
}

impl RedisStore {
    /// Names the Redis; connections are made when first needed.
    pub fn open(options: RedisOptions) -> Result<Self, RedisError> {
        let is_ours = ["redis://", "rediss://"].iter().any(|scheme| options.url.starts_with(scheme));
        let info = options.url.into_connection_info().map_err(|_| RedisError::Url)?;
        let is_insecure = matches!(info.addr(), ConnectionAddr::TcpTls { insecure: true, .. });
        if !is_ours || is_insecure {
            return Err(RedisError::Url);
        }
        let client = Client::open(info).map_err(|_| RedisError::Url)?;
        let pool = Pool::open(client, options.pool_size);
        Ok(Self { pool, breaker: Mutex::default(), prefix: options.prefix })
    }

    /// Asks for a sign of life.
    pub fn ping(&self) -> Result<(), RedisError> {
        self.ask(&cmd("PING")).map(|_: String| ())
    }

    /// Takes one from the bucket `key` of `rate`; all of it happens in one script.
    pub fn take(&self, now: Timestamp, key: &str, rate: Rate) -> Result<Taken, RedisError> {
        let span = Span::of(rate);
        let mut command = cmd("EVAL");
        command.arg(include_str!("take.lua")).arg(1).arg(format!("{}bucket:{key}", self.prefix));
        command.arg(micros(now)).arg(span.one).arg(span.whole).arg(Taken::LEEWAY.as_micros().to_string());
        let (is_allowed, whole_at): (bool, String) = self.ask(&command)?;
        Ok(Taken::new(now, rate, read_moment(&whole_at)?, is_allowed))
    }

    /// The failures in a row under `key`.
    pub fn find_failures(&self, now: Timestamp, key: &str) -> Result<Option<Failures>, RedisError> {
        Ok(Some(self.ask_failures(now, key, 0)?).filter(|failures| failures.count > 0))
    }

    /// Adds one to the failures in a row under `key`.
    pub fn note_failure(&self, now: Timestamp, key: &str) -> Result<Failures, RedisError> {
        self.ask_failures(now, key, 1)
    }

    /// Ends the failures in a row under `key`.
    pub fn delete_failures(&self, key: &str) -> Result<(), RedisError> {
        self.ask(cmd("UNLINK").arg(format!("{}failures:{key}", self.prefix)))
    }

    fn ask_failures(&self, now: Timestamp, key: &str, more: u32) -> Result<Failures, RedisError> {
        let mut command = cmd("EVAL");
        command.arg(include_str!("fail.lua")).arg(1).arg(format!("{}failures:{key}", self.prefix));
        command.arg(micros(now)).arg(more);
        command.arg(Failures::KEPT.as_micros().to_string()).arg(Taken::LEEWAY.as_micros().to_string());
        let (count, last_at): (u32, String) = self.ask(&command)?;
        Ok(Failures { count, last_at: read_moment(&last_at)? })
    }

    /// Gives Redis one command, unless it is away.
    fn ask<T: FromRedisValue>(&self, command: &::redis::Cmd) -> Result<T, RedisError> {
        if !self.breaker(|breaker| breaker.admits(Instant::now())) {
            return Err(unavailable("it was away a moment ago"));
        }
        let answer = self.pool.ask(command);
        let change = self.breaker(|breaker| breaker.note(Instant::now(), answer.is_ok()));
        match (&answer, change) {
            (Err(error), Change::Opened) => tracing::warn!(target: "redis", %error, "redis is away"),
            (_, Change::Closed) => tracing::info!(target: "redis", "redis is back"),
            _ => {}
        }
        answer.map_err(unavailable)
    }

    fn breaker<T>(&self, work: impl FnOnce(&mut Breaker) -> T) -> T {
        work(&mut self.breaker.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn place(&self, user_id: UserId, purpose: MailPurpose) -> String {
        format!("{}mail:{user_id}:{}", self.prefix, purpose.as_str())
    }
}

/// A place that holds what cannot be read is not taken for an empty one: what a newer program wrote there, nodes of that
/// program can read. The next token put there takes its place.
impl EphemeralStore for RedisStore {
    fn put(
        &self,
        now: Timestamp,
        user_id: UserId,
        purpose: MailPurpose,
        token: &MailedToken,
    ) -> Result<(), StoreError> {
        // It is kept a little longer than it is good: what is written beside it decides, by our own clocks.
        let ttl = token.expires_at.since(now).saturating_add(Taken::LEEWAY).as_millis();
        let mut command = cmd("SET");
        command.arg(self.place(user_id, purpose)).arg(slot::write(token)).arg("PX").arg(ttl.to_string());
        Ok(self.ask(&command)?)
    }

    fn find(
        &self,
        now: Timestamp,
        user_id: UserId,
        purpose: MailPurpose,
    ) -> Result<Option<MailedToken>, StoreError> {
        let kept: Option<Vec<u8>> = self.ask(cmd("GET").arg(self.place(user_id, purpose)))?;
        let Some(kept) = kept else { return Ok(None) };
        let token = slot::read(&kept).ok_or_else(|| unavailable("a mailed token cannot be read"))?;
        Ok(Some(token).filter(|token| now < token.expires_at))
    }

    fn delete(&self, user_id: UserId, purpose: MailPurpose) -> Result<(), StoreError> {
        Ok(self.ask(cmd("UNLINK").arg(self.place(user_id, purpose)))?)
    }

    fn clear(&self) -> Result<(), StoreError> {
        let pattern = format!("{}mail:*", literally(&self.prefix));
        let mut cursor = "0".to_owned();
        loop {
            let mut scan = cmd("SCAN");
            scan.arg(&cursor).arg("MATCH").arg(&pattern).arg("COUNT").arg(SCANNED);
            let (next, keys): (String, Vec<Vec<u8>>) = self.ask(&scan)?;
            for some in keys.chunks(SCANNED) {
                let () = self.ask(cmd("UNLINK").arg(some))?;
            }
            if next == "0" {
                return Ok(());
            }
            cursor = next;
        }
    }
}

impl From<RedisError> for StoreError {
    fn from(error: RedisError) -> Self {
        Self::Unavailable(Box::new(error))
    }
}

/// Shows where, and not the password in the address.
impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

fn unavailable(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> RedisError {
    RedisError::Unavailable(error.into())
}

/// The scripts know no moment before 1970.
fn micros(now: Timestamp) -> i64 {
    now.unix_micros().max(0)
}

fn read_moment(micros: &str) -> Result<Timestamp, RedisError> {
    let moment = micros.parse().ok().and_then(Timestamp::from_unix_micros);
    moment.ok_or_else(|| unavailable("a moment cannot be read"))
}

/// `text` as a pattern that matches nothing else.
fn literally(text: &str) -> String {
    let escape = |c| if "*?[]\\^".contains(c) { vec!['\\', c] } else { vec![c] };
    text.chars().flat_map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(url: &str) -> Result<RedisStore, RedisError> {
        RedisStore::open(RedisOptions { url: url.to_owned(), prefix: "test:".to_owned(), pool_size: 1 })
    }

    #[test]
    fn only_addresses_of_a_redis_are_taken() {
        for url in ["redis://localhost", "redis://:secret@10.0.0.1:6380/3", "rediss://redis.example:6379/0"] {
            assert!(open(url).is_ok(), "{url}");
        }
        for url in [
            "",
            "localhost:6379",
            "http://localhost",
            "unix:///run/redis.sock",
            "redis://h/x",
            "rediss://h/#insecure",
        ] {
            assert!(matches!(open(url), Err(RedisError::Url)), "{url}");
        }
    }

    #[test]
    fn the_address_and_its_password_are_not_shown() {
        assert!(!format!("{:?}", open("redis://:secret@localhost").unwrap()).contains("secret"));
    }

    #[test]
    fn a_prefix_is_no_pattern() {
        assert_eq!(literally(r"a*b?[c]\d:"), r"a\*b\?\[c\]\\d:");
    }

    /// F5: nobody waits for a Redis that is not there, once that is known.
    #[test]
    fn what_is_away_is_asked_three_times_and_then_left_alone() {
        let store = open("redis://127.0.0.1:1").unwrap();
        let rate = "1/1s".parse().unwrap();
        let began = Instant::now();
        for _ in 0..1000 {
            let answer = store.take(Timestamp::from_unix_seconds(0).unwrap(), "key", rate);
            assert!(matches!(answer, Err(RedisError::Unavailable(_))));
        }
        assert!(began.elapsed() < Breaker::REST, "{:?}", began.elapsed());
    }
}
