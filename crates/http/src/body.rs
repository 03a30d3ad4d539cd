//! The request's body: bounded in size and in time, whatever its sender says.

use std::cell::RefCell;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, HeaderMap};
use bytes::Bytes;
use futures_util::Stream;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::refusal::Refusal;

/// How many bytes a body may have, by path, and how fast they must come.
#[derive(Clone, Debug)]
pub struct BodyLimits {
    otherwise: u64,
    prefixes: Vec<(String, u64)>,
    pace: BodyPace,
    paces: Vec<(String, BodyPace)>,
}

/// How fast a body must arrive.
#[derive(Clone, Copy, Debug)]
pub struct BodyPace {
    /// The longest pause between two bytes.
    pub pause: Duration,
    /// The start it gets on the least rate.
    pub grace: Duration,
    /// The least rate once the grace is used up, in bytes a second.
    pub bytes_per_second: u64,
}

/// 64 KiB: ten times what any JSON of this house needs, little enough to hold thousands.
const DEFAULT_LIMIT: u64 = 64 * 1024;

/// A stalled body is given up after 5 s as a stalled head is, and a trickle after 10 s: slower than 1 KiB/s is no
/// network of today. (The slow body attack, CWE-400.)
impl Default for BodyPace {
    fn default() -> Self {
        Self { pause: Duration::from_secs(5), grace: Duration::from_secs(10), bytes_per_second: 1024 }
    }
}

/// 64 KiB everywhere, at the default pace.
impl Default for BodyLimits {
    fn default() -> Self {
        Self { otherwise: DEFAULT_LIMIT, prefixes: Vec::new(), pace: BodyPace::default(), paces: Vec::new() }
    }
}

impl BodyLimits {
    /// Takes up to `bytes` below the path `prefix`; the longest prefix that fits a path decides.
    ///
    /// A handler's own extractor still has its own limit; this one is the outer bound.
    #[must_use]
    pub fn with(mut self, prefix: impl Into<String>, bytes: u64) -> Self {
        self.prefixes.push((prefix.into(), bytes));
        self
    }

    /// Asks for another pace below the path `prefix`; the longest prefix that fits a path decides.
    #[must_use]
    pub fn with_pace(mut self, prefix: impl Into<String>, pace: BodyPace) -> Self {
        self.paces.push((prefix.into(), pace));
        self
    }

    /// The same limits at another pace, where no prefix has its own.
    #[must_use]
    pub fn at_pace(self, pace: BodyPace) -> Self {
        Self { pace, ..self }
    }

    fn limit(&self, path: &str) -> u64 {
        longest(&self.prefixes, path).unwrap_or(self.otherwise)
    }

    fn pace(&self, path: &str) -> BodyPace {
        longest(&self.paces, path).unwrap_or(self.pace)
    }

    /// Puts a watch on `payload`, or nothing where the request has no body.
    pub(crate) fn watch(&self, path: &str, payload: &mut Payload) -> Option<Watch> {
        if matches!(payload, Payload::None) {
            return None;
        }
        let watched = Rc::new(RefCell::new(Watched {
            payload: payload.take(),
            limit: self.limit(path),
            pace: self.pace(path),
            received: 0,
            since: None,
            timer: None,
            waiting: false,
            failure: None,
        }));
        *payload = Payload::Stream { payload: Box::pin(Watch(Rc::clone(&watched))) };
        Some(Watch(watched))
    }
}

/// What stands beside the longest prefix of `path`.
fn longest<T: Copy>(prefixes: &[(String, T)], path: &str) -> Option<T> {
    let fitting = prefixes.iter().filter(|(prefix, _)| path.starts_with(prefix.as_str()));
    fitting.max_by_key(|(prefix, _)| prefix.len()).map(|(_, value)| *value)
}

/// One body under watch. Clones are the same body: the handler reads it, the door keeps an eye on it.
#[derive(Clone)]
pub(crate) struct Watch(Rc<RefCell<Watched>>);

