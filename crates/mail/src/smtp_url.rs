//! Where the mail server is, and how it is spoken to.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use thiserror::Error;
use url::{Host, Url};
use zeroize::Zeroizing;

/// A mail server: `smtps://` speaks TLS from the first byte, `smtp://..?tls=required` changes to it by STARTTLS or sends
/// nothing, `smtp://` alone stays readable on the way. Printing shows host and port, and no password.
#[derive(Clone)]
pub struct SmtpUrl {
    host: String,
    port: u16,
    security: Security,
    credentials: Option<Credentials>,
}

/// How a conversation with the mail server is kept from others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// Not at all.
    Plain,
    /// By STARTTLS; a server that does not offer it gets nothing.
    StartTls,
    /// By TLS from the first byte.
    Tls,
}

/// Whom the mail server knows us as.
#[derive(Clone)]
pub struct Credentials {
    /// The name.
    pub user: String,
    /// The password.
    pub password: Zeroizing<String>,
}

/// Not the address of a mail server.
#[derive(Debug, Error, PartialEq, Eq)]
#[error(
    "must be an address such as smtps://user:password@mail.example.org, or smtp://..?tls=required for STARTTLS; what is special in a password is percent-encoded"
)]
pub struct SmtpUrlError;

impl SmtpUrl {
    /// The name or address of the server, an IPv6 address without brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Its port: 465 for TLS, 587 for STARTTLS, else 25, where the address names none.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// How the conversation is kept from others.
    #[must_use]
    pub fn security(&self) -> Security {
        self.security
    }

    /// Whom the server knows us as, if it asks.
    #[must_use]
    pub fn credentials(&self) -> Option<&Credentials> {
        self.credentials.as_ref()
    }

    /// Whether nobody on the way can read along.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        self.security != Security::Plain
    }

    /// Whether the way does not leave the machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        let address = self.host.parse::<IpAddr>();
        address.map_or_else(|_| self.host.eq_ignore_ascii_case("localhost"), |address| address.is_loopback())
    }
}

impl FromStr for SmtpUrl {
    type Err = SmtpUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let url = Url::parse(text.trim()).map_err(|_| SmtpUrlError)?;
        let (security, port) = match (url.scheme(), url.query()) {
            ("smtps", None) => (Security::Tls, 465),
            ("smtp", Some("tls=required")) => (Security::StartTls, 587),
            ("smtp", None) => (Security::Plain, 25),
            _ => return Err(SmtpUrlError),
        };
        let host = match url.host() {
            Some(Host::Domain(name)) if is_host_name(name) => name.to_ascii_lowercase(),
            Some(Host::Ipv4(address)) => address.to_string(),
            Some(Host::Ipv6(address)) => address.to_string(),
            _ => return Err(SmtpUrlError),
        };
        if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return Err(SmtpUrlError);
        }
        let credentials = credentials(&url)?;
        Ok(Self { host, port: url.port().unwrap_or(port), security, credentials })
    }
}

fn is_host_name(name: &str) -> bool {
    !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
}

fn credentials(url: &Url) -> Result<Option<Credentials>, SmtpUrlError> {
    match (url.username(), url.password()) {
        ("", None) => Ok(None),
        ("", _) | (_, None) => Err(SmtpUrlError),
        (user, Some(password)) => {
            let password = decode(password)?;
            Ok(Some(Credentials { user: decode(user)?, password: Zeroizing::new(password) }))
        }
    }
}

/// What `%40` and its kin stand for. No control characters: they would end a line of the conversation.
fn decode(text: &str) -> Result<String, SmtpUrlError> {
    let (mut bytes, mut rest) = (Vec::with_capacity(text.len()), text);
    while let Some((plain, coded)) = rest.split_once('%') {
        bytes.extend_from_slice(plain.as_bytes());
        let (digits, more) = coded.split_at_checked(2).ok_or(SmtpUrlError)?;
        bytes.push(u8::from_str_radix(digits, 16).map_err(|_| SmtpUrlError)?);
        rest = more;
    }
    bytes.extend_from_slice(rest.as_bytes());
    let text = String::from_utf8(bytes).map_err(|_| SmtpUrlError)?;
    if text.contains(char::is_control) { Err(SmtpUrlError) } else { Ok(text) }
}

impl fmt::Display for SmtpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

impl fmt::Debug for SmtpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SmtpUrl({self}, {:?})", self.security)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_decides_how_it_is_spoken_to() {
        for (text, shown, security) in [
            ("smtps://mail.example.org", "mail.example.org:465", Security::Tls),
            ("smtps://MAIL.example.org:4465/", "mail.example.org:4465", Security::Tls),
            ("smtp://mail.example.org?tls=required", "mail.example.org:587", Security::StartTls),
            ("smtp://mail.example.org:25?tls=required", "mail.example.org:25", Security::StartTls),
            ("smtp://127.0.0.1:2525", "127.0.0.1:2525", Security::Plain),
            ("smtp://[::1]", "[::1]:25", Security::Plain),
        ] {
            let url: SmtpUrl = text.parse().unwrap();
            assert_eq!((url.to_string().as_str(), url.security()), (shown, security), "{text}");
            assert!(url.credentials().is_none());
        }
    }

    #[test]
    fn credentials_are_decoded_and_not_shown() {
        let url: SmtpUrl = "smtps://me%40example.org:p%25%3A@h".parse().unwrap();
        let credentials = url.credentials().unwrap();
        assert_eq!((credentials.user.as_str(), credentials.password.as_str()), ("me@example.org", "p%:"));
        assert_eq!(format!("{url:?}"), "SmtpUrl(h:465, Tls)");
    }

    #[test]
    fn what_might_not_be_meant_is_refused() {
        for text in [
            "mail.example.org",
            "http://h",
            "smtp://",
            "smtps:///x",
            "smtp://h/x",
            "smtp://h#x",
            "smtp://h?tls=opportunistic",
            "smtp://h?tls=required&x=1",
            "smtps://h?tls=none",
            "smtps://me@h",
            "smtps://:secret@h",
            "smtps://me:%0d%0a@h",
            "smtps://me:%ff@h",
            "smtps://a%20b",
        ] {
            assert_eq!(text.parse::<SmtpUrl>().err(), Some(SmtpUrlError), "{text}");
        }
    }

    #[test]
    fn loopback_is_told_from_elsewhere() {
        let is_loopback = |text: &str| text.parse::<SmtpUrl>().unwrap().is_loopback();
        assert!(
            is_loopback("smtp://localhost") && is_loopback("smtp://127.9.9.9") && is_loopback("smtp://[::1]")
        );
        assert!(!is_loopback("smtp://localhost.example") && !is_loopback("smtp://10.0.0.1"));
    }
}
