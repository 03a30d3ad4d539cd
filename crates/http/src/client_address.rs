//! Who is calling, as far as an address tells.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use actix_web::http::header::{HeaderMap, X_FORWARDED_FOR, X_FORWARDED_PROTO};
use ipnet::IpNet;
use thiserror::Error;

/// The networks whose machines are believed about who called them; none by default.
///
/// Written as addresses and networks with commas between: `10.0.0.0/8, ::1`. Only `X-Forwarded-For` and
/// `X-Forwarded-Proto` are ever read; every other header that names a client or a person is ignored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<IpNet>);

/// Not an address or a network.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("{0:?} is not an address or a network such as 10.0.0.0/8")]
pub struct TrustedProxiesError(String);

impl FromStr for TrustedProxies {
    type Err = TrustedProxiesError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let network = |item: &str| {
            let lone = item.parse::<IpAddr>().map(IpNet::from);
            lone.or_else(|_| item.parse()).map_err(|_| TrustedProxiesError(item.into()))
        };
        let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
        items.map(network).collect::<Result<_, _>>().map(Self)
    }
}

impl TrustedProxies {
    /// Whether the machine at `address` is believed.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// The address of the client behind `peer`: the right-most hop that is not one of our proxies.
    ///
    /// What stands left of it the client may have written itself. A hop that is no address ends the search at the
    /// proxy that reported it.
    pub(crate) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        if self.0.is_empty() || !self.contains(client) {
            return client;
        }
        for line in headers.get_all(X_FORWARDED_FOR).rev() {
            for hop in line.as_bytes().rsplit(|byte| *byte == b',') {
                let Some(address) = hop_address(hop) else { return client };
                client = address;
                if !self.contains(client) {
                    return client;
                }
            }
        }
        client
    }

    /// Whether a proxy of ours says that it was spoken to over TLS: its own word is the right-most.
    pub(crate) fn says_https(&self, peer: IpAddr, headers: &HeaderMap) -> bool {
        if self.0.is_empty() || !self.contains(peer) {
            return false;
        }
        let last = headers.get_all(X_FORWARDED_PROTO).next_back();
        let word = last.and_then(|line| line.as_bytes().rsplit(|byte| *byte == b',').next());
        word.is_some_and(|word| word.trim_ascii().eq_ignore_ascii_case(b"https"))
    }
}

/// The address in one hop: bare, with a port, or in brackets.
fn hop_address(hop: &[u8]) -> Option<IpAddr> {
    let text = str::from_utf8(hop.trim_ascii()).ok()?;
    let bracketed = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let address = match bracketed {
        Some(inner) => inner.parse::<Ipv6Addr>().ok()?.into(),
        None => text.parse().or_else(|_| text.parse().map(|socket: SocketAddr| socket.ip())).ok()?,
    };
    Some(IpAddr::to_canonical(&address))
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pairs = pairs.iter();
        pairs.map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
    }

    fn client(peer: &str, lines: &[&'static str]) -> String {
        let proxies: TrustedProxies = "10.0.0.0/8, ::1,2001:db8:1::/48,".parse().unwrap();
        let lines: Vec<_> = lines.iter().map(|line| ("x-forwarded-for", *line)).collect();
        proxies.client(peer.parse().unwrap(), &headers(&lines)).to_string()
    }

    /// S37: only a trusted peer is believed, and only up to the first hop that is not ours.
    #[test]
    fn the_right_most_untrusted_hop_is_the_client() {
        for (peer, lines, expected) in [
            ("203.0.113.9", &["1.1.1.1"][..], "203.0.113.9"),
            ("10.0.0.1", &[], "10.0.0.1"),
            ("10.0.0.1", &["198.51.100.7"], "198.51.100.7"),
            ("::ffff:10.0.0.1", &["198.51.100.7"], "198.51.100.7"),
            ("::ffff:203.0.113.9", &["1.1.1.1"], "203.0.113.9"),
            ("10.0.0.1", &["1.1.1.1, 198.51.100.7"], "198.51.100.7"),
            ("10.0.0.1", &["1.1.1.1, 198.51.100.7, 10.9.9.9"], "198.51.100.7"),
            ("10.0.0.1", &["1.1.1.1", "198.51.100.7", "10.9.9.9"], "198.51.100.7"),
            ("10.0.0.1", &["198.51.100.7:4711"], "198.51.100.7"),
            ("10.0.0.1", &["[2001:db8::7]:4711"], "2001:db8::7"),
            ("10.0.0.1", &["[2001:db8::7]"], "2001:db8::7"),
            ("10.0.0.1", &["2001:db8::7"], "2001:db8::7"),
            ("10.0.0.1", &["::ffff:198.51.100.7"], "198.51.100.7"),
            ("2001:db8:1::5", &["2001:db8:9::1"], "2001:db8:9::1"),
            ("::1", &["10.2.2.2, 10.3.3.3"], "10.2.2.2"),
        ] {
            assert_eq!(client(peer, lines), expected, "{peer} {lines:?}");
        }
    }

    /// S37: junk never lets the client choose what stands left of it.
    #[test]
    fn junk_ends_the_search_at_the_proxy_that_reported_it() {
        for junk in
            ["1.1.1.1, unknown", "1.1.1.1,", "", "1.1.1.1, \"198.51.100.7\"", "[1.2.3.4]", "1.1.1.1 2.2.2.2"]
        {
            assert_eq!(client("10.0.0.1", &[junk]), "10.0.0.1", "{junk}");
        }
        assert_eq!(client("10.0.0.1", &["1.1.1.1, junk, 10.4.4.4"]), "10.4.4.4");
    }

    /// S37, S75: no other header is read, whoever sends it.
    #[test]
    fn other_headers_are_ignored() {
        let proxies: TrustedProxies = "10.0.0.1".parse().unwrap();
        let names = ["x-real-ip", "forwarded", "x_forwarded_for", "cf-connecting-ip", "true-client-ip"];
        let pairs: Vec<_> = names.iter().map(|name| (*name, "1.1.1.1")).collect();
        let address = proxies.client("10.0.0.1".parse().unwrap(), &headers(&pairs));
        assert_eq!(address.to_string(), "10.0.0.1");
    }

    /// S85: the scheme is believed from a trusted peer alone, and only its own word.
    #[test]
    fn only_a_trusted_peer_is_believed_about_tls() {
        let proxies: TrustedProxies = "10.0.0.1".parse().unwrap();
        let says = |peer: &str, value| {
            proxies.says_https(peer.parse().unwrap(), &headers(&[("x-forwarded-proto", value)]))
        };
        assert!(says("10.0.0.1", "HTTPS"));
        assert!(says("10.0.0.1", "http, https"));
        assert!(!says("10.0.0.1", "https, http"));
        assert!(!says("10.0.0.2", "https"));
    }

    #[test]
    fn an_unusable_network_is_named() {
        let error = "10.0.0.0/8, 10.0.0.0/99".parse::<TrustedProxies>().unwrap_err();
        assert!(error.to_string().contains("10.0.0.0/99"));
    }
}
