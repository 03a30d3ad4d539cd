//! A run that is repeated takes the difference, and never undoes what was done here.

use serde_json::{Value, json};

use super::collisions::write;
use super::{House, Moved};
use crate::accounts::imported_hashes::{DJANGO, PASSWORD};
use crate::accounts::{quoted, sign_in};
use crate::harness::{Backend, given};

on_both!(
    a_second_run_takes_the_difference,
    what_changed_here_stays,
    whoever_was_deleted_here_does_not_come_back,
    a_password_that_changed_there_opens_the_account,
    the_last_admin_stays_admin,
    an_import_claims_the_first_account_and_the_trail_tells_of_it,
    nobody_becomes_admin_by_the_name_of_a_group,
    a_dry_run_on_the_schema_of_the_release_before_changes_nothing,
    another_password_there_ends_the_sessions_here,
    what_an_interrupted_run_took_may_have_changed,
    a_clock_that_was_ahead_does_no_harm,
);

pub(super) fn person(id: u32, more: &Value) -> Value {
    let mut person = json!({ "id": id, "username": format!("person{id}"), "email": given::address(&format!("p{id}")),
        "created_at": "2020-02-03T04:05:06Z", "hash": DJANGO[0].1 });
    person.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    person
}

pub(super) fn words(file: &str) -> [&str; 5] {
    ["jsonl", "--from", file, "--hash-column", "hash"]
}

/// The columns of a person, `|` between them.
fn told(house: &House, id: u32, columns: &str) -> String {
    let one = format!("select {columns} from users where username_key = 'person{id}'");
    house.database.sql(&one)
}

async fn a_second_run_takes_the_difference(backend: Backend) {
    let house = House::new(backend);
    let people = [
        person(1, &json!({ "nickname": "One" })),
        person(2, &json!({ "nickname": "Two", "is_active": true })),
        person(3, &json!({})),
    ];
    let file = write(&house, "people.jsonl", &people);
    assert!(house.import(&words(&file)).well().contains("Accounts: 3 taken"));
    let before = told(&house, 2, "id, created_at");
    let people = [
        person(1, &json!({ "nickname": "One" })),
        person(
            2,
            &json!({ "nickname": "Deux", "is_active": false, "roles": ["Guides"], "email": "two@example.org" }),
        ),
        person(3, &json!({})),
        person(4, &json!({})),
    ];
    let file = write(&house, "people.jsonl", &people);
    for more in [&["--dry-run"][..], &[]] {
        let moved = house.import(&[&words(&file)[..], more].concat());
        assert!(moved.well().contains("Accounts: 1 taken, 1 updated, 2 unchanged"), "{}", moved.said);
    }
    let after = told(&house, 2, "nickname, email, email_key, suspended_at is not null");
    assert!(after.starts_with("Deux|two@example.org|two@example.org|"), "{after}");
    assert!(after.ends_with(['1', 't']), "{after}");
    assert_eq!(told(&house, 2, "id, created_at"), before);
    let roles =
        "select role from user_roles join users on id = user_id where username_key = 'person2' order by role";
    assert_eq!(house.database.sql(roles), "guides\nmember");
    assert!(house.import(&words(&file)).well().contains("0 taken, 0 updated, 4 unchanged"));
}

