//! A row as a line, in the words of either database, and back.

use super::tables::{Column, Kind, Table};

/// The question for all rows of `table` as lines, in the order of their key.
pub(super) fn postgres(table: &Table) -> String {
    // Bytes before bytes, whatever language the server sorts by.
    let order = |column: &Column| match column.kind {
        Kind::Text => format!(r#""{}" COLLATE "C""#, column.name),
        _ => quoted(column.name),
    };
    let field = |column: &Column| {
        let name = quoted(column.name);
        match column.kind {
            Kind::Text => escaped(&name, "chr"),
            Kind::Switch => format!("CASE WHEN {name} THEN 't' WHEN NOT {name} THEN 'f' END"),
            Kind::Bytes => format!(r"'\\x' || encode({name}, 'hex')"),
            Kind::Number | Kind::SmallNumber | Kind::Moment | Kind::Day => format!("{name}::text"),
        }
    };
    question(table, field, order, "chr")
}

/// The same of SQLite, where moments are text with three, six or no digits behind the point.
pub(super) fn sqlite(table: &Table) -> String {
    let field = |column: &Column| {
        let name = quoted(column.name);
        match column.kind {
            Kind::Text => escaped(&name, "char"),
            Kind::Switch => format!("CASE {name} WHEN 0 THEN 'f' WHEN 1 THEN 't' END"),
            Kind::Bytes => format!(r"CASE WHEN {name} IS NOT NULL THEN '\\x' || lower(hex({name})) END"),
            Kind::Moment => {
                format!("CASE WHEN instr({name}, '.') THEN rtrim(rtrim({name}, '0'), '.') ELSE {name} END")
            }
            Kind::Number | Kind::SmallNumber | Kind::Day => format!("CAST({name} AS TEXT)"),
        }
    };
    question(table, field, |column| quoted(column.name), "char")
}

fn question(
    table: &Table,
    field: impl Fn(&Column) -> String,
    order: impl Fn(&Column) -> String,
    character: &str,
) -> String {
    let nothing = |field: String| format!(r"coalesce({field}, '\N')");
    let fields: Vec<_> = table.columns.iter().map(|column| nothing(field(column))).collect();
    let order: Vec<_> = table.columns.iter().take(table.key).map(order).collect();
    let line = fields.join(&format!(" || {character}(9) || "));
    format!("SELECT {line} AS line FROM {} ORDER BY {}", quoted(table.name), order.join(", "))
}

/// The text in `name` with a backslash before what ends a field or a line, and before itself. `character` makes one of a number.
fn escaped(name: &str, character: &str) -> String {
    let pairs = [(9, r"\t"), (10, r"\n"), (13, r"\r")];
    pairs.iter().fold(format!(r"replace({name}, '\', '\\')"), |text, (code, shown)| {
        format!("replace({text}, {character}({code}), '{shown}')")
    })
}

/// The statement with which SQLite takes one row, each field as text.
pub(super) fn sqlite_insert(table: &Table) -> String {
    let value = |column: &Column| match column.kind {
        Kind::Number | Kind::SmallNumber => "CAST(? AS INTEGER)",
        Kind::Switch => "CASE ? WHEN 't' THEN 1 WHEN 'f' THEN 0 END",
        Kind::Bytes => "unhex(substr(?, 3))",
        Kind::Text | Kind::Moment | Kind::Day => "?",
    };
    let names: Vec<_> = table.columns.iter().map(|column| quoted(column.name)).collect();
    let values: Vec<_> = table.columns.iter().map(value).collect();
    format!("INSERT INTO {} ({}) VALUES ({})", quoted(table.name), names.join(", "), values.join(", "))
}

/// The fields of `line` as SQLite keeps them.
pub(super) fn fields(table: &Table, line: &str) -> Vec<Option<String>> {
    let parse = |(field, column): (&str, &Column)| {
        let text = (field != r"\N").then(|| unescaped(field))?;
        Some(if column.kind == Kind::Moment { filled_up(text) } else { text })
    };
    line.split('\t').zip(&table.columns).map(parse).collect()
}

fn unescaped(field: &str) -> String {
    let mut text = String::with_capacity(field.len());
    let mut rest = field.chars();
    while let Some(c) = rest.next() {
        text.push(match c {
            '\\' => match rest.next() {
                Some('t') => '\t',
                Some('n') => '\n',
                Some('r') => '\r',
                Some(other) => other,
                None => '\\',
            },
            c => c,
        });
    }
    text
}

/// Moments in SQLite are compared as text, so each is written as the queries write it: with three, six or no digits.
fn filled_up(mut moment: String) -> String {
    if let Some((_, fraction)) = moment.split_once('.') {
        let missing = (3 - fraction.len() % 3) % 3;
        moment.extend(std::iter::repeat_n('0', missing));
    }
    moment
}

/// An identifier of the schema's own.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_come_back_from_their_lines() {
        assert_eq!(unescaped(r"a\tb\\nc\nd\re\\"), "a\tb\\nc\nd\re\\");
        for (said, kept) in [
            ("2026-11-21 12:00:00", "2026-11-21 12:00:00"),
            ("2026-11-21 12:00:00.5", "2026-11-21 12:00:00.500"),
            ("2026-11-21 12:00:00.123", "2026-11-21 12:00:00.123"),
            ("2026-11-21 12:00:00.1234", "2026-11-21 12:00:00.123400"),
        ] {
            assert_eq!(filled_up(said.to_owned()), kept);
        }
    }
}
