//! A Django project moves in.

use serde_json::{Value, json};

use super::{House, Moved, Old, PASSWORD};
use crate::accounts::{count, quoted, sign_in, stored_hash};
use crate::harness::Backend;
use crate::harness::client::{Answer, Client};

/// A picture, whatever its file is called.
const PICTURE: [u8; 35] =
    *b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xFF\xFF\xFF,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;";

on_both!(
    everybody_signs_in_with_the_old_password_at_the_first_try,
    groups_become_roles_and_staff_admins,
    profiles_tokens_and_texts_come_along,
    what_is_over_or_not_for_everybody_there_is_so_here,
    pictures_come_out_of_the_folder_of_uploads_and_from_nowhere_else,
    rows_that_collide_are_told_with_both,
    a_second_run_takes_what_is_new_and_nothing_twice,
    accounts_of_a_projects_own_come_in,
    what_is_not_there_is_told_in_a_sentence,
);

const SCRIPT: &str = "django_site.py";

const HASHERS: [&str; 6] = ["pbkdf2_sha256", "pbkdf2_sha1", "argon2", "bcrypt_sha256", "bcrypt", "scrypt"];

/// A project moves in whose database is of the installation's kind; what its script printed, and what the import said.
fn moved(backend: Backend, stage: &str, words: &[&str]) -> (House, Old, String, Moved) {
    let house = House::new(backend);
    let old = Old::new(backend);
    let printed = old.make(SCRIPT, &[stage]);
    let url = old.url();
    let moved = house.import(&[&["django", "--from", &url], words].concat());
    moved.well();
    (house, old, printed, moved)
}

fn stranger(house: &House) -> Client {
    house.process.anonymous()
}

/// Roles of an account, in their order.
fn roles(house: &House, name: &str) -> String {
    let query = format!(
        "select role from user_roles where user_id = (select id from users where username = {}) order by role",
        quoted(name)
    );
    house.database.sql(&query).replace('\n', " ")
}

