//! How people are written to.

use crate::settings::catalogue::Fallback::Words;
use crate::settings::catalogue::Setting;

const GROUP: &str = "Mail";

pub(super) const ROWS: &[Setting] = &[
    Setting::secret(
        GROUP,
        "SMTP_URL",
        "none: mails are written to DATA_DIR/mail",
        "smtps://user:password@host for TLS, smtp://user:password@host?tls=required for STARTTLS, smtp://host without either: the server that sends the mails",
    ),
    Setting::plain(
        GROUP,
        "MAIL_FROM",
        "MAILBOX",
        Words("no-reply@ the host of PUBLIC_URL"),
        "The sender of mails, such as Vestibule <no-reply@example.org>",
    ),
];
