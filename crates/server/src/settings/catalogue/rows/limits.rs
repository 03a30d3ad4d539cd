//! How often people may try.

use crate::settings::catalogue::Fallback::Value;
use crate::settings::catalogue::Setting;

const GROUP: &str = "Limits";

pub(super) const ROWS: &[Setting] = &[
    Setting::plain(
        GROUP,
        "RATE_LIMITS",
        "on|off",
        Value("on"),
        "Whether anything is limited: the rates below and the growing delay after failed sign-ins; off is for tests",
    ),
    Setting::plain(GROUP, "LIMIT_SIGN_IN_PER_ADDRESS", "RATE", Value("30/5m"), "Sign-ins from one address"),
    Setting::plain(
        GROUP,
        "LIMIT_SIGN_IN_PER_ACCOUNT",
        "RATE",
        Value("10/5m"),
        "Checks of one account's password by strangers, and as many by addresses it was used from before",
    ),
    Setting::plain(
        GROUP,
        "LIMIT_SIGN_IN_IN_ALL",
        "RATE",
        Value("6000/1m"),
        "Sign-ins from everywhere together",
    ),
    Setting::plain(
        GROUP,
        "LIMIT_REGISTER_PER_ADDRESS",
        "RATE",
        Value("60/1h"),
        "Registrations from one address",
    ),
    Setting::plain(
        GROUP,
        "LIMIT_REGISTER_IN_ALL",
        "RATE",
        Value("6000/1h"),
        "Registrations from everywhere together",
    ),
    Setting::plain(GROUP, "LIMIT_REFRESH_PER_ADDRESS", "RATE", Value("300/5m"), "Refreshes from one address"),
    Setting::plain(
        GROUP,
        "LIMIT_MAIL_PER_ADDRESS",
        "RATE",
        Value("30/1h"),
        "Requests that cause a mail, from one address",
    ),
    Setting::plain(
        GROUP,
        "LIMIT_MAIL_PER_RECIPIENT",
        "RATE",
        Value("3/1h"),
        "Mails of one kind (resets, proofs, notices) to one address that others can cause; more are not sent, and nobody is told",
    ),
    Setting::plain(
        GROUP,
        "LIMIT_TOKEN_PER_ADDRESS",
        "RATE",
        Value("60/5m"),
        "Uses of mailed tokens from one address",
    ),
    Setting::plain(
        GROUP,
        "LIMIT_CONTACT_PER_ADDRESS",
        "RATE",
        Value("5/1h"),
        "Messages through the contact form from one address",
    ),
    Setting::plain(
        GROUP,
        "LIMIT_CONTACT_IN_ALL",
        "RATE",
        Value("300/1h"),
        "Messages through the contact form from everywhere together",
    ),
    Setting::plain(
        GROUP,
        "LIMIT_WRITE_PER_ACCOUNT",
        "RATE",
        Value("30/1m"),
        "Posts and comments that one account writes or changes",
    ),
    Setting::plain(
        GROUP,
        "LIMIT_PREVIEW_PER_ACCOUNT",
        "RATE",
        Value("60/1m"),
        "Previews of posts that one account asks for",
    ),
];
