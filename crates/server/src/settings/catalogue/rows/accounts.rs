//! Who may come in.

use crate::settings::catalogue::Fallback::Value;
use crate::settings::catalogue::Setting;

const GROUP: &str = "Accounts";

pub(super) const ROWS: &[Setting] = &[
    Setting::plain(
        GROUP,
        "REGISTRATION",
        "open|closed",
        Value("open"),
        "Whether people may open accounts themselves",
    ),
    Setting::plain(
        GROUP,
        "FIRST_USER_IS_ADMIN",
        "true|false",
        Value("true"),
        "Whether the first account of all becomes admin",
    ),
    Setting::secret(
        GROUP,
        "SETUP_TOKEN",
        "none",
        "What a sign-up must bring along (setup_token) to become the first admin, any text of 16 bytes or more",
    ),
    Setting::plain(
        GROUP,
        "EMAIL_VERIFICATION",
        "off|optional|required",
        Value("optional"),
        "Whether people prove that their address is theirs: not asked, a link is sent and nothing hangs on it, or nobody signs in before they followed it",
    ),
];
