use proptest::prelude::*;

use super::*;

fn password(text: &str) -> Password {
    Password::new(text.to_owned()).unwrap_or_else(|error| panic!("{error}"))
}

/// S34: every length from one byte to 1024 is taken whole, and one more is refused before any work.
#[test]
fn the_length_is_bounded_in_bytes_and_nothing_is_cut() {
    for length in [1, 8, 64, 72, 73, 1024] {
        assert_eq!(password(&"x".repeat(length)).typed().len(), length);
    }
    assert_eq!(password(&"é".repeat(512)).typed().len(), 1024);
    assert_eq!(Password::new(String::new()).err(), Some(PasswordError::Empty));
    assert_eq!(Password::new("x".repeat(1025)).err(), Some(PasswordError::TooLong));
    assert_eq!(Password::new("é".repeat(513)).err(), Some(PasswordError::TooLong));
    assert_eq!(Password::new("x".repeat(1_000_000)).err(), Some(PasswordError::TooLong));
}

/// S34: a hasher that stops at 72 bytes would not tell these apart; the value itself does.
#[test]
fn a_long_password_keeps_its_tail() {
    let prefix = "x".repeat(72);
    assert_ne!(password(&format!("{prefix}a")).normalized(), password(&format!("{prefix}b")).normalized());
}

#[test]
fn spaces_belong_to_the_password() {
    assert_eq!(password("  two words \n").typed(), "  two words \n");
    assert_eq!(password("  two words \n").normalized(), "  two words \n");
}

/// S60: two keyboards, one password; the form as typed stays at hand for hashes made elsewhere.
#[test]
fn composed_and_decomposed_forms_are_one_password() {
    let composed = password("caf\u{E9} au lait");
    let decomposed = password("cafe\u{301} au lait");
    assert_eq!(composed.normalized(), decomposed.normalized());
    assert_ne!(composed.typed(), decomposed.typed());
    assert!(composed.is_normalized() && !decomposed.is_normalized());
}

#[test]
fn a_stored_hash_is_one_graphic_ascii_word() {
    for stored in
        ["!", "!kx7", "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA", "pbkdf2_sha256$1000000$salt$hash="]
    {
        let hash =
            PasswordHash::try_from(stored.to_owned()).unwrap_or_else(|error| panic!("{stored} {error}"));
        assert_eq!(hash.as_str(), stored);
    }
    for stored in ["", "two words", "line\n", "nul\0", "é", &"x".repeat(513)] {
        assert_eq!(PasswordHash::try_from(stored.to_owned()), Err(PasswordHashError), "{stored:?}");
    }
    assert_eq!(PasswordHash::unusable().as_str(), "!");
}

/// S19: whoever logs a hash logs its scheme only.
#[test]
fn printing_a_hash_shows_its_scheme_alone() {
    for (stored, shown) in [
        ("$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA", "PasswordHash(argon2id$..)"),
        ("bcrypt_sha256$$2b$12$abc", "PasswordHash(bcrypt_sha256$..)"),
        ("!abcdef", "PasswordHash(!$..)"),
        ("nothashedatall", "PasswordHash(?$..)"),
        ("hunter2$7", "PasswordHash(?$..)"),
    ] {
        let hash =
            PasswordHash::try_from(stored.to_owned()).unwrap_or_else(|error| panic!("{stored} {error}"));
        assert_eq!(format!("{hash:?}"), shown);
    }
}

proptest! {
    #[test]
    fn whatever_is_typed_is_kept_and_normalized_once(text in any::<String>()) {
        if let Ok(password) = Password::new(text.clone()) {
            prop_assert_eq!(password.typed(), &text);
            prop_assert!(unicode_normalization::is_nfkc(password.normalized()));
            prop_assert_eq!(password.is_normalized(), password.typed() == password.normalized());
        }
    }
}
