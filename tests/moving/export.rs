//! Moving out: accounts as JSON lines and as a table, and in again.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use serde_json::{Value, json};

use super::{House, Moved};
use crate::accounts::{quoted, sign_in};
use crate::harness::{Backend, given};

on_both!(
    accounts_come_back_as_they_were_written,
    no_cell_of_a_table_is_a_formula,
    a_file_is_its_owners_alone_and_replaces_none,
);

/// What spreadsheets calculate, and what breaks tables.
const NICKNAMES: &[&str] = &[
    "=cmd|' /C calc'!A0",
    "@SUM(A1:A9)",
    "+1",
    "-1",
    "'=1",
    "'",
    "''tis",
    "\u{ff1d}1",
    "a, \"b\"; c",
    "plain",
    "\u{928}\u{92e}\u{938}\u{94d}\u{924}\u{947} \u{1f40e}",
    "\\N",
];

/// An installation with a keeper and one account for each nickname.
async fn peopled(backend: Backend) -> House {
    let mut house = House::new(backend);
    house.open();
    let stranger = house.process.anonymous();
    for name in ["keeper", "person"] {
        stranger.post("/api/auth/register", given::registration(name)).await.assert_status(201);
    }
    let person = stranger.sign_in("person").await;
    let profile = json!({ "phone": "+919876543210", "dob": "1990-05-17", "full_name": "=Ann X",
        "metadata": { "text": "two\nlines, \"quoted\" \u{1f40e}", "number": 1.50, "none": null } });
    person.patch("/api/auth/profile", profile).await.assert_status(200);
    for (at, nickname) in NICKNAMES.iter().enumerate() {
        house.database.sql(&format!(
            "insert into users (username, username_key, nickname, password_hash, created_at, updated_at, \
             profile_updated_at, suspended_at) select 'n{at}', 'n{at}', {}, password_hash, created_at, updated_at, \
             updated_at, {} from users where username = 'person'",
            quoted(nickname).replace(';', "'||chr(59)||'").replace("chr", if backend == Backend::Sqlite { "char" } else { "chr" }),
            if at == 3 { "created_at" } else { "null" },
        ));
    }
    house.database.sql(
        "insert into user_roles (user_id, role) select id, 'member' from users where nickname is not null",
    );
    house
        .database
        .sql("insert into user_roles (user_id, role) select id, 'editor' from users where username = 'n0'");
    // As it came: JSON may be written on many lines.
    house.database.sql("update users set metadata = '{\"a\":\r\n  [1.50,\n2]}' where username = 'n1'");
    house
}

impl House {
    /// `vestibule export users` with those words.
    fn export(&self, words: &[&str]) -> Moved {
        Moved::of(self.process.command(&[&["export", "users"], words].concat()).output().unwrap())
    }

