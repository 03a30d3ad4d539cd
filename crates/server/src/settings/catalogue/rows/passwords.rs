//! How passwords are judged and hashed.

use crate::settings::catalogue::Fallback::{Value, Words};
use crate::settings::catalogue::Setting;

const GROUP: &str = "Passwords";

pub(super) const ROWS: &[Setting] = &[
    Setting::plain(
        GROUP,
        "PASSWORD_MIN_LENGTH",
        "NUMBER",
        Value("8"),
        "The shortest password in characters, 8 to 128",
    ),
    Setting::plain(
        GROUP,
        "PASSWORD_HASHER",
        "argon2id|pbkdf2",
        Value("argon2id"),
        "What new passwords are hashed with; other hashes are renewed at the next sign-in",
    ),
    Setting::plain(
        GROUP,
        "ARGON2_MEMORY_KIB",
        "NUMBER",
        Value("19456"),
        "Memory of one Argon2id hash in KiB",
    ),
    Setting::plain(GROUP, "ARGON2_PASSES", "NUMBER", Value("2"), "Passes of Argon2id over its memory"),
    Setting::plain(GROUP, "ARGON2_LANES", "NUMBER", Value("1"), "Lanes of Argon2id"),
    Setting::plain(GROUP, "PBKDF2_ITERATIONS", "NUMBER", Value("600000"), "Iterations of PBKDF2-SHA256"),
    Setting::secret(
        GROUP,
        "PASSWORD_PEPPER",
        "none",
        "Keys kept out of the database, as id:key,id:key: the first is used, the others still verify",
    ),
    Setting::plain(
        GROUP,
        "HASH_THREADS",
        "NUMBER",
        Words("one a core"),
        "Passwords hashed at once, 1 to 512",
    ),
    Setting::plain(
        GROUP,
        "HASH_MEMORY_MIB",
        "NUMBER",
        Value("256"),
        "Memory all hashes together may take in MiB, 8 to 65536; at least one of today's cost a thread, and a single larger one runs alone",
    ),
    Setting::plain(
        GROUP,
        "HASH_QUEUE",
        "NUMBER",
        Value("512"),
        "Sign-ins that may wait for a hash, 1 to 100000; one more is told to come back later",
    ),
];
