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
