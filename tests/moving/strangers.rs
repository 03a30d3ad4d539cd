//! Keys and names that are somebody else's: nobody comes to what is another's by them.

use serde_json::json;

use super::collisions::write;
use super::rerun::{person, words};
use super::{House, Moved};
use crate::accounts::imported_hashes::DJANGO;
use crate::harness::{Backend, given};

on_both!(
    a_key_that_is_somebody_elses_there_gives_no_account_away,
    a_token_of_whoever_has_the_key_now_opens_nothing,
    a_role_of_somebody_else_is_not_given_by_its_name,
);

/// Systems that give the number of whoever was deleted to whoever comes next: also where the account changed here meanwhile.
async fn a_key_that_is_somebody_elses_there_gives_no_account_away(backend: Backend) {
    let house = House::new(backend);
    let people = [person(1, &json!({})), person(2, &json!({})), person(3, &json!({}))];
    let file = write(&house, "people.jsonl", &people);
    house.import(&words(&file)).well();
    house.database.sql("update users set nickname = 'Here' where username_key = 'person2'");
    let all = "select username, email, password_hash, nickname from users order by id";
    let before = house.database.sql(all);
    let newcomer = |id: u32| json!({ "username": format!("new{id}"), "email": given::address(&format!("n{id}")), "hash": DJANGO[1].1 });
    let people =
        [person(1, &newcomer(1)), person(2, &newcomer(2)), person(3, &json!({ "username": "renamed" }))];
    let file = write(&house, "people.jsonl", &people);
    for more in [&["--dry-run"][..], &[], &[]] {
        let moved = house.import(&[&words(&file)[..], more].concat());
        assert!(moved.well().contains("0 taken, "), "{}", moved.said);
        assert!(moved.said.contains("2 changed on both sides"), "{}", moved.said);
        for line in ["line 1", "line 2"] {
            assert!(moved.line(line).contains("another person has this key there now"), "{}", moved.said);
        }
    }
    // Whoever has one of the two still is the same person.
    assert_eq!(house.database.sql(all), before.replace("person3", "renamed"));
}

/// A table of tokens beside one of people, as Django REST framework has it.
async fn a_token_of_whoever_has_the_key_now_opens_nothing(backend: Backend) {
    let house = House::new(backend);
    let old = house.process.folder().join("old.sqlite3");
    let make = |statements: &str| {
        let script = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).executescript(sys.argv[2])";
        let mut python = std::process::Command::new("python3");
        assert!(python.args(["-c", script]).arg(&old).arg(statements).status().unwrap().success());
    };
    make(&format!(
        "create table auth_user (id integer primary key, username text, password text, email text, first_name text, last_name text,
            is_active bool, is_staff bool, is_superuser bool, date_joined datetime, last_login datetime);
         create table authtoken_token (key text primary key, created datetime, user_id integer);
         insert into auth_user values (1, 'before', '{0}', 'before@example.org', '', '', 1, 0, 0, '2020-01-02 03:04:05', null);
         insert into authtoken_token values ('{1}', '2020-01-02 03:04:05', 1);",
        DJANGO[0].1,
        "a".repeat(40)
    ));
    let url = format!("sqlite://{}", old.display());
    let words = ["django", "--from", &url, "--tokens"];
    assert!(house.import(&words).well().contains("Tokens: 1 taken"));
    make(&format!(
        "update auth_user set username = 'after', email = 'after@example.org';
         update authtoken_token set key = '{}';",
        "b".repeat(40)
    ));
    for more in [&["--dry-run"][..], &[]] {
        let moved = house.import(&[&words[..], more].concat());
        assert!(moved.well().contains("Tokens: 0 taken, 1 not taken"), "{}", moved.said);
    }
}

/// What a role allows here nobody has because of what a group elsewhere is called. A dry run tells the same.
async fn a_role_of_somebody_else_is_not_given_by_its_name(backend: Backend) {
    let house = House::new(backend);
    let groups = json!({ "roles": ["Keepers!", "keepers", "editor", "Editor"] });
    let file = write(&house, "people.jsonl", &[person(1, &groups)]);
    let told_of_roles = |moved: &Moved| {
        let lines = moved.well().lines().filter(|line| line.contains("\trole "));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    let dry = house.import(&[&words(&file)[..], &["--dry-run"]].concat());
    let role = "insert into roles (name, description, permissions, built_in) values ('keepers', 'Ours', 'users.write', false)";
    let wet = house.import(&words(&file));
    assert_eq!(told_of_roles(&dry), told_of_roles(&wet));
    assert!(wet.line("role \"editor\"").contains("it allows"), "{}", wet.said);
    assert!(wet.line("role \"Editor\"").contains("did not come from this source"), "{}", wet.said);
    let held = "select role from user_roles order by role";
    let names = house.database.sql(held);
    assert!(
        names.contains("\nkeepers\n") && names.contains("\nkeepers-") && names.contains("\neditor-"),
        "{names}"
    );
    let again = house.import(&words(&file));
    assert!(again.well().contains("1 unchanged") && !again.said.contains("Roles:"), "{}", again.said);
    let other = House::new(backend);
    other.process.command(&["migrate"]).output().unwrap();
    other.database.sql(role);
    let file = write(&other, "people.jsonl", &[person(1, &groups)]);
    for more in [&["--dry-run"][..], &[]] {
        let moved = other.import(&[&words(&file)[..], more].concat());
        assert!(moved.well().contains("Accounts: 1 taken"), "{}", moved.said);
        assert!(moved.line("role \"keepers\"").contains("did not come from this source"), "{}", moved.said);
    }
    assert!(!other.database.sql(held).lines().any(|role| role == "keepers"));
}
