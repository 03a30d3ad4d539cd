//! What is written down.

use crate::settings::catalogue::Fallback::Value;
use crate::settings::catalogue::Setting;

const GROUP: &str = "Logs";

pub(super) const ROWS: &[Setting] = &[
    Setting::plain(
        GROUP,
        "LOG_FORMAT",
        "text|json",
        Value("text"),
        "For people or for machines, on standard error",
    ),
    Setting::plain(
        GROUP,
        "LOG_LEVEL",
        "LEVELS",
        Value("info"),
        "off, error, warn, info, debug or trace; or with exceptions, as in info,database=debug",
    ),
    Setting::plain(GROUP, "ACCESS_LOG", "on|off", Value("on"), "Whether each request is logged"),
    Setting::plain(
        GROUP,
        "AUDIT_RETENTION",
        "SPAN",
        Value("365d"),
        "How long the audit trail is kept, 1d to 3650d",
    ),
    Setting::plain(
        GROUP,
        "DEBUG",
        "true|false",
        Value("false"),
        "Shows database queries, without their values, in the log; refused where PUBLIC_URL is https",
    ),
];