struct Watched {
    payload: Payload,
    limit: u64,
    pace: BodyPace,
    received: u64,
    /// When it was first asked for: until then it is the house that is slow.
    since: Option<Instant>,
    /// Made when the first byte is waited for: most bodies are there already.
    timer: Option<Pin<Box<Sleep>>>,
    /// Whether the timer runs for the byte that is waited for.
    waiting: bool,
    failure: Option<Refusal>,
}

impl Watch {
    /// What the request's headers already tell about its body.
    pub(crate) fn check(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let plain = |coding: &[u8]| coding.eq_ignore_ascii_case(b"identity");
        if !headers.get_all(CONTENT_ENCODING).all(|coding| plain(coding.as_bytes())) {
            return Err(Refusal::BodyEncoded);
        }
        let declared = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        let limit = self.0.borrow().limit;
        if declared.is_some_and(|length: u64| length > limit) {
            return Err(Refusal::BodyTooLarge { limit });
        }
        Ok(())
    }

    /// Why reading stopped, where it was the watch that stopped it.
    pub(crate) fn failure(&self) -> Option<Refusal> {
        self.0.borrow().failure.clone()
    }
}

impl Stream for Watch {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.borrow_mut().poll_next(cx)
    }
}

impl Watched {
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, PayloadError>>> {
        if let Some(refusal) = &self.failure {
            return Poll::Ready(Some(Err(payload_error(refusal))));
        }
        self.since.get_or_insert_with(Instant::now);
        let Poll::Ready(item) = Pin::new(&mut self.payload).poll_next(cx) else {
            ready!(self.poll_timer(cx));
            return self.fail(Refusal::BodyTooSlow);
        };
        self.waiting = false;
        if let Some(Ok(chunk)) = &item {
            self.received += chunk.len() as u64;
            if self.received > self.limit {
                return self.fail(Refusal::BodyTooLarge { limit: self.limit });
            }
        }
        Poll::Ready(item)
    }

    /// Ready once the byte that is waited for is late.
    fn poll_timer(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let earned = Duration::from_millis(self.received * 1000 / self.pace.bytes_per_second.max(1));
        let now = Instant::now();
        let late = (now + self.pace.pause).min(self.since.unwrap_or(now) + self.pace.grace + earned);
        let timer = self.timer.get_or_insert_with(|| {
            self.waiting = true;
            Box::pin(sleep_until(late))
        });
        if !self.waiting {
            timer.as_mut().reset(late);
            self.waiting = true;
        }
        timer.as_mut().poll(cx)
    }

    fn fail<T>(&mut self, refusal: Refusal) -> Poll<Option<Result<T, PayloadError>>> {
        let error = payload_error(&refusal);
        self.failure = Some(refusal);
        Poll::Ready(Some(Err(error)))
    }
}

/// The nearest word extractors know for it.
fn payload_error(refusal: &Refusal) -> PayloadError {
    match refusal {
        Refusal::BodyTooLarge { .. } => PayloadError::Overflow,
        _ => PayloadError::Io(io::Error::new(io::ErrorKind::TimedOut, "the body arrives too slowly")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_prefix_decides() {
        let limits = BodyLimits::default().with("/api/posts", 1 << 20).with("/api/posts/tiny", 10);
        assert_eq!(limits.limit("/api/auth/login"), 64 * 1024);
        assert_eq!(limits.limit("/api/posts/7"), 1 << 20);
        assert_eq!(limits.limit("/api/posts/tiny"), 10);
        let swift = BodyPace { bytes_per_second: 9, ..BodyPace::default() };
        let limits = limits.with_pace("/api/posts/tiny", swift);
        assert_eq!(limits.pace("/api/posts/tiny").bytes_per_second, 9);
        assert_eq!(limits.pace("/api/posts").bytes_per_second, 1024);
    }
}
