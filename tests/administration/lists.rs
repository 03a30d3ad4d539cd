//! The lists of accounts and roles: found, sorted, walked, and not to be walked out of.

use std::time::Duration;

use serde_json::{Value, json};

use super::{id, make_role, somebody};
use crate::harness::client::Client;
use crate::harness::database::TestDatabase;
use crate::harness::{Backend, TestApp};

on_both!(
    every_order_meets_every_account_once,
    filters_hold_together,
    accounts_are_found_however_they_are_written,
    what_looks_like_a_pattern_is_a_text,
    what_nobody_can_look_for_is_refused,
    what_is_no_page_of_accounts_is_refused,
    a_cursor_is_good_for_its_own_order_alone,
    roles_are_listed_in_pages,
);

const SORTS: [&str; 5] = ["id", "created_at", "username", "email", "last_login_at"];

/// Twenty-five accounts; some without a name, an address or a sign-in, some made at the same moment.
fn people(database: &TestDatabase) {
    for n in 0..24 {
        let text = |there: bool, text: String| if there { format!("'{text}'") } else { "null".to_owned() };
        let name = text(n % 5 != 0, format!("person{:02}", (n * 7) % 24));
        let email = text(n % 3 != 0, format!("mail{:02}@example.org", (n * 5) % 24));
        let signed_in = text(n % 4 == 0, format!("2026-01-10 10:00:{:02}", (n * 11) % 24));
        let made = format!("'2026-01-0{} 00:00:00'", 1 + n % 4);
        database.sql(&format!(
            "insert into users (username, username_key, email, email_key, password_hash, created_at, updated_at, \
             last_login_at, profile_updated_at) values ({name}, {name}, {email}, {email}, '!', {made}, {made}, \
             {signed_in}, {made})"
        ));
    }
}

/// S71: in both directions, at every size of page, whoever has no value last.
async fn every_order_meets_every_account_once(backend: Backend) {
    let app = TestApp::start(backend).await;
    let admin = app.admin().await;
    people(&app.database);
    for sort in SORTS {
        for sign in ["", "-"] {
            let all = walk(&admin, &format!("sort={sign}{sort}"), 100).await;
            assert_eq!(all.len(), 25, "{sign}{sort}");
            let value = |user: &Value| match &user[sort] {
                Value::Null => None,
                Value::String(text) => Some(text.clone()),
                number => Some(format!("{:020}", number.as_i64().unwrap())),
            };
            for pair in all.windows(2) {
                let (before, after) = (value(&pair[0]), value(&pair[1]));
                let in_order = match (&before, &after) {
                    (None, Some(_)) => false,
                    (_, None) => true,
                    (Some(before), Some(after)) if sign.is_empty() => before <= after,
                    (Some(before), Some(after)) => before >= after,
                };
                assert!(in_order, "{sign}{sort}: {before:?} before {after:?}");
            }
            for size in [1, 4, 7] {
                assert_eq!(
                    walk(&admin, &format!("sort={sign}{sort}"), size).await,
                    all,
                    "{sign}{sort} by {size}"
                );
            }
        }
    }
    assert_eq!(walk(&admin, "", 9).await, walk(&admin, "sort=-id", 100).await, "the newest first");
}

async fn filters_hold_together(backend: Backend) {
    let app = TestApp::start(backend).await;
    let admin = app.admin().await;
    people(&app.database);
    let (one, other) = (somebody(&app, "guide.one"), somebody(&app, "guide.two"));
    make_role(&admin, "guide", &[]).await.assert_status(201);
    for user in [one, other] {
        super::give_roles(&admin, user, &["guide"]).await.assert_status(200);
    }
    admin.post(&format!("/api/users/{other}/suspend"), Value::Null).await.assert_status(200);
    let found = async |filter: &str| ids(&walk(&admin, &format!("sort=id&{filter}"), 2).await);
    assert_eq!(found("role=guide").await, [one, other]);
    assert_eq!(found("role=guide&is_active=true").await, [one]);
    assert_eq!(found("role=guide&is_active=false").await, [other]);
    assert_eq!(found("role=guide&is_active=true&q=two").await, [0; 0]);
    assert_eq!(found("is_active=false").await, [other]);
    assert_eq!(found("role=admin").await, [id(&admin)]);
    assert_eq!(found("role=editor").await, [0; 0]);
    assert_eq!(ids(&walk(&admin, "q=guide.&sort=-id", 2).await), [other, one]);
    let total = admin.get("/api/users?role=guide&page_size=1").await;
    assert_eq!((&total.body["total"], &total.body["total_is_exact"]), (&json!(2), &json!(true)));
}

