use std::path::PathBuf;

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::columns::{ColumnNames, Field, PasswordColumn};
use crate::csv::{CsvForm, CsvRows};
use crate::export;
use crate::jsonl::JsonlRows;
use crate::source::SourcePassword;

const FORM: CsvForm = CsvForm { delimiter: b',', is_escaped: false };

struct Written(TempDir, PathBuf);

fn written(bytes: &[u8]) -> Written {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("people");
    std::fs::write(&path, bytes).unwrap();
    Written(folder, path)
}

fn plaintext() -> ColumnNames {
    ColumnNames {
        given: vec![(Field::Password, "password".to_owned())],
        passwords: Some(PasswordColumn::Plaintext),
    }
}

fn csv(bytes: &[u8], names: ColumnNames) -> Result<FileSource<CsvRows>, SourceError> {
    let Written(_folder, path) = written(bytes);
    FileSource::new("csv:people".to_owned(), CsvRows::open(&path, names, FORM)?)
}

fn jsonl(bytes: &[u8], names: ColumnNames) -> Result<FileSource<JsonlRows>, SourceError> {
    let Written(_folder, path) = written(bytes);
    FileSource::new("jsonl:people".to_owned(), JsonlRows::open(&path, names)?)
}

fn all(source: &mut dyn Source) -> Vec<SourceUser> {
    source.users_after(None, usize::MAX).unwrap()
}

/// Where each row stands and what is wrong with it; or what it is known by.
fn told(users: &[SourceUser]) -> Vec<String> {
    users.iter().map(|user| format!("{}: {}", user.place, user.fault.as_ref().unwrap_or(&user.key))).collect()
}

fn plain(user: &SourceUser) -> &str {
    match &user.password {
        SourcePassword::Plain(password) => password,
        _ => "",
    }
}

#[test]
fn csv_is_read_as_spreadsheets_write_it() {
    let bytes = b"\xef\xbb\xbfUsername , password,email,roles,shoe size\r\n\
        ann,\"a \"\"b\"\", c\",ann@x.org,guides; Night watch ,38\r\n\
        \r\n\
        bob,\"two\r\nlines\",,,\r\n\
        cid, spaces ,,,\"\"";
    let mut source = csv(bytes, plaintext()).unwrap();
    let users = all(&mut source);
    assert_eq!(told(&users), ["line 2: username:ann", "line 4: username:bob", "line 6: username:cid"]);
    assert_eq!(users.iter().map(plain).collect::<Vec<_>>(), ["a \"b\", c", "two\r\nlines", " spaces "]);
    assert_eq!(users[0].roles, ["guides", "Night watch"]);
    assert_eq!(users[0].email.as_deref(), Some("ann@x.org"));
    assert_eq!(users[1].email, None);
    assert_eq!(source.count(Step::Users).unwrap(), 3);
    assert_eq!(source.unknown_columns().iter().collect::<Vec<_>>(), ["shoe size"]);
    let roles: Vec<_> = source.roles().unwrap().into_iter().map(|role| role.name).collect();
    assert_eq!(roles, ["Night watch", "guides"]);
}

#[test]
fn a_row_that_cannot_be_taken_is_told_of_and_the_others_come_in() {
    let mut bytes = b"id,username,is_active\n\
        1,ann,yes\n\
        2,bob\n\
        3,cid,yes,more\n\
        4,d\xffn,\n\
        5,eve,perhaps\n\
        6,\x00,\n\
        1,fay,\n\
        ,Gus,0\n\
        ,GUS,1\n\
        ,,\n"
        .to_vec();
    bytes.extend_from_slice(&[b"7,", "x".repeat(2 << 20).as_bytes(), b",\n8,hal,\n"].concat());
    bytes.extend_from_slice(b"9,\"ida,\n10,joe,\n");
    let mut source = csv(&bytes, ColumnNames::default()).unwrap();
    let users = all(&mut source);
    let expected = [
        "line 2: id:1",
        "line 3: has 2 fields, and the first line has 3",
        "line 4: has 4 fields, and the first line has 3",
        "line 5: is not UTF-8",
        "line 6: is_active is neither true nor false",
        "line 7: holds a NUL character",
        "line 8: has the same id as line 2",
        "line 9: username:gus",
        "line 10: has the same username as line 9",
        "line 11: has neither a username nor an e-mail address",
        "line 12: is longer than a megabyte: there may be a quotation mark that is never closed",
        "line 13: id:8",
        "line 14: has a quotation mark that is never closed",
        "line 15: is torn by a quotation mark that does not match, see line 14",
    ];
    assert_eq!(told(&users), expected);
    assert!(!users[7].is_active && users[0].is_active);
    // The same, whatever the rows are taken in.
    for size in [1, 2, 5] {
        let (mut taken, mut after) = (Vec::new(), None);
        loop {
            let some = source.users_after(after.as_deref(), size).unwrap();
            let Some(last) = some.last() else { break };
            after = Some(last.key.clone());
            taken.extend(told(&some));
        }
        assert_eq!(taken, expected, "{size}");
    }
}

