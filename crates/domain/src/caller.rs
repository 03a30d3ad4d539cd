//! Who is asking.

use std::net::IpAddr;

use crate::id::SessionId;
use crate::permission::Permission;
use crate::time::Timestamp;
use crate::user::User;

/// A signed-in person and the session they came by.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The session.
    pub session_id: SessionId,
    /// When the session ends by itself.
    pub expires_at: Timestamp,
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

/// Where a request came from, as kept beside a session for its owner to recognise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientInfo {
    ip: Option<IpAddr>,
    user_agent: Option<String>,
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
        Self { ip, user_agent: user_agent.map(keep).filter(|text| !text.is_empty()) }
    }

    /// The address.
    #[must_use]
    pub fn ip(&self) -> Option<IpAddr> {
        self.ip
    }

    /// The browser's word for itself.
    #[must_use]
    pub fn user_agent(&self) -> Option<&str> {
        self.user_agent.as_deref()
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
