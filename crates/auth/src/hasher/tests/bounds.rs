//! Stored texts are foreign: whatever they say, nothing panics and no work beyond the bounds is begun.

use proptest::prelude::*;

use super::*;
use crate::hasher::stored::Recipe;

const OUT32: &str = "y6orGIiJVvdqKQY6rRdcVVHR/mv+iMOB7nEX7MU200I";

fn argon2(m: u64, t: u64, p: u64) -> String {
    format!("$argon2id$v=19$m={m},t={t},p={p}$pH5flVkqNjeshDVa33G+yA${OUT32}")
}

fn scrypt(n: u64, r: u64, p: u64) -> String {
    format!("scrypt${n}$salt${r}${p}${OUT32}=")
}

fn bcrypt(cost: u64) -> String {
    format!("$2b${cost:02}$F2bjklz0hbDR4NC3vFagveRqs7N74qdtqyFgbbFX21iVdDE3801VC")
}

/// The costs a recipe may have, told once more and apart from the code that parses.
fn assert_within_bounds(text: &str) {
    let Some(stored) = Stored::parse(text) else { return };
    match stored.recipe() {
        Recipe::Argon2(recipe) => {
            let params = recipe.params();
            assert!(params.m_cost() <= 1 << 20 && params.t_cost() <= 10 && params.p_cost() <= 16, "{text}");
        }
        Recipe::Pbkdf2(recipe) => assert!((1000..=10_000_000).contains(&recipe.iterations()), "{text}"),
        Recipe::Bcrypt(recipe) => assert!((4..=15).contains(&recipe.cost()), "{text}"),
        Recipe::Scrypt(_) => {}
    }
    assert!(stored.memory() <= 1 << 30, "{text}");
}

#[test]
fn the_highest_costs_taken_are_taken() {
    let taken = [
        argon2(1 << 20, 10, 16),
        scrypt(1 << 17, 8, 8),
        bcrypt(15),
        format!("pbkdf2_sha256$10000000$salt${OUT32}="),
        format!("$pbkdf2-sha256$10000000$c2FsdHNhbHQ${OUT32}"),
        format!("$pbkdf2-sha256$i=10000000,l=32$c2FsdHNhbHQ${OUT32}"),
    ];
    for text in taken {
        assert!(Stored::parse(&text).is_some(), "{text}");
    }
}

#[test]
fn a_cost_out_of_bounds_opens_for_nobody_and_costs_what_a_decoy_costs() {
    let hasher = hasher(&cheap());
    let refused = [
        argon2((1 << 20) + 1, 1, 1),
        argon2(u64::from(u32::MAX) + 65, 1, 1),
        argon2(64, 11, 1),
        argon2(64, 0, 1),
        argon2(256, 1, 17),
        argon2(64, 1, 0),
        argon2(64, 1, 16),
        argon2(7, 1, 1),
        scrypt(1 << 18, 8, 1),
        scrypt(1 << 17, 32, 16),
        scrypt(16_383, 8, 1),
        scrypt(0, 8, 1),
        scrypt(1, 8, 1),
        scrypt(16_384, 33, 1),
        scrypt(16_384, 0, 1),
        scrypt(16_384, 8, 17),
        scrypt(16_384, 8, 0),
        bcrypt(16),
        bcrypt(99),
        bcrypt(3),
        bcrypt(16).replacen('$', "bcrypt$$", 1),
        format!("pbkdf2_sha256$10000001$salt${OUT32}="),
        "pbkdf2_sha1$999$salt$uhILFlXo8UAJ6o2+R+4x/O4T5A4=".to_owned(),
        format!("pbkdf2_sha256$99999999999999999999$salt${OUT32}="),
        format!("$pbkdf2-sha256$10000001$c2FsdHNhbHQ${OUT32}"),
        format!("$pbkdf2-sha256$i=10000001,l=32$c2FsdHNhbHQ${OUT32}"),
        format!("$pbkdf2$1000$c2FsdHNhbHQ${OUT32}"),
        "$bcrypt-sha256$v=2,t=2b,r=16$sTT8/iaIgkdm4JRarJUEIO$TUmI913BFTeQzfhkf2xvyYNMIaKU3Aq".to_owned(),
    ];
    for text in refused {
        assert!(Stored::parse(&text).is_none(), "{text}");
        let mut scratch = Scratch::default();
        let stored = stored(&text);
        assert_eq!(hasher.memory_needed(Some(&stored)), 64 * 1024, "{text}");
        assert_eq!(hasher.verify(&mut scratch, &password(HORSE), Some(&stored)).unwrap(), Verdict::Rejected);
        assert_eq!(scratch.bytes(), 64 * 1024, "{text}");
    }
}

