//! Where Redis is.

use std::fmt;
use std::str::FromStr;

use url::Url;

use super::secret::Secret;

/// The address of a Redis. Printing shows host, port and number of the database, and no password.
#[derive(Clone)]
pub struct RedisUrl {
    whole: Secret,
    shown: String,
}

impl RedisUrl {
    /// The whole, password and all, for the one who connects.
    #[must_use]
    pub fn reveal(&self) -> &str {
        self.whole.reveal()
    }
}

/// Nothing but what is documented is taken: a fragment, say, would switch off the check of certificates.
impl FromStr for RedisUrl {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let shape = "must be an address such as redis://:password@host:6379/0, or rediss:// for TLS";
        let url = Url::parse(text.trim()).map_err(|_| shape)?;
        let number = url.path().trim_start_matches('/');
        let is_number = number.len() <= 5 && number.bytes().all(|byte| byte.is_ascii_digit());
        let is_bare = url.query().is_none() && url.fragment().is_none() && is_number;
        let Some(host) = url.host_str().filter(|host| !host.is_empty()) else { return Err(shape) };
        if !matches!(url.scheme(), "redis" | "rediss") || !is_bare {
            return Err(shape);
        }
        let shown = format!("{}://{host}:{}/{number}", url.scheme(), url.port().unwrap_or(6379));
        Ok(Self { whole: Secret::new(text.trim().to_owned()), shown: shown.trim_end_matches('/').to_owned() })
    }
}

impl fmt::Display for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Debug for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RedisUrl({self})")
    }
}