/// S32: with every hasher that Django has; and the hash is one of today's from then on.
async fn everybody_signs_in_with_the_old_password_at_the_first_try(backend: Backend) {
    let (mut house, old, _, moved) = moved(backend, "stock", &[]);
    let before = old.dump();
    house.open();
    for name in HASHERS {
        let old = stored_hash(&house.database, name);
        assert!(old.starts_with(&format!("{name}$")), "{name}: {old}");
        let answer = sign_in(&stranger(&house), name, PASSWORD).await;
        assert_eq!(answer.assert_status(200).body["user"]["full_name"], json!(format!("Éva Nagy {name}")));
        let renewed = stored_hash(&house.database, name);
        assert!(renewed.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{name}: {renewed}");
        sign_in(&stranger(&house), &format!("{name}@example.org"), PASSWORD).await.assert_status(200);
        assert_eq!(stored_hash(&house.database, name), renewed);
        sign_in(&stranger(&house), name, "another").await.assert_error(401, "invalid_credentials");
    }
    // Our own sign-up would take some of these names from nobody.
    for name in ["राम.कुमार", "J.Neil+boats@sea", "x", "root", "nobody.writes.me", "post@example.org"]
    {
        let answer = sign_in(&stranger(&house), name, PASSWORD).await;
        let user = &answer.assert_status(200).body["user"];
        let is_address = name == "post@example.org";
        assert_eq!(user["username"], if is_address { Value::Null } else { json!(name) });
        assert_eq!(user["email"] == Value::Null, name == "nobody.writes.me", "{user}");
        assert_eq!(user["created_at"], json!("2019-03-04T05:06:07.890Z"));
    }
    // This one is no name in Django either, whoever put it there.
    assert!(moved.line("auth_user id 9").contains("username may hold"), "{}", moved.said);
    let answer = sign_in(&stranger(&house), "oneil@example.org", PASSWORD).await;
    assert_eq!(answer.assert_status(200).body["user"]["username"], Value::Null);
    sign_in(&stranger(&house), "suspended", PASSWORD).await.assert_error(403, "account_suspended");
    sign_in(&stranger(&house), "locked", PASSWORD).await.assert_error(401, "invalid_credentials");
    assert!(!moved.said.contains("pbkdf2_sha256$"), "{}", moved.said);
    assert_eq!(old.dump(), before);
}

async fn groups_become_roles_and_staff_admins(backend: Backend) {
    let (mut house, _old, _, moved) = moved(backend, "stock", &[]);
    assert_eq!(roles(&house, "boss"), "admin");
    assert_eq!(roles(&house, "clerk"), "admin");
    assert_eq!(roles(&house, "argon2"), "member");
    let of_writer = roles(&house, "writer");
    let names: Vec<_> = of_writer.split(' ').collect();
    // A group called Admin is no more than any other, and one without a Latin letter has a name all the same.
    assert_eq!(names.len(), 4, "{of_writer}");
    assert!(names[0].starts_with("admin-") && names[3].starts_with("role-"), "{of_writer}");
    assert_eq!(names[1..3], ["content-editors", "member"]);
    let of = |description: &str| {
        let query = format!("select permissions from roles where description = {}", quoted(description));
        house.database.sql(&query)
    };
    assert_eq!(of("Content Editors"), "users.read posts.write posts.moderate comments.write");
    assert_eq!(of("सहायता"), "users.write roles.manage contact.read");
    assert_eq!(of("Admin"), "");
    let told = moved.line("auth_user id 24");
    assert!(told.starts_with("reduced\t") && told.contains("given to this account alone (2)"), "{told}");

    house.open();
    let writer = token_of(&sign_in(&stranger(&house), "writer", PASSWORD).await);
    let writer = stranger(&house).with_token(&writer);
    writer.get("/api/users").await.assert_status(200);
    writer.get("/api/admin/audit").await.assert_error(403, "forbidden");
}

fn token_of(answer: &Answer) -> String {
    answer.assert_status(200).body["access_token"].as_str().unwrap().to_owned()
}

async fn profiles_tokens_and_texts_come_along(backend: Backend) {
    let (mut house, _old, printed, _) = moved(backend, "stock", &["--tokens"]);
    let query = "select nickname, phone, dob, email from users where username = 'profiled'";
    assert_eq!(house.database.sql(query), "Profi|+912227782183|1990-05-17|profiled@example.org");
    let query = "select nickname, coalesce(phone, '-'), email from users where username = 'boss'";
    assert_eq!(house.database.sql(query), "Chief|-|boss@example.org");
    let texts = |table: &str| count(&house.database, &format!("select count(*) from {table}"));
    // One title is too long to be one, and its comment has nothing to stand under.
    assert_eq!((texts("posts"), texts("comments"), texts("contact_messages")), (2, 2, 1));
    let query = "select slug, created_at from posts where title = 'A day in Kerala'";
    assert_eq!(house.database.sql(query), "a-day-in-kerala|2020-01-02 03:04:05");

    house.open();
    let tokens: Vec<_> = printed.lines().filter_map(|line| line.split_once(' ')).collect();
    let as_django = async |token: &str, path: &str| {
        let client = stranger(&house);
        let request =
            client.request(reqwest::Method::GET, path).header("Authorization", format!("Token {token}"));
        client.send(request).await
    };
    let (name, token) = tokens[0];
    assert!(name == "writer" && token.len() == 40, "{printed}");
    let answer = as_django(token, "/api/auth/profile").await;
    assert_eq!(answer.assert_status(200).body["username"], json!("writer"));
    stranger(&house).with_token(token).get("/api/auth/profile").await.assert_status(200);
    as_django(tokens[1].1, "/api/auth/profile").await.assert_status(401);
    stranger(&house).with_token(token).post("/api/auth/logout", json!({})).await.assert_status(200);
    as_django(token, "/api/auth/profile").await.assert_status(401);
    assert!(!String::from_utf8_lossy(&house.database.dump()).contains(token));
}

/// Tokens that end at a moment nobody can read, tokens of suspended accounts, drafts, and comments that were not let through.
async fn what_is_over_or_not_for_everybody_there_is_so_here(backend: Backend) {
    let (mut house, old) = (House::new(backend), Old::new(backend));
    let printed = old.make(SCRIPT, &["stock"]) + &old.make(SCRIPT, &["odd"]);
    let url = old.url();
    let moved = house.import(&["django", "--from", &url, "--tokens"]);
    assert!(moved.well().contains("Tokens: 2 taken, 5 not taken."), "{}", moved.said);
    let tried = house.import(&["django", "--from", &url, "--tokens", "--dry-run"]);
    assert!(tried.well().contains("Tokens: 0 taken, 5 not taken."), "{}", tried.said);
    for (place, told) in [
        ("token \"10\"", "when it ends cannot be read"),
        ("token \"15\"", "when it ends cannot be read"),
        ("token \"16\"", "when it ends cannot be read"),
        ("token \"11\"", "has run out"),
        ("token \"14\"", "its account is suspended here"),
        ("blog_comment id 1", "is not public there"),
    ] {
        assert_eq!(moved.line(place), format!("skipped\t{place}\t{told}"));
    }
    let posts = "select slug, coalesce(cast(published_at as text), 'draft'), \
        (select count(*) from comments where post_id = posts.id) from posts where slug = 'a-day-in-kerala'";
    assert_eq!(house.database.sql(posts), "a-day-in-kerala|2020-02-02 02:02:02|0");
    let drafts =
        "select count(*) from posts where published_at is null and created_at = '2020-01-02 03:04:05'";
    assert_eq!(
        (count(&house.database, drafts), count(&house.database, "select count(*) from posts")),
        (1, 2)
    );
    assert_eq!(count(&house.database, "select count(*) from comments"), 1);

    house.open();
    let tokens: Vec<_> = printed.lines().filter_map(|line| line.split_once(' ')).collect();
    assert_eq!(tokens.len(), 7, "{printed}");
    for (name, token) in tokens {
        let expected = if ["writer", "argon2"].contains(&name) { 200 } else { 401 };
        let answer = stranger(&house).with_token(token).get("/api/auth/profile").await;
        assert_eq!(answer.status, expected, "{name}: {}", answer.text);
    }
}

/// S26: and a path that leads out of the folder leads nowhere.
async fn pictures_come_out_of_the_folder_of_uploads_and_from_nowhere_else(backend: Backend) {
    let folder = tempfile::TempDir::new().unwrap();
    let uploads = folder.path().join("media");
    std::fs::create_dir_all(uploads.join("avatars")).unwrap();
    std::fs::write(uploads.join("avatars/profiled.png"), PICTURE).unwrap();
    std::fs::write(folder.path().join("outside.png"), PICTURE).unwrap();
    let words = ["--media-root", uploads.to_str().unwrap()];
    let (mut house, _old, _, moved) = moved(backend, "stock", &words);
    let query = "select username from users where avatar is not null";
    assert_eq!(house.database.sql(query), "profiled", "{}", moved.said);
    assert!(moved.said.contains("Pictures: 1 taken, 1 not taken."), "{}", moved.said);
    house.open();
    let answer = sign_in(&stranger(&house), "profiled", PASSWORD).await;
    let token = token_of(&answer);
    let profile = stranger(&house).with_token(&token).get("/api/auth/profile").await;
    let url = profile.body["profile"]["avatar_url"].as_str().unwrap_or_default();
    let path = url.find("/media/").map(|start| url[start..].to_owned()).expect("an avatar_url");
    let picture = stranger(&house).get(&path).await;
    assert_eq!(picture.assert_status(200).header("content-type"), Some("image/webp"));
}

async fn rows_that_collide_are_told_with_both(backend: Backend) {
    let (mut house, _old, _, moved) = moved(backend, "stock", &[]);
    for (loser, winner, name) in [(19, 18, "Straße"), (21, 20, "jos\u{e9}"), (23, 22, "twin")] {
        let told = moved.line(&format!("auth_user id {loser}"));
        assert!(told.starts_with("skipped\t"), "{told}");
        assert!(told.contains(&format!("auth_user id {winner}")), "{told}");
        assert_eq!(
            count(&house.database, &format!("select count(*) from users where username = '{name}'")),
            1
        );
    }
    assert_eq!(count(&house.database, "select count(*) from users"), 25 - 3);
    house.open();
    for name in ["strasse", "JOSE\u{301}", "same@example.org"] {
        sign_in(&stranger(&house), name, PASSWORD).await.assert_status(200);
    }
}

async fn a_second_run_takes_what_is_new_and_nothing_twice(backend: Backend) {
    let (mut house, old, _, _) = moved(backend, "stock", &["--tokens", "--batch", "5"]);
    let figures = "select (select count(*) from users), (select count(*) from posts), (select count(*) from roles), \
        (select count(*) from user_roles), (select count(*) from sessions), (select count(*) from comments)";
    let before = house.database.sql(figures);
    let url = old.url();
    house.import(&["django", "--from", &url, "--tokens"]).well();
    assert_eq!(house.database.sql(figures), before);
    house.open();
    sign_in(&stranger(&house), "argon2", PASSWORD).await.assert_status(200);
    let renewed = stored_hash(&house.database, "argon2");

    old.make(SCRIPT, &["later"]);
    house.import(&["django", "--from", &url]).well();
    assert_eq!(count(&house.database, "select count(*) from users"), 25 - 3 + 1);
    sign_in(&stranger(&house), "newcomer", PASSWORD).await.assert_status(200);
    assert_eq!(house.database.sql("select full_name from users where username = 'clerk'"), "Clara Klerk");
    // What was renewed here is not put back.
    assert_eq!(stored_hash(&house.database, "argon2"), renewed);
}

async fn accounts_of_a_projects_own_come_in(backend: Backend) {
    let words = ["--user-table", "members_member", "--tokens"];
    let (mut house, _old, printed, _) = moved(backend, "members", &words);
    let role = house.database.sql("select description, permissions from roles where name = 'role-2nd-watch'");
    assert_eq!(role, "2nd watch|users.read users.write");
    assert_eq!(count(&house.database, "select count(*) from users where phone = '+4930901820'"), 6);
    house.open();
    let tokens: Vec<_> = printed.lines().filter_map(|line| line.split_once(' ')).collect();
    for (what, token) in &tokens {
        let expected = if what.ends_with("good") { 200 } else { 401 };
        let answer = stranger(&house).with_token(token).get("/api/auth/profile").await;
        assert_eq!(answer.status, expected, "{what}: {}", answer.text);
    }
    for number in 0..6 {
        let answer = sign_in(&stranger(&house), &format!("member{number}@example.org"), PASSWORD).await;
        let user = &answer.assert_status(200).body["user"];
        assert_eq!(user["full_name"], json!(format!("Member № {number}")));
        assert_eq!(user["is_admin"], json!(number == 0));
        assert!(user["roles"].as_array().unwrap().contains(&json!("role-2nd-watch")), "{user}");
    }
    // One session each, as a fresh installation has it: that of the old token is over.
    for (_, token) in &tokens {
        stranger(&house).with_token(token).get("/api/auth/profile").await.assert_status(401);
    }
}

/// S30: what looks like SQL is a name like others.
async fn what_is_not_there_is_told_in_a_sentence(backend: Backend) {
    let house = House::new(backend);
    let old = Old::new(backend);
    old.make(SCRIPT, &["stock"]);
    let before = old.dump();
    let url = old.url();
    for (words, code, told) in [
        (&["--user-table", "auth_users"][..], 2, "there is no table auth_users; there are: auth_group, "),
        (
            &["--user-table", "a\"; DROP TABLE auth_user; --"],
            2,
            "there is no table a\"; DROP TABLE auth_user; --; ",
        ),
        (&["--user-table", "blog_post"], 2, "has no column of password hashes"),
        (&["--email-column", "e-mail"], 2, "table auth_user has no column e-mail; there are: id, password, "),
        (&["--id-column", "is_staff"], 2, "column is_staff of table auth_user does not tell the rows apart"),
        (&["--profile-table", "blog_contact"], 2, "table blog_contact has no column user_id; there are: "),
        (&["--token-table", "blog_post"], 2, "table blog_post has no column key or token; "),
    ] {
        let refused = house.import(&[&["django", "--from", &url], words].concat());
        let sentence = refused.refused(code);
        assert!(sentence.contains(told), "{words:?}: {sentence}");
    }
    for (from, code, told) in [
        ("mysql://h/d", 2, "must begin with postgres://"),
        ("sqlite:///no/such/file.db", 2, "there is no file /no/such/file.db"),
        ("sqlite:///etc", 2, "cannot be read: it is not a file"),
        ("sqlite:///etc/passwd", 2, "cannot be read: file is not a database"),
        ("postgres://me:hunter2@127.0.0.1:1/d", 1, "cannot connect to postgresql://127.0.0.1:1/d: "),
    ] {
        let refused = house.import(&["django", "--from", from]);
        let sentence = refused.refused(code);
        assert!(sentence.contains(told) && !sentence.contains("hunter2"), "{from}: {sentence}");
    }
    assert_eq!(old.dump(), before);
}