/// What is torn is told of line by line, and what follows comes in.
#[test]
fn two_rows_never_become_one() {
    let told_of = |rows: &str| {
        let bytes = format!("username,email,nickname\n{rows}");
        let (mut source, mut taken, mut after) =
            (csv(bytes.as_bytes(), ColumnNames::default()).unwrap(), vec![], None);
        let at_once = told(&all(&mut source));
        while let Some(user) = source.users_after(after.as_deref(), 1).unwrap().pop() {
            taken.extend(told(std::slice::from_ref(&user)));
            after = Some(user.key);
        }
        assert_eq!(taken, at_once);
        taken
    };
    let behind = "has text behind the quotation mark that closes a field";
    let torn = "is torn by a quotation mark that does not match, see line";
    for end in ["\n", "\r\n"] {
        let rows = ["a,\"b,c@x.org", "d,\"e,f@x.org", "gus,g@x.org,\"\"", "", ""].join(end);
        assert_eq!(
            told_of(&rows),
            [
                format!("line 2: {behind}, in line 3"),
                format!("line 3: {torn} 2"),
                "line 4: username:gus".to_owned()
            ]
        );
    }
    let rows = "a,\"b\"c,d\ne,f,\"g\" \n\n\"h\",\"i\",\"j \"\"k\"\"\"\nl,m\"n\"\"o,\"p\nq\"";
    assert_eq!(
        told_of(rows),
        [
            format!("line 2: {behind}"),
            format!("line 3: {behind}"),
            "line 5: username:h".to_owned(),
            "line 6: username:l".to_owned()
        ]
    );
    // Another quotation mark that opens behind the fault opens nothing.
    let rows = "a,\"b,\n\"c\"d\",\"e,f\ng,h,i\n";
    assert_eq!(
        told_of(rows),
        [
            format!("line 2: {behind}, in line 3"),
            format!("line 3: {torn} 2"),
            "line 4: username:g".to_owned()
        ]
    );
    assert_eq!(told_of("a,b,\"c"), ["line 2: has a quotation mark that is never closed"]);
    let header = csv(b"username,\"email\"x,nickname\n", ColumnNames::default());
    assert!(header.err().unwrap().to_string().ends_with(&format!("it {behind}")));
    // Wherever the buffer ends.
    let long = format!("a,{},\"x\"y\nb,c,d\n", "z".repeat(65_480));
    for cut in 0..64 {
        let shifted = long.replacen('z', &"z".repeat(cut + 1), 1);
        assert_eq!(told_of(&shifted), [format!("line 2: {behind}"), "line 3: username:b".to_owned()]);
    }
}

#[test]
fn files_of_one_name_in_two_folders_are_two_sources() {
    let (one, two) = (written(b"x"), written(b"x"));
    let name = |path: &Path| name_of("csv", path).unwrap();
    assert_ne!(name(&one.1), name(&two.1));
    assert_eq!(name(&one.1), format!("csv:{}", one.1.canonicalize().unwrap().display()));
    assert_eq!(name(&one.0.path().join("./people")), name(&one.1));
    let deep = one.0.path().join("d".repeat(190));
    std::fs::create_dir(&deep).unwrap();
    std::fs::write(deep.join("people"), "x").unwrap();
    let long = name(&deep.join("people"));
    assert_eq!(long.len(), "csv:sha256:".len() + 32);
    assert!(name_of("csv", &deep.join("nobody")).unwrap_err().to_string().contains("cannot be opened"));
}