/// By a beginning or any part, in any case and any form of Unicode, by username, address or name.
async fn accounts_are_found_however_they_are_written(backend: Backend) {
    let app = TestApp::start(backend).await;
    let admin = app.admin().await;
    let mut made = Vec::new();
    for (name, full_name) in [
        ("straussberg", "Jürgen Strauß"),
        ("wanderer", "केरल Nair"),
        ("eva.nagy", "Éva Nagy"),
        ("ibrahim", "İbrahim Öz"),
    ] {
        let body =
            json!({ "username": name, "email": format!("{name}@mail.example"), "full_name": full_name });
        let made_one = admin.post("/api/users", body).await;
        made.push(made_one.assert_status(201).body["data"]["id"].as_i64().unwrap());
    }
    for (q, found) in [
        ("straussberg", &made[..1]),
        ("STRAUSSB", &made[..1]),
        ("ussber", &made[..1]),
        ("strauß", &made[..1]),
        ("STRAUSS", &made[..1]),
        ("J\u{fc}rgen", &made[..1]),
        ("Ju\u{308}rgen", &made[..1]),
        ("jürgen str", &made[..1]),
        ("केरल", &made[1..2]),
        ("ander", &made[1..2]),
        ("ÉVA NAGY", &made[2..3]),
        ("e\u{301}va", &made[2..3]),
        ("eva.nagy@mail", &made[2..3]),
        ("Ｅｖａ．ｎａｇｙ", &made[2..3]),
        ("mail.example", &made[..]),
        ("@mail.exam", &made[..]),
        // One or two characters are a beginning.
        ("ev", &made[2..3]),
        ("w", &made[1..2]),
        ("É", &made[2..3]),
        ("zz", &[]),
        ("nobody at all", &[]),
    ] {
        let path = format!("sort=id&q={}", encoded(q));
        assert_eq!(ids(&walk(&admin, &path, 3).await), found, "{q}");
    }
}

/// S91, S30: nothing in it means anything to a database.
async fn what_looks_like_a_pattern_is_a_text(backend: Backend) {
    let app = TestApp::start(backend).await;
    let admin = app.admin().await;
    let names = ["100%_sure", "back\\slash", "quo\"ted 'name'", "star * OR near", "{{7*7}} ${7*7} %s"];
    let mut made = Vec::new();
    for (n, name) in names.iter().enumerate() {
        let body = json!({ "email": format!("odd{n}@mail.example"), "full_name": name });
        let made_one = admin.post("/api/users", body).await;
        made.push(made_one.assert_status(201).body["data"]["id"].as_i64().unwrap());
        assert_eq!(made_one.body["data"]["full_name"], json!(name));
    }
    let everybody = walk(&admin, "", 100).await.len();
    for (q, found) in [
        ("%", vec![]),
        ("_", vec![]),
        ("%%%", vec![]),
        ("___", vec![]),
        ("1%e", vec![]),
        ("100%_", vec![made[0]]),
        ("%_s", vec![made[0]]),
        ("100", vec![made[0]]),
        ("k\\s", vec![made[1]]),
        ("\\", vec![]),
        ("o\"t", vec![made[2]]),
        ("'name'", vec![made[2]]),
        ("' OR '1'='1", vec![]),
        ("\" OR \"1\"=\"1", vec![]),
        ("r * o", vec![made[3]]),
        ("star OR near", vec![]),
        ("star near", vec![]),
        ("sta*", vec![]),
        ("^star", vec![]),
        ("username_key:keeper", vec![]),
        ("NOT keeper", vec![]),
        ("{{7*7}}", vec![made[4]]),
        ("49", vec![]),
        ("(keeper)", vec![]),
        ("keeper\\", vec![]),
        ("-- ", vec![]),
    ] {
        let answer = admin.get(&format!("/api/users?sort=id&q={}", encoded(q))).await;
        let found_ids = ids(answer.assert_status(200).body["data"].as_array().unwrap());
        assert_eq!(found_ids, found, "{q}");
    }
    assert_eq!(walk(&admin, "", 100).await.len(), everybody);
}

async fn what_nobody_can_look_for_is_refused(backend: Backend) {
    let app = TestApp::start(backend).await;
    let admin = app.admin().await;
    let long = "a".repeat(101);
    for (name, values) in [
        ("q", &["", "%20%20", "%00", "a%00b", "a%0Ab", "%E2%80%8B", long.as_str()][..]),
        ("role", &["", "Admin", "a%20b", "%25", "'"]),
        ("is_active", &["", "1", "yes", "TRUE", "null"]),
    ] {
        for value in values {
            complains(&admin, &format!("/api/users?{name}={value}"), name).await;
        }
        complains(&admin, &format!("/api/users?{name}=member&{name}=member"), name).await;
    }
    // A role there is not is held by nobody, which is no mistake.
    let nobody = admin.get("/api/users?role=no-such-role").await;
    assert_eq!(nobody.assert_status(200).body["data"], json!([]));
    let longest = "a".repeat(100);
    admin.get(&format!("/api/users?q={longest}")).await.assert_status(200);
}

