//! The names this server answers to.

use std::str::FromStr;

use actix_web::http::Uri;
use actix_web::http::header::{HOST, HeaderMap};
use thiserror::Error;

/// The hosts a request may be addressed to; a request for any other is refused.
///
/// Written with commas between: `example.org` (that name), `.example.org` (it and all below it), `[::1]`, or `*`
/// for any well-formed host. Ports never matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedHosts(Vec<Pattern>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Pattern {
    Any,
    Exact(String),
    /// Kept with its leading dot.
    Below(String),
}

/// Not a host name.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("{0:?} is not a host name; give names without scheme and port, with commas between")]
pub struct AllowedHostsError(String);

impl FromStr for AllowedHosts {
    type Err = AllowedHostsError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let pattern = |item: &str| {
            let item = item.to_ascii_lowercase();
            let name = item.strip_prefix('.').unwrap_or(&item);
            match host_name(name.as_bytes()) {
                _ if item == "*" => Ok(Pattern::Any),
                Some(whole) if whole == name.as_bytes() && item.starts_with('.') => Ok(Pattern::Below(item)),
                Some(whole) if whole == name.as_bytes() => Ok(Pattern::Exact(item)),
                _ => Err(AllowedHostsError(item)),
            }
        };
        let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
        items.map(pattern).collect::<Result<_, _>>().map(Self)
    }
}

impl AllowedHosts {
    /// Whether a request that names its host by `uri` (HTTP/2, or a proxy's absolute form) or by its one `Host`
    /// header, or by both, may come in. Each that is there must be allowed.
    pub(crate) fn admit(&self, uri: &Uri, headers: &HeaderMap) -> bool {
        let mut hosts = headers.get_all(HOST);
        let (host, second) = (hosts.next(), hosts.next());
        let authority = uri.authority().map(|authority| authority.as_str().as_bytes());
        second.is_none()
            && (host.is_some() || authority.is_some())
            && host.is_none_or(|host| self.contains(host.as_bytes()))
            && authority.is_none_or(|authority| self.contains(authority))
    }

    fn contains(&self, host: &[u8]) -> bool {
        host_name(host).is_some_and(|name| self.0.iter().any(|pattern| pattern.matches(name)))
    }
}

impl Pattern {
    fn matches(&self, name: &[u8]) -> bool {
        match self {
            Self::Any => true,
            Self::Exact(exact) => name.eq_ignore_ascii_case(exact.as_bytes()),
            Self::Below(below) => {
                let (below, bare) = (below.as_bytes(), &below.as_bytes()[1..]);
                let tail = name.len().checked_sub(below.len()).map(|start| &name[start..]);
                name.eq_ignore_ascii_case(bare) || tail.is_some_and(|tail| tail.eq_ignore_ascii_case(below))
            }
        }
    }
}

/// The name in `host[:port]` without the root's final dot, or nothing where it is malformed: user information, an
/// empty label, a port that is no number, anything but letters, digits, `.`, `-`, `_` or a bracketed IPv6 address.
fn host_name(host: &[u8]) -> Option<&[u8]> {
    let end = match host.first()? {
        b'[' => host.iter().position(|byte| *byte == b']')? + 1,
        _ => host.iter().position(|byte| *byte == b':').unwrap_or(host.len()),
    };
    let (name, port) = host.split_at(end);
    let port_is_sound = match port {
        [] => true,
        [b':', digits @ ..] => (1..=5).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    let name = name.strip_suffix(b".").unwrap_or(name);
    let name_is_sound = match name {
        [b'[', address @ .., b']'] => {
            str::from_utf8(address).is_ok_and(|address| address.parse::<std::net::Ipv6Addr>().is_ok())
        }
        _ => name.split(|byte| *byte == b'.').all(is_label),
    };
    (port_is_sound && name_is_sound && name.len() <= 253).then_some(name)
}

fn is_label(label: &[u8]) -> bool {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_".contains(byte);
    (1..=63).contains(&label.len()) && label.iter().all(is_plain)
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn admits(uri: &str, hosts: &[&'static str]) -> bool {
        let allowed: AllowedHosts = "example.org, .example.net, 127.0.0.1, [::1]".parse().unwrap();
        let headers = hosts.iter().map(|host| (HOST, HeaderValue::from_static(host))).collect();
        allowed.admit(&uri.parse().unwrap(), &headers)
    }

    #[test]
    fn listed_hosts_come_in_whatever_their_port() {
        for host in [
            "example.org",
            "EXAMPLE.org",
            "example.org:80",
            "example.org.",
            "example.org.:8080",
            "example.net",
            "a.example.net",
            "a.b.Example.net:1",
            "127.0.0.1:8080",
            "[::1]",
            "[::1]:8080",
        ] {
            assert!(admits("/", &[host]), "{host}");
        }
        assert!(admits("http://example.org/x", &["example.org"]));
        assert!(admits("https://example.org/x", &[]));
    }

    /// S07: every way of naming another host is refused.
    #[test]
    fn all_others_stay_outside() {
        for host in [
            "",
            "evil.com",
            "example.org.evil.com",
            "evilexample.org",
            "sub.example.org",
            "evilexample.net",
            ".example.net",
            "example.org..",
            "example.org:",
            "example.org:x",
            "example.org:123456",
            "example.org:80:80",
            "example.org@evil.com",
            "user@example.org",
            "example.org/",
            "example.org?",
            "example.org#x",
            "example.org example.org",
            "example.org,evil.com",
            "[::1",
            "[::1]x",
            "[::2]",
            "::1",
            "exa\u{6d}ple.org\\",
            "example%2eorg",
            "127.0.0.1.",
            "127.1",
        ] {
            let expected = host == "127.0.0.1.";
            assert_eq!(admits("/", &[host.to_owned().leak()]), expected, "{host}");
        }
    }

    /// S07: two hosts are none, and the URI counts as much as the header.
    #[test]
    fn disagreeing_and_missing_hosts_stay_outside() {
        assert!(!admits("/", &[]));
        assert!(!admits("/", &["example.org", "example.org"]));
        assert!(!admits("http://evil.com/", &["example.org"]));
        assert!(!admits("http://example.org/", &["evil.com"]));
        assert!(!admits("http://user@example.org/", &["example.org"]));
    }

    #[test]
    fn a_star_takes_any_well_formed_host() {
        let any: AllowedHosts = "*".parse().unwrap();
        assert!(any.contains(b"whatever.example:99"));
        assert!(!any.contains(b"user@whatever.example"));
    }

    #[test]
    fn an_unusable_pattern_is_named() {
        for text in ["https://example.org", "example.org:80", "*.example.org", "..", "a b"] {
            assert!(text.parse::<AllowedHosts>().is_err(), "{text}");
        }
    }
}