/// Each on its own: the row there changed too, and the report says that it stays.
async fn what_changed_here_stays(backend: Backend) {
    let house = House::new(backend);
    let changes = [
        "update users set full_name = 'Here', full_name_key = 'here' where username_key = 'person1'",
        "update users set password_hash = '!' where username_key = 'person2'",
        "update users set suspended_at = '2026-01-02 03:04:05' where username_key = 'person3'",
        "delete from user_roles where user_id = (select id from users where username_key = 'person4')",
        "update users set email = 'x@example.org', email_key = 'x@example.org' where username_key = 'person5'",
        "update users set metadata = '{\"a\":1}' where username_key = 'person6'",
    ];
    let count = u32::try_from(changes.len()).unwrap();
    let people = |more: &Value| (1..=count + 1).map(|id| person(id, more)).collect::<Vec<_>>();
    let file = write(&house, "people.jsonl", &people(&json!({})));
    house.import(&words(&file)).well();
    for change in changes {
        house.database.sql(change);
    }
    let all =
        "select username, full_name, password_hash, suspended_at, email, metadata from users order by id";
    let before = house.database.sql(all);
    let file = write(&house, "people.jsonl", &people(&json!({ "phone": "+919876543210" })));
    for more in [&["--dry-run"][..], &[]] {
        let moved = house.import(&[&words(&file)[..], more].concat());
        assert!(
            moved.well().contains("0 taken, 1 updated, 0 unchanged, 6 changed on both sides"),
            "{}",
            moved.said
        );
        for line in 1..=count {
            assert!(moved.line(&format!("line {line}")).starts_with("kept\t"), "{}", moved.said);
        }
    }
    assert_eq!(house.database.sql(all), before);
    assert_eq!(told(&house, count + 1, "phone"), "+919876543210");
    assert_eq!(house.database.sql("select count(*) from users where phone is not null"), "1");
}

async fn whoever_was_deleted_here_does_not_come_back(backend: Backend) {
    let house = House::new(backend);
    let file = write(&house, "people.jsonl", &[person(1, &json!({})), person(2, &json!({}))]);
    house.import(&words(&file)).well();
    house.database.sql(
        "delete from user_roles where user_id = (select id from users where username_key = 'person1');
         delete from users where username_key = 'person1'",
    );
    let changed = [person(1, &json!({ "nickname": "Back" })), person(2, &json!({}))];
    for rows in [[person(1, &json!({})), person(2, &json!({}))], changed] {
        let file = write(&house, "people.jsonl", &rows);
        for more in [&["--dry-run"][..], &[]] {
            let moved = house.import(&[&words(&file)[..], more].concat());
            assert!(
                moved
                    .well()
                    .contains("0 taken, 0 updated, 1 unchanged, 0 changed on both sides, 1 deleted here")
            );
        }
    }
    assert_eq!(house.database.sql("select username from users"), "person2");
}

/// Where nobody changed it here: a hash, and a password in the clear, of which nothing is kept that could tell.
async fn a_password_that_changed_there_opens_the_account(backend: Backend) {
    let mut house = House::new(backend);
    let file = write(&house, "people.jsonl", &[person(1, &json!({}))]);
    house.import(&words(&file)).well();
    let file = write(&house, "people.jsonl", &[person(1, &json!({ "hash": DJANGO[1].1 }))]);
    assert!(house.import(&words(&file)).well().contains("1 updated"));
    assert_eq!(told(&house, 1, "password_hash"), DJANGO[1].1);
    assert!(plain(&house, ["first lantern 1", "second lantern 2"]).well().contains("2 taken"));
    let kept = told(&house, 3, "password_hash");
    assert!(plain(&house, ["first lantern 1", "second lantern 2"]).well().contains("0 updated, 2 unchanged"));
    assert_eq!(told(&house, 3, "password_hash"), kept);
    assert!(
        plain(&house, ["another lantern 3", "second lantern 2"]).well().contains("1 updated, 1 unchanged")
    );
    assert_eq!(told(&house, 3, "password_hash"), kept);
    house.open();
    let stranger = house.process.anonymous();
    sign_in(&stranger, "person1", PASSWORD).await.assert_status(200);
    sign_in(&stranger, "person2", "another lantern 3").await.assert_status(200);
    sign_in(&stranger, "person2", "first lantern 1").await.assert_status(401);
    // Whoever chose a new password here keeps it.
    let session = sign_in(&stranger, "person3", "second lantern 2").await;
    let person3 = stranger.with_token(session.body["access_token"].as_str().unwrap());
    let change = json!({ "current_password": "second lantern 2", "new_password": given::PASSWORD });
    person3.post("/api/auth/password/change", change).await.assert_status(200);
    let moved = plain(&house, ["another lantern 3", "fourth lantern 4"]);
    assert!(moved.well().contains("0 updated, 2 unchanged"), "{}", moved.said);
    sign_in(&stranger, "person3", given::PASSWORD).await.assert_status(200);
}

