//! The character NUL, which PostgreSQL keeps in no text: none comes in, in whatever field.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use crate::fields::FieldFaults;
use crate::problem::Problem;

/// Refuses `text`, a JSON object, if a text in it holds a NUL, and names the fields that do.
pub(super) fn refuse(text: &str) -> Result<(), Problem> {
    if !holds_nul(text) {
        return Ok(());
    }
    let fields: BTreeMap<String, &RawValue> = serde_json::from_str(text).unwrap_or_default();
    let mut faults = FieldFaults::default();
    for (name, value) in fields {
        if holds_nul(value.get()) {
            faults.note(name, "This holds a NUL, which no text may.");
        }
    }
    faults.or(())
}

/// Whether valid JSON spells a NUL somewhere, which it can in one way only: the byte itself is no JSON.
fn holds_nul(json: &str) -> bool {
    let mut rest = json;
    while let Some((_, escape)) = rest.split_once('\\') {
        if escape.starts_with("u0000") {
            return true;
        }
        // A backslash may be the character that is escaped.
        rest = escape.get(1..).unwrap_or_default();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    /// S47: by whatever depth; an escaped backslash before `u0000` makes six harmless characters of it.
    #[test]
    fn a_nul_is_told_from_what_is_spelt_like_one() {
        for text in [
            r#"{"a":"\u0000"}"#,
            r#"{"a":"x\\\u0000"}"#,
            r#"{"a":{"b":["\n\u0000"]}}"#,
            r#"{"a":{"\u0000":1}}"#,
        ] {
            assert!(refuse(text).is_err(), "{text}");
        }
        for text in
            ["{}", r#"{"a":"\\u0000"}"#, r#"{"a":"\\\\u0000"}"#, r#"{"a":"\u0001"}"#, r#"{"a":"u0000"}"#]
        {
            assert!(refuse(text).is_ok(), "{text}");
        }
    }
}
