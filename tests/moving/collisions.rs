//! Names and addresses that two rows want: the earlier row has them, and the report names both.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{House, Moved};
use crate::accounts::sign_in;
use crate::harness::{Backend, given};

on_both!(
    whoever_came_first_keeps_a_name_and_both_rows_are_told,
    whoever_is_here_already_keeps_a_name,
    a_username_that_is_the_own_address_is_none,
    two_runs_at_once_take_nobody_twice,
    batches_written_side_by_side_are_kept_in_their_order,
);

/// Rows by their number: whoever comes later wants what an earlier one has, in another case, form or script of the same name.
fn rows() -> Vec<Value> {
    let row = |id: u32, username: Option<&str>, email: Option<&str>| json!({ "id": id, "username": username, "email": email });
    vec![
        row(1, Some("Ana"), Some("ana@example.org")),
        row(2, Some("ANA"), Some("other@example.org")),
        row(3, Some("ana3"), Some("ana@EXAMPLE.org")),
        row(4, Some("Zo\u{eb}"), None),
        row(5, Some("Zoe\u{308}"), None),
        row(6, Some("Ma\u{df}"), Some("x@b\u{fc}cher.example")),
        row(7, Some("x7"), Some("X@xn--bcher-kva.example")),
        row(8, Some("MASS"), Some("x8@example.org")),
        row(9, Some("ana@example.org"), Some("thief@example.org")),
        row(10, Some("boss@old.example"), None),
        row(11, None, Some("Boss@Old.example")),
        row(12, Some("\u{ff21}na"), Some("x@B\u{dc}CHER.example")),
        row(13, Some("free"), Some("free@example.org")),
    ]
}

/// Which row each of those not taken meets, and over what.
const CLASHES: [(u32, &[(&str, u32)]); 8] = [
    (2, &[("username", 1)]),
    (3, &[("address", 1)]),
    (5, &[("username", 4)]),
    (7, &[("address", 6)]),
    (8, &[("username", 6)]),
    (9, &[("username", 1)]),
    (11, &[("address", 10)]),
    (12, &[("username", 1), ("address", 6)]),
];

/// Writes rows of JSON lines beside the installation's data, and hands back the path.
pub(super) fn write(house: &House, name: &str, rows: &[Value]) -> String {
    let lines = rows.iter().fold(String::new(), |mut lines, row| {
        writeln!(lines, "{row}").unwrap();
        lines
    });
    let path = house.process.folder().join(name);
    std::fs::write(&path, lines).unwrap();
    path.to_str().unwrap().to_owned()
}

fn assert_told(moved: &Moved, who: impl Fn(u32) -> Vec<String>) {
    assert!(moved.well().contains("Accounts: 5 taken, 0 updated"), "{}", moved.said);
    assert!(moved.said.contains("8 not taken"), "{}", moved.said);
    for (row, wants) in CLASHES {
        let line = moved.line(&format!("line {row}"));
        assert!(line.starts_with("skipped\t"), "{line}");
        for (what, whose) in wants {
            let told = who(*whose).iter().any(|who| line.contains(&format!("its {what} is that of {who}")));
            assert!(told, "{line}: {what} of {whose}");
        }
    }
}

/// In one batch, and across batches, in a dry run and for good.
async fn whoever_came_first_keeps_a_name_and_both_rows_are_told(backend: Backend) {
    for batch in ["5000", "1", "3"] {
        let house = House::new(backend);
        let file = write(&house, "people.jsonl", &rows());
        let words = ["jsonl", "--from", &file, "--batch", batch];
        let named = |row: u32| vec![format!("line {row}"), format!("the row \"id:{row}\"")];
        assert_told(&house.import(&[&words[..], &["--dry-run"]].concat()), named);
        let moved = house.import(&words);
        assert_told(&moved, named);
        let here = "select username from users where email_key is null or email_key <> 'free@example.org' order by id";
        assert_eq!(house.database.sql(here), "Ana\nZo\u{eb}\nMa\u{df}\nboss@old.example");
        // Nothing is taken in a second run either, and the rows that have become accounts are named with them.
        let again = house.import(&words);
        assert!(again.well().contains("0 taken, 0 updated, 5 unchanged"), "{}", again.said);
        let line = again.line("line 2");
        let id = house.database.sql("select id from users where username_key = 'ana'");
        assert!(line.contains(&format!("the row \"id:1\", account {id} here")), "{line}");
    }
}