/// An import of two people and their passwords in the clear.
fn plain(house: &House, passwords: [&str; 2]) -> Moved {
    let people = [2, 3].map(|id| json!({ "username": format!("person{id}"), "password": passwords[id - 2] }));
    let file = write(house, "plain.jsonl", &people);
    house.import(&["jsonl", "--from", &file, "--plaintext-column", "password"])
}

/// S65: of two that lose the role there, one keeps it here.
async fn the_last_admin_stays_admin(backend: Backend) {
    let house = House::new(backend);
    let people = |admin: bool| [1, 2].map(|id| person(id, &json!({ "is_admin": admin })));
    let file = write(&house, "people.jsonl", &people(true));
    assert!(house.import(&words(&file)).well().contains("2 admins"));
    let admins = "select count(*) from user_roles where role = 'admin'";
    assert_eq!(house.database.sql(admins), "2");
    let file = write(&house, "people.jsonl", &people(false));
    let moved = house.import(&words(&file));
    assert!(moved.well().contains("1 updated, 0 unchanged, 1 changed on both sides"), "{}", moved.said);
    assert!(moved.line("line 2").contains("is the last admin here"), "{}", moved.said);
    assert_eq!(house.database.sql(admins), "1");
}

async fn an_import_claims_the_first_account_and_the_trail_tells_of_it(backend: Backend) {
    let mut house = House::new(backend);
    let file = write(&house, "people.jsonl", &[person(1, &json!({})), person(2, &json!({ "email": "no" }))]);
    house.import(&words(&file)).well();
    let trail = house.database.sql("select outcome, detail from audit_events where event = 'data.imported'");
    let place = std::fs::canonicalize(&file).unwrap();
    assert_eq!(trail, format!("success|jsonl:{}: taken=2 reduced=1", place.display()));
    house.open();
    let stranger = house.process.anonymous();
    let made = stranger.post("/api/auth/register", given::registration("late")).await;
    assert_eq!(made.assert_status(201).body["user"]["is_admin"], false);
}

async fn nobody_becomes_admin_by_the_name_of_a_group(backend: Backend) {
    let house = House::new(backend);
    let groups =
        json!({ "roles": ["admin", "Admin", "Tour guides", "\u{915}\u{947}\u{930}\u{932}", "member"] });
    let file = write(&house, "people.jsonl", &[person(1, &groups)]);
    let moved = house.import(&words(&file));
    assert!(moved.well().contains("Roles: 4 made."), "{}", moved.said);
    let roles =
        "select role, description, permissions from user_roles join roles on name = role order by role";
    let roles = house.database.sql(roles);
    let names: Vec<_> = roles.lines().map(|line| line.split('|').next().unwrap()).collect();
    assert_eq!(names.len(), 5, "{roles}");
    assert!(names[0].starts_with("admin-") && names[1].starts_with("admin-"), "{roles}");
    assert!(names[3].starts_with("role-") && names[4] == "tour-guides" && names[2] == "member", "{roles}");
    assert!(roles.contains("|Tour guides|") && roles.contains("|\u{915}\u{947}\u{930}\u{932}|"), "{roles}");
    assert_eq!(house.database.sql("select count(*) from user_roles where role = 'admin'"), "0");
    // What such a group may here is decided here, and stays so.
    house.database.sql("update roles set permissions = 'users.read' where name = 'tour-guides'");
    let again = house.import(&words(&file));
    assert!(again.well().contains("1 unchanged"), "{}", again.said);
    let permissions = "select permissions from roles where name = 'tour-guides'";
    assert_eq!(house.database.sql(permissions), "users.read");
}

