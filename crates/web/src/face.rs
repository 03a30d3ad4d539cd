//! What all workers of the page face share.

use std::sync::Arc;

use actix_web::http::header::HeaderValue;
use tokio::sync::Semaphore;
use url::{Host, Url};
use vestibule_domain::avatar::{AvatarName, AvatarSize};
use vestibule_http::CursorKey;

use crate::admin::SystemFacts;
use crate::assets;
use crate::csrf::CsrfKey;

/// The face, made once; each worker's application holds it as data.
#[derive(Debug)]
pub struct Face {
    /// Seals the cursors of lists.
    pub(crate) cursors: CursorKey,
    /// Ties forms to those who asked for them.
    pub(crate) csrf: CsrfKey,
    /// Whether people reach it by https: then cookies are `Secure` and carry the prefix that holds them to it.
    pub(crate) is_https: bool,
    /// What people call the place: the host of its address.
    pub(crate) name: String,
    /// Where it is reached, without a slash at the end.
    pub(crate) address: String,
    /// Where the assets are: a path of this site, or an address of the operator's.
    pub(crate) assets: String,
    /// Which assets pages may load, and from where.
    pub(crate) policy: HeaderValue,
    /// What the dashboard tells of the server.
    pub(crate) system: SystemFacts,
    /// Forms that are read just now only to be handed back.
    pub(crate) handed_back: Arc<Semaphore>,
}

/// So many forms of strangers are read at a time to be handed back; beyond them nothing is read of those who may not write.
const HANDED_BACK: usize = 16;

/// No script or style but from files of ours, nothing in frames, no form that leads elsewhere (S25).
pub(crate) const POLICY: &str =
    "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'";

impl Face {
    /// A face whose forms are sealed under `secret_key` and whose lists go by `cursors`, reached at `address`, which has no
    /// slash at its end.
    #[must_use]
    pub fn new(secret_key: &[u8], cursors: CursorKey, address: String) -> Self {
        Self {
            cursors,
            csrf: CsrfKey::derive(secret_key),
            is_https: address.starts_with("https://"),
            name: name(&address),
            assets: assets::PLACE.to_owned(),
            policy: HeaderValue::from_static(POLICY),
            system: SystemFacts::default(),
            handed_back: Arc::new(Semaphore::new(HANDED_BACK)),
            address,
        }
    }

    /// The same face, whose dashboard tells `system`.
    #[must_use]
    pub fn with_system(mut self, system: SystemFacts) -> Self {
        self.system = system;
        self
    }

    /// The same face, whose pages load styles, scripts and pictures of ours from `url`, where the operator has them cached:
    /// `https://cdn.example.org/vestibule`, without a slash at its end, for what is below `/assets` here.
    #[must_use]
    pub fn with_assets(mut self, url: String) -> Self {
        // With the path and its slash: what else lies on that host is not ours.
        let sources = format!("; style-src 'self' {url}/; script-src 'self' {url}/; img-src 'self' {url}/");
        // What is no header, the settings have refused; a page without styles is better than one without a policy.
        if let Ok(policy) = HeaderValue::try_from(format!("{POLICY}{sources}")) {
            self.policy = policy;
            self.assets = url;
        }
        self
    }

    /// Where the picture `name` is, on this site.
    pub(crate) fn avatar_path(name: &AvatarName, size: AvatarSize) -> String {
        format!("/media/avatars/{}", name.file(size))
    }
}

/// Whether browsers take what comes from `address` for trustworthy: by https, or from the machine they run on. To other places they
/// do not say what site a form was sent from.
pub(crate) fn is_trustworthy(address: &str) -> bool {
    let Ok(address) = Url::parse(address) else { return false };
    let is_here = match address.host() {
        Some(Host::Domain(host)) => host == "localhost" || host.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    address.scheme() == "https" || is_here
}

/// What people call the place: the host of its address, or this program's name where that is a number or the machine itself.
fn name(address: &str) -> String {
    match Url::parse(address).ok().as_ref().and_then(Url::host) {
        Some(Host::Domain(host)) if host != "localhost" => host.to_owned(),
        _ => "Vestibule".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_trust_https_and_their_own_machine() {
        for trusted in [
            "https://accounts.example",
            "http://localhost",
            "http://localhost:8080",
            "http://app.localhost",
            "http://127.0.0.1:8080",
            "http://127.8.8.8",
            "http://[::1]:8080",
        ] {
            assert!(is_trustworthy(trusted), "{trusted}");
        }
        for other in [
            "http://accounts.example",
            "http://localhost.example",
            "http://notlocalhost",
            "http://192.168.1.7:8080",
            "http://0.0.0.0:8080",
            "http://[2001:db8::1]",
            "http://",
            "",
        ] {
            assert!(!is_trustworthy(other), "{other}");
        }
    }
}