async fn whoever_is_here_already_keeps_a_name(backend: Backend) {
    let mut house = House::new(backend);
    house.open();
    let stranger = house.process.anonymous();
    stranger.post("/api/auth/register", given::registration("ana")).await.assert_status(201);
    let file = write(&house, "people.jsonl", &rows());
    for more in [&["--dry-run"][..], &[]] {
        let moved = house.import(&[&["jsonl", "--from", &file, "--report", "report.txt"], more].concat());
        assert!(moved.well().contains("Accounts: 4 taken"), "{}", moved.said);
        let report = std::fs::read_to_string(house.process.folder().join("report.txt")).unwrap();
        let lines: Vec<_> = report.lines().filter(|line| line.contains("account 1 here")).collect();
        assert_eq!(lines.len(), 5, "{report}");
        assert!(
            lines[0].starts_with("skipped\tline 1\tits username is that of account 1 here; its address is"),
            "{report}"
        );
    }
    // Whoever was here notices nothing.
    sign_in(&stranger, "ana", given::PASSWORD).await.assert_status(200);
}

/// Also in another case, and only then: another's address is somebody else's.
async fn a_username_that_is_the_own_address_is_none(backend: Backend) {
    let house = House::new(backend);
    let people = [
        json!({ "id": 1, "username": "Eva@Example.org", "email": "eva@example.org" }),
        json!({ "id": 2, "username": "x@b\u{fc}cher.example", "email": "X@xn--bcher-kva.example" }),
        json!({ "id": 3, "username": "old@example.org", "email": "new@example.org" }),
    ];
    let file = write(&house, "people.jsonl", &people);
    let moved = house.import(&["jsonl", "--from", &file]);
    assert!(moved.well().contains("3 taken"), "{}", moved.said);
    let here = house.database.sql("select username, email from users order by id");
    assert_eq!(here, "|eva@example.org\n|X@xn--bcher-kva.example\nold@example.org|new@example.org");
}

/// Every fiftieth row wants the name of the row before it, and every hundredth that of one two batches before.
async fn batches_written_side_by_side_are_kept_in_their_order(backend: Backend) {
    let house = House::new(backend);
    let name = |n: usize| match n {
        n if n > 100 && n % 100 == 0 => format!("PERSON{}", n - 40),
        n if n % 50 == 0 => format!("PERSON{}", n - 1),
        n => format!("person{n}"),
    };
    let people: Vec<_> = (1..=600).map(|n| json!({ "id": n, "username": name(n) })).collect();
    let file = write(&house, "people.jsonl", &people);
    let moved = house.import(&["jsonl", "--from", &file, "--batch", "20"]);
    assert!(moved.well().contains("588 taken"), "{}", moved.said);
    let taken: Vec<_> = (1..=600).map(name).filter(|name| name.starts_with('p')).collect();
    assert_eq!(house.database.sql("select username from users order by id"), taken.join("\n"));
    let told: Vec<_> = moved.said.lines().filter_map(|line| line.strip_prefix("skipped\tline ")).collect();
    let rows: Vec<u32> = told.iter().map(|line| line.split('\t').next().unwrap().parse().unwrap()).collect();
    assert_eq!(rows, (1..=12).map(|n| n * 50).collect::<Vec<_>>(), "{}", moved.said);
}

/// One of them goes on to the end; the other either had nothing to do or says why it stopped.
async fn two_runs_at_once_take_nobody_twice(backend: Backend) {
    let house = House::new(backend);
    let email = |n: usize| given::address(&format!("p{n}"));
    let person = |n| json!({ "id": n, "username": format!("person{n}"), "email": email(n) });
    let people: Vec<_> = (0..1000).map(person).collect();
    let file = write(&house, "people.jsonl", &people);
    let words = ["import", "jsonl", "--from", &file, "--batch", "20"];
    // The schema is made by one of them.
    house.process.command(&["migrate"]).output().unwrap();
    let both = [(); 2].map(|()| {
        let mut command = house.process.command(&words);
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap()
    });
    let ended = both.map(|child| Moved::of(child.wait_with_output().unwrap()));
    for moved in &ended {
        let stopped =
            moved.code == Some(1) && moved.said.contains("another import from this source is going on");
        assert!(moved.code == Some(0) || stopped, "{}", moved.said);
    }
    assert!(ended.iter().any(|moved| moved.code == Some(0)), "{}", ended[0].said);
    let last = house.import(&words[1..]);
    assert!(last.well().contains("0 taken, 0 updated, 1000 unchanged"), "{}", last.said);
    assert_eq!(house.database.sql("select count(*), count(distinct username_key) from users"), "1000|1000");
}
