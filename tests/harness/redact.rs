//! Answers as snapshots: what differs from run to run is hidden, and asserted before it is hidden.

use serde_json::{Value, json};

use super::client::Answer;

/// Status and body with ids, times and secrets replaced by what they are.
pub(crate) fn answer(answer: &Answer) -> Value {
    json!({ "status": answer.status, "body": body(&answer.body) })
}

/// A body with ids, times and secrets replaced by what they are.
pub(crate) fn body(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| (name.clone(), field(name, value))).collect()
        }
        Value::Array(items) => items.iter().map(body).collect(),
        plain => plain.clone(),
    }
}

fn field(name: &str, value: &Value) -> Value {
    if value.is_null() {
        return Value::Null;
    }
    let text = value.as_str().unwrap_or_default();
    let (holds, stand_in) = match name {
        "id" => (value.as_i64().is_some_and(|id| id > 0) || is_uuid(text), "[id]"),
        "request_id" => ((8..=64).contains(&text.len()), "[request id]"),
        "access_token" => (is_hex(text, 64), "[access token]"),
        "refresh_token" => (text.starts_with("vrt_") && text.len() >= 40, "[refresh token]"),
        "date_created" | "last_updated" => (is_time(text), "[time]"),
        name if name.ends_with("_at") => (is_time(text), "[time]"),
        _ => return body(value),
    };
    assert!(holds, "{name} is not what it should be: {value}");
    json!(stand_in)
}

fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn is_uuid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    groups.len() == 5 && groups.iter().zip([8, 4, 4, 4, 12]).all(|(group, length)| is_hex(group, length))
}

/// RFC 3339 in UTC with a `Z` and at most microseconds.
fn is_time(text: &str) -> bool {
    let fraction = text.split_once('.').map_or(0, |(_, rest)| rest.len() - 1);
    text.ends_with('Z') && fraction <= 6 && chrono::DateTime::parse_from_rfc3339(text).is_ok()
}
