use std::time::Duration;

use vestibule_auth::hasher::HasherSettings;
use vestibule_domain::random::Random;
use zeroize::Zeroizing;

use super::*;

/// Fills with one byte: nothing here is a secret.
struct Same;

impl Random for Same {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

const PBKDF2: &str = "pbkdf2_sha256$1000$c2FsdHNhbHQ$RfxQZoaA3OMb0YUPBjKDDfWf9hTT0Yf5OtjAE7a0XyQ=";

fn now() -> Timestamp {
    Timestamp::from_unix_seconds(1_795_132_800).unwrap()
}

fn row(username: Option<&str>, email: Option<&str>) -> SourceUser {
    SourceUser {
        key: "7".to_owned(),
        place: "row 7".to_owned(),
        username: username.map(str::to_owned),
        email: email.map(str::to_owned),
        full_name: None,
        password: SourcePassword::Hash(PBKDF2.to_owned()),
        is_active: true,
        is_admin: false,
        email_verified: false,
        roles: Vec::new(),
        created_at: None,
        last_login_at: None,
        nickname: None,
        phone: None,
        dob: None,
        avatar: None,
        metadata: None,
        fault: None,
        losses: Vec::new(),
    }
}

fn convert(row: SourceUser) -> Converted {
    let hasher = Hasher::new(&HasherSettings::default(), &Same).unwrap();
    let roles = HashMap::from([("Tour guides".to_owned(), "tour-guides".parse().unwrap())]);
    Converter { hasher: &hasher, roles: &roles, now: now() }.convert(row)
}

fn taken(row: SourceUser) -> Candidate {
    match convert(row) {
        Converted::Account(candidate) => *candidate,
        Converted::Refused { reason, .. } => panic!("{reason}"),
    }
}

fn refusal(row: SourceUser) -> String {
    match convert(row) {
        Converted::Account(_) => panic!("it was taken"),
        Converted::Refused { reason, .. } => reason,
    }
}

#[test]
fn a_username_that_is_the_own_address_becomes_none() {
    for (username, email) in [
        ("eva@example.org", "eva@example.org"),
        ("EVA@Example.Org", "eva@example.org"),
        ("eva@b\u{fc}cher.example", "eva@xn--bcher-kva.example"),
        ("  ", "eva@example.org"),
    ] {
        let candidate = taken(row(Some(username), Some(email)));
        assert_eq!((candidate.user.username, candidate.left_out), (None, Vec::new()), "{username}");
    }
    let other = taken(row(Some("eva@example.org"), Some("eva@example.com"))).user;
    assert_eq!(other.username.unwrap().as_str(), "eva@example.org");
}

#[test]
fn names_that_sign_up_would_refuse_come_in() {
    for username in ["a", "admin", "1", "a+b", "user@host", "_x_"] {
        assert_eq!(taken(row(Some(username), None)).user.username.unwrap().as_str(), username);
    }
}

#[test]
fn a_row_without_anything_to_sign_in_by_is_refused_with_the_reason() {
    for (username, email, why) in [
        (None, None, "to sign in by"),
        (Some(""), Some(" "), "to sign in by"),
        (Some("two words"), None, "username may hold"),
        (None, Some("nobody"), "email must have one `@`"),
        (Some("nul\0"), Some("a@b\0.example"), "username may hold"),
    ] {
        assert!(refusal(row(username, email)).contains(why), "{username:?} {email:?}");
    }
    assert!(refusal(SourceUser { key: "a\0".to_owned(), ..row(Some("ann"), None) }).contains("key"));
    assert!(refusal(SourceUser { key: "a".repeat(1025), ..row(Some("ann"), None) }).contains("key"));
}

/// What is told of a value is never the value.
#[test]
fn what_does_not_fit_is_left_out_and_told() {
    let candidate = taken(SourceUser {
        email: Some("canary".to_owned()),
        full_name: Some("canary\u{202e}x".to_owned()),
        nickname: Some("canary\0".to_owned()),
        phone: Some("canary 123".to_owned()),
        dob: Some("1990-02-30".to_owned()),
        metadata: Some("[\"canary\"]".to_owned()),
        created_at: Timestamp::from_unix_seconds(-300_000_000_000),
        password: SourcePassword::Hash("canary of a password".to_owned()),
        roles: vec!["Tour guides".to_owned(), "Nobody's".to_owned()],
        email_verified: true,
        ..row(Some("ann"), None)
    });
    let told = candidate.left_out.join("; ");
    for field in [
        "email ",
        "full_name ",
        "nickname ",
        "phone ",
        "dob ",
        "metadata ",
        "created_at ",
        "password hash ",
        "role ",
    ] {
        assert!(told.contains(field), "{field}: {told}");
    }
    assert!(!told.contains("canary"), "{told}");
    assert_eq!(candidate.user.password_hash, PasswordHash::unusable());
    assert!(candidate.must_reset);
    assert_eq!((candidate.user.created_at, candidate.user.email_verified_at), (now(), None));
    let roles: Vec<_> = candidate.user.roles.iter().map(RoleName::as_str).collect();
    assert_eq!(roles, ["member", "tour-guides"]);
}

#[test]
fn space_around_names_is_not_worth_losing_them() {
    let names = SourceUser { full_name: Some(" Ann Lee ".to_owned()), ..row(Some("ann"), None) };
    let candidate = taken(SourceUser { phone: Some(" +919876543210".to_owned()), ..names });
    assert_eq!(candidate.user.full_name.unwrap().as_str(), "Ann Lee");
    assert_eq!(candidate.user.phone.unwrap().as_str(), "+919876543210");
    assert!(candidate.left_out.is_empty());
}

/// A hash that nothing here can check may be a password: no digest without salt and cost is made of it.
#[test]
fn no_digest_is_made_of_a_password() {
    let with = |password| taken(SourceUser { password, ..row(Some("ann"), None) });
    let plain = |text: &str| with(SourcePassword::Plain(Zeroizing::new(text.to_owned())));
    let hash = |text: &str| with(SourcePassword::Hash(text.to_owned()));
    assert_eq!(plain("one").digest, plain("two").digest);
    assert_eq!(hash("one").digest, hash("two").digest);
    assert_ne!(hash(PBKDF2).digest, hash(&PBKDF2.replace("1000", "1001")).digest);
    assert_ne!(hash(PBKDF2).digest, plain("one").digest);
    assert_eq!(hash("!usable?").left_out, Vec::<String>::new());
    assert_eq!(with(SourcePassword::None).left_out, Vec::<String>::new());
    for password in ["", &"x".repeat(1025)] {
        let candidate = plain(password);
        assert!(candidate.plain.is_none() && candidate.must_reset && candidate.left_out.len() == 1);
    }
}

#[test]
fn every_value_counts_in_the_digest() {
    let base = || row(Some("ann"), Some("ann@example.org"));
    let later = now().plus(Duration::from_secs(1));
    let rows = [
        base(),
        SourceUser { username: Some("anna".to_owned()), ..base() },
        SourceUser { email: None, ..base() },
        SourceUser { full_name: Some("x".to_owned()), ..base() },
        SourceUser { nickname: Some("x".to_owned()), ..base() },
        SourceUser { phone: Some("x".to_owned()), ..base() },
        SourceUser { dob: Some("x".to_owned()), ..base() },
        SourceUser { metadata: Some("x".to_owned()), ..base() },
        SourceUser { is_active: false, ..base() },
        SourceUser { is_admin: true, ..base() },
        SourceUser { email_verified: true, ..base() },
        SourceUser { created_at: Some(later), ..base() },
        SourceUser { last_login_at: Some(later), ..base() },
        SourceUser { roles: vec!["x".to_owned()], ..base() },
        SourceUser { password: SourcePassword::None, ..base() },
    ];
    let digests: std::collections::HashSet<_> = rows.into_iter().map(|row| taken(row).digest).collect();
    assert_eq!(digests.len(), 15);
}