/// S71
async fn what_is_no_page_of_accounts_is_refused(backend: Backend) {
    let app = TestApp::start(backend).await;
    let admin = app.admin().await;
    for list in
        ["/api/users".to_owned(), "/api/roles".to_owned(), format!("/api/users/{}/sessions", id(&admin))]
    {
        for size in ["0", "-1", "101", "2147483648", "9223372036854775808", "a", "NaN", "1e309", "", "1.0"] {
            complains(&admin, &format!("{list}?page_size={size}"), "page_size").await;
        }
        for cursor in ["", "1", "%00", "0".repeat(34).as_str(), "0".repeat(3000).as_str()] {
            complains(&admin, &format!("{list}?cursor={cursor}"), "cursor").await;
        }
        for unknown in ["page", "offset", "limit", "order_by", "fields"] {
            complains(&admin, &format!("{list}?{unknown}=1"), unknown).await;
        }
        complains(&admin, &format!("{list}?page_size=1&page_size=1"), "page_size").await;
    }
}

/// S71: and no byte of it can be another.
async fn a_cursor_is_good_for_its_own_order_alone(backend: Backend) {
    let app = TestApp::start(backend).await;
    let admin = app.admin().await;
    people(&app.database);
    for n in 0..3 {
        make_role(&admin, &format!("guide-{n}"), &[]).await.assert_status(201);
        app.clock.advance(Duration::from_secs(1));
    }
    let cursor = async |path: &str| {
        let page = admin.get(path).await;
        page.assert_status(200).body["next_cursor"].as_str().unwrap().to_owned()
    };
    let by_email = cursor("/api/users?sort=email&page_size=3").await;
    admin.get(&format!("/api/users?sort=email&cursor={by_email}")).await.assert_status(200);
    for other in ["sort=-email", "sort=username", "sort=created_at", "sort=last_login_at"] {
        complains(&admin, &format!("/api/users?{other}&cursor={by_email}"), "cursor").await;
    }
    for list in ["/api/roles", "/api/admin/audit", "/api/auth/sessions"] {
        complains(&admin, &format!("{list}?cursor={by_email}"), "cursor").await;
    }
    let by_name = cursor("/api/roles?page_size=2").await;
    complains(&admin, &format!("/api/users?cursor={by_name}"), "cursor").await;
    for at in (0..by_email.len()).step_by(5) {
        let mut forged = by_email.clone().into_bytes();
        forged[at] = if forged[at] == b'0' { b'1' } else { b'0' };
        let forged = String::from_utf8(forged).unwrap();
        complains(&admin, &format!("/api/users?sort=email&cursor={forged}"), "cursor").await;
    }
}

async fn roles_are_listed_in_pages(backend: Backend) {
    let app = TestApp::start(backend).await;
    let admin = app.admin().await;
    for name in ["guide", "a-first", "z-last"] {
        make_role(&admin, name, &["posts.write", "comments.write"]).await.assert_status(201);
    }
    let mut names = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = admin.get(&format!("/api/roles?page_size=4{cursor}")).await;
        let roles = page.assert_status(200).body["data"].as_array().unwrap().clone();
        names.extend(roles.iter().map(|role| role["name"].as_str().unwrap().to_owned()));
        let Some(next) = page.body["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(names, ["a-first", "admin", "editor", "guide", "member", "z-last"]);
}

/// Every account that `query` finds, page by page.
async fn walk(admin: &Client, query: &str, size: usize) -> Vec<Value> {
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = admin.get(&format!("/api/users?page_size={size}&{query}{cursor}")).await;
        let users = page.assert_status(200).body["data"].as_array().unwrap().clone();
        assert!(users.len() <= size, "{query}");
        all.extend(users);
        let Some(next) = page.body["next_cursor"].as_str() else { return all };
        cursor = format!("&cursor={next}");
    }
}

fn ids(users: &[Value]) -> Vec<i64> {
    users.iter().map(|user| user["id"].as_i64().unwrap()).collect()
}

async fn complains(admin: &Client, path: &str, name: &str) {
    let answer = admin.get(path).await;
    assert_eq!((answer.status, answer.code()), (422, "invalid_fields"), "{path:.200}: {}", answer.text);
    assert!(!answer.complaints(name).is_empty(), "{path:.200}: {}", answer.text);
}

/// Percent-encoded for a query.
fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
