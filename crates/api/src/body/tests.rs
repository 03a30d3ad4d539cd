use serde::Deserialize;

use super::*;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Thing {
    #[expect(dead_code, reason = "only its type matters")]
    name: String,
    #[serde(default, deserialize_with = "given")]
    note: Option<Option<String>>,
}

fn code(text: &[u8]) -> Code {
    parse::<Thing>(text).unwrap_err().code()
}

/// S47, S106: what does not parse is 400, what parses and is wrong is 422.
#[test]
fn nonsense_and_wrong_values_are_told_apart() {
    for text in
        ["", "{", "nope", r#"{"name": 1"#, r#"{"name":"x"} x"#, r#"{"name":"\ud800"}"#, r#"{"name": NaN}"#]
    {
        assert_eq!(code(text.as_bytes()), Code::MalformedJson, "{text}");
    }
    assert_eq!(code(b"{\"name\":\"\xff\"}"), Code::MalformedJson);
    for text in
        ["[]", "null", "1", r#"{"name":1}"#, "{}", r#"{"name":"x","is_admin":true}"#, r#"{"name":["x"]}"#]
    {
        assert_eq!(code(text.as_bytes()), Code::InvalidFields, "{text}");
    }
    assert_eq!(code(br#"{"name":"x","name":"y"}"#), Code::InvalidFields);
}

/// What grows is copied by us, not by the vector, so that every copy is wiped.
#[test]
fn a_body_is_gathered_whole_from_any_chunks() {
    let text: Vec<u8> = (0..=255).cycle().take(70_000).collect();
    for size in [1, 7, 4096, 70_000] {
        let mut bytes = Zeroizing::new(Vec::new());
        for chunk in text.chunks(size) {
            append(&mut bytes, chunk);
        }
        assert!(*bytes == text, "in chunks of {size}");
    }
}

/// S47: the fields that hold a NUL are named, all at once.
#[test]
fn a_nul_is_refused_by_the_name_of_its_field() {
    let refused = parse::<Thing>(br#"{"name":"x\u0000","note":"\u0000"}"#).unwrap_err();
    assert_eq!(refused.code(), Code::InvalidFields);
    let shown = format!("{refused:?}");
    assert!(shown.contains(r#""name""#) && shown.contains(r#""note""#), "{shown}");
    assert!(parse::<Thing>(br#"{"name":"x\\u0000"}"#).is_ok());
}

#[test]
fn an_absent_field_is_not_null() {
    assert_eq!(parse::<Thing>(br#"{"name":"x"}"#).unwrap().note, None);
    assert_eq!(parse::<Thing>(br#"{"name":"x","note":null}"#).unwrap().note, Some(None));
}

/// S47: depth is bounded, and costs nothing.
#[test]
fn depth_is_bounded() {
    for depth in [200, 30_000] {
        let text = format!(r#"{{"name":{}{}}}"#, "[".repeat(depth), "]".repeat(depth));
        assert!(parse::<Thing>(text.as_bytes()).is_err());
    }
}
