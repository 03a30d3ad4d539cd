//! An import is killed, again and again, and then goes on.

use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};

use super::collisions::write;
use super::{House, Moved};
use crate::accounts::imported_hashes::DJANGO;
use crate::harness::{Backend, given};

on_both!(an_import_that_was_killed_again_and_again_comes_to_the_same);

const PEOPLE: usize = 4000;

/// Some of them cannot be taken, or not as they stand.
fn people() -> Vec<Value> {
    let person = |n: usize| {
        let name = if n % 97 == 96 { format!("PERSON{}", n - 96) } else { format!("person{n}") };
        let dob = if n.is_multiple_of(89) { "1990-02-30" } else { "1990-05-17" };
        json!({ "id": n, "username": name, "email": given::address(&format!("p{n}")), "dob": dob,
            "hash": DJANGO[n % DJANGO.len()].1, "roles": [format!("Group {}", n % 3)],
            "created_at": "2020-02-03T04:05:06Z" })
    };
    (0..PEOPLE).map(person).collect()
}

/// All that an import made, but for when and under which numbers.
fn made(house: &House) -> Vec<String> {
    let queries = [
        "select username, email, password_hash, dob, created_at from users order by username_key",
        "select username, role from users join user_roles on user_id = id order by username_key, role",
        "select source_key, username from imported_rows join users on id = target_id order by source_key",
        "select count(*) from imported_rows",
        "select step, last_key from imports",
        "select name, description from roles order by name",
    ];
    queries.map(|query| house.database.sql(query)).to_vec()
}

/// The lines of the report, each once: that of a batch which was told of and not kept stands there twice.
fn report(house: &House) -> Vec<String> {
    let text = std::fs::read_to_string(house.process.folder().join("report")).unwrap();
    let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
    lines.sort();
    lines.dedup();
    // A row that had become an account before the kill is named with its account's number after it.
    lines
        .into_iter()
        .map(|line| line.split(" here").next().unwrap().split(", account").next().unwrap().to_owned())
        .collect()
}

/// Of the accounts: taken, updated, unchanged, changed on both sides, deleted here, not taken.
pub(super) fn figures(moved: &Moved) -> [usize; 6] {
    let line = moved.said.lines().find_map(|line| line.strip_prefix("Accounts: ")).unwrap();
    let figures = line.split(", ").map(|part| part.split(' ').next().unwrap().parse().unwrap());
    figures.collect::<Vec<_>>().try_into().unwrap()
}

/// F1, S44: at random moments, on either database; nothing is lost and nothing is there twice.
async fn an_import_that_was_killed_again_and_again_comes_to_the_same(backend: Backend) {
    let [quiet, killed] = [(); 2].map(|()| House::new(backend));
    let import = |house: &House| {
        let file = write(house, "people.jsonl", &people());
        ["import", "jsonl", "--from", &file, "--hash-column", "hash", "--batch", "40", "--report", "report"]
            .map(str::to_owned)
    };
    let words = import(&quiet);
    let whole = quiet.import(&words.iter().skip(1).map(String::as_str).collect::<Vec<_>>());
    whole.well();

    let words = import(&killed);
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    let mut interrupted = 0;
    for round in 0..6_u64 {
        let mut command = killed.process.command(&words);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // Spread over the start, the schema, and the batches.
        let some = Duration::from_millis(60 + round * 170 + u64::from(std::process::id()) % 50);
        tokio::time::sleep(some).await;
        let ended = child.try_wait().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        interrupted += u32::from(ended.is_none());
    }
    assert!(interrupted > 0);
    if backend == Backend::Sqlite {
        assert_eq!(killed.database.sql("pragma integrity_check"), "ok");
    }
    let rest = killed.import(&words[1..]);
    rest.well();
    // A run that came to its end before the last kill is repeated by the rest, and has nothing to do.
    let finished = killed.database.sql("select count(*) from audit_events where event = 'data.imported'");
    if finished == "1" {
        let ([taken, updated, unchanged, others @ ..], of_whole) = (figures(&rest), figures(&whole));
        assert_eq!([taken + unchanged, updated, 0], of_whole[..3], "{}", rest.said);
        assert_eq!(others, of_whole[3..], "{}", rest.said);
        assert_eq!(made(&killed), made(&quiet));
        assert_eq!(report(&killed), report(&quiet));
    } else {
        assert_eq!(made(&killed)[..4], made(&quiet)[..4]);
    }
    assert_eq!(killed.database.sql("select count(*) from users"), (PEOPLE - PEOPLE / 97).to_string());
}
