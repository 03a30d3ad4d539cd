//! Who is asking.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::id::SessionId;
use crate::permission::Permission;
use crate::time::Timestamp;
use crate::user::User;

/// A signed-in person and the session they came by.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The session.
    pub session_id: SessionId,
    /// When the access token ends by itself.
    pub expires_at: Timestamp,
    /// When the session was last seen in use, to within a minute.
    pub last_seen_at: Timestamp,
    /// The account, as read when the token was checked.
    pub user: User,
}

impl Caller {
    /// Whether the account's roles allow `permission`.
    #[must_use]
    pub fn may(&self, permission: Permission) -> bool {
        self.user.permissions.contains(permission)
    }
}

/// Where a request came from, as kept beside a session for its owner to recognise and in the audit trail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientInfo {
    ip: Option<IpAddr>,
    user_agent: Option<String>,
    request_id: Option<String>,
}

impl ClientInfo {
    /// The longest `User-Agent` kept, in characters; the rest is cut.
    pub const MAX_USER_AGENT: usize = 256;

    /// Keeps `ip` and what is printable of `user_agent`.
    #[must_use]
    pub fn new(ip: Option<IpAddr>, user_agent: Option<&str>) -> Self {
        let keep = |text: &str| {
            text.chars().filter(|c| !c.is_control()).take(Self::MAX_USER_AGENT).collect::<String>()
        };
        Self { ip, user_agent: user_agent.map(keep).filter(|text| !text.is_empty()), request_id: None }
    }

    /// The same for the request of this name.
    #[must_use]
    pub fn with_request_id(self, request_id: &str) -> Self {
        Self { request_id: Some(request_id.to_owned()), ..self }
    }

    /// The address.
    #[must_use]
    pub fn ip(&self) -> Option<IpAddr> {
        self.ip
    }

    /// The [`limit_key`], by which accounts know it too; `0.0.0.0` where there is no address.
    #[must_use]
    pub fn network(&self) -> IpAddr {
        self.ip.map_or(Ipv4Addr::UNSPECIFIED.into(), limit_key)
    }

    /// The browser's word for itself.
    #[must_use]
    pub fn user_agent(&self) -> Option<&str> {
        self.user_agent.as_deref()
    }

    /// What the request is called in the log.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }
}

/// What limits are counted under: an IPv4 address alone, an IPv6 address with its /64, which one client owns whole.
#[must_use]
pub fn limit_key(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into(),
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_client_that_says_nothing_is_kept_as_nobody() {
        assert_eq!(ClientInfo::new(None, None), ClientInfo::default());
        assert_eq!(ClientInfo::new(None, Some("\r\n\0")).user_agent(), None);
    }

    #[test]
    fn the_user_agent_is_kept_without_controls() {
        let client = ClientInfo::new("2001:db8::1".parse().ok(), Some("Brow\r\nser/1.0 \u{1B}[31m"));
        assert_eq!(client.user_agent(), Some("Browser/1.0 [31m"));
        assert_eq!(client.ip().map(|ip| ip.to_string()).as_deref(), Some("2001:db8::1"));
    }

    /// S37: the 2^64 addresses of one subscriber count as one.
    #[test]
    fn the_addresses_of_one_client_are_one_network() {
        let network = |ip: &str| ClientInfo::new(ip.parse().ok(), None).network().to_string();
        for (ip, expected) in [
            ("192.0.2.7", "192.0.2.7"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
            ("nowhere", "0.0.0.0"),
        ] {
            assert_eq!(network(ip), expected);
        }
    }

    proptest! {
        #[test]
        fn no_user_agent_is_too_odd_to_be_kept(text in "\\PC{0,300}|[\\x00-\\x{FF}]{0,300}") {
            let kept = ClientInfo::new(None, Some(&text));
            let kept = kept.user_agent().unwrap_or_default();
            prop_assert!(kept.chars().count() <= ClientInfo::MAX_USER_AGENT);
            prop_assert!(!kept.contains(char::is_control));
        }
    }
}