/// It sees the accounts there are, and does not bring the schema up to date.
async fn a_dry_run_on_the_schema_of_the_release_before_changes_nothing(backend: Backend) {
    let house = House::new(backend);
    let rows = [person(1, &json!({})), person(2, &json!({}))];
    let file = write(&house, "people.jsonl", &rows[..1]);
    house.import(&words(&file)).well();
    house.database.sql(
        "drop table imported_rows; drop table imports;
         delete from __diesel_schema_migrations where version >= '20261121140200'",
    );
    let before = house.database.dump();
    let file = write(&house, "people.jsonl", &rows);
    let moved = house.import(&[&words(&file)[..], &["--dry-run"]].concat());
    assert!(moved.well().contains("Accounts: 1 taken"), "{}", moved.said);
    assert!(moved.line("line 1").contains("its username is that of account 1 here"), "{}", moved.said);
    assert!(lines(&house.database.dump()) == lines(&before), "the database changed");
}

/// Whoever is signed in by the old one is out; whoever only has another nickname there is not.
async fn another_password_there_ends_the_sessions_here(backend: Backend) {
    let mut house = House::new(backend);
    let file = write(&house, "people.jsonl", &[person(1, &json!({})), person(2, &json!({}))]);
    house.import(&words(&file)).well();
    house.open();
    let stranger = house.process.anonymous();
    let mut clients = Vec::new();
    for name in ["person1", "person2"] {
        let session = sign_in(&stranger, name, PASSWORD).await;
        clients.push(stranger.with_token(session.assert_status(200).body["access_token"].as_str().unwrap()));
    }
    // Signing in renews the hash, after which only an administrator's word would change it again.
    house.database.sql(&format!("update users set password_hash = {}", quoted(DJANGO[0].1)));
    let people = [person(1, &json!({ "hash": DJANGO[1].1 })), person(2, &json!({ "nickname": "Two" }))];
    let file = write(&house, "people.jsonl", &people);
    assert!(house.import(&words(&file)).well().contains("2 updated"));
    clients[0].get("/api/auth/profile").await.assert_status(401);
    clients[1].get("/api/auth/profile").await.assert_status(200);
}

/// As if it had ended behind the second of three: one before its mark changed there, one came in before it, and rows moved.
async fn what_an_interrupted_run_took_may_have_changed(backend: Backend) {
    let house = House::new(backend);
    let [one, two, three] = [1, 2, 3].map(|id| person(id, &json!({})));
    let file = write(&house, "people.jsonl", &[one.clone(), two.clone()]);
    house.import(&words(&file)).well();
    for mark in ["id:2", "id:3"] {
        let stands = format!("update imports set finished_at = null, step = 'users', last_key = '{mark}'");
        house.database.sql(&stands);
        let changed = person(1, &json!({ "nickname": mark }));
        let early = person(if mark == "id:2" { 4 } else { 5 }, &json!({}));
        let file = write(&house, "people.jsonl", &[early, two.clone(), changed, three.clone()]);
        let moved = house.import(&words(&file));
        assert!(moved.well().contains("ended early: going on"), "{}", moved.said);
        let figures = if mark == "id:2" {
            "2 taken, 1 updated, 1 unchanged"
        } else {
            "1 taken, 1 updated, 2 unchanged"
        };
        assert!(
            moved.said.contains(&format!(
                "Accounts: {figures}, 0 changed on both sides, 0 deleted here, 0 not taken"
            )),
            "{}",
            moved.said
        );
        assert_eq!(told(&house, 1, "nickname"), mark);
    }
}

async fn a_clock_that_was_ahead_does_no_harm(backend: Backend) {
    let house = House::new(backend);
    let file = write(&house, "people.jsonl", &[person(1, &json!({})), person(2, &json!({}))]);
    house.import(&words(&file)).well();
    house.database.sql("update imported_rows set imported_at = '2099-01-02 03:04:05'");
    let people = [person(1, &json!({ "nickname": "One" })), person(2, &json!({}))];
    let file = write(&house, "people.jsonl", &people);
    assert!(house.import(&words(&file)).well().contains("1 updated, 1 unchanged"));
    assert!(house.import(&words(&file)).well().contains("0 updated, 2 unchanged"));
}

/// A dump without the lines in which no two dumps of one database are the same.
fn lines(dump: &[u8]) -> Vec<Vec<u8>> {
    let lines = dump.split(|byte| *byte == b'\n');
    lines.filter(|line| !line.windows(9).any(|word| word == b"restrict ")).map(<[u8]>::to_vec).collect()
}
