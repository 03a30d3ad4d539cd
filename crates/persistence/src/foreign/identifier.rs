//! Names in another system's database.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// The name of a table, a column or a schema there: 1 to 63 characters, none of them a control.
///
/// Whatever else it holds, it is quoted wherever it stands in a statement, and stays a name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identifier(String);

/// The name of a table, with its schema where that is told: `auth_user`, `public.auth_user`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableName {
    pub(super) schema: Option<Identifier>,
    pub(super) name: Identifier,
}

/// Not a name.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("must be a name of 1 to {} characters", Identifier::MAX_CHARS)]
pub struct IdentifierError;

impl Identifier {
    /// The longest name PostgreSQL keeps.
    pub const MAX_CHARS: usize = 63;

    /// The name as it stands.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name as SQL takes it: between quotes, those within it doubled.
    pub(super) fn quoted(&self) -> String {
        format!("\"{}\"", self.0.replace('"', "\"\""))
    }
}

impl FromStr for Identifier {
    type Err = IdentifierError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fits = !text.is_empty() && text.chars().nth(Self::MAX_CHARS).is_none();
        if fits && !text.contains(char::is_control) {
            Ok(Self(text.to_owned()))
        } else {
            Err(IdentifierError)
        }
    }
}

impl fmt::Display for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TableName {
    /// The table of the same schema whose name is this one's with `tail` behind it.
    pub fn with_tail(&self, tail: &str) -> Result<Self, IdentifierError> {
        Ok(Self { schema: self.schema.clone(), name: format!("{}{tail}", self.name).parse()? })
    }

    /// The table `name` of the same schema.
    #[must_use]
    pub fn beside(&self, name: Identifier) -> Self {
        Self { schema: self.schema.clone(), name }
    }

    /// The name without its schema.
    #[must_use]
    pub fn name(&self) -> &str {
        self.name.as_str()
    }

    /// The name as SQL takes it.
    pub(super) fn quoted(&self) -> String {
        let schema = self.schema.as_ref().map(|schema| format!("{}.", schema.quoted()));
        format!("{}{}", schema.unwrap_or_default(), self.name.quoted())
    }
}

/// What stands before the first dot is the schema.
impl FromStr for TableName {
    type Err = IdentifierError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('.') {
            Some((schema, name)) => Ok(Self { schema: Some(schema.parse()?), name: name.parse()? }),
            None => Ok(Self { schema: None, name: text.parse()? }),
        }
    }
}

impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.schema {
            Some(schema) => write!(f, "{schema}.{}", self.name),
            None => write!(f, "{}", self.name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_have_a_schema() {
        for (text, quoted) in [
            ("auth_user", r#""auth_user""#),
            ("public.auth_user", r#""public"."auth_user""#),
            (r#"a"b; drop table c; --"#, r#""a""b; drop table c; --""#),
            ("Leute.Straße", r#""Leute"."Straße""#),
        ] {
            let name: TableName = text.parse().unwrap();
            assert_eq!((name.quoted(), name.to_string()), (quoted.to_owned(), text.to_owned()));
        }
    }

    #[test]
    fn what_is_no_name_is_refused() {
        let long = "x".repeat(64);
        for text in ["", ".", "a.", ".a", "a\nb", "a\0", &long] {
            assert_eq!(text.parse::<TableName>(), Err(IdentifierError), "{text:?}");
        }
    }

    /// S30: read as SQL reads it, a quoted name ends where it should.
    #[test]
    fn a_quoted_name_reads_back_as_itself() {
        let pieces = ["", "\"", "\"\"", ";", "'", "--", "\\", "a", "é", "/*", ")"];
        for text in pieces.iter().flat_map(|one| pieces.iter().map(move |other| format!("x{one}{other}"))) {
            let quoted = text.parse::<Identifier>().unwrap().quoted();
            let within = &quoted[1..quoted.len() - 1];
            assert!(!within.replace("\"\"", "").contains('"'), "{quoted}");
            assert_eq!(within.replace("\"\"", "\""), text);
        }
    }
}