#[test]
fn the_memory_needed_is_read_off_the_stored_text() {
    let hasher = hasher(&cheap());
    let needed = |text: &str| hasher.memory_needed(Some(&stored(text)));
    assert_eq!(needed(&argon2(102_400, 2, 8)), 100 << 20);
    assert_eq!(needed(&format!("argon2{}", argon2(1 << 20, 1, 1))), 1 << 30);
    assert_eq!(needed(&scrypt(16_384, 8, 5)), (16 << 20) + 6 * 1024);
    assert!(needed(&bcrypt(12)) < 64 * 1024);
    assert_eq!(hasher.memory_needed(None), 64 * 1024);
}

fn number() -> impl Strategy<Value = u64> {
    prop_oneof![0..40_u64, Just(16_384), Just(1 << 17), Just(1 << 20), 0..u64::from(u32::MAX), any::<u64>()]
}

/// Each form with arbitrary costs.
fn form() -> impl Strategy<Value = String> {
    let kinds = prop_oneof!["argon2id|argon2i|argon2d", "pbkdf2-sha256|pbkdf2-sha512|pbkdf2"];
    (number(), number(), number(), kinds, 0..8).prop_map(|(a, b, c, kind, form)| match form {
        0 => format!("${kind}$v=19$m={a},t={b},p={c}$pH5flVkqNjeshDVa33G+yA${OUT32}"),
        1 => format!("argon2{}", argon2(a, b, c)),
        2 => scrypt(a, b, c),
        3 => bcrypt(a),
        4 => format!("bcrypt_sha256${}", bcrypt(a)),
        5 => format!("pbkdf2_sha256${a}$salt${OUT32}="),
        6 => format!("${kind}$i={a},l={b}$c2FsdHNhbHQ${OUT32}"),
        _ => format!("${kind}${a}$c2FsdHNhbHQ${OUT32}"),
    })
}

/// A text that resembles a form, with a stretch of it replaced.
fn torn() -> impl Strategy<Value = String> {
    (form(), 0..120_usize, 0..20_usize, "[!-~]{0,12}").prop_map(|(form, at, length, patch)| {
        let at = at.min(form.len());
        let end = (at + length).min(form.len());
        format!("{}{patch}{}", &form[..at], &form[end..])
    })
}

proptest! {
    /// S33: work is bounded before it begins.
    #[test]
    fn no_cost_out_of_bounds_is_ever_taken(text in prop_oneof![form(), torn()]) {
        assert_within_bounds(&text);
    }

    #[test]
    fn no_text_at_all_panics(text in "\\PC{0,200}") {
        assert_within_bounds(&text);
        assert_within_bounds(&format!("${text}"));
    }

    #[test]
    fn what_gives_no_recipe_is_rejected(text in prop_oneof![torn(), "[!-~]{1,200}"]) {
        let hasher = hasher(&cheap());
        if let Ok(stored) = PasswordHash::try_from(text.clone())
            && Stored::parse(&text).is_none()
        {
            prop_assert_eq!(verify(&hasher, HORSE, &stored), Verdict::Rejected);
        }
    }

    /// A recipe once taken is never refused by its hash function: verifying fails for no stored text.
    #[test]
    fn what_is_taken_is_worked_off(
        (salt, output) in ("[A-Za-z0-9]{0,9}", 0..20_usize).prop_map(|(salt, quads)| (salt, "AAAA".repeat(quads))),
        (blocks, passes, lanes) in (0..130_u32, 0..4_u32, 0..5_u32),
        form in 0..6,
    ) {
        let text = match form {
            0 => format!("$argon2d$v=16$m={blocks},t={passes},p={lanes}$AAAAAAAAAAA{}${output}", salt.len() % 2),
            1 => format!("argon2$argon2i$v=19$m={blocks},t={passes},p={lanes}$AAAAAAAAAAAAAAAA${output}"),
            2 => format!("scrypt${}${salt}${passes}${lanes}${output}", 1 << (blocks % 8)),
            3 => format!("pbkdf2_sha1$1000${salt}${output}"),
            4 => format!("$pbkdf2-sha512$i=1000$AAAAAAAAAAAAAAAA${output}"),
            _ => format!("$pbkdf2-sha256$1000${salt}${output}"),
        };
        let hasher = hasher(&cheap());
        prop_assert_eq!(verify(&hasher, HORSE, &stored(&text)), Verdict::Rejected, "{}", text);
    }

    /// S32, S34: whatever text is a password opens its own hash, and no other text does.
    #[test]
    fn every_password_opens_its_own_hash_only(one in "\\PC{1,80}", other in "\\PC{1,80}") {
        let hasher = hasher(&cheap());
        let (one, other) = (password(&one), password(&other));
        let mut scratch = Scratch::default();
        let stored = hasher.hash(&mut scratch, &Counter::default(), &one).unwrap();
        prop_assert_eq!(hasher.verify(&mut scratch, &one, Some(&stored)).unwrap(), CURRENT);
        let alike = one.normalized() == other.normalized() || one.normalized() == other.typed();
        let verdict = hasher.verify(&mut scratch, &other, Some(&stored)).unwrap();
        prop_assert_eq!(verdict != Verdict::Rejected, alike);
    }
}
