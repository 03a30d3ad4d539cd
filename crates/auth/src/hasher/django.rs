//! The forms of Django's `auth_user.password` (`django.contrib.auth.hashers`), and nothing else without a leading `$`.

use base64ct::{Base64, Encoding};

use super::bcrypt::{self, Prehash};
use super::pbkdf2::{Digest, Recipe};
use super::stored::{Stored, fields, number};
use super::{argon2, scrypt};

/// Takes `scheme$...`. The unusable marks (`!` and what follows it, or nothing) are no scheme.
pub(super) fn parse(text: &str) -> Option<Stored> {
    let (scheme, rest) = text.split_once('$')?;
    match scheme {
        "pbkdf2_sha256" => pbkdf2(rest, Digest::Sha256),
        "pbkdf2_sha1" => pbkdf2(rest, Digest::Sha1),
        "argon2" => argon2::parse(text.strip_prefix("argon2")?),
        "bcrypt_sha256" => bcrypt::parse(rest, Prehash::Sha256Hex),
        "bcrypt" => bcrypt::parse(rest, Prehash::None),
        "scrypt" => scrypt::parse(rest),
        _ => None,
    }
}

/// `iterations$salt$output`, with the salt as plain text.
fn pbkdf2(text: &str, digest: Digest) -> Option<Stored> {
    let [iterations, salt, output] = fields(text)?;
    Recipe::new(digest, number(iterations)?, salt.as_bytes().to_vec())?
        .expecting(Base64::decode_vec(output).ok()?)
}
