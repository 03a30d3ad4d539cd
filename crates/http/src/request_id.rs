//! What a request is called, in its answer and in the log.

use std::cell::Cell;
use std::fmt;

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use vestibule_domain::random::Random;

/// The header a request id comes and goes in.
pub static X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// An incoming id longer than this is replaced: it would fill the logs.
const LENGTH_LIMIT: usize = 64;

/// The name of one request: 1 to 64 letters, digits, `.`, `_` and `-`, all ASCII. Cheap to clone.
///
/// It is for finding things again and proves nothing: whoever asks may choose it.
#[derive(Clone, PartialEq, Eq)]
pub struct RequestId(HeaderValue);

impl RequestId {
    /// The id in `headers`, where there is exactly one and it is well formed.
    pub(crate) fn incoming(headers: &HeaderMap) -> Option<Self> {
        let mut values = headers.get_all(&X_REQUEST_ID);
        let (Some(value), None) = (values.next(), values.next()) else { return None };
        let bytes = value.as_bytes();
        let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-".contains(byte);
        let well_formed = (1..=LENGTH_LIMIT).contains(&bytes.len()) && bytes.iter().all(is_plain);
        well_formed.then(|| Self(value.clone()))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Only letters, digits, `.`, `_` and `-` ever come in.
        self.0.to_str().unwrap_or_default()
    }

    /// The id as it stands in a header.
    pub(crate) fn header_value(&self) -> &HeaderValue {
        &self.0
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Makes ids for one worker: 64 random bits that name the worker, and a count, stirred so that it does not tell
/// how busy the server is.
pub(crate) struct RequestIds {
    worker: u64,
    count: Cell<u64>,
}

impl RequestIds {
    pub(crate) fn new(random: &dyn Random) -> Self {
        let (mut worker, mut start) = ([0; 8], [0; 8]);
        random.fill(&mut worker);
        random.fill(&mut start);
        Self { worker: u64::from_le_bytes(worker), count: Cell::new(u64::from_le_bytes(start)) }
    }

    /// An id that no other request of this worker has.
    pub(crate) fn make(&self) -> RequestId {
        let count = self.count.get();
        self.count.set(count.wrapping_add(1));
        let mut text = [0; 32];
        let number = u128::from(self.worker) << 64 | u128::from(stir(count));
        for (place, digit) in text.iter_mut().rev().enumerate() {
            *digit = b"0123456789abcdef"[(number >> (4 * place) & 0xf) as usize];
        }
        RequestId(HeaderValue::from_bytes(&text).unwrap_or_else(|_| HeaderValue::from_static("none")))
    }
}

/// The finishing steps of the splitmix64 generator: no two counts give the same number.
fn stir(count: u64) -> u64 {
    let mut number = count.wrapping_add(0x9e37_79b9_7f4a_7c15);
    number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    struct Sevens;

    impl Random for Sevens {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(7);
        }
    }

    fn incoming(values: &[&'static str]) -> Option<String> {
        let headers = values.iter().map(|value| (X_REQUEST_ID.clone(), HeaderValue::from_static(value)));
        RequestId::incoming(&headers.collect()).map(|id| id.to_string())
    }

    #[test]
    fn a_well_formed_id_is_kept() {
        let longest = "x".repeat(64);
        assert_eq!(incoming(&["a.B_9-"]).as_deref(), Some("a.B_9-"));
        assert_eq!(incoming(&[longest.clone().leak()]), Some(longest));
    }

    #[test]
    fn an_ill_formed_or_repeated_id_is_not() {
        let too_long = "x".repeat(65);
        for values in [&["", "b"][..], &["a", "a"], &[""], &["a b"], &["a\tb"], &["{}"], &[too_long.leak()]] {
            assert_eq!(incoming(values), None, "{values:?}");
        }
    }

    #[test]
    fn made_ids_differ_and_are_well_formed() {
        let ids = RequestIds::new(&Sevens);
        let made: HashSet<String> = (0..10_000).map(|_| ids.make().to_string()).collect();
        assert_eq!(made.len(), 10_000);
        assert!(made.iter().all(|id| id.len() == 32 && id.starts_with("0707070707070707")));
    }
}
