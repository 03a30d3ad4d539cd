//! Files of JSON lines: an object a line.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;

use serde::Deserializer as _;
use serde::de::{Error as _, MapAccess, Visitor};
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use crate::bytes::{Bytes, MAX_ROW};
use crate::columns::{ColumnNames, Field};
use crate::file_row::{Cell, faulty, user};
use crate::file_source::Rows;
use crate::source::{SourceError, SourceUser};

/// More different names are not columns.
const MAX_COLUMNS: usize = 1024;

/// A file with a JSON object in every line.
pub struct JsonlRows {
    bytes: Bytes,
    names: ColumnNames,
    /// The line at hand, as long as it is, up to [`MAX_ROW`].
    line: Zeroizing<Vec<u8>>,
    number: u64,
    seen: BTreeSet<String>,
}

impl JsonlRows {
    /// The file at `path`.
    pub fn open(path: &Path, names: ColumnNames) -> Result<Self, SourceError> {
        let line = Zeroizing::new(Vec::with_capacity(MAX_ROW));
        Ok(Self { bytes: Bytes::open(path)?, names, line, number: 0, seen: BTreeSet::new() })
    }

    /// Reads the next line that is not blank; answers whether it fits.
    fn next_line(&mut self) -> Result<Option<bool>, SourceError> {
        loop {
            self.line.clear();
            let mut fits = true;
            let mut is_there = false;
            loop {
                let input = self.bytes.next()?;
                let end = input.iter().position(|byte| *byte == b'\n');
                let part = &input[..end.unwrap_or(input.len())];
                is_there |= !input.is_empty();
                // Never beyond what was set aside, for a buffer that moves leaves its bytes behind.
                fits &= self.line.len() + part.len() <= MAX_ROW;
                if fits {
                    self.line.extend_from_slice(part);
                }
                let is_over = end.is_some() || input.is_empty();
                let read = part.len() + usize::from(end.is_some());
                self.bytes.take(read);
                if is_over {
                    break;
                }
            }
            if !is_there {
                return Ok(None);
            }
            self.number += 1;
            if !fits || !self.line.trim_ascii().is_empty() {
                return Ok(Some(fits));
            }
        }
    }

    fn user(&mut self) -> SourceUser {
        let Ok(text) = str::from_utf8(&self.line) else {
            return faulty(self.number, "is not UTF-8".to_owned());
        };
        let object = match object(text) {
            Ok(object) => object,
            Err(refusal) => return faulty(self.number, refusal),
        };
        for (name, _) in &object {
            if self.seen.len() < MAX_COLUMNS && !self.seen.contains(name) {
                self.seen.insert(name.clone());
            }
        }
        let mut values = Vec::with_capacity(object.len());
        for (name, value) in &object {
            let Some(field) = self.names.field(name) else { continue };
            if values.iter().any(|(known, _)| *known == field) {
                return faulty(self.number, format!("has {} twice, or under two names", name.escape_debug()));
            }
            values.push((field, *value));
        }
        match values.iter().find(|(_, value)| is_unprintable(value)) {
            Some(_) => faulty(self.number, "holds a NUL character".to_owned()),
            None => user(self.number, self.names.passwords, |field| cell(&values, field)),
        }
    }
}

impl Rows for JsonlRows {
    fn rewind(&mut self) -> Result<(), SourceError> {
        self.number = 0;
        Ok(self.bytes.rewind()?)
    }

    fn next(&mut self) -> Result<Option<(u64, SourceUser)>, SourceError> {
        let Some(fits) = self.next_line()? else { return Ok(None) };
        let user =
            if fits { self.user() } else { faulty(self.number, "is longer than a megabyte".to_owned()) };
        Ok(Some((self.number, user)))
    }

    fn unknown_columns(&self) -> BTreeSet<String> {
        self.seen.iter().filter(|name| self.names.field(name).is_none()).cloned().collect()
    }

    fn refuse_missing(&self) -> Result<(), SourceError> {
        self.names.refuse_missing(self.seen.iter().map(String::as_str))
    }
}

/// A NUL in a text: no database of ours takes it. Within metadata it is the metadata's own door that refuses it.
fn is_unprintable(value: &RawValue) -> bool {
    value.get().starts_with('"') && value.get().contains("\\u0000")
}

/// What stands in a column; nothing where it is null or an empty text, but for whether somebody may sign in.
fn cell<'a>(values: &[(Field, &'a RawValue)], field: Field) -> Option<Cell<'a>> {
    let (_, value) = values.iter().find(|(known, _)| *known == field)?;
    let json = value.get();
    match json.as_bytes().first() {
        Some(b'n') => (field == Field::IsActive).then_some(Cell::Text(Cow::Borrowed(""))),
        Some(b'[' | b'{') => Some(Cell::Json(value)),
        Some(b'"') => {
            // Without an escape in it the text stays where it is, in the line that is wiped.
            let text = serde_json::from_str::<&str>(json).map(Cow::Borrowed);
            let text = text.or_else(|_| serde_json::from_str::<String>(json).map(Cow::Owned)).ok()?;
            (field == Field::IsActive || !text.is_empty()).then_some(Cell::Text(text))
        }
        _ => Some(Cell::Text(Cow::Borrowed(json))),
    }
}

/// The names and values of an object. What is refused is not repeated: it may hold a password.
fn object(text: &str) -> Result<Vec<(String, &RawValue)>, String> {
    let mut json = serde_json::Deserializer::from_str(text);
    let parsed = json.deserialize_map(Pairs).and_then(|pairs| json.end().map(|()| pairs));
    parsed.map_err(|error| match error.classify() {
        serde_json::error::Category::Data => "is not a JSON object with each name once".to_owned(),
        _ => format!("is not well-formed JSON (character {})", error.column()),
    })
}

struct Pairs;

impl<'de> Visitor<'de> for Pairs {
    type Value = Vec<(String, &'de RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut pairs: Self::Value = Vec::new();
        while let Some((name, value)) = map.next_entry::<String, &RawValue>()? {
            if pairs.iter().any(|(known, _)| *known == name) || pairs.len() == MAX_COLUMNS {
                return Err(A::Error::custom("a name is there twice"));
            }
            pairs.push((name, value));
        }
        Ok(pairs)
    }
}
