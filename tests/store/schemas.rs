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
    pub(super) foreign: BTreeSet<String>,
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
    assert_eq!(sqlite.names, postgres.names);
    assert!(
        sqlite.columns.len() > 30 && sqlite.unique.len() >= 3 && sqlite.foreign.len() >= 3,
        "{sqlite:#?}"
    );
}

/// Without one, deleting an account reads the whole of every table that points at it.
#[test]
fn every_foreign_key_has_its_index() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let schema = of(backend);
        for foreign in &schema.foreign {
            let leading = foreign.split(')').next().unwrap();
            let is_indexed =
                schema.indexed.iter().chain(&schema.primary).chain(&schema.unique).any(|index| {
                    index
                        .strip_prefix(leading)
                        .is_some_and(|rest| rest.starts_with(')') || rest.starts_with(','))
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
        let stored: BTreeMap<_, _> =
            of(backend).columns.into_iter().map(|(column, kind)| (column, as_diesel(&kind))).collect();
        assert_eq!(compiled, stored, "{backend:?}");
    }
}

fn of(backend: Backend) -> Schema {
    let Store { database: _database, test } = store(backend);
    read_schema(&test, backend)
}

/// The two find parts of names in ways of their own: PostgreSQL through an index, SQLite through a table and triggers that
/// fill it, all of which go by one name and are no part of what both promise.
#[test]
fn both_databases_index_parts_of_names() {
    let has = |backend, question| store(backend).test.sql(question);
    let made = "select group_concat(name) from (select name from sqlite_master where sql is not null
        and name in ('users_search', 'users_search_insert', 'users_search_update', 'users_search_delete') order by name)";
    let names = "users_search,users_search_delete,users_search_insert,users_search_update";
    assert_eq!(has(Backend::Sqlite, made), names);
    let index = "select pg_get_indexdef('users_search_idx'::regclass)";
    let definition = has(Backend::Postgres, index);
    for part in ["USING gin", "username_key", "email_key", "full_name_key", "gin_trgm_ops"] {
        assert!(definition.contains(part), "{definition}");
    }
}

/// The keys are sorted by their bytes, which is how SQLite sorts all text.
#[test]
fn keys_are_sorted_by_their_bytes() {
    let collations = store(Backend::Postgres).test.sql(
        "select string_agg(a.attname || ' ' || c.collname, ', ' order by a.attname)
         from pg_attribute a join pg_collation c on c.oid = a.attcollation
         where a.attrelid = 'users'::regclass and a.attname like '%\\_key'",
    );
    assert_eq!(collations, "email_key C, full_name_key C, username_key C");
}

/// Everything in one question, for each starts a program: what the row is about stands in front.
const SQLITE: &str = r#"
with t as (select name from sqlite_master
    where type = 'table' and name not like 'sqlite~_%' escape '~' and name not like '~_~_%' escape '~'
    and name not like 'users~_search%' escape '~')
select 'column', t.name || '.' || c.name, c.type, max(c."notnull", c.pk > 0), c.dflt_value
    from t, pragma_table_info(t.name) c
union all select case i.origin when 'pk' then 'primary' when 'u' then 'unique' else 'index' end, t.name,
    (select group_concat(c.name, ', ') from (select name from pragma_index_info(i.name) order by seqno) c), '', ''
    from t, pragma_index_list(t.name) i
union all select 'primary', t.name, c.name, '', '' from t, pragma_table_info(t.name) c
    where c.pk = 1 and (select count(*) from pragma_table_info(t.name) where pk > 0) = 1
union all select 'foreign', t.name || '(' || f."from" || ')', f."table" || '(' || f."to" || ')', lower(f.on_delete), ''
    from t, pragma_foreign_key_list(t.name) f
union all select 'statement', replace(sql, char(10), ' '), '', '', '' from sqlite_master
    where sql is not null and name not like '~_~_%' escape '~' and name not like 'sqlite~_%' escape '~'
    and name not like 'users~_search%' escape '~'
"#;

const POSTGRES: &str = r"
with t as (select oid, relname as name from pg_class
    where relnamespace = 'public'::regnamespace and relkind = 'r' and relname not like '\_\_%'),
k as (select k.*, t.name as table_name,
    (select string_agg(a.attname, ', ' order by w.n) from unnest(k.conkey) with ordinality w(attnum, n)
        join pg_attribute a on a.attrelid = k.conrelid and a.attnum = w.attnum) as columns,
    (select string_agg(a.attname, ', ' order by w.n) from unnest(k.confkey) with ordinality w(attnum, n)
        join pg_attribute a on a.attrelid = k.confrelid and a.attnum = w.attnum) as foreign_columns
    from pg_constraint k join t on t.oid = k.conrelid)
select 'column', t.name || '.' || a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull::int::text,
    coalesce(pg_get_expr(d.adbin, d.adrelid), '')
    from t join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
    left join pg_attrdef d on d.adrelid = t.oid and d.adnum = a.attnum
union all select case contype when 'p' then 'primary' else 'unique' end, table_name, columns, '', '' from k
    where contype in ('p', 'u')
union all select 'index', t.name,
    (select string_agg(a.attname, ', ' order by w.n) from unnest(i.indkey::int2[]) with ordinality w(attnum, n)
        join pg_attribute a on a.attrelid = t.oid and a.attnum = w.attnum), '', ''
    from pg_index i join t on t.oid = i.indrelid where not exists (select from k where k.conindid = i.indexrelid)
    and i.indexrelid::regclass::text <> 'users_search_idx'
union all select 'foreign', table_name || '(' || columns || ')', confrelid::regclass || '(' || foreign_columns || ')',
    case confdeltype when 'c' then 'cascade' when 'n' then 'set null' else 'no action' end, '' from k where contype = 'f'
union all select 'name', conname, '', '', '' from k where contype <> 'n'
union all select 'name', x.relname, '', '', '' from pg_index i join t on t.oid = i.indrelid
    join pg_class x on x.oid = i.indexrelid and x.relname <> 'users_search_idx'
";

pub(super) fn read_schema(test: &TestDatabase, backend: Backend) -> Schema {
    let mut schema = Schema::default();
    for line in test.sql(if backend == Backend::Sqlite { SQLITE } else { POSTGRES }).lines() {
        let row: Vec<_> = line.split('|').collect();
        let key = || format!("{}({})", row[1], row[2]);
        match row[0] {
            "column" => {
                drop(schema.columns.insert(row[1].to_owned(), describe(row[2], row[3] == "1", row[4])));
            }
            "primary" => drop(schema.primary.insert(key())),
            "unique" => drop(schema.unique.insert(key())),
            "index" => drop(schema.indexed.insert(key())),
            "foreign" => drop(schema.foreign.insert(format!("{} -> {}, {}", row[1], row[2], row[3]))),
            "name" => drop(schema.names.insert(row[1].to_owned())),
            _ => schema.names.extend(names_in(row[1])),
        }
    }
    schema
}

/// The names given in statements: `CONSTRAINT name` and `CREATE INDEX name`.
fn names_in(sql: &str) -> Vec<String> {
    let words: Vec<_> = sql.split_whitespace().collect();
    let given = words
        .windows(2)
        .filter(|pair| pair[0].eq_ignore_ascii_case("constraint") || pair[0].eq_ignore_ascii_case("index"));
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
