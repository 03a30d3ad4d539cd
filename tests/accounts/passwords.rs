//! Passwords people choose, and how they are compared.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;

use super::{count, sign_in};
use crate::harness::client::{Answer, Client};
use crate::harness::{Backend, TestApp, given};

on_both!(
    a_password_may_be_long_and_counts_to_its_last_byte,
    a_password_is_neither_trimmed_nor_cut,
    every_broken_rule_is_told_in_a_sentence_of_its_own,
    common_passwords_are_refused,
    a_password_may_be_typed_composed_or_decomposed,
    a_longer_least_length_binds_new_passwords_only,
);
on_both_alone!(a_megabyte_is_refused_before_anything_is_hashed);

/// S34: up to 1,024 bytes, the same bound where an account is made and where it is opened.
async fn a_password_may_be_long_and_counts_to_its_last_byte(backend: Backend) {
    let app = TestApp::start(backend).await;
    let stranger = app.anonymous();
    for (n, bytes) in [8, 64, 72, 73, 1024].into_iter().enumerate() {
        for (kind, password) in
            [("latin", text(bytes)), ("greek", "λμνξ".chars().cycle().take(bytes / 2).collect())]
        {
            if password.chars().count() < 8 {
                continue;
            }
            let name = format!("{kind}{n}");
            register(&stranger, &name, &password).await.assert_status(201);
            sign_in(&stranger, &name, &password).await.assert_status(200);
            let mut shorter = password.clone();
            let last = shorter.pop().unwrap();
            sign_in(&stranger, &name, &shorter).await.assert_error(401, "invalid_credentials");
            let other = format!("{shorter}{}", if last == 'z' { 'y' } else { 'z' });
            sign_in(&stranger, &name, &other).await.assert_error(401, "invalid_credentials");
        }
    }
    let accounts = count(&app.database, "select count(*) from users");
    for (password, status) in [
        (String::new(), 422),
        ("x".to_owned(), 422),
        (text(7), 422),
        (text(1025), 422),
        ("λ".repeat(513), 422),
        ("字".repeat(342), 422),
        (text(60_000), 422),
        (text(1_000_000), 413),
    ] {
        let answer = register(&stranger, "refused", &password).await;
        assert_eq!(answer.status, status, "{} bytes", password.len());
        let answer = sign_in(&stranger, "latin0", &password).await;
        let expected = if (1..=1024).contains(&password.len()) { 401 } else { status };
        assert_eq!(answer.status, expected, "{} bytes", password.len());
    }
    assert_eq!(count(&app.database, "select count(*) from users"), accounts);
}

/// S34: bcrypt stops at 72 bytes and at a NUL; nothing here does.
async fn a_password_is_neither_trimmed_nor_cut(backend: Backend) {
    let app = TestApp::start(backend).await;
    let stranger = app.anonymous();
    let (one, other) = (format!("{}one", text(72)), format!("{}other", text(72)));
    register(&stranger, "twin", &one).await.assert_status(201);
    sign_in(&stranger, "twin", &one).await.assert_status(200);
    for wrong in [&other, &text(72), &text(71)] {
        sign_in(&stranger, "twin", wrong).await.assert_error(401, "invalid_credentials");
    }
    let spaced = "  two lamps, one harbour\t";
    register(&stranger, "spaced", spaced).await.assert_status(201);
    sign_in(&stranger, "spaced", spaced).await.assert_status(200);
    for wrong in [spaced.trim(), spaced.trim_end(), spaced.trim_start(), "  Two lamps, one harbour\t"] {
        sign_in(&stranger, "spaced", wrong).await.assert_error(401, "invalid_credentials");
    }
}

/// S34: at the cost of a fresh installation, where a single hash of the unknown account would show.
async fn a_megabyte_is_refused_before_anything_is_hashed(backend: Backend) {
    let app = TestApp::start_with(backend, &["--argon2-memory-kib", "131072", "--argon2-passes", "3"]).await;
    let stranger = app.anonymous();
    let mut quickest = Duration::MAX;
    for _ in 0..9 {
        let body = json!({ "username": "alice", "password": text(1_000_000) }).to_string();
        let request =
            stranger.request(Method::POST, "/api/auth/login").header("Content-Type", "application/json");
        let request = request.body(body);
        let begun = Instant::now();
        stranger.send(request).await.assert_error(413, "body_too_large");
        quickest = quickest.min(begun.elapsed());
    }
    assert!(quickest < Duration::from_millis(50), "{quickest:?}");
    let begun = Instant::now();
    sign_in(&stranger, "alice", &text(1024)).await.assert_status(401);
    assert!(
        begun.elapsed() > Duration::from_millis(100),
        "{:?}: so a hash would have shown",
        begun.elapsed()
    );
}

