//! S17: the text of a token, bent in every way.

use proptest::prelude::*;

use super::*;

/// One a process: each makes a database.
fn forge() -> &'static Forge {
    static FORGE: std::sync::OnceLock<Forge> = std::sync::OnceLock::new();
    FORGE.get_or_init(Forge::new)
}

#[test]
fn no_other_writing_of_a_good_token_is_taken() {
    let forge = forge();
    let good = forge.issue(noon()).text;
    forge.verify(&good).unwrap();
    let [header, payload, signature] = *good.split('.').collect::<Vec<_>>() else { panic!("{}", *good) };
    let flattened = json!({ "protected": header, "payload": payload, "signature": signature });
    let general =
        json!({ "payload": payload, "signatures": [{ "protected": header, "signature": signature }] });
    let standard = good.replace('-', "+").replace('_', "/");
    let mut odd = vec![
        format!("{header}.{payload}."),
        format!("{header}.{payload}"),
        format!("{header}..{signature}"),
        format!(".{payload}.{signature}"),
        format!("{header}.{payload}.{signature}.{signature}"),
        format!("{header}.{payload}.{signature}{signature}"),
        format!("{header}.{payload}.{signature}."),
        format!(".{header}.{payload}.{signature}"),
        format!("{header}.{payload}.{}", "A".repeat(86)),
        format!("{header}=.{payload}.{signature}"),
        format!("{header}.{payload}=.{signature}"),
        format!("{header}.{payload}.{signature}=="),
        format!(" {}", *good),
        format!("{}\n", *good),
        format!("{header}.{payload}\n.{signature}"),
        format!("{header}. {payload}.{signature}"),
        format!("Bearer {}", *good),
        format!("{}\0", *good),
        good.replace('.', "\u{ff0e}"),
        flattened.to_string(),
        general.to_string(),
        "..".to_owned(),
        ".".repeat(2000),
        format!("{header}.{}.{signature}", "A".repeat(2000)),
        format!("{header}.{}.{signature}", "A".repeat(100_000)),
    ];
    odd.extend((standard != **good).then_some(standard));
    for text in odd {
        forge.assert_refused(&text);
    }
}

/// The last character of a signature carries two bits; sixteen characters would do for each.
#[test]
fn a_signature_has_one_last_character() {
    let good = forge().issue(noon()).text;
    let (rest, last) = good.split_at(good.len() - 1);
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let taken: String = alphabet.chars().filter(|c| forge().verify(&format!("{rest}{c}")).is_ok()).collect();
    assert_eq!(taken, last);
}

/// RFC 8032, 5.1.7: S and S + L are the same point, and only the first is a signature.
#[test]
fn a_signature_has_one_scalar() {
    /// The order of the group, the lowest byte first.
    const L: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let good = forge().issue(noon()).text;
    let (rest, signature) = good.rsplit_once('.').unwrap();
    let mut bytes = jws::decode(signature).unwrap();
    let mut carry = 0;
    for (byte, addend) in bytes[32..].iter_mut().zip(L) {
        let sum = u16::from(*byte) + u16::from(addend) + carry;
        *byte = u8::try_from(sum & 0xff).unwrap();
        carry = sum >> 8;
    }
    forge().assert_refused(&format!("{rest}.{}", jws::encode(&bytes)));
}

proptest! {
    #[test]
    fn what_was_signed_is_read_back(user in 1..i64::MAX, seconds in 0..1800_u64, micros in 0..1_000_000_u64) {
        let now = noon().plus(Duration::from_micros(micros));
        let (user, ends) = (UserId::try_from(user).unwrap(), now.plus(Duration::from_secs(seconds + 1)));
        let signed = forge().ring.sign(now, &forge().random, user, session(), ends).unwrap();
        let claims = forge().ring.verify(now, &signed.text).unwrap();
        prop_assert_eq!((claims.user_id, claims.session_id), (user, session()));
        prop_assert_eq!(claims.token_digest, signed.token_digest);
        prop_assert!(claims.issued_at <= now && now.since(claims.issued_at) < Duration::from_secs(1));
        prop_assert!(claims.expires_at <= ends && ends.since(claims.expires_at) < Duration::from_secs(1));
    }

    #[test]
    fn no_bit_of_a_token_may_differ(place in any::<prop::sample::Index>(), bit in 0..8_u8) {
        let mut bytes = forge().issue(noon()).text.as_bytes().to_vec();
        let place = place.index(bytes.len());
        bytes[place] ^= 1 << bit;
        let text = String::from_utf8_lossy(&bytes);
        prop_assert!(matches!(forge().verify(&text), Err(VerifyError::Invalid)), "{text}");
    }

    #[test]
    fn no_part_of_a_token_fits_another(cut in any::<prop::sample::Index>(), seconds in 1..60_u64) {
        let (one, other) = (forge().issue(noon()).text, forge().issue(later(seconds)).text);
        let cut = cut.index(one.len().min(other.len()));
        let crossed = format!("{}{}", &one[..cut], &other[cut..]);
        prop_assert!(crossed == *other || crossed == *one || forge().verify(&crossed).is_err());
    }

    #[test]
    fn no_text_is_too_odd_to_be_refused(text in ".{0,300}|[A-Za-z0-9_.-]{0,300}|[A-Za-z0-9_-]{0,80}\\.[A-Za-z0-9_-]{0,80}\\.[A-Za-z0-9_-]{86}") {
        prop_assert!(matches!(forge().verify(&text), Err(VerifyError::Invalid)));
    }

    /// Signed by us, and still nonsense.
    #[test]
    fn no_payload_is_too_odd_to_be_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let text = format!("{}.{}", jws::header(&forge().kids()[0]), jws::encode(&bytes));
        let signature = jws::encode(forge().stolen().sign(text.as_bytes()).as_ref());
        let text = format!("{text}.{signature}");
        prop_assert!(matches!(forge().verify(&text), Err(VerifyError::Invalid)));
    }
}
