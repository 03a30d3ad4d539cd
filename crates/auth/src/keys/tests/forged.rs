//! S17, S18: tokens made by somebody who even has the key, and by somebody who has not.

use ring::hmac;
use ring::signature::KeyPair;
use serde_json::json;

use super::*;
use crate::keys::jwk;

/// Else the tables below would prove nothing.
#[test]
fn the_form_we_write_is_taken() {
    let forge = Forge::new();
    let claims = forge.verify(&forge.sign(&forge.header(), &payload().to_string())).unwrap();
    assert_eq!((claims.user_id, claims.session_id), (alice(), session()));
    assert_eq!((claims.issued_at, claims.expires_at), (noon(), noon().plus(TTL)));
}

/// S17: no other algorithm, no key brought along, no extension, no other letters, not even with a good signature.
#[test]
fn no_header_but_ours_is_taken() {
    let forge = Forge::new();
    let kid = forge.kids().remove(0);
    let payload = payload().to_string();
    let key = jwk::jwk(&kid, forge.stolen().public_key().as_ref());
    let with = |name: &str, value: Value| {
        let mut header = json!({ "alg": "EdDSA", "typ": "at+jwt", "kid": kid });
        header[name] = value;
        // In our own order, so that the one thing that differs is the one that is meant.
        let members = header.as_object().unwrap().iter();
        let others = members.filter(|(name, _)| !["alg", "typ", "kid"].contains(&name.as_str()));
        let rest: Vec<_> = others.map(|(name, value)| format!(",{}:{value}", json!(name))).collect();
        let rest = rest.concat();
        format!(r#"{{"alg":{},"typ":{},"kid":{}{rest}}}"#, header["alg"], header["typ"], header["kid"])
    };
    assert_eq!(with("alg", json!("EdDSA")), forge.header());
    let mut headers = Vec::new();
    for alg in
        ["none", "None", "nOnE", "NONE", "", "eddsa", "EdDsa", "Ed25519", "ES256", "RS256", "HS256", "EdDSA "]
    {
        headers.push(with("alg", json!(alg)));
    }
    for typ in
        ["", "JWT", "jwt", "AT+JWT", "at+JWT", "application/at+jwt", "at+jwt ", "id+jwt", "refresh+jwt"]
    {
        headers.push(with("typ", json!(typ)));
    }
    let other = jwk::thumbprint(&[9; 32]);
    let long = "A".repeat(1000);
    for kid in [
        "",
        "../../",
        "/dev/null",
        "' OR 1=1 --",
        "1; DROP TABLE signing_keys",
        "\u{0}",
        &long,
        &other,
        &kid[1..],
    ] {
        headers.push(with("kid", json!(kid)));
    }
    for name in ["alg", "typ", "kid"] {
        headers.extend(
            [json!(null), json!(1), json!(true), json!([kid]), json!({})].map(|value| with(name, value)),
        );
    }
    for (name, value) in [
        ("jwk", key),
        ("jku", json!("https://evil.example/jwks.json")),
        ("x5u", json!("https://evil.example/key.pem")),
        ("x5c", json!(["MIIB"])),
        ("x5t", json!("AAAA")),
        ("x5t#S256", json!("AAAA")),
        ("crit", json!(["exp"])),
        ("crit", json!([])),
        ("b64", json!(false)),
        ("cty", json!("JWT")),
        ("zip", json!("DEF")),
        ("alG", json!("none")),
    ] {
        headers.push(with(name, value));
    }
    let ours = forge.header();
    let inner = ours.trim_matches(['{', '}']);
    headers.extend([
        format!(r#"{{"alg":"none",{inner}}}"#),
        format!(r#"{{{inner},"alg":"none"}}"#),
        format!(r#"{{{inner},"alg":"EdDSA"}}"#),
        format!(r#"{{{inner},"kid":"{kid}"}}"#),
        format!(r#"{{"typ":"at+jwt","alg":"EdDSA","kid":"{kid}"}}"#),
        format!(r#"["EdDSA","at+jwt","{kid}"]"#),
        ours.replace("EdDSA", "Ed\\u0044SA"),
        ours.replace(',', ", "),
        ours.replace('}', ",}"),
        format!(" {ours}"),
        format!("{ours}\n"),
        format!("\u{feff}{ours}"),
        format!("{ours}{ours}"),
        inner.to_owned(),
        String::new(),
        "{}".to_owned(),
        "null".to_owned(),
    ]);
    for header in headers {
        forge.assert_refused(&forge.sign(&header, &payload));
    }
}

/// S17: whatever an attacker knows of us is public, and signs nothing.
#[test]
fn the_public_key_is_no_secret_to_sign_with() {
    let forge = Forge::new();
    let (kid, public_key) = (forge.kids().remove(0), forge.stolen().public_key().as_ref().to_vec());
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", jws::encode(&public_key));
    let set = forge.ring.jwks(noon()).unwrap();
    let encoded = jws::encode(&public_key);
    for secret in [&[], &*public_key, encoded.as_bytes(), pem.as_bytes(), set.as_bytes()] {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
        for header in [forge.header(), json!({ "alg": "HS256", "typ": "at+jwt", "kid": kid }).to_string()] {
            let text = format!(
                "{}.{}",
                jws::encode(header.as_bytes()),
                jws::encode(payload().to_string().as_bytes())
            );
            let tag = hmac::sign(&key, text.as_bytes());
            forge.assert_refused(&format!("{text}.{}", jws::encode(tag.as_ref())));
            // Of the length our signatures have.
            forge.assert_refused(&format!("{text}.{}", jws::encode(&tag.as_ref().repeat(2))));
        }
    }
}

/// S17: a key of the attacker's own under our key's name, brought along or not.
#[test]
fn nobody_elses_key_signs_under_our_name() {
    let forge = Forge::new();
    let theirs = Ed25519KeyPair::from_seed_unchecked(&[66; 32]).unwrap();
    let their_jwk = jwk::jwk(&forge.kids()[0], theirs.public_key().as_ref());
    let brought = forge.header().replace('}', &format!(r#","jwk":{their_jwk}}}"#));
    let named = jws::header(&jwk::thumbprint(theirs.public_key().as_ref()));
    let named = String::from_utf8(jws::decode(&named).unwrap()).unwrap();
    for header in [forge.header(), brought, named] {
        forge.assert_refused(&signed(&theirs, &header, &payload().to_string()));
    }
}

/// S17, S18: a claim of the wrong type or value, missing, twice, or unknown.
#[test]
fn no_claims_but_ours_are_taken() {
    let forge = Forge::new();
    let mut payloads = Vec::new();
    for name in payload().as_object().unwrap().keys() {
        let mut without = payload();
        without.as_object_mut().unwrap().remove(name);
        payloads.push(without.to_string());
        let twice =
            format!("{},\"{name}\":{}}}", payload().to_string().trim_end_matches('}'), payload()[name]);
        payloads.push(twice);
        for value in [json!(null), json!(true), json!([payload()[name]]), json!({}), json!(""), json!("x")] {
            payloads.push(payload_with(name, &value));
        }
    }
    for name in ["iat", "exp"] {
        let value = &payload()[name];
        let odd = [
            json!(value.to_string()),
            json!(value.as_f64()),
            json!(0),
            json!(-1),
            json!(i64::MAX),
            json!(u64::MAX),
        ];
        payloads.extend(odd.map(|odd| payload_with(name, &odd)));
    }
    for name in ["iss", "aud"] {
        for other in
            ["https://evil.example", "https://accounts.example.org/", "HTTPS://accounts.example.org", "*"]
        {
            payloads.push(payload_with(name, &json!(other)));
        }
        payloads.push(payload_with(name, &json!([ISSUER, "https://evil.example"])));
    }
    for sub in ["0", "-7", "+7", "07", "7.0", " 7", "7 ", "alice", "9223372036854775808", "\u{0667}"] {
        payloads.push(payload_with("sub", &json!(sub)));
    }
    payloads.push(payload_with("sub", &json!(7)));
    for sid in ["01890a5dac96774bbcceb302099a8057", "01890a5d-ac96-474b-bcce-b302099a8057", "../../"] {
        payloads.push(payload_with("sid", &json!(sid)));
    }
    for jti in [
        "00112233445566778899AABBCCDDEEFF",
        "00112233445566778899aabbccddee",
        &"0".repeat(64),
        &"g".repeat(32),
    ] {
        payloads.push(payload_with("jti", &json!(jti)));
    }
    for (name, value) in
        [("nbf", json!(0)), ("scope", json!("admin")), ("is_admin", json!(true)), ("Exp", json!(0))]
    {
        payloads.push(payload_with(name, &value));
    }
    let ours = payload();
    let in_their_order =
        ["iss", "aud", "sub", "sid", "client_id", "iat", "exp", "jti"].map(|name| ours[name].clone());
    payloads.extend([
        json!(in_their_order).to_string(),
        json!([ours]).to_string(),
        format!("{ours}{ours}"),
        format!("{ours} x"),
        format!("\u{feff}{ours}"),
        ours.to_string().replace("vestibule", "\\u0076estibule"),
        "[".repeat(1000),
        "{\"a\":".repeat(200),
        String::new(),
        "{}".to_owned(),
        "null".to_owned(),
    ]);
    for payload in payloads {
        forge.assert_refused(&forge.sign(&forge.header(), &payload));
    }
}

/// F10: a node whose clock is ahead by a minute is believed, by more it is not; the end of a token is its end.
#[test]
fn a_token_is_good_from_a_minute_before_its_beginning_until_its_end() {
    let forge = Forge::new();
    let issued_at = |iat: i64, ttl: i64| {
        let mut payload = payload();
        (payload["iat"], payload["exp"]) =
            (json!(noon().unix_seconds() + iat), json!(noon().unix_seconds() + iat + ttl));
        forge.verify(&forge.sign(&forge.header(), &payload.to_string()))
    };
    for (iat, ttl) in [(60, 1800), (60, 0), (-1799, 1800), (-1800, 1801), (0, 1801), (-300, 301)] {
        assert!(issued_at(iat, ttl).is_ok(), "{iat} {ttl}");
    }
    for (iat, ttl) in [(61, 1800), (300, 1800), (0, 1802), (-1, 86_400), (0, i64::from(i32::MAX)), (10, -5)] {
        assert!(matches!(issued_at(iat, ttl), Err(VerifyError::Invalid)), "{iat} {ttl}");
    }
    for (iat, ttl) in [(-1800, 1800), (-60, 60), (-1_000_000, 5), (0, 0)] {
        assert!(matches!(issued_at(iat, ttl), Err(VerifyError::Expired)), "{iat} {ttl}");
    }
}