/// S60: the four rules of Django, all at once and one by one.
async fn every_broken_rule_is_told_in_a_sentence_of_its_own(backend: Backend) {
    let app = TestApp::start_with(backend, &["--password-min-length", "12"]).await;
    let all = register(&app.anonymous(), "12345678", "12345678").await;
    all.assert_error(422, "invalid_fields");
    insta::assert_json_snapshot!(all.body["fields"], @r#"
    {
      "password": [
        "A password needs at least 12 characters; this one has fewer.",
        "This password is too much like your username.",
        "This password is too common: it is among the first an attacker would try.",
        "This password is made of digits alone; add other characters."
      ]
    }
    "#);

    let app = TestApp::start(backend).await;
    for (password, said) in [
        ("k7#pq2v", "A password needs at least 8 characters; this one has fewer."),
        ("marigold-ella", "This password is too much like your username."),
        ("ella-Marigold1", "This password is too much like your username."),
        ("flower.garden@exam", "This password is too much like your e-mail address."),
        ("Eleanora Fitzgibbon", "This password is too much like your name."),
        ("iloveyou1", "This password is too common: it is among the first an attacker would try."),
        ("vestibule2026", "This password is too common: it is among the first an attacker would try."),
        ("9081726354091", "This password is made of digits alone; add other characters."),
    ] {
        let body = json!({
            "username": "marigold-ella", "email": "flower.garden@example.org", "full_name": "Eleanora Fitzgibbon",
            "password": password,
        });
        let answer = app.anonymous().post("/api/auth/register", body).await;
        answer.assert_error(422, "invalid_fields");
        assert_eq!(answer.complaints("password"), [said], "{password}");
    }
    // There is no rule about kinds of characters.
    register(&app.anonymous(), "plain", "quietgreenharbour").await.assert_status(201);
}

/// S60: the whole list, and a sample of it through the door.
async fn common_passwords_are_refused(backend: Backend) {
    let app = TestApp::start(backend).await;
    let list = include_str!("../../crates/domain/data/common-passwords.txt");
    let words: Vec<_> = list.lines().filter(|word| word.chars().count() >= 8).collect();
    assert!(words.len() >= 10_000, "{}", words.len());
    let sample = words.iter().step_by(words.len() / 150).map(ToString::to_string);
    let varied = words.iter().step_by(words.len() / 20).map(|word| format!(" {} ", word.to_uppercase()));
    for word in sample.chain(varied) {
        let answer = register(&app.anonymous(), "quvlix", &word).await;
        answer.assert_error(422, "invalid_fields");
        let common =
            answer.complaints("password").iter().any(|said| said.starts_with("This password is too common"));
        assert!(common, "{word}: {}", answer.text);
    }
    assert_eq!(count(&app.database, "select count(*) from users"), 0);
}

/// S60: normalized once (NIST SP 800-63B-4, 3.1.1.2), whichever keyboard made it and whichever opens it.
async fn a_password_may_be_typed_composed_or_decomposed(backend: Backend) {
    let app = TestApp::start(backend).await;
    let stranger = app.anonymous();
    let composed = "caf\u{e9} cr\u{e8}me \u{c5}ngstr\u{f6}m";
    let decomposed = "cafe\u{301} cre\u{300}me A\u{30a}ngstro\u{308}m";
    for (name, chosen) in [("composed", composed), ("decomposed", decomposed)] {
        register(&stranger, name, chosen).await.assert_status(201);
        for typed in [composed, decomposed, "caf\u{e9} cre\u{300}me \u{212b}ngstr\u{f6}m"] {
            sign_in(&stranger, name, typed).await.assert_status(200);
        }
        sign_in(&stranger, name, "cafe creme Angstrom").await.assert_error(401, "invalid_credentials");
        sign_in(&stranger, name, &composed.to_uppercase()).await.assert_error(401, "invalid_credentials");
    }
}

/// S60: nobody is locked out by a new rule.
async fn a_longer_least_length_binds_new_passwords_only(backend: Backend) {
    let app = TestApp::start_with(backend, &["--password-min-length", "15"]).await;
    let answer = register(&app.anonymous(), "alice", "fourteen chars").await;
    let said = ["A password needs at least 15 characters; this one has fewer."];
    assert_eq!(answer.assert_status(422).complaints("password"), said);
    let (name, hash) = super::imported_hashes::DJANGO[5];
    super::import(&app.database, name, None, hash);
    sign_in(&app.anonymous(), name, "correct horse").await.assert_status(200);
}

async fn register(client: &Client, name: &str, password: &str) -> Answer {
    let body = json!({ "username": name, "email": given::address(name), "password": password });
    client.post("/api/auth/register", body).await
}

/// A text of that many bytes that no rule refuses for anything but its length.
fn text(bytes: usize) -> String {
    "qv7#kz 2xw9+jp!".chars().cycle().take(bytes).collect()
}
