//! Two databases, one schema.

use std::collections::{BTreeMap, BTreeSet};

use super::{Store, store};
use crate::harness::Backend;
use crate::harness::database::TestDatabase;

/// What a schema promises, in words that mean the same on both sides.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Schema {
    /// `table.column`: type, nullability, default.
    columns: BTreeMap<String, String>,
    /// `table(column, ..)` of primary keys, unique keys and all indexes.
    primary: BTreeSet<String>,
    unique: BTreeSet<String>,
    indexed: BTreeSet<String>,
    /// `table(column) -> table(column), what happens on delete`.
    foreign: BTreeSet<String>,
    /// The names of constraints and indexes that were given one.
    names: BTreeSet<String>,
}

#[test]
fn both_databases_have_the_same_schema() {
    let (sqlite, postgres) = (of(Backend::Sqlite), of(Backend::Postgres));
    assert_eq!(sqlite.columns, postgres.columns);
    assert_eq!(sqlite.primary, postgres.primary);
    assert_eq!(sqlite.unique, postgres.unique);
    assert_eq!(sqlite.indexed, postgres.indexed);
    assert_eq!(sqlite.foreign, postgres.foreign);
    // SQLite numbers rows only by a key without a name.
    let unnamed = BTreeSet::from(["users_pkey".to_owned()]);
    assert_eq!(sqlite.names, &postgres.names - &unnamed);
    assert!(sqlite.columns.len() > 30 && sqlite.unique.len() >= 3 && sqlite.foreign.len() >= 3, "{sqlite:#?}");
}

/// Without one, deleting an account reads the whole of every table that points at it.
#[test]
fn every_foreign_key_has_its_index() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let schema = of(backend);
        for foreign in &schema.foreign {
            let leading = foreign.split(')').next().unwrap();
            let is_indexed = schema.indexed.iter().chain(&schema.primary).chain(&schema.unique).any(|index| {
                index.strip_prefix(leading).is_some_and(|rest| rest.starts_with(')') || rest.starts_with(','))
            });
            assert!(is_indexed, "{backend:?}: {foreign} has no index: {:?}", schema.indexed);
        }
    }
}

/// The page queries are compiled against says what the databases say.
#[test]
fn the_queries_are_compiled_against_this_schema() {
    let page = include_str!("../../crates/persistence/src/schema.rs");
    let mut compiled = BTreeMap::new();
    for block in page.split("diesel::table! {").skip(1) {
        let mut lines = block.lines().skip(1);
        let table = lines.next().unwrap().split_whitespace().next().unwrap();
        for line in lines.take_while(|line| line.contains("->")) {
            let (column, kind) = line.trim().trim_end_matches(',').split_once(" -> ").unwrap();
            compiled.insert(format!("{table}.{column}"), kind.to_owned());
        }
    }
    compiled.retain(|column, _| !column.starts_with("__diesel"));
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let stored: BTreeMap<_, _> = of(backend).columns.into_iter().map(|(column, kind)| (column, as_diesel(&kind))).collect();
        assert_eq!(compiled, stored, "{backend:?}");
    }
}

fn of(backend: Backend) -> Schema {
    let Store { database: _database, test } = store(backend);
    read_schema(&test, backend)
}

pub(super) fn read_schema(test: &TestDatabase, backend: Backend) -> Schema {
    match backend {
        Backend::Sqlite => read_sqlite(test),
        Backend::Postgres => read_postgres(test),
    }
}

const SQLITE_TABLES: &str = "(select name, sql from sqlite_master where type = 'table' and name not like 'sqlite_%' \
    and name not like '~_~_%' escape '~') t";

fn read_sqlite(test: &TestDatabase) -> Schema {
    let rows = |query: &str| rows(test, &query.replace("TABLES", SQLITE_TABLES));
    let column = |row: Vec<String>| {
        let required = row[3] == "1";
        (format!("{}.{}", row[0], row[1]), describe(&row[2], required, &row[4]))
    };
    let index = |origins: &str| {
        let listed = rows(&format!(
            "select t.name, (select group_concat(c.name, ', ') from (select name from pragma_index_info(i.name) order by \
             seqno) c) from TABLES, pragma_index_list(t.name) i where i.origin in ({origins})"
        ));
        keys(listed)
    };
    let statements = test.sql(
        "select sql from sqlite_master where sql is not null and name not like '~_~_%' escape '~' and name not like 'sqlite_%'",
    );
    // An INTEGER PRIMARY KEY is the row's own number and has no index.
    let mut primary = index("'pk'");
    primary.extend(keys(rows(
        "select t.name, c.name from TABLES, pragma_table_info(t.name) c where c.pk = 1 and \
         (select count(*) from pragma_table_info(t.name) where pk > 0) = 1",
    )));
    Schema {
        columns: rows("select t.name, c.name, c.type, max(c.\"notnull\", c.pk > 0), c.dflt_value from TABLES, pragma_table_info(t.name) c")
            .into_iter()
            .map(column)
            .collect(),
        primary,
        unique: index("'u'"),
        indexed: index("'c'"),
        foreign: rows(
            "select t.name, f.\"from\", f.\"table\", f.\"to\", f.on_delete from TABLES, pragma_foreign_key_list(t.name) f",
        )
        .into_iter()
        .map(|row| format!("{}({}) -> {}({}), {}", row[0], row[1], row[2], row[3], row[4].to_lowercase()))
        .collect(),
        names: names_in(&statements).into_iter().collect(),
    }
}

