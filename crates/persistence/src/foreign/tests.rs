//! On files of SQLite; what PostgreSQL does is seen by the tests of moving in.

use std::fs;
use std::path::{Path, PathBuf};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;

use super::*;
use crate::url::DatabaseUrl;

/// A folder of its own, gone with it, and in it a database made with `sql`.
struct Old {
    folder: PathBuf,
    file: PathBuf,
}

impl Old {
    fn new(name: &str, sql: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("vestibule foreign #{} {name}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let old = Self { file: folder.join("ol%64?.db"), folder };
        let _ = fs::remove_file(&old.file);
        old.write(sql);
        old
    }

    fn write(&self, sql: &str) {
        let mut conn = SqliteConnection::establish(self.file.to_str().unwrap()).unwrap();
        conn.batch_execute(sql).unwrap();
    }

    fn open(&self) -> Result<ForeignDatabase, ForeignError> {
        open(&self.file)
    }
}

impl Drop for Old {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn open(file: &Path) -> Result<ForeignDatabase, ForeignError> {
    ForeignDatabase::open(&DatabaseUrl::sqlite_file(file))
}

fn name<T: std::str::FromStr<Err = IdentifierError>>(text: &str) -> T {
    text.parse().unwrap()
}

/// All rows in pieces of `limit`, each as its key and its values.
fn read(
    database: &mut ForeignDatabase,
    selection: &Selection,
    limit: usize,
) -> Vec<(String, Vec<Option<String>>)> {
    let mut all: Vec<(String, Vec<Option<String>>)> = Vec::new();
    loop {
        let after = all.last().map(|(key, _)| key.clone());
        let rows = database.rows_after(selection, after.as_deref(), limit).unwrap();
        if rows.is_empty() {
            return all;
        }
        all.extend(
            rows.into_iter().map(|mut row| (row.key.clone(), (0..2).map(|place| row.take(place)).collect())),
        );
    }
}

#[test]
fn rows_come_in_the_order_of_their_keys_whatever_these_are() {
    for (column, keys) in [
        ("id INTEGER PRIMARY KEY", ["-3", "2", "10", "9007199254740993"]),
        ("id BIGINT UNIQUE NOT NULL", ["-3", "2", "10", "9007199254740993"]),
        ("id CHAR(4) PRIMARY KEY", ["", "10", "2", "é"]),
        ("id PRIMARY KEY", ["-3", "10", "2", "é"]),
    ] {
        let old = Old::new("order", &format!("CREATE TABLE t ({column}, a TEXT)"));
        for key in keys.iter().rev() {
            let key = if key.parse::<i64>().is_ok() { (*key).to_owned() } else { format!("'{key}'") };
            old.write(&format!("INSERT INTO t VALUES ({key}, 'a')"));
        }
        let mut database = old.open().unwrap();
        let table = database.table(&name("t")).unwrap().clone();
        let key = table.column(&name("id")).unwrap();
        let selection = Selection::new(&table, key, &[table.find_column(&["a"]), None]);
        database.must_tell_apart(&selection).unwrap();
        assert_eq!(database.count(&table).unwrap(), 4);
        for limit in [1, 2, 3, 9] {
            let rows = read(&mut database, &selection, limit);
            let expected = keys.map(|key| (key.to_owned(), vec![Some("a".to_owned()), None]));
            assert_eq!(rows, expected, "{column}, {limit} at once");
        }
        let between = database.rows_between(&selection, Some(keys[0]), keys[2]).unwrap();
        assert_eq!(between.iter().map(|row| row.key.as_str()).collect::<Vec<_>>(), keys[1..3], "{column}");
    }
}

/// S30: and nothing was lost, made or changed.
#[test]
fn names_with_quotes_and_semicolons_are_names() {
    let evil = r#"a"; DROP TABLE t; --"#;
    let quoted = evil.replace('"', "\"\"");
    let sql = format!(
        "CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1);
         CREATE TABLE \"{quoted}\" (id INTEGER PRIMARY KEY, \"{quoted}\" TEXT);
         INSERT INTO \"{quoted}\" VALUES (7, 'kept')"
    );
    let old = Old::new("evil", &sql);
    let before = fs::read(&old.file).unwrap();
    let mut database = old.open().unwrap();
    let table = database.table(&name(evil)).unwrap().clone();
    let column = table.column(&name(evil)).unwrap();
    let selection = Selection::new(&table, table.primary_key().unwrap(), &[Some(column), None]);
    assert_eq!(read(&mut database, &selection, 5), [("7".to_owned(), vec![Some("kept".to_owned()), None])]);
    let bound = database.rows_after(&selection, Some("'7' OR 1=1; --"), 5);
    assert_eq!(bound.unwrap(), []);
    for missing in ["t\" WHERE 1=1; --", "t; DROP TABLE t", "id"] {
        assert!(matches!(database.table(&name(missing)), Err(ForeignError::NoTable { .. })), "{missing}");
        assert!(table.column(&name(missing)).is_err() || missing == "id");
    }
    assert_eq!(fs::read(&old.file).unwrap(), before);
}

#[test]
fn what_is_no_text_is_borne() {
    let old = Old::new(
        "bytes",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a, b);
         INSERT INTO t VALUES (1, x'24326224ff', 'a' || char(0) || 'b'), (2, 1.5, NULL), (3, x'', 7)",
    );
    let mut database = old.open().unwrap();
    let table = database.table(&name("T")).unwrap().clone();
    let columns = [table.find_column(&["A"]), table.find_column(&["b"])];
    let selection = Selection::new(&table, table.primary_key().unwrap(), &columns);
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(
        read(&mut database, &selection, 9),
        [
            ("1".to_owned(), vec![some("$2b$\u{fffd}"), some("a\0b")]),
            ("2".to_owned(), vec![some("1.5"), None]),
            ("3".to_owned(), vec![some(""), some("7")]),
        ]
    );
}

#[test]
fn text_of_another_encoding_is_read() {
    let sql = "PRAGMA encoding = 'UTF-16le'; CREATE TABLE t (id INTEGER PRIMARY KEY, \"größe\" TEXT);
         INSERT INTO t VALUES (1, 'Ünïcode 🐎')";
    let mut database = Old::new("encoding", sql).open().unwrap();
    let table = database.table(&name("t")).unwrap().clone();
    let column = table.column(&name("größe")).unwrap();
    let selection = Selection::new(&table, table.primary_key().unwrap(), &[Some(column), None]);
    let rows = read(&mut database, &selection, 9);
    assert_eq!(rows, [("1".to_owned(), vec![Some("Ünïcode 🐎".to_owned()), None])]);
}

#[test]
fn what_is_written_meanwhile_is_not_seen_and_the_log_stays() {
    let sql = "PRAGMA journal_mode = WAL; CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1)";
    let old = Old::new("log", sql);
    let mut owner = SqliteConnection::establish(old.file.to_str().unwrap()).unwrap();
    owner.batch_execute("INSERT INTO t VALUES (2)").unwrap();
    let mut database = old.open().unwrap();
    owner.batch_execute("INSERT INTO t VALUES (3)").unwrap();
    let table = database.table(&name("t")).unwrap().clone();
    assert_eq!(database.count(&table).unwrap(), 2);
    let log = PathBuf::from(format!("{}-wal", old.file.display()));
    let (kept, main) = (fs::read(&log).unwrap(), fs::read(&old.file).unwrap());
    drop(database);
    assert!(kept.len() > 32 && fs::read(&log).unwrap() == kept && fs::read(&old.file).unwrap() == main);
    let mut database = old.open().unwrap();
    assert_eq!(database.count(&table).unwrap(), 3);
}

#[test]
fn a_file_that_is_not_there_is_not_made() {
    let old = Old::new("files", "CREATE TABLE t (a)");
    let missing = old.folder.join("missing.db");
    assert!(matches!(open(&missing), Err(ForeignError::NoFile(_))));
    assert!(!missing.exists());
    let text = old.folder.join("text.db");
    fs::write(&text, "This is not a database, whatever it is called. ".repeat(99)).unwrap();
    let told = open(&text).err().map(|error| error.to_string()).unwrap();
    assert!(told.ends_with("text.db cannot be read: file is not a database"), "{told}");
    let told = open(&old.folder).err().map(|error| error.to_string()).unwrap();
    assert!(told.ends_with("cannot be read: it is not a file"), "{told}");
    let empty = old.folder.join("empty.db");
    fs::write(&empty, "").unwrap();
    let told = open(&empty).unwrap().table(&name("t")).err().map(|error| error.to_string());
    assert_eq!(told.as_deref(), Some("there is no table t; there are none"));
    assert_eq!(fs::read(&empty).unwrap(), b"");
}

#[test]
fn a_column_that_does_not_tell_rows_apart_is_no_key() {
    let sql = "CREATE TABLE t (a INTEGER, b TEXT, c TEXT);
         INSERT INTO t VALUES (1, 'x', 'p'), (2, 'x', NULL), (3, 'y', 'q')";
    let old = Old::new("keys", sql);
    let mut database = old.open().unwrap();
    let table = database.table(&name("t")).unwrap().clone();
    let by = |column: &str| Selection::new(&table, table.column(&name(column)).unwrap(), &[]);
    assert!(database.must_tell_apart(&by("a")).is_ok());
    for column in ["b", "c"] {
        assert!(matches!(database.must_tell_apart(&by(column)), Err(ForeignError::NoKey { .. })), "{column}");
    }
    assert!(matches!(by("a").must_match(&by("b")), Err(ForeignError::OtherType { .. })));
    let told = table.column(&name("d")).unwrap_err().to_string();
    assert_eq!(told, "table t has no column d; there are: a, b, c");
}
