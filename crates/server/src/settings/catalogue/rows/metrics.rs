//! Who may read the figures.

use crate::settings::catalogue::Fallback::Words;
use crate::settings::catalogue::Setting;

const GROUP: &str = "Metrics";

pub(super) const ROWS: &[Setting] = &[
    Setting::plain(
        GROUP,
        "METRICS_BIND",
        "ADDRESS:PORT",
        Words("none"),
        "An address and port of their own for the figures: there /metrics answers and nothing else, without TLS; not where strangers can reach it",
    ),
    Setting::secret(
        GROUP,
        "METRICS_TOKEN",
        "none: /metrics is not found on the main address",
        "What a request for /metrics must bring along (Authorization: Bearer), any text of 16 bytes or more; on the address in METRICS_BIND, too",
    ),
];
