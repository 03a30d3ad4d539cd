//! Secrets of the whole life of an account, in every place a request has, and where they must not be seen again.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::logs::{log_of, talkative};
use super::operations;
use crate::harness::client::{Answer, Client};
use crate::harness::database::TestDatabase;
use crate::harness::{Backend, Mail, Process};

on_both!(no_secret_of_a_life_is_seen_again);

const PASSWORDS: [&str; 3] = ["canary harbour 42 lamps", "canary pier 43 boats", "canary shore 44 gulls"];
const ALICE: &str = "canary.alice@example.org";
/// Looks like a mailed token of account 1.
const MADE_UP_LINK: &str = "0000000000000001ca11ab1eca11ab1eca11ab1eca11ab1eca11ab1eca11ab1eca11ab1eca11ab1e";

/// S57, S19: neither in a log that says all it can, nor in the trail; and passwords and tokens, nowhere in the database.
async fn no_secret_of_a_life_is_seen_again(backend: Backend) {
    let database = TestDatabase::new(backend);
    let url = database.url();
    let mut settings = talkative(&url);
    settings.extend([("RATE_LIMITS", "off"), ("PUBLIC_URL", "http://localhost")]);
    let server = Process::start(&settings);
    let mut secrets = life(&server).await;
    secrets.extend(lies(&server).await);
    // Refusals are a second on their way to the trail.
    tokio::time::sleep(Duration::from_millis(1500)).await;
    let (text, lines) = log_of(server);
    assert!(lines.len() > 300, "{}", lines.len());
    let line = |word: &str| text.lines().find(|line| line.to_lowercase().contains(word));
    assert_eq!(line("canary"), None);
    let trail = database.sql("select * from audit_events");
    assert!(trail.lines().count() > 40, "{trail}");
    assert!(!trail.to_lowercase().contains("canary"), "{trail}");
    let dump = database.dump();
    assert!(secrets.len() > 30, "{}", secrets.len());
    for secret in &secrets {
        assert!(secret.len() > 10);
        assert_eq!(line(&secret.to_lowercase()), None, "{secret} is in the log");
        assert!(!trail.contains(secret.as_str()), "{secret} is in the trail");
        let is_kept = dump.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!is_kept, "{secret} is in the database");
    }
}

/// One of what an answer hands out, without the part that is public.
fn take(secrets: &mut Vec<String>, answer: &Answer, name: &str) -> String {
    let token = answer.body[name].as_str().unwrap_or_else(|| panic!("{name}: {}", answer.text)).to_owned();
    let hidden = token.strip_prefix("vrt_").unwrap_or(&token);
    secrets.extend(hidden.split('.').skip(1).map(str::to_owned));
    secrets.push(hidden.to_owned());
    token
}

/// What people do, from the sign-up on; hands back every secret there was.
async fn life(server: &Process) -> Vec<String> {
    let mut secrets: Vec<String> = PASSWORDS.map(str::to_owned).into();
    let stranger = server.anonymous();
    let account = json!({ "username": "alice", "email": ALICE, "password": PASSWORDS[0] });
    stranger.post("/api/auth/register", account).await.assert_status(201);
    let login = json!({ "username": "alice", "password": PASSWORDS[0] });
    let first = stranger.post("/api/auth/login", login.clone()).await;
    let alice = stranger.with_token(&take(&mut secrets, &first, "access_token"));
    let spent = take(&mut secrets, &first, "refresh_token");
    let mut signed = login.clone();
    signed["format"] = json!("jwt");
    let second = stranger.post("/api/auth/login", signed).await;
    let jwt = take(&mut secrets, &second, "access_token");
    let third = stranger.post("/auth/login", login.clone()).await;
    take(&mut secrets, &third, "access_token");
    let form = stranger.request(Method::POST, "/auth/login").form(&login);
    take(&mut secrets, &stranger.send(form).await, "access_token");

    let introspect = |token: String| {
        let form = alice.request(Method::POST, "/api/auth/introspect").form(&[("token", token)]);
        alice.send(form)
    };
    let unused = take(&mut secrets, &second, "refresh_token");
    for token in [jwt.clone(), spent.clone(), unused, MADE_UP_LINK.to_owned(), "canary".to_owned()] {
        introspect(token).await.assert_status(200);
    }
    stranger.with_token(&jwt).get("/api/auth/sessions").await.assert_status(200);
    stranger.with_token(&jwt).get("/auth/me").await.assert_status(200);
    let refresh = |token: &str| stranger.post("/api/auth/refresh", json!({ "refresh_token": token }));
    let fourth = refresh(&spent).await;
    let fresh = take(&mut secrets, &fourth, "access_token");
    take(&mut secrets, &fourth, "refresh_token");
    stranger.with_token(&fresh).get("/api/auth/profile").await.assert_status(200);
    refresh(&spent).await.assert_status(401);

    let verify = mailed(server, "verify_email", &mut secrets).await;
    post(&stranger, "/api/auth/email/verify", json!({ "token": verify })).await;
    let desk = stranger.with_token(&jwt);
    let change = json!({ "current_password": PASSWORDS[0], "new_password": PASSWORDS[1] });
    post(&desk, "/api/auth/password/change", change).await;
    post(&stranger, "/api/auth/password/forgot", json!({ "email": ALICE })).await;
    let reset = mailed(server, "reset_password", &mut secrets).await;
    stranger.get(&format!("/api/auth/password/reset?token={reset}")).await.assert_status(405);
    let body = json!({ "token": reset, "new_password": PASSWORDS[2] });
    post(&stranger, "/api/auth/password/reset", body.clone()).await;
    stranger.post("/api/auth/password/reset", body).await.assert_status(422);

    let login = json!({ "email": ALICE, "password": PASSWORDS[2] });
    let fifth = stranger.post("/api/auth/login", login).await;
    let desk = stranger.with_token(&take(&mut secrets, &fifth, "access_token"));
    take(&mut secrets, &fifth, "refresh_token");
    let ask = json!({ "new_email": "canary.new@example.org", "password": PASSWORDS[2] });
    post(&desk, "/api/auth/email/change", ask).await;
    let confirm = mailed(server, "confirm_email_change", &mut secrets).await;
    let back = mailed(server, "email_change_notice", &mut secrets).await;
    for token in [confirm, back] {
        post(&stranger, "/api/auth/email/change/confirm", json!({ "token": token })).await;
    }
    secrets
}

