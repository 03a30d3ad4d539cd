//! Moving in with a file: CSV and JSON lines, with hashes or with the passwords themselves.

use std::fmt::Write as _;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::json;

use super::killed::figures;
use super::{House, Moved};
use crate::accounts::imported_hashes::{DJANGO, PASSWORD};
use crate::accounts::{count, sign_in};
use crate::harness::{Backend, Process};

on_both!(
    passwords_in_the_clear_open_accounts_and_are_seen_nowhere,
    hashes_of_every_kind_come_in_from_either_file,
    what_cannot_be_taken_is_told_with_its_line,
    a_dry_run_tells_the_same_and_leaves_nothing,
    files_of_one_name_in_two_folders_are_two_sources,
    a_run_that_was_killed_goes_on_and_memory_stays_flat,
);

/// Writes a file beside the installation's data, and hands back its path.
fn write(house: &House, name: &str, text: impl AsRef<[u8]>) -> String {
    let path = house.process.folder().join(name);
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

const WAREHOUSE: &str = "\u{feff}username,password,email,additional_user_info\r\n\
    asha,canary lantern 17,asha@example.org,\"{\"\"gate\"\": 7, \"\"shift\"\": [\"\"night\"\", 2]}\"\r\n\
    bo,canary \"\"quoted\"\",bo@example.org,likes tea\r\n\
    \u{915}\u{947}\u{930}\u{932},\"canary, \u{915}\u{947}\u{930}\u{932} \",,007\r\n\
    dan,canary=1;drop,dan@example.org,\r\n";

/// S19, S57, S97: from the table of a system that kept passwords as they were typed.
async fn passwords_in_the_clear_open_accounts_and_are_seen_nowhere(backend: Backend) {
    let mut house = House::new(backend);
    let file = write(&house, "warehouse.csv", WAREHOUSE);
    let words = ["csv", "--from", &file, "--plaintext-column", "password", "--report", "report"];
    let mut command = house.process.command(&[&["import"], &words[..]].concat());
    command.env("LOG_LEVEL", "trace");
    let first = Moved::of(command.output().unwrap());
    assert!(first.well().contains("Accounts: 4 taken"), "{}", first.said);
    assert!(first.said.contains("passwords that anybody can read: delete it"), "{}", first.said);
    house.open();
    let stranger = house.process.anonymous();
    let people = [
        (
            "asha",
            "canary lantern 17",
            json!({ "additional_user_info": { "gate": 7, "shift": ["night", 2] } }),
        ),
        ("bo", "canary \"\"quoted\"\"", json!({ "additional_user_info": "likes tea" })),
        ("केरल", "canary, केरल ", json!({ "additional_user_info": "007" })),
        ("dan", "canary=1;drop", json!({})),
    ];
    for (name, password, metadata) in &people {
        let session = sign_in(&stranger, name, password).await;
        let profile = &session.assert_status(200).body["user"]["profile"];
        assert_eq!(profile["metadata"], *metadata, "{name}");
        sign_in(&stranger, name, password.trim_end_matches([' ', 'p', '7', '"'])).await.assert_status(401);
    }
    // A second run finds that all is the same, without a password in its books to compare.
    let second = house.import(&words);
    assert!(second.well().contains("0 taken, 0 updated, 4 unchanged"), "{}", second.said);
    let report = fs::read_to_string(house.process.folder().join("report")).unwrap();
    let dump = database_and_digests(&house, &people.map(|(_, password, _)| password));
    for (place, text) in [("first run", &first.said), ("second run", &second.said), ("report", &report)] {
        assert!(!text.contains("canary"), "{place}: {text}");
    }
    assert!(!house.process.said().contains("canary"));
    assert!(!dump.windows(6).any(|window| window == b"canary"));
}

/// The database's bytes, in which no unsalted digest of `passwords` may be either.
fn database_and_digests(house: &House, passwords: &[&str]) -> Vec<u8> {
    let dump = house.database.dump();
    for password in passwords {
        let mut sums = Vec::new();
        for program in ["sha256sum", "md5sum", "sha1sum"] {
            let mut child = std::process::Command::new(program);
            let mut child = child.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
            std::io::Write::write_all(&mut child.stdin.take().unwrap(), password.as_bytes()).unwrap();
            let said = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
            sums.push(said.split_whitespace().next().unwrap().to_owned());
        }
        for sum in sums {
            let bytes: Vec<u8> = (0..sum.len())
                .step_by(2)
                .map(|at| u8::from_str_radix(&sum[at..at + 2], 16).unwrap())
                .collect();
            for needle in [sum.as_bytes(), &bytes] {
                assert!(!dump.windows(needle.len()).any(|window| window == needle), "{sum}");
            }
        }
    }
    dump
}

/// S32: everybody signs in at the first try, and the file may call its columns as it likes.
async fn hashes_of_every_kind_come_in_from_either_file(backend: Backend) {
    let mut house = House::new(backend);
    let bcrypt = DJANGO[4].1.strip_prefix("bcrypt$").unwrap();
    let argon2 = DJANGO[2].1.strip_prefix("argon2").unwrap();
    let hashes: Vec<_> =
        DJANGO.into_iter().chain([("plain_bcrypt", bcrypt), ("plain_argon2", argon2)]).collect();
    let mut csv = "Login;Secret;Joined;Groups;Active\n".to_owned();
    let mut jsonl = String::new();
    for (name, hash) in &hashes {
        writeln!(csv, "csv_{name};{hash};2020-02-03 04:05:06;Tour guides;yes").unwrap();
        let line = json!({ "username": format!("json_{name}"), "hash": hash, "roles": ["Tour guides"],
            "is_active": true, "created_at": "2020-02-03T04:05:06+00:00", "dob": "1990-05-17",
            "phone": "+91 98765 43210", "nickname": "Ann", "full_name": "Ann X", "email_verified": true,
            "email": format!("{name}@example.org"), "metadata": { "a": [1.0, "\n"] } });
        writeln!(jsonl, "{line}").unwrap();
    }
    let (csv, jsonl) = (write(&house, "old.csv", csv), write(&house, "old.jsonl", jsonl));
    let names = ["--username-column", "login", "--hash-column", "secret", "--created-at-column", "JOINED"];
    let more = ["--roles-column", "groups", "--is-active-column", "active", "--delimiter", ";"];
    house.import(&[&["csv", "--from", &csv], &names[..], &more].concat()).well();
    house.import(&["jsonl", "--from", &jsonl, "--hash-column", "hash"]).well();
    assert_eq!(count(&house.database, "select count(*) from users"), 16);
    house.open();
    let stranger = house.process.anonymous();
    for (name, _) in &hashes {
        for (kind, place) in [("csv", 0), ("json", 1)] {
            let session = sign_in(&stranger, &format!("{kind}_{name}"), PASSWORD).await;
            let user = &session.assert_status(200).body["user"];
            assert_eq!(user["created_at"], json!("2020-02-03T04:05:06Z"));
            assert_eq!(user["roles"], json!(["member", "tour-guides"]));
            assert_eq!(user["email_verified"], json!(place == 1));
            if place == 1 {
                let profile = &user["profile"];
                assert_eq!(profile["metadata"], json!({ "a": [1.0, "\n"] }));
                assert_eq!(profile["phone"], json!("+919876543210"));
                assert_eq!((&profile["dob"], &profile["nickname"]), (&json!("1990-05-17"), &json!("Ann")));
            }
        }
    }
}

const BAD: &[u8] = b"username,email,is_active,hash,shoe\n\
    Stra\xc3\x9fe,one@example.org,yes,,\n\
    STRASSE,two@example.org,yes,,\n\
    cid,ONE@example.org,yes,,\n\
    dan,dan@example.org,yes\n\
    e\xe9ve,eve@example.org,yes,,\n\
    fay,fay@example.org,perhaps,,\n\
    gus,no address,yes,canary-not-a-hash,\n\
    ,,yes,,\n\
    hal,hal@example.org,no,,44\n";

/// The row, where it stands and why; never what may be a password.
async fn what_cannot_be_taken_is_told_with_its_line(backend: Backend) {
    let house = House::new(backend);
    let file = write(&house, "bad.csv", BAD);
    let words = ["csv", "--from", &file, "--hash-column", "hash"];
    let moved = house.import(&words);
    let said = moved.well();
    assert!(said.contains("warning: columns that stay behind, for nothing is known of them: shoe"), "{said}");
    for (place, reason) in [
        ("line 3", "has the same username as line 2"),
        ("line 4", "its address is that of line 2"),
        ("line 5", "has 3 fields, and the first line has 5"),
        ("line 6", "is not UTF-8"),
        ("line 7", "is_active is neither true nor false"),
        ("line 8", "none we can check"),
        ("line 9", "has neither a username nor an e-mail address"),
    ] {
        assert!(moved.line(place).contains(reason), "{reason}: {said}");
    }
    assert!(!said.contains("canary"), "{said}");
    assert!(said.contains("Accounts: 3 taken"), "{said}");
    let here = house.database.sql("select username, suspended_at is null from users order by id");
    let active = if backend == Backend::Sqlite { ["1", "0"] } else { ["t", "f"] };
    assert_eq!(here, format!("Straße|{0}\ngus|{0}\nhal|{1}", active[0], active[1]));
    // What was mended comes in with the next run.
    let mended = String::from_utf8_lossy(BAD).replace("perhaps", "yes").replace("fay,", "faye,");
    let file = write(&house, "bad.csv", mended);
    let again = house.import(&["csv", "--from", &file, "--hash-column", "hash"]);
    assert!(again.well().contains("2 taken, 0 updated, 3 unchanged"), "{}", again.said);
}

async fn a_dry_run_tells_the_same_and_leaves_nothing(backend: Backend) {
    let house = House::new(backend);
    let file = write(&house, "warehouse.csv", WAREHOUSE);
    let words = ["csv", "--from", &file, "--plaintext-column", "password", "--dry-run"];
    let moved = house.import(&words);
    assert!(moved.well().contains("4 taken"), "{}", moved.said);
    if backend == Backend::Postgres {
        assert_eq!(house.database.sql("select count(*) from users"), "0");
        assert_eq!(house.database.sql("select count(*) from imports"), "0");
    } else {
        assert!(!house.database.dump().windows(4).any(|window| window == b"asha"));
    }
}

/// Two systems whose people have the same numbers: none is written over another.
async fn files_of_one_name_in_two_folders_are_two_sources(backend: Backend) {
    let house = House::new(backend);
    for folder in ["s1", "s2"] {
        fs::create_dir(house.process.folder().join(folder)).unwrap();
    }
    let first = write(&house, "s1/users.csv", "id,username\n1,ann\n2,bob\n");
    let second = write(&house, "s2/users.csv", "id,username\n1,cid\n2,dan\n");
    house.import(&["csv", "--from", &first]).well();
    let moved = house.import(&["csv", "--from", &second]);
    assert!(moved.well().contains("2 taken, 0 updated"), "{}", moved.said);
    let names = "select username from users order by username";
    assert_eq!(house.database.sql(names), "ann\nbob\ncid\ndan");
    // A file that moves is known by the name it was given.
    let third = write(&house, "s1/people.csv", "id,username\n1,eve\n");
    house.import(&["csv", "--from", &third, "--name", "warehouse"]).well();
    fs::rename(&third, house.process.folder().join("s2/people.csv")).unwrap();
    let moved = house.import(&["csv", "--from", "s2/people.csv", "--source-name", "warehouse"]);
    assert!(moved.well().contains("0 taken, 0 updated, 1 unchanged"), "{}", moved.said);
}

/// S57: what may be a person and a password is not repeated.
#[test]
fn a_file_without_a_header_is_refused_and_not_repeated() {
    let house = House::new(Backend::Sqlite);
    let file = write(&house, "people.csv", "alice,hunter2,a@x.org\nbob,hunter3,b@x.org\n");
    let words = ["csv", "--from", &file, "--plaintext-column", "password"];
    for words in [&words[..3], &words] {
        let moved = house.import(words);
        let unknown = "vestibule: --from: the first line names no column we know (username, email, ...); \
                       does the file have a header?";
        assert_eq!(moved.refused(2), unknown);
    }
    let file = write(&house, "people.csv", "username,canary-word!,shoe\nbob,x,y\n");
    let moved = house.import(&["csv", "--from", &file]);
    let told = "columns that stay behind, for nothing is known of them: shoe, and 1 not called like columns";
    assert!(moved.well().contains(told) && !moved.said.contains("canary"), "{}", moved.said);
}

/// Neither what is read nor what is kept is overwritten by a report, by whatever name it is called.
#[test]
fn a_report_is_private_and_is_written_over_nothing_but_a_report() {
    let house = House::new(Backend::Sqlite);
    let text = "username\nann\n\"b\"x\n";
    let file = write(&house, "people.csv", text);
    let folder = house.process.folder();
    fs::hard_link(&file, folder.join("hard")).unwrap();
    symlink(&file, folder.join("soft")).unwrap();
    for report in [&file[..], "./people.csv", "hard", "soft"] {
        let moved = house.import(&["csv", "--from", &file, "--report", report]);
        let said = moved.refused(2);
        assert!(said.contains("is the file that --from names, and would be overwritten"), "{said}");
        assert_eq!(fs::read_to_string(&file).unwrap(), text);
    }
    let report = write(&house, "report", "of another run, and rather long: it goes\n".repeat(9));
    fs::set_permissions(&report, Permissions::from_mode(0o644)).unwrap();
    let words = ["csv", "--from", &file, "--report"];
    house.import(&[&words[..], &["report"]].concat()).well();
    let reported = fs::read_to_string(&report).unwrap();
    assert_eq!(reported, "skipped\tline 3\thas text behind the quotation mark that closes a field\n");
    assert_eq!(fs::metadata(&report).unwrap().permissions().mode() & 0o777, 0o600);
    let database = house.database.url();
    let database = database.strip_prefix("sqlite://").unwrap();
    let moved = house.import(&[&words[..], &[database]].concat());
    assert!(moved.said.contains("is the file that DATABASE_URL names"), "{}", moved.said);
    let moved = house.import(&["fastapi", "--from", &house.database.url(), "--report", database]);
    assert!(moved.refused(2).contains("is the file that --from names"), "{}", moved.said);
    let moved = house.import(&[&words[..], &["nowhere/report"]].concat());
    assert_eq!(moved.code, Some(1));
    assert!(
        moved.said.contains("the report: nowhere/report cannot be written: No such file"),
        "{}",
        moved.said
    );
    assert_eq!(house.database.sql("select count(*) from users"), "1");
}

/// All was kept, whether somebody reads the figures or not.
#[test]
fn whoever_does_not_read_the_figures_is_not_told_of_a_failure() {
    let house = House::new(Backend::Sqlite);
    let file = write(&house, "people.csv", "username\nann\n");
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = house.process.command(&["import", "csv", "--from", &file]);
    let output = command.stdout(writer).stderr(Stdio::piped()).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(!said.to_lowercase().contains("pipe"), "{said}");
    assert_eq!(house.database.sql("select username from users"), "ann");
}

#[test]
fn a_file_that_cannot_be_used_is_refused_with_a_sentence() {
    let house = House::new(Backend::Sqlite);
    let file = write(&house, "people.csv", "username,password\nann,x\n");
    let refused = |words: &[&str]| house.import(words).refused(2).to_owned();
    let said = refused(&["csv", "--from", "-"]);
    assert!(said.contains("standard input cannot be read from its beginning again"), "{said}");
    let said = refused(&["csv", "--from", "/nowhere/people.csv"]);
    assert!(said.contains("/nowhere/people.csv cannot be opened"), "{said}");
    let said = refused(&["csv", "--from", &file, "--plaintext-column", "pass"]);
    assert!(said.ends_with("there is no column pass; there are: username, password"), "{said}");
    let both = ["csv", "--from", &file, "--plaintext-column", "password", "--hash-column", "password"];
    let both = house.import(&both);
    assert_eq!(both.code, Some(2));
    assert!(both.said.contains("cannot be used with"), "{}", both.said);
    let utf16 = write(&house, "utf16.csv", b"\xff\xfeu\0s\0");
    assert!(refused(&["csv", "--from", &utf16]).ends_with("is UTF-16: save it as UTF-8"));
}

/// F1: killed in the middle of twenty thousand, then resumed, then repeated; in no more memory than a tenth of them takes.
async fn a_run_that_was_killed_goes_on_and_memory_stays_flat(backend: Backend) {
    const PEOPLE: usize = 20_000;
    let house = House::new(backend);
    let hash = DJANGO[4].1;
    let mut text = "username,email,hash\n".to_owned();
    for n in 0..PEOPLE {
        writeln!(text, "person{n},person{n}@example.org,{hash}").unwrap();
    }
    let file = write(&house, "many.csv", &text);
    let words = ["import", "csv", "--from", &file, "--hash-column", "hash", "--batch", "500"];
    let mut child =
        house.process.command(&words).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let begun = Instant::now();
    while count_or_none(&house) < 1000 {
        assert!(begun.elapsed() < Duration::from_mins(1) && child.try_wait().unwrap().is_none());
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let taken = count_or_none(&house);
    assert!((1000..PEOPLE).contains(&taken), "{taken}");
    let (rest, peak) = watched(&house.process, &words);
    // Those that the interrupted run took are there.
    rest.well();
    let [new, updated, unchanged, ..] = figures(&rest);
    assert!(new + unchanged == PEOPLE && updated == 0 && unchanged >= taken, "{taken}: {}", rest.said);
    let here =
        house.database.sql("select count(*), count(distinct username_key), max(id) - min(id) from users");
    assert!(here.starts_with("20000|20000|"), "{here}");
    let again = house.import(&words[1..]);
    assert!(again.well().contains("0 taken, 0 updated, 20000 unchanged"), "{}", again.said);
    // A small house of the same kind, for what the program takes by itself.
    let small = House::new(backend);
    let few: Vec<_> = text.lines().take(1 + PEOPLE / 10).collect();
    let file = write(&small, "few.csv", few.join("\n"));
    let words = ["import", "csv", "--from", &file, "--hash-column", "hash", "--batch", "500"];
    let (moved, little) = watched(&small.process, &words);
    moved.well();
    assert!(peak < little + 20 * 1024, "{peak} KiB for {PEOPLE}, {little} KiB for a tenth");
}

/// Accounts so far; none where the schema is not there yet.
fn count_or_none(house: &House) -> usize {
    if matches!(house.database.url().strip_prefix("sqlite://"), Some(path) if !has_schema(Path::new(path))) {
        return 0;
    }
    usize::try_from(count(&house.database, "select count(*) from users")).unwrap()
}

fn has_schema(file: &Path) -> bool {
    let wal = file.with_extension("sqlite3-wal");
    let holds = |path: &Path| {
        let bytes = fs::read(path).unwrap_or_default();
        bytes.windows(21).any(|window| window == b"CREATE TABLE comments")
    };
    holds(file) || holds(&wal)
}

/// Runs a command to its end; hands back the most memory it ever had, in KiB.
fn watched(process: &Process, words: &[&str]) -> (Moved, u64) {
    let mut child = process.command(words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    while child.try_wait().unwrap().is_none() {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        peak = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(peak);
        std::thread::sleep(Duration::from_millis(2));
    }
    assert!(peak > 0);
    (Moved::of(child.wait_with_output().unwrap()), peak)
}

/// A file that was written by `vestibule export` is known by its header; here the option says so.
#[test]
fn apostrophes_of_another_export_are_taken_away_where_asked() {
    let house = House::new(Backend::Sqlite);
    let file = write(&house, "escaped.csv", "username,nickname\nann,'=1+1\n");
    house.import(&["csv", "--from", &file, "--formula-escaped"]).well();
    assert_eq!(house.database.sql("select nickname from users"), "=1+1");
}
