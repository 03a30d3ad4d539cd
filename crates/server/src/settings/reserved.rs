//! Names that are kept for what is not built yet.
//!
//! Whoever sets one expects something of it, figures or assets from elsewhere, so a start that ignored it in silence
//! would deceive. A name leaves this list when it enters the catalogue.

use std::collections::BTreeMap;

/// What will be settings one day, the twins of secrets included.
pub(crate) const RESERVED: [&str; 5] =
    ["METRICS_BIND", "METRICS_TOKEN", "METRICS_TOKEN_FILE", "SECURITY_CONTACT", "ASSETS_URL"];

/// A sentence for each reserved name that is set, wherever that is.
pub(crate) fn warnings(
    environment: &dyn Fn(&str) -> Option<String>,
    dotenv: &BTreeMap<String, String>,
) -> impl Iterator<Item = String> {
    RESERVED
        .into_iter()
        .filter(move |name| environment(name).is_some() || dotenv.contains_key(*name))
        .map(|name| format!("{name} is set and does nothing in this version"))
}