fn read_postgres(test: &TestDatabase) -> Schema {
    let columns_of = "(select string_agg(a.attname, ', ' order by w.n) from unnest(KEYS) with ordinality w(attnum, n) \
        join pg_attribute a on a.attrelid = TABLE and a.attnum = w.attnum)";
    let of = |keys: &str, table: &str| columns_of.replace("KEYS", keys).replace("TABLE", table);
    let ours = "c.relnamespace = 'public'::regnamespace and c.relname not like '\\_\\_%'";
    let constraint = |kind: &str| {
        let columns = of("k.conkey", "c.oid");
        keys(rows(test, &format!(
            "select c.relname, {columns} from pg_constraint k join pg_class c on c.oid = k.conrelid where {ours} and k.contype = '{kind}'"
        )))
    };
    let column = |row: Vec<String>| (format!("{}.{}", row[0], row[1]), describe(&row[2], row[3] == "t", &row[4]));
    let (here, there) = (of("k.conkey", "c.oid"), of("k.confkey", "k.confrelid"));
    let index_columns = of("i.indkey::int2[]", "c.oid");
    Schema {
        columns: rows(test, &format!(
            "select c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, \
             pg_get_expr(d.adbin, d.adrelid) from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and \
             not a.attisdropped left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum where {ours} and c.relkind = 'r'"
        ))
        .into_iter()
        .map(column)
        .collect(),
        primary: constraint("p"),
        unique: constraint("u"),
        indexed: keys(rows(test, &format!(
            "select c.relname, {index_columns} from pg_index i join pg_class c on c.oid = i.indrelid where {ours} and \
             not exists (select from pg_constraint k where k.conindid = i.indexrelid and k.contype in ('p', 'u'))"
        ))),
        foreign: rows(test, &format!(
            "select c.relname, {here}, k.confrelid::regclass, {there}, case k.confdeltype when 'c' then 'cascade' when 'n' \
             then 'set null' else 'no action' end from pg_constraint k join pg_class c on c.oid = k.conrelid \
             where {ours} and k.contype = 'f'"
        ))
        .into_iter()
        .map(|row| format!("{}({}) -> {}({}), {}", row[0], row[1], row[2], row[3], row[4]))
        .collect(),
        names: rows(test, &format!(
            "select k.conname from pg_constraint k join pg_class c on c.oid = k.conrelid where {ours} and k.contype <> 'n' \
             union select x.relname from pg_index i join pg_class c on c.oid = i.indrelid join pg_class x on x.oid = i.indexrelid where {ours}"
        ))
        .into_iter()
        .map(|row| row[0].clone())
        .collect(),
    }
}

fn rows(test: &TestDatabase, query: &str) -> Vec<Vec<String>> {
    let text = test.sql(query);
    let lines = text.lines().filter(|line| !line.is_empty());
    lines.map(|line| line.split('|').map(str::to_owned).collect()).collect()
}

fn keys(rows: Vec<Vec<String>>) -> BTreeSet<String> {
    rows.into_iter().map(|row| format!("{}({})", row[0], row[1])).collect()
}

/// The names given in statements: `CONSTRAINT name` and `CREATE INDEX name`.
fn names_in(sql: &str) -> Vec<String> {
    let words: Vec<_> = sql.split_whitespace().collect();
    let given = words.windows(2).filter(|pair| pair[0].eq_ignore_ascii_case("constraint") || pair[0].eq_ignore_ascii_case("index"));
    given.map(|pair| pair[1].to_owned()).collect()
}

/// A column in one vocabulary.
fn describe(kind: &str, required: bool, default: &str) -> String {
    let kind = match &*kind.to_lowercase() {
        "bigint" | "integer" => "bigint",
        "bytea" | "blob" => "bytes",
        "timestamp" | "timestamp without time zone" => "timestamp",
        other => return finish(other, required, default),
    };
    finish(kind, required, default)
}

fn finish(kind: &str, required: bool, default: &str) -> String {
    let need = if required { "required" } else { "optional" };
    let default = default.split("::").next().unwrap().to_lowercase();
    format!("{kind} {need} {default}").trim_end().to_owned()
}

/// The same as diesel calls it.
fn as_diesel(described: &str) -> String {
    let mut words = described.split(' ');
    let kind = match words.next().unwrap() {
        "bigint" => "BigInt",
        "smallint" => "SmallInt",
        "text" => "Text",
        "timestamp" => "Timestamp",
        "date" => "Date",
        "bytes" => "Binary",
        "boolean" => "Bool",
        other => panic!("{other} has no name here yet"),
    };
    if words.next() == Some("optional") { format!("Nullable<{kind}>") } else { kind.to_owned() }
}
