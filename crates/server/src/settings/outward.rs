//! Addresses of others that strangers are told.

use url::{Host, Url};

use super::values::entries;

/// Where our files are loaded from, without a slash at the end. It goes into the policy of each page, so it may hold
/// nothing that would end a directive there.
pub(super) fn assets_url(text: &str) -> Result<String, &'static str> {
    const SHAPE: &str = "must be an https address such as https://cdn.example.org/vestibule, without a query";
    let url = Url::parse(text.trim()).map_err(|_| SHAPE)?;
    let is_loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    // What stays on this machine is for trying things.
    let is_safe = url.scheme() == "https" || (url.scheme() == "http" && is_loopback);
    let is_bare = url.query().is_none() && url.fragment().is_none();
    let is_anonymous = url.username().is_empty() && url.password().is_none();
    let address = url.as_str().trim_end_matches('/');
    let is_plain = address.bytes().all(|byte| byte.is_ascii_alphanumeric() || b":/.-_~%[]".contains(&byte));
    if is_safe && url.has_host() && is_bare && is_anonymous && is_plain {
        Ok(address.to_owned())
    } else {
        Err(SHAPE)
    }
}

/// Whom to tell of a vulnerability (RFC 9116, 2.5.3), one entry or more.
pub(super) fn contacts(text: &str) -> Result<Vec<String>, &'static str> {
    const SHAPE: &str = "must be addresses such as mailto:security@example.org or https://example.org/security, separated by commas";
    let given = entries(text).count();
    let contacts: Vec<_> = entries(text).filter(|entry| is_contact(entry)).map(str::to_owned).collect();
    let is_whole = given > 0 && contacts.len() == given && !text.trim_end().ends_with(',');
    if is_whole { Ok(contacts) } else { Err(SHAPE) }
}

/// Plain `http` is not one: the way to tell of a hole must not be one.
fn is_contact(entry: &str) -> bool {
    let Ok(url) = Url::parse(entry) else { return false };
    let is_visible = entry.bytes().all(|byte| byte.is_ascii_graphic());
    let is_reachable = match url.scheme() {
        "https" => url.has_host() && url.username().is_empty() && url.password().is_none(),
        "mailto" => {
            url.path().split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty())
        }
        "tel" => url.path().bytes().any(|byte| byte.is_ascii_digit()),
        _ => false,
    };
    is_visible && is_reachable
}
