//! Bodies as browsers' forms and OAuth clients write them.

use actix_web::web::Query;
use serde::de::DeserializeOwned;

use super::wrong_form;
use crate::fields::FieldFaults;
use crate::problem::{Code, Problem};

/// Reads names and values; one name twice is refused, and an unknown one where `T` says so.
pub(super) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let text = std::str::from_utf8(bytes)
        .map_err(|_| Problem::from(Code::BadRequest).saying("The body is not UTF-8."))?;
    refuse_nul(text)?;
    // A query is written like a form.
    Query::from_query(text).map(Query::into_inner).map_err(|error| wrong_form(&error))
}

/// A NUL is spelt in two ways: as itself, and escaped; an escaped `%` before `00` makes none of it.
fn refuse_nul(text: &str) -> Result<(), Problem> {
    let mut faults = FieldFaults::default();
    for field in text.split('&').filter(|field| field.contains('\0') || field.contains("%00")) {
        let name = field.split('=').next().unwrap_or_default();
        faults.note(name.chars().take(100).collect::<String>(), "This holds a NUL, which no text may.");
    }
    faults.or(())
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Thing {
        token: String,
        hint: Option<String>,
    }

    #[test]
    fn a_form_is_read_as_browsers_write_it() {
        let thing: Thing = parse(b"token=a+b%26c%2500&hint=%C3%A9").unwrap();
        assert_eq!((&*thing.token, thing.hint.as_deref()), ("a b&c%00", Some("é")));
        assert_eq!(parse::<Thing>(b"token=").unwrap().hint, None);
    }

    /// S106, S47: one name twice, an unknown one, none, and a NUL are refused.
    #[test]
    fn what_a_form_may_not_say_is_refused() {
        for text in ["token=a&token=b", "token=a&is_admin=1", "", "hint=a", "token=%00", "token=a&hint=\0"] {
            assert_eq!(parse::<Thing>(text.as_bytes()).unwrap_err().code(), Code::InvalidFields, "{text:?}");
        }
        assert_eq!(parse::<Thing>(b"token=\xff").unwrap_err().code(), Code::BadRequest);
    }
}
