//! Names that would pass for the service itself, and whatever looks like them.

use std::collections::HashSet;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;
use unicode_security::skeleton;

use crate::code_point::is_mark;
use crate::fold::fold;

/// Roles people trust, mailboxes of RFC 2142, hosts and addresses of the service, and words programs misread.
/// `_`, `.` and `-` are left out here and when comparing, so `no-reply` is in as well.
const RESERVED: &[&str] = &[
    "abuse",
    "account",
    "accounts",
    "admin",
    "administrator",
    "admins",
    "anonymous",
    "anyone",
    "api",
    "apis",
    "app",
    "assets",
    "audit",
    "auth",
    "billing",
    "blog",
    "bot",
    "contact",
    "daemon",
    "docs",
    "editor",
    "everyone",
    "export",
    "faq",
    "favicon",
    "feedback",
    "ftp",
    "guest",
    "health",
    "help",
    "helpdesk",
    "home",
    "hostmaster",
    "imap",
    "info",
    "legal",
    "localhost",
    "login",
    "logout",
    "mail",
    "mailerdaemon",
    "master",
    "me",
    "media",
    "metrics",
    "mod",
    "moderator",
    "moderators",
    "myself",
    "news",
    "nobody",
    "noreply",
    "notifications",
    "null",
    "official",
    "openapi",
    "operator",
    "owner",
    "password",
    "pop",
    "postmaster",
    "privacy",
    "profile",
    "redoc",
    "register",
    "robots",
    "root",
    "sales",
    "security",
    "self",
    "server",
    "service",
    "setup",
    "signin",
    "signout",
    "signup",
    "smtp",
    "staff",
    "static",
    "status",
    "sudo",
    "superuser",
    "support",
    "sysadmin",
    "sysop",
    "system",
    "team",
    "terms",
    "undefined",
    "unknown",
    "user",
    "username",
    "users",
    "vestibule",
    "webmaster",
    "wellknown",
    "www",
];

/// How every reserved name looks, in small and in capital letters: `ADMlN` is a look-alike of the latter only.
static LOOKS: LazyLock<HashSet<String>> = LazyLock::new(|| {
    RESERVED.iter().flat_map(|name| [look(name), look(&name.to_ascii_uppercase())]).collect()
});

/// The same where `i`, `l` and `1` are one letter, in whatever mixture.
static STROKES: LazyLock<HashSet<String>> =
    LazyLock::new(|| RESERVED.iter().map(|name| look(&strokes(name))).collect());

/// The longest reserved name that is let go where only `i` and `l` are exchanged: that makes other words of short ones,
/// and names such as `mali` and `seif`. A `1` gives itself away at any length.
const SHORT_CHARS: usize = 4;

/// Whether `name`, in NFKC, is reserved or would be read as a reserved name.
pub(super) fn is_reserved(name: &str) -> bool {
    LOOKS.contains(&look(name)) || LOOKS.contains(&look(&fold(name))) || is_reserved_by_strokes(name)
}

fn is_reserved_by_strokes(name: &str) -> bool {
    let is_short = letters(name).count() <= SHORT_CHARS;
    (!is_short || name.contains(['1', '|'])) && STROKES.contains(&look(&strokes(name)))
}

/// Whatever is a mere stroke in some typeface becomes `l`, as the confusable skeleton does to `1` and `I`, but not to
/// `i`.
fn strokes(name: &str) -> String {
    fold(name).chars().map(|c| if matches!(c, '1' | '|' | 'i' | 'ı') { 'l' } else { c }).collect()
}

fn letters(name: &str) -> impl Iterator<Item = char> {
    name.chars().filter(|c| !matches!(c, '_' | '.' | '-'))
}

/// What a hurried reader sees: the confusable skeleton (Unicode Technical Standard 39, 4) without marks, separators
/// and case. It is for comparing only and reads like nothing.
fn look(name: &str) -> String {
    let joined: String = letters(name).collect();
    let bare: String = skeleton(&joined).nfd().filter(|c| !is_mark(*c)).collect();
    fold(&bare)
}
