//! New hashes: their form, when they are renewed, and what they cost.

use super::*;

#[test]
fn a_new_hash_is_a_phc_string_of_todays_scheme() {
    let argon2 = hash(&hasher(&cheap()), HORSE);
    assert!(argon2.as_str().starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{}", argon2.as_str());
    let pbkdf2 = hash(&hasher(&HasherSettings { scheme: Scheme::Pbkdf2, ..cheap() }), HORSE);
    assert!(pbkdf2.as_str().starts_with("$pbkdf2-sha256$i=1000,l=32$"), "{}", pbkdf2.as_str());
    let default = hash(&hasher(&HasherSettings::default()), HORSE);
    assert!(default.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", default.as_str());
}

/// S32: at the cost we ship.
#[test]
fn a_hash_at_the_default_costs_opens_for_its_password_only() {
    for scheme in [Scheme::Argon2id, Scheme::Pbkdf2] {
        let hasher = hasher(&HasherSettings { scheme, ..HasherSettings::default() });
        let stored = hash(&hasher, HORSE);
        assert_eq!(verify(&hasher, HORSE, &stored), CURRENT);
        assert_eq!(verify(&hasher, "correct horsf", &stored), Verdict::Rejected);
    }
}

#[test]
fn two_hashes_of_one_password_differ() {
    let hasher = hasher(&cheap());
    let random = Counter::default();
    let mut scratch = Scratch::default();
    let [one, two] = [(), ()].map(|()| hasher.hash(&mut scratch, &random, &password(HORSE)).unwrap());
    assert!(one != two);
}

/// S34: no truncation, neither at bcrypt's 72 bytes nor before the limit of the door.
#[test]
fn passwords_that_differ_in_their_last_byte_are_told_apart() {
    for scheme in [Scheme::Argon2id, Scheme::Pbkdf2] {
        let hasher = hasher(&HasherSettings { scheme, ..cheap() });
        for length in [1, 8, 64, 71, 72, 73, 1024] {
            let right = "x".repeat(length);
            let twin = format!("{}y", &right[1..]);
            let stored = hash(&hasher, &right);
            assert_eq!(verify(&hasher, &right, &stored), CURRENT, "{length}");
            assert_eq!(verify(&hasher, &twin, &stored), Verdict::Rejected, "{length}");
        }
        let wide = "\u{20ac}".repeat(341);
        assert_eq!(verify(&hasher, &wide, &hash(&hasher, &wide)), CURRENT);
    }
}

/// S34: nothing is trimmed.
#[test]
fn spaces_around_a_password_count() {
    let hasher = hasher(&cheap());
    let stored = hash(&hasher, " spaced ");
    assert_eq!(verify(&hasher, " spaced ", &stored), CURRENT);
    assert_eq!(verify(&hasher, "spaced", &stored), Verdict::Rejected);
}

#[test]
fn one_password_typed_on_two_keyboards_opens_the_same_hash() {
    let hasher = hasher(&cheap());
    let (composed, decomposed) = ("\u{e9}t\u{e9} 2026", "e\u{301}te\u{301} 2026");
    assert_eq!(verify(&hasher, decomposed, &hash(&hasher, composed)), CURRENT);
    assert_eq!(verify(&hasher, composed, &hash(&hasher, decomposed)), CURRENT);
}

/// S32: another scheme, cost or form is renewed; a wrong password never is.
#[test]
fn a_hash_that_is_not_todays_is_renewed() {
    let argon2 = hasher(&cheap());
    let dearer = hasher(&HasherSettings { argon2: Argon2Cost::new(7168, 5, 1).unwrap(), ..cheap() });
    let pbkdf2 = hasher(&HasherSettings { scheme: Scheme::Pbkdf2, ..cheap() });
    let more = hasher(&HasherSettings { scheme: Scheme::Pbkdf2, pbkdf2_iterations: 1001, ..cheap() });
    let all = [&argon2, &dearer, &pbkdf2, &more];
    for (made, maker) in all.iter().enumerate() {
        let stored = hash(maker, HORSE);
        for (checked, hasher) in all.iter().enumerate() {
            assert_eq!(verify(hasher, HORSE, &stored), Verdict::Accepted { renew: made != checked });
            assert_eq!(verify(hasher, "correct horsf", &stored), Verdict::Rejected);
        }
    }
    let in_djangos_form = stored(&format!("argon2{}", hash(&argon2, HORSE).as_str()));
    assert_eq!(verify(&argon2, HORSE, &in_djangos_form), OUTDATED);
}

/// S32: today's scheme and cost are not enough where the bytes hashed were not the NFKC form.
#[test]
fn a_hash_of_a_password_as_typed_is_renewed_at_any_cost() {
    let pbkdf2 = hasher(&HasherSettings { scheme: Scheme::Pbkdf2, ..cheap() });
    let of_typed = stored(
        "$pbkdf2-sha256$i=1000,l=32$MDEyMzQ1Njc4OWFiY2RlZg$FHobyDgPnlFCCTrRP0Fx4l148Ymf3RwTskOgETZrgo4",
    );
    assert_eq!(verify(&pbkdf2, "cafe\u{301} au lait", &of_typed), OUTDATED);
}

/// S32: a salt or an output shorter than ours is not today's, whatever the cost.
#[test]
fn a_hash_with_less_salt_is_renewed() {
    let pbkdf2 = hasher(&HasherSettings { scheme: Scheme::Pbkdf2, ..cheap() });
    let ours =
        "$pbkdf2-sha256$i=1000,l=32$MDEyMzQ1Njc4OWFiY2RlZg$cBg8D2DungRB9k76szThf5ehfyBz991ay6PT8Srwk4M";
    assert_eq!(verify(&pbkdf2, HORSE, &stored(ours)), CURRENT);
    let short = "$pbkdf2-sha256$i=1000,l=32$MDEyMzQ1Njc4OQ$bpiym00SOJaLTdsvSkRbLLa1DSwlv1YjMSIhtRGqJIY";
    assert_eq!(verify(&pbkdf2, HORSE, &stored(short)), OUTDATED);
}

/// S39: an account that is missing, locked out by its stored form or simply not this password's costs the same hashes
/// in the same memory.
#[test]
fn every_kind_of_rejection_does_the_same_work() {
    for scheme in [Scheme::Argon2id, Scheme::Pbkdf2] {
        let hasher = hasher(&HasherSettings { scheme, ..cheap() });
        let of_another = hash(&hasher, "another password");
        let kinds = [
            None,
            Some(&of_another),
            Some(&PasswordHash::unusable()),
            Some(&stored("md5$salt$d41d8cd98f00b204e9800998ecf8427e")),
            Some(&stored("$2b$31$F2bjklz0hbDR4NC3vFagveRqs7N74qdtqyFgbbFX21iVdDE3801VC")),
        ];
        for (typed, hashes) in [(HORSE, 1), ("e\u{301}t\u{e9} 2026", 2)] {
            for kind in kinds {
                let mut scratch = Scratch::default();
                let verdict = hasher.verify(&mut scratch, &password(typed), kind).unwrap();
                assert_eq!((verdict, scratch.hashed), (Verdict::Rejected, hashes), "{kind:?}");
                assert_eq!(scratch.bytes(), hasher.0.today.blocks() * 1024, "{kind:?}");
            }
        }
    }
}

/// S33: a hashing thread holds today's memory and no more, however often it hashes.
#[test]
fn memory_is_kept_between_hashes_and_does_not_grow() {
    let hasher = hasher(&cheap());
    let random = Counter::default();
    let mut scratch = Scratch::default();
    assert_eq!(scratch.bytes(), 0);
    for _ in 0..100 {
        let stored = hasher.hash(&mut scratch, &random, &password(HORSE)).unwrap();
        hasher.verify(&mut scratch, &password("wrong"), Some(&stored)).unwrap();
        assert_eq!(scratch.bytes(), 64 * 1024);
    }
}

/// S33: what an import needed beyond that goes back before the call returns.
#[test]
fn memory_shrinks_back_after_a_large_import() {
    let import = stored(
        "argon2$argon2id$v=19$m=102400,t=2,p=8$N3hqSnZYYzZaYmVHYlNpa1dTRjBBVg$KD2T1wX5L/j67KjXHzWCl7r6K7dnBjYioOtWI0rPas8",
    );
    for (scheme, kept) in [(Scheme::Argon2id, 64 * 1024), (Scheme::Pbkdf2, 0)] {
        let hasher = hasher(&HasherSettings { scheme, ..cheap() });
        let mut scratch = Scratch::default();
        let verdict = hasher.verify(&mut scratch, &password(HORSE), Some(&import)).unwrap();
        assert_eq!((verdict, scratch.bytes()), (OUTDATED, kept));
    }
}

#[test]
fn what_the_last_hash_left_in_memory_does_not_change_the_next() {
    let hasher = hasher(&cheap());
    let mut used = Scratch::default();
    for text in ["first", "second", HORSE] {
        let fresh = hash(&hasher, text);
        let reused = hasher.hash(&mut used, &Counter::default(), &password(text)).unwrap();
        assert!(fresh == reused, "{text}");
    }
}
