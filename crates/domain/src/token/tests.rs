use proptest::prelude::*;

use super::*;

/// Fills with the same bytes every time.
struct Fixed([u8; TokenSecret::BYTES]);

impl Random for Fixed {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.copy_from_slice(&self.0);
    }
}

#[test]
fn only_64_lower_case_hexadecimal_characters_are_a_token() {
    let text = "0123456789abcdef".repeat(4);
    assert_eq!(*text.parse::<TokenSecret>().expect("a token").reveal(), text);
    for text in [
        String::new(),
        text.to_uppercase(),
        text[1..].to_owned(),
        text[2..].to_owned(),
        format!("{text}00"),
        format!("{text}\n"),
        format!(" {}", &text[1..]),
        "g".repeat(64),
        "é".repeat(32),
    ] {
        assert!(text.parse::<TokenSecret>().is_err(), "{text:?}");
    }
}

#[test]
fn only_what_begins_as_one_is_a_refresh_token() {
    let hex = "0123456789abcdef".repeat(4);
    let text = format!("vrt_{hex}");
    assert_eq!(*text.parse::<RefreshToken>().expect("a token").reveal(), text);
    for text in
        [hex.clone(), format!("VRT_{hex}"), format!("vrt_{hex}0"), format!("vrt_{}", hex.to_uppercase())]
    {
        assert!(text.parse::<RefreshToken>().is_err(), "{text:?}");
    }
}

#[test]
fn only_an_account_and_a_secret_are_a_token_of_a_mail() {
    let text = format!("{:016x}{}", 7, "0123456789abcdef".repeat(4));
    let token: MailToken = text.parse().expect("a token");
    assert_eq!((token.user_id().get(), &**token.reveal()), (7, &*text));
    let nobody = format!("{:016x}{}", 0, "0123456789abcdef".repeat(4));
    let beyond = format!("ffffffffffffffff{}", "0123456789abcdef".repeat(4));
    let signed = format!("+00000000000000{}{}", "7", "0123456789abcdef".repeat(4));
    for text in [&text[1..], &text[..79], &text.to_uppercase(), &nobody, &beyond, &signed, "", "é"] {
        assert!(text.parse::<MailToken>().is_err(), "{text:?}");
    }
}

/// S18: what is a token for one thing is none for any other.
#[test]
fn the_same_secret_has_another_digest_for_every_purpose_and_account() {
    let make = |id: i64| MailToken::new(id.try_into().expect("an id"), &Fixed([9; 32]));
    let mut digests: Vec<_> = MailPurpose::ALL.iter().map(|purpose| make(1).digest(*purpose)).collect();
    digests.push(make(2).digest(MailPurpose::ResetPassword));
    digests.push(RefreshToken::new(&Fixed([9; 32])).digest());
    digests.push(TokenSecret::new(&Fixed([9; 32])).digest());
    for (n, digest) in digests.iter().enumerate() {
        assert!(digests.iter().skip(n + 1).all(|other| other != digest), "{n}");
    }
}

#[test]
fn tokens_of_other_systems_have_a_digest_of_their_own() {
    let long = "0123456789abcdef".repeat(4);
    let ours: TokenSecret = long.parse().expect("a token");
    assert_eq!(TokenDigest::of_imported(&long), Some(ours.digest()));
    let short = "0123456789abcdef0123456789abcdef01234567";
    let digest = TokenDigest::of_imported(short).expect("a token");
    assert_eq!(digest, TokenDigest::labelled(b"vestibule/imported-token/1", &[short.as_bytes()]));
    let another = TokenDigest::of_imported(&short.replace('7', "8")).expect("another token");
    assert_ne!(digest, another);
    // Nor is it what a plain digest of the same text would be.
    assert_ne!(digest, TokenDigest(Sha256::digest(short).into()));
    for text in [
        "",
        &short[1..],
        &format!("{short}0"),
        &short.to_uppercase(),
        &format!("{}g", &short[1..]),
        &format!(" {}", &short[1..]),
        &format!("{}\n", &short[1..]),
        &"\u{e9}".repeat(20),
        &format!("vrt_{long}"),
        &long.to_uppercase(),
    ] {
        assert!(TokenDigest::of_imported(text).is_none(), "{text:?}");
    }
}

#[test]
fn a_digest_equals_itself_only() {
    let digest = TokenDigest::from_bytes([7; 32]);
    let mut other = [7; 32];
    other[31] = 8;
    assert_eq!(digest, TokenDigest::from_bytes(*digest.as_bytes()));
    assert_ne!(digest, TokenDigest::from_bytes(other));
}

proptest! {
    #[test]
    fn a_new_token_is_read_back_from_its_text(bytes in any::<[u8; 32]>()) {
        let secret = TokenSecret::new(&Fixed(bytes));
        prop_assert_eq!(secret.bytes(), &bytes);
        let again: TokenSecret = secret.reveal().parse().expect("its own text");
        prop_assert_eq!(again.bytes(), &bytes);
    }

    #[test]
    fn no_text_is_too_odd_to_be_refused(text in any::<String>()) {
        prop_assert!(text.parse::<TokenSecret>().is_err());
        prop_assert!(text.parse::<RefreshToken>().is_err());
        prop_assert!(text.parse::<MailToken>().is_err());
        prop_assert!(TokenDigest::of_imported(&text).is_none());
    }
}
