//! Keys come and go.

use std::collections::HashSet;

use vestibule_persistence::StoreError;

use super::*;
use crate::keys::KeyError;

/// The names in the published set.
fn published(ring: &KeyRing, now: Timestamp) -> Vec<String> {
    let set: Value = serde_json::from_str(&ring.jwks(now).unwrap()).unwrap();
    set["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

fn kid_of(token: &SignedToken) -> String {
    let header = jws::decode(token.text.split('.').next().unwrap()).unwrap();
    serde_json::from_slice::<Value>(&header).unwrap()["kid"].as_str().unwrap().to_owned()
}

/// S18: what is published is the public half, and all of it is what verifiers ask for.
#[test]
fn the_published_set_has_no_private_members() {
    let forge = Forge::new();
    let set: Value = serde_json::from_str(&forge.ring.jwks(noon()).unwrap()).unwrap();
    let key = &set["keys"][0];
    assert_eq!(set["keys"].as_array().unwrap().len(), 1);
    let names: HashSet<_> = key.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, HashSet::from(["kty", "crv", "alg", "use", "kid", "x"]));
    let said = ["kty", "crv", "alg", "use"].map(|name| key[name].as_str().unwrap());
    assert_eq!(said, ["OKP", "Ed25519", "EdDSA", "sig"]);
    assert_eq!(key["kid"].as_str().unwrap(), kid_of(&forge.issue(noon())));
}

/// S18: the old key verifies until its tokens ran out, and not a moment longer.
#[test]
fn a_retired_key_verifies_until_its_tokens_ran_out() {
    let forge = Forge::new();
    let old = forge.issue(noon());
    let (old_kid, new_kid) = (kid_of(&old), forge.ring.rotate(noon(), &forge.random).unwrap());
    assert_eq!(published(&forge.ring, noon()), [&*new_kid, &old_kid]);
    assert_eq!(kid_of(&forge.issue(later(1))), old_kid, "not every node knows the new one yet");
    let new = forge.issue(later(2));
    assert_eq!(kid_of(&new), new_kid);
    for token in [&old, &new] {
        assert!(forge.ring.verify(later(1700), &token.text).is_ok());
    }
    let end = noon().plus(TTL + SLACK);
    let just_before = end.minus(Duration::from_secs(1));
    assert_eq!(published(&forge.ring, just_before), [&*new_kid, &old_kid]);
    assert_eq!(published(&forge.ring, end), [&*new_kid]);
    let by_old = signed_by_old(&forge, end);
    assert!(matches!(forge.ring.verify(end, &by_old), Err(VerifyError::Invalid)));
    assert!(forge.ring.verify(just_before, &by_old).is_ok());
    assert_eq!(forge.kids().len(), 2);
    forge.ring.rotate(end.plus(Duration::from_secs(1)), &forge.random).unwrap();
    assert_eq!(forge.kids().len(), 2, "the first one is gone for good");
}

/// A token that the oldest key signs shortly before `now`.
fn signed_by_old(forge: &Forge, now: Timestamp) -> String {
    let stored = forge.database.read(signing_keys::list).unwrap().pop().unwrap();
    let key = crate::keys::signing_key::SigningKey::open(&stored, &Sealer::new(SECRET_KEY, "signing-keys"));
    let mut payload = payload();
    payload["iat"] = json!(now.unix_seconds() - 10);
    payload["exp"] = json!(now.unix_seconds() + 600);
    key.unwrap().sign(payload.to_string().as_bytes()).to_string()
}

/// F10: whoever rotates may be behind the time; the retired key signs no longer for that.
#[test]
fn a_clock_that_is_behind_brings_no_retired_key_back() {
    let forge = Forge::new();
    let [early, late] = [60, 120].map(|seconds| noon().minus(Duration::from_secs(seconds)));
    for at in [late, noon(), early] {
        let kid = forge.ring.rotate(at, &forge.random).unwrap();
        assert_eq!(published(&forge.ring, later(1))[0], kid);
        assert_eq!(kid_of(&forge.issue(later(10))), kid);
    }
}

/// F12: another node knows of the new key as soon as it meets it.
#[test]
fn another_node_verifies_by_a_key_it_has_not_seen() {
    let forge = Forge::new();
    let other = ring_on(&forge.database, SECRET_KEY);
    other.load(noon(), &forge.random).unwrap();
    let kid = forge.ring.rotate(noon(), &forge.random).unwrap();
    let token = forge.issue(later(2));
    assert_eq!(kid_of(&token), kid);
    assert!(other.verify(later(2), &token.text).is_ok());
    assert_eq!(published(&other, later(2)).len(), 2);
}

/// S18: a key that was taken out of the store is dead a second later.
#[test]
fn a_removed_key_is_dead() {
    let forge = Forge::new();
    let token = forge.issue(noon());
    forge.database.write(|conn| signing_keys::retire_others(conn, noon(), "")).unwrap();
    forge.database.write(|conn| signing_keys::delete_retired(conn, later(1))).unwrap();
    assert!(matches!(forge.ring.verify(later(1), &token.text), Err(VerifyError::Invalid)));
    assert!(published(&forge.ring, later(1)).is_empty());
    // And a new one is made for the next token.
    let next = forge.issue(later(2));
    assert!(forge.ring.verify(later(2), &next.text).is_ok());
    assert_ne!(kid_of(&next), kid_of(&token));
}

/// F9: a flood of unknown keys asks the database once a second.
#[test]
fn unknown_keys_cause_no_storm() {
    let forge = Forge::new();
    let token = forge.issue(noon());
    forge.database.write(|conn| signing_keys::retire_others(conn, noon(), "")).unwrap();
    forge.database.write(|conn| signing_keys::delete_retired(conn, later(1))).unwrap();
    for n in 0..100 {
        let unknown = jws::header(&crate::keys::jwk::thumbprint(&[n; 32]));
        let (_, rest) = token.text.split_once('.').unwrap();
        forge.assert_refused(&format!("{unknown}.{rest}"));
    }
    assert!(forge.verify(&token.text).is_ok(), "it asked again within the second");
    assert!(forge.ring.verify(later(1), &token.text).is_err());
}

/// F2: while the keys cannot be read, nothing is said of a token.
#[test]
fn without_the_store_nothing_is_said_of_a_token() {
    let forge = Forge::new();
    let token = forge.issue(noon());
    let elsewhere = format!("sqlite://{}/no/such/folder/x", forge.dir.path().display());
    let away = Database::open(&elsewhere.parse().unwrap(), PoolOptions::default());
    let fresh = ring_on(&away, SECRET_KEY);
    for _ in 0..2 {
        let outcome = fresh.verify(noon(), &token.text);
        assert!(matches!(outcome, Err(VerifyError::Store(StoreError::Unavailable(_)))), "{outcome:?}");
        assert!(matches!(fresh.jwks(noon()), Err(KeyError::Store(_))));
    }
}

/// S87: without the right key nothing opens, and nothing is made in its place.
#[test]
fn another_secret_key_opens_no_key() {
    let forge = Forge::new();
    let other = ring_on(&forge.database, b"another key of thirty-two bytes.");
    let refusal = other.load(noon(), &forge.random).unwrap_err();
    assert_eq!(
        refusal.to_string(),
        format!("the signing key {} cannot be unsealed with this SECRET_KEY", forge.kids()[0])
    );
    assert_eq!(forge.kids().len(), 1);
}

/// Who can write to the database cannot slip us a key of theirs; those that are known go on.
#[test]
fn a_key_that_was_not_sealed_here_is_no_key() {
    let forge = Forge::new();
    let mut planted = forge.database.read(signing_keys::list).unwrap().remove(0);
    planted.public_key = vec![9; 32];
    planted.kid = crate::keys::jwk::thumbprint(&planted.public_key);
    forge.database.write(|conn| signing_keys::insert(conn, &planted)).unwrap();
    assert!(matches!(
        ring_on(&forge.database, SECRET_KEY).load(noon(), &forge.random),
        Err(KeyError::Sealed { .. })
    ));
    let known = forge.kids().into_iter().find(|kid| *kid != planted.kid).unwrap();
    assert_eq!(published(&forge.ring, later(1)), [&*known]);
    let token = forge.issue(later(1));
    assert_eq!(kid_of(&token), known);
    assert!(forge.ring.verify(later(5), &token.text).is_ok());
}

/// F10: a clock that is put back stops nothing.
#[test]
fn a_clock_that_is_put_back_stops_nothing() {
    let forge = Forge::new();
    let long_ago = noon().minus(Duration::from_hours(13));
    let kid = forge.ring.rotate(long_ago, &forge.random).unwrap();
    let token = forge.issue(long_ago);
    assert!(forge.ring.verify(long_ago, &token.text).is_ok());
    assert!(published(&forge.ring, long_ago).contains(&kid));
}