#[test]
fn a_run_goes_on_behind_any_row() {
    let lines: Vec<_> = (1..=20).map(|n| format!("user{n},{n}@x.org")).collect();
    let bytes = format!("username,email\n{}\n", lines.join("\n"));
    for n in 1..=20 {
        let mut fresh = csv(bytes.as_bytes(), ColumnNames::default()).unwrap();
        let rest = fresh.users_after(Some(&format!("username:user{n}")), 100).unwrap();
        assert_eq!(rest.len(), 20 - n);
        assert!(rest.first().is_none_or(|user| user.key == format!("username:user{}", n + 1)));
    }
    // What was taken last is gone from the file: all is looked at again.
    let mut changed = csv(bytes.as_bytes(), ColumnNames::default()).unwrap();
    assert_eq!(changed.users_after(Some("username:zoe"), 100).unwrap().len(), 20);
}

#[test]
fn json_lines_hold_values_of_every_kind() {
    let text = r#"{"id": 7, "username": "ann", "password": "p\u00e4ss", "is_active": false, "roles": ["guides", "a;b"], "metadata": {"a": [1.0, 2e3]}}

{"email": "bob@x.org", "password": 12345, "additional_user_info": {"gate": 7}, "phone": null, "shoe": 1, "created_at": 1795262400}
[1]
{"username": "cid", "username": "dan"}
{"username": "cid", "password": "secret
{"username": {"a": 1}}
{"username": "eve", "nickname": ["x"], "created_at": "soon"}
{"username": "fay\u0000"}
"#;
    let mut source = jsonl(text.as_bytes(), plaintext()).unwrap();
    let users = all(&mut source);
    assert_eq!(
        told(&users),
        [
            "line 1: id:7",
            "line 3: email:bob@x.org",
            "line 4: is not a JSON object with each name once",
            "line 5: is not a JSON object with each name once",
            "line 6: is not well-formed JSON (character 39)",
            "line 7: username is not text",
            "line 8: username:eve",
            "line 9: holds a NUL character",
        ]
    );
    assert_eq!((plain(&users[0]), plain(&users[1])), ("päss", "12345"));
    assert_eq!(users[0].roles, ["guides", "a;b"]);
    assert_eq!(users[0].metadata.as_deref(), Some(r#"{"a": [1.0, 2e3]}"#));
    assert_eq!(users[1].metadata.as_deref(), Some(r#"{"additional_user_info":{"gate": 7}}"#));
    assert_eq!(users[1].created_at.unwrap().to_string(), "2026-11-21T12:00:00Z");
    let losses = ["nickname is not text", "created_at is not a moment such as 2026-11-21T12:00:00Z"];
    assert_eq!(users[6].losses, losses);
    assert_eq!(source.unknown_columns().iter().collect::<Vec<_>>(), ["shoe"]);
}

/// As in a database: a column that is not there keeps nobody out, and one that is empty does.
#[test]
fn whoever_is_not_said_to_be_active_is_not() {
    let text = r#"{"username": "ann"}
{"username": "bob", "is_active": null}
{"username": "cid", "is_active": ""}
{"username": "dan", "is_active": true}
"#;
    let of_lines = all(&mut jsonl(text.as_bytes(), ColumnNames::default()).unwrap());
    let table = b"username,is_active\nann,true\nbob,\n";
    let of_table = all(&mut csv(table, ColumnNames::default()).unwrap());
    let without = all(&mut csv(b"username\nann\n", ColumnNames::default()).unwrap());
    let active = |users: &[SourceUser]| users.iter().map(|user| user.is_active).collect::<Vec<_>>();
    assert_eq!(active(&of_lines), [true, false, false, true]);
    assert_eq!(active(&of_table), [true, false]);
    assert_eq!(active(&without), [true]);
    for user in of_lines[1..3].iter().chain(&of_table[1..]) {
        assert_eq!(user.losses, ["is_active says nothing: the account comes in suspended"], "{}", user.place);
    }
}

#[test]
fn files_that_are_no_tables_are_refused_with_a_sentence() {
    let sentence = |outcome: Result<FileSource<CsvRows>, SourceError>| outcome.err().unwrap().to_string();
    assert!(sentence(csv(b"", plaintext())).contains("the file is empty"));
    assert!(sentence(csv(b"\xff\xfeu\0", plaintext())).ends_with("is UTF-16: save it as UTF-8"));
    assert_eq!(
        sentence(csv(b"username,pass\n", plaintext())),
        "there is no column password; there are: username, pass"
    );
    assert_eq!(
        sentence(csv(b"username,email,EMAIL\n", ColumnNames::default())),
        "the column EMAIL is there twice, or under two names"
    );
    assert!(sentence(csv(b"\xe9\n", plaintext())).ends_with("it is not UTF-8"));
    let headless = csv(b"alice,hunter2,a@x.org\nbob,hunter3,b@x.org\n", plaintext());
    let unknown =
        "the first line names no column we know (username, email, ...); does the file have a header?";
    assert_eq!(sentence(headless), unknown);
    assert_eq!(
        sentence(csv(b"username,hunter2!\n", plaintext())),
        "there is no column password; there are: username, and 1 not called like columns"
    );
    let missing = jsonl(b"{\"username\": \"ann\"}\n", plaintext()).err().unwrap().to_string();
    assert_eq!(missing, "there is no column password; there are: username");
    for path in ["-", "/dev/stdin", "/nowhere"] {
        let said = CsvRows::open(path.as_ref(), plaintext(), FORM).err().unwrap().to_string();
        assert!(
            said.contains("cannot be read from its beginning") || said.contains("cannot be opened"),
            "{said}"
        );
    }
}

#[test]
fn apostrophes_are_taken_away_only_where_they_were_put() {
    let people = b"username,nickname\n'ann,'+1\n";
    let nickname = |form| {
        let Written(_folder, path) = written(people);
        let rows = CsvRows::open(&path, ColumnNames::default(), form).unwrap();
        let users = all(&mut FileSource::new("x".to_owned(), rows).unwrap());
        (users[0].username.clone().unwrap(), users[0].nickname.clone().unwrap())
    };
    assert_eq!(nickname(FORM), ("'ann".to_owned(), "'+1".to_owned()));
    let escaped = CsvForm { is_escaped: true, ..FORM };
    assert_eq!(nickname(escaped), ("ann".to_owned(), "+1".to_owned()));
}

proptest! {
    /// S70: whatever a field holds, an export guards it so that an import finds it again.
    #[test]
    fn every_field_comes_back_from_our_own_table(
        fields in prop::collection::vec(prop_oneof![any::<String>(), "['=+@\t\r\n\",;a -]{0,6}"], 4)
    ) {
        let fields: Vec<_> = fields.iter().map(|field| field.replace('\0', "")).collect();
        let mut file = Vec::new();
        export::write_record(&mut file, export::HEADER.into_iter()).unwrap();
        let cell = |name: &&str| match *name {
            "id" => "7",
            "full_name" => &fields[0],
            "nickname" => &fields[1],
            "phone" => &fields[2],
            "metadata" => &fields[3],
            _ => "",
        };
        export::write_record(&mut file, export::HEADER.iter().map(cell)).unwrap();
        let with_name = String::from_utf8(file).unwrap().replacen("\r\n7,,", "\r\n7,ann,", 1);
        let users = all(&mut csv(with_name.as_bytes(), ColumnNames::default()).unwrap());
        prop_assert_eq!(users.len(), 1);
        let read = |text: &Option<String>| text.clone().unwrap_or_default();
        let user = &users[0];
        prop_assert_eq!((&user.key[..], &user.fault), ("id:7", &None));
        prop_assert_eq!(vec![read(&user.full_name), read(&user.nickname), read(&user.phone), read(&user.metadata)], fields);
    }
}