async fn post(client: &Client, path: &str, body: Value) {
    let answer = client.post(path, body).await;
    assert!(matches!(answer.status, 200 | 202), "{path}: {}", answer.text);
}

/// The token in the newest mail of `kind`, waited for.
async fn mailed(server: &Process, kind: &str, secrets: &mut Vec<String>) -> String {
    let folder = server.folder().join("data/mail");
    for _ in 0..500 {
        if let Some(mail) = Mail::all(&folder).into_iter().rfind(|mail| mail.kind == kind) {
            let token = mail.token();
            secrets.push(token[16..].to_owned());
            return token;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("no mail: {kind}");
}

/// What others try, at every operation there is, strangers and people who are signed in; hands back what they made up.
async fn lies(server: &Process) -> Vec<String> {
    let stranger = server.anonymous();
    let jwt = format!("eyJhbGciOiJFZERTQSJ9.{}.{}", "eyJjYW5hcnkiOiJjYW5hcnkifQ", "Y2FuYXJ5".repeat(8));
    let refresh = format!("vrt_{}", "ca11ab1e".repeat(8));
    let mut secrets: Vec<_> = jwt.split('.').map(str::to_owned).collect();
    secrets.extend([&MADE_UP_LINK[16..], &refresh[4..], "Y2FuYXJ5OmNhbmFyeQ"].map(str::to_owned));
    for operation in operations::all().iter().filter(|operation| !operation.path.starts_with("/health")) {
        let login = json!({ "username": "alice", "password": PASSWORDS[2] });
        let alice = stranger.post("/api/auth/login", login).await;
        let good = take(&mut secrets, &alice, "access_token");
        let bearers = [&good, &jwt, "canary", &refresh, MADE_UP_LINK].map(|token| stranger.with_token(token));
        for caller in bearers.iter().chain([&stranger]) {
            for (kind, body) in bodies(&refresh) {
                for query in ["", &format!("?token=canary&access_token={jwt}")] {
                    // The first account is the one that tries all this, and goes on living.
                    let path = operation.path.replace("/api/users/1", "/api/users/2");
                    let path = format!("{path}{query}");
                    let request = caller.request(operation.method.clone(), &path);
                    let request = request.header("cookie", format!("vestibule=canary; token={MADE_UP_LINK}"));
                    let request = request.header("x-api-key", "canary").header("user-agent", "canary");
                    let request =
                        request.header("referer", "https://x/?t=canary").header("content-type", kind);
                    let request = request.header("proxy-authorization", "canary").body(body.clone());
                    let answer = caller.send(request).await;
                    assert!(answer.status < 500, "{path}: {}", answer.text);
                }
            }
        }
        let basic = stranger.request(operation.method.clone(), &operation.path);
        stranger.send(basic.header("authorization", "Basic Y2FuYXJ5OmNhbmFyeQ==")).await;
    }
    secrets
}

/// Whole and broken, with every field that holds a secret anywhere.
fn bodies(refresh: &str) -> Vec<(&'static str, String)> {
    let all = json!({
        "username": "canary", "email": "canary", "password": "canary canary", "current_password": "canary canary",
        "new_password": "canary canary", "token": MADE_UP_LINK, "refresh_token": refresh, "new_email": "canary@",
        "format": "canary", "canary": "canary", "setup_token": "canary",
    });
    let whole = [
        all,
        json!({ "token": MADE_UP_LINK, "new_password": "canary canary" }),
        json!({ "token": MADE_UP_LINK }),
        json!({ "refresh_token": refresh }),
        json!({ "username": "canary", "password": "canary canary" }),
        json!({ "email": "canary@canary.example", "password": "canary" }),
        json!({ "email": "canary@canary.example" }),
        json!({ "current_password": "canary canary", "new_password": "canary gulls 45 shores" }),
        json!({ "new_email": "canary@canary.example", "password": "canary canary" }),
    ];
    let broken = [
        format!("{{\"token\":\"{MADE_UP_LINK}\",\"password\":\"canary\u{1b}[31m\r\n"),
        "[\"canary\", {\"canary\": canary}]".to_owned(),
    ];
    let forms = [
        format!("token={MADE_UP_LINK}"),
        format!("token={MADE_UP_LINK}&password=canary&token=canary"),
        "username=canary&password=canary+canary".to_owned(),
        "username=canary&password=canary%zz%ff&=canary".to_owned(),
    ];
    let json = whole.iter().map(Value::to_string).chain(broken).map(|body| ("application/json", body));
    let forms = forms.into_iter().map(|body| ("application/x-www-form-urlencoded", body));
    json.chain(forms).chain([("text/canary; canary=canary", "canary".to_owned())]).collect()
}
