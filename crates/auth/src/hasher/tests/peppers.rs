//! Peppers: mixed in, named, replaced, lost.

use super::*;

const K1: &str = "k1:sixteen bytes ok";
const K2_K1: &str = "k2:another sixteen bytes,k1:sixteen bytes ok";

fn peppered(peppers: &str, scheme: Scheme) -> Hasher {
    hasher(&HasherSettings { peppers: peppers.parse().unwrap(), scheme, ..cheap() })
}

#[test]
fn a_peppered_hash_names_its_pepper_and_opens_with_it() {
    for scheme in [Scheme::Argon2id, Scheme::Pbkdf2] {
        let hasher = peppered(K1, scheme);
        let stored = hash(&hasher, HORSE);
        assert!(stored.as_str().contains(",keyid=azE$"), "{}", stored.as_str());
        assert_eq!(verify(&hasher, HORSE, &stored), CURRENT);
        assert_eq!(verify(&hasher, "correct horsf", &stored), Verdict::Rejected);
    }
}

/// The vector is made with Python's `hmac` and `hashlib`, so it is HMAC-SHA-256 that is mixed in and nothing else.
#[test]
fn the_pepper_is_an_hmac_of_the_password() {
    let stored = stored(
        "$pbkdf2-sha256$i=1000,l=32,keyid=azE$MDEyMzQ1Njc4OWFiY2RlZg$GqSS2I7IYV7Z1P0a7AWOyMafUjVUrmucc0P+5uUQq+A",
    );
    assert_eq!(verify(&peppered(K1, Scheme::Pbkdf2), HORSE, &stored), CURRENT);
}

#[test]
fn a_hash_with_an_older_pepper_or_none_opens_and_is_renewed() {
    for scheme in [Scheme::Argon2id, Scheme::Pbkdf2] {
        let rotated = peppered(K2_K1, scheme);
        for old in ["", K1] {
            let stored = hash(&peppered(old, scheme), HORSE);
            assert_eq!(verify(&rotated, HORSE, &stored), OUTDATED);
            assert_eq!(verify(&rotated, "correct horsf", &stored), Verdict::Rejected);
        }
        assert_eq!(verify(&rotated, HORSE, &hash(&rotated, HORSE)), CURRENT);
    }
}

#[test]
fn a_hash_whose_pepper_is_gone_opens_for_nobody_at_the_price_of_a_decoy() {
    let stored = hash(&peppered(K1, Scheme::Argon2id), HORSE);
    let other_secret = "k1:not the same bytes";
    for peppers in ["", "k2:another sixteen bytes", other_secret] {
        let hasher = peppered(peppers, Scheme::Argon2id);
        let mut scratch = Scratch::default();
        let verdict = hasher.verify(&mut scratch, &password(HORSE), Some(&stored)).unwrap();
        assert_eq!((verdict, scratch.hashed), (Verdict::Rejected, 1), "{peppers}");
        assert_eq!(hasher.memory_needed(Some(&stored)), 64 * 1024);
    }
}

/// Naming a pepper we do not hold must not mean that none is needed.
#[test]
fn an_unknown_key_id_on_a_hash_without_pepper_opens_for_nobody() {
    let hasher = peppered(K1, Scheme::Pbkdf2);
    let with = |cost: &str| {
        stored(&format!(
            "$pbkdf2-sha256$i=1000,l=32{cost}$MDEyMzQ1Njc4OWFiY2RlZg$cBg8D2DungRB9k76szThf5ehfyBz991ay6PT8Srwk4M"
        ))
    };
    assert_eq!(verify(&hasher, HORSE, &with("")), OUTDATED);
    assert_eq!(verify(&hasher, HORSE, &with(",keyid=azk")), Verdict::Rejected);
}

#[test]
fn a_password_typed_decomposed_opens_a_peppered_hash() {
    let hasher = peppered(K1, Scheme::Argon2id);
    let stored = hash(&hasher, "caf\u{e9} au lait");
    assert_eq!(verify(&hasher, "cafe\u{301} au lait", &stored), CURRENT);
}

#[test]
fn a_key_id_that_is_none_of_ours_opens_for_nobody() {
    for id in ["SzE", "azEy!", "", "YWJjZGVmZ2hp"] {
        let text = format!(
            "$pbkdf2-sha256$i=1000,l=32,keyid={id}$MDEyMzQ1Njc4OWFiY2RlZg$GqSS2I7IYV7Z1P0a7AWOyMafUjVUrmucc0P+5uUQq+A"
        );
        assert!(Stored::parse(&text).is_none(), "{id}");
    }
}

#[test]
fn peppers_are_read_from_their_text() {
    assert!("".parse::<Peppers>().unwrap().current().is_none());
    let two: Peppers = K2_K1.parse().unwrap();
    assert_eq!(two.current().unwrap().id(), "k2");
    assert!(two.find("k1").is_some() && two.find("k3").is_none());
    assert!("k1:a secret: with colons".parse::<Peppers>().is_ok());
}

#[test]
fn what_is_no_list_of_peppers_is_refused() {
    let refused = |text: &str| text.parse::<Peppers>().unwrap_err();
    assert_eq!(refused("sixteen bytes ok"), PepperError::Entry);
    assert_eq!(refused("k1:sixteen bytes ok,"), PepperError::Entry);
    assert_eq!(refused(":sixteen bytes ok"), PepperError::Id);
    assert_eq!(refused("K1:sixteen bytes ok"), PepperError::Id);
    assert_eq!(refused("123456789:sixteen bytes ok"), PepperError::Id);
    assert_eq!(refused("k1:fifteen bytes k"), PepperError::Short);
    assert_eq!(refused("k1:sixteen bytes ok,k1:another sixteen bytes"), PepperError::Twice);
}

#[test]
fn printing_peppers_shows_nothing() {
    let settings = HasherSettings { peppers: K1.parse().unwrap(), ..cheap() };
    assert!(format!("{settings:?}").contains("Peppers(..)"));
    assert!(!format!("{settings:?}").contains("sixteen"));
}
