//! How long people are known, and links good.

use crate::settings::catalogue::Fallback::Value;
use crate::settings::catalogue::Setting;

const GROUP: &str = "Sessions and tokens";

pub(super) const ROWS: &[Setting] = &[
    Setting::plain(
        GROUP,
        "ACCESS_TOKEN_TTL",
        "SPAN",
        Value("12h"),
        "How long an opaque access token lives, 1s to 365d",
    ),
    Setting::plain(
        GROUP,
        "JWT_TTL",
        "SPAN",
        Value("30m"),
        "How long a signed access token (JWT) lives, 1m to 24h",
    ),
    Setting::plain(
        GROUP,
        "REFRESH_TOKEN_TTL",
        "SPAN",
        Value("30d"),
        "How long a sign-in can be refreshed in all, 1m to 365d",
    ),
    Setting::plain(
        GROUP,
        "REFRESH_IDLE_TTL",
        "SPAN",
        Value("7d"),
        "How long a sign-in may stay without a refresh, 1m to 365d and not longer than REFRESH_TOKEN_TTL",
    ),
    Setting::plain(
        GROUP,
        "RESET_TOKEN_TTL",
        "SPAN",
        Value("1h"),
        "How long the link for a new password lives, 1m to 24h",
    ),
    Setting::plain(
        GROUP,
        "VERIFY_TOKEN_TTL",
        "SPAN",
        Value("24h"),
        "How long the link to prove an address lives, 1m to 30d",
    ),
    Setting::plain(
        GROUP,
        "SESSIONS_PER_USER",
        "NUMBER",
        Value("1"),
        "Sign-ins a person may have at once, 1 to 10000; one more ends the oldest",
    ),
    Setting::plain(
        GROUP,
        "SESSION_CACHE_TTL",
        "SPAN",
        Value("1s"),
        "How long a node trusts what it last read of a session, up to 1m; the longest a revocation takes on other nodes. 0 turns the cache off",
    ),
];