    /// What `vestibule export users` writes with those words, into a file and to standard output alike.
    fn exported(&self, words: &[&str]) -> Vec<u8> {
        let output = self.process.command(&[&["export", "users"], words].concat()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }
}

/// S70: whatever the form, everything that is written comes back; and the passwords with it, where they were asked for.
async fn accounts_come_back_as_they_were_written(backend: Backend) {
    let house = peopled(backend).await;
    for form in ["jsonl", "csv"] {
        let written = house.exported(&["--format", form, "--with-hashes"]);
        let mut other = House::new(backend);
        let file = other.process.folder().join(format!("people.{form}"));
        fs::write(&file, &written).unwrap();
        let words = [form, "--from", file.to_str().unwrap(), "--hash-column", "password_hash"];
        let moved = other.import(&words);
        assert!(moved.well().contains("Accounts: 14 taken"), "{}", moved.said);
        assert!(
            moved.well().contains("stay behind, for nothing is known of them: updated_at\n"),
            "{}",
            moved.said
        );
        assert!(!moved.said.contains("line "), "{}", moved.said);
        assert_eq!(people(&house), people(&other), "{form}");
        other.open();
        for name in ["keeper", "person", "n0"] {
            let session = sign_in(&other.process.anonymous(), name, given::PASSWORD).await;
            assert_eq!(session.assert_status(200).body["user"]["is_admin"], json!(name == "keeper"));
        }
    }
    let told =
        house.database.sql("select detail from audit_events where event = 'data.exported' order by id");
    let first = ["14 accounts as JSON lines with password hashes"; 1];
    assert!(told.starts_with(first[0]) && told.contains("14 accounts as CSV with password hashes"), "{told}");
}

/// Everybody by name, without what an import cannot keep.
fn people(house: &House) -> BTreeMap<String, Value> {
    let text = String::from_utf8(house.exported(&["--with-hashes"])).unwrap();
    let lines = text.lines().map(|line| {
        let mut person: Value = serde_json::from_str(line).unwrap();
        let fields = person.as_object_mut().unwrap();
        for own in ["id", "updated_at"] {
            assert!(fields.remove(own).is_some());
        }
        // Signing in to the copy is what the test does itself.
        fields.remove("last_login_at");
        (person["username"].as_str().unwrap().to_owned(), person)
    });
    lines.collect()
}

/// S70: by the reader of another language, which tells cells as they are.
async fn no_cell_of_a_table_is_a_formula(backend: Backend) {
    const READ: &str = r#"
import csv, json, sys
rows = list(csv.reader(open(sys.argv[1], encoding="utf-8", newline="")))
assert len({len(row) for row in rows}) == 1, [len(row) for row in rows]
bad = [cell for row in rows for cell in row if cell[:1] in tuple("=+-@\t\r\0\uff1d\uff0b\uff0d\uff20") and cell]
assert not bad, bad
at = rows[0].index("nickname")
print(json.dumps([row[at] for row in rows[1:]]))
"#;
    let house = peopled(backend).await;
    let file = house.process.folder().join("people.csv");
    house.export(&["--format", "csv", "--output", file.to_str().unwrap()]).well();
    let read = Command::new("python3").args(["-c", READ]).arg(&file).output().unwrap();
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    let cells: Vec<String> = serde_json::from_slice(&read.stdout).unwrap();
    let expected = NICKNAMES.iter().map(|name| {
        let guard = if name.starts_with(['=', '@', '+', '-', '\'', '\u{ff1d}']) { "'" } else { "" };
        format!("{guard}{name}")
    });
    assert_eq!(cells[2..], expected.collect::<Vec<_>>());
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.ends_with("\r\n") && !text.contains("$argon2"), "{text}");
}

/// S104, S70
async fn a_file_is_its_owners_alone_and_replaces_none(backend: Backend) {
    let house = peopled(backend).await;
    let folder = house.process.folder();
    let file = folder.join("people.jsonl");
    let path = file.to_str().unwrap();
    let said = house.export(&["--output", path]).well().to_owned();
    assert_eq!(said, "14 accounts were written.\n");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let text = fs::read_to_string(&file).unwrap();
    assert_eq!((text.lines().count(), text.contains("password_hash")), (14, false));
    fs::write(&file, "mine").unwrap();
    let said = house.export(&["--output", path]).refused(1).to_owned();
    assert!(said.contains("people.jsonl exists; --force replaces it"), "{said}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
    house.export(&["--output", path, "--force"]).well();
    assert_eq!(fs::read_to_string(&file).unwrap(), text);
    let nowhere = folder.join("nowhere/people");
    house.export(&["--output", nowhere.to_str().unwrap()]).refused(1);
    let left: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().ends_with(".new")), "{left:?}");
}

#[test]
fn what_is_not_there_is_not_made_in_order_to_be_exported() {
    let house = House::new(Backend::Sqlite);
    let said = house.export(&[]).refused(2).to_owned();
    assert!(said.contains("DATABASE_URL: there is no database at"), "{said}");
    let file = house.database.url();
    assert!(!std::path::Path::new(file.strip_prefix("sqlite://").unwrap()).exists());
}
