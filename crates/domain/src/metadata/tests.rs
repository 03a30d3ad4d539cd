use proptest::prelude::*;

use super::*;

fn refused(text: &str) -> MetadataError {
    text.parse::<Metadata>().expect_err(text)
}

fn nested(levels: usize) -> String {
    format!("{}0{}", "{\"a\":".repeat(levels), "}".repeat(levels))
}

#[test]
fn an_object_is_kept_as_it_came() {
    for text in [
        "{}",
        " \t\r\n{ } \n",
        r#"{"theme":"dark","n":[1,-0,0.5,1e3,-2.5E-7,1E+2,12345678901234567890],"t":true,"f":false,"z":null}"#,
        r#"{"a":{"a":1},"":"", "é":"\u00e9\n\/\\\"\b\f\r\t", "emoji":"\ud83d\ude00😀","del":""}"#,
        r#"{ "a" : [ ] , "b" : { } , "c" : [ [ ] , { } ] }"#,
        &nested(8),
    ] {
        assert_eq!(text.parse::<Metadata>().expect(text).as_str(), text);
    }
    assert_eq!(Metadata::default().as_str(), "{}");
}

#[test]
fn only_objects_are_kept() {
    for text in ["", " ", "[]", "null", "1", "\"{}\"", "\u{FEFF}{}", "a", "}"] {
        assert_eq!(refused(text), MetadataError::NotAnObject, "{text:?}");
    }
}

#[test]
fn what_is_not_json_is_refused() {
    for text in [
        "{",
        "{}}",
        "{} {}",
        "{}x",
        "{a:1}",
        "{'a':1}",
        r#"{"a"}"#,
        r#"{"a":}"#,
        r#"{"a":1,}"#,
        r#"{,"a":1}"#,
        r#"{"a":1 "b":2}"#,
        r#"{"a":[1,]}"#,
        r#"{"a":[,1]}"#,
        r#"{"a":[1}"#,
        r#"{"a":[1 2]}"#,
        r#"{"a":01}"#,
        r#"{"a":+1}"#,
        r#"{"a":1.}"#,
        r#"{"a":.5}"#,
        r#"{"a":-}"#,
        r#"{"a":1e}"#,
        r#"{"a":1e+}"#,
        r#"{"a":0x1}"#,
        r#"{"a":NaN}"#,
        r#"{"a":Infinity}"#,
        r#"{"a":True}"#,
        r#"{"a":nul}"#,
        r#"{"a":"b}"#,
        r#"{"a":"\x"}"#,
        r#"{"a":"\u12"}"#,
        r#"{"a":"\u12g4"}"#,
        r#"{"a":"\u+123"}"#,
        "{\"a\":\"\n\"}",
        "{\"a\":\"\t\"}",
        "{\"a\":\"\0\"}",
        "{\"a\":1}\0",
        "{\u{A0}}",
        "{/**/}",
        "{1:2}",
        r#"{"a":1]"#,
        r#"{"a":"\"#,
    ] {
        assert_eq!(refused(text), MetadataError::Malformed, "{text:?}");
    }
}

/// S106: of two values of one name, readers would take now the first, now the last.
#[test]
fn a_name_stands_once_in_an_object() {
    for text in [
        r#"{"a":1,"a":2}"#,
        r#"{"a":1,"\u0061":2}"#,
        r#"{"x":[{"\n":1,"\u000a":2}]}"#,
        r#"{"😀":1,"\ud83d\ude00":2}"#,
    ] {
        assert_eq!(refused(text), MetadataError::DuplicateName, "{text}");
    }
    for text in
        [r#"{"a":{"a":1},"b":{"a":2}}"#, r#"{"a":1,"A":2,"\\":3,"\"":4,"/":5,"\b":6,"\f":7,"\r":8,"\t":9}"#]
    {
        assert!(text.parse::<Metadata>().is_ok(), "{text}");
    }
}

/// PostgreSQL refuses NUL in text, and half a pair is no character.
#[test]
fn characters_that_are_no_text_are_refused() {
    assert_eq!(refused(r#"{"a":"\u0000"}"#), MetadataError::Nul);
    assert_eq!(refused(r#"{"\u0000":1}"#), MetadataError::Nul);
    for text in [
        r#"{"a":"\ud800"}"#,
        r#"{"a":"\uDC00"}"#,
        r#"{"a":"\ud800\ud800"}"#,
        r#"{"a":"\ud83dx"}"#,
        r#"{"a":"\ud83d\n"}"#,
    ] {
        assert_eq!(refused(text), MetadataError::LoneSurrogate, "{text}");
    }
}

#[test]
fn numbers_no_reader_could_hold_are_refused() {
    assert_eq!(refused(r#"{"a":1e999}"#), MetadataError::NumberOutOfRange);
    assert_eq!(refused(&format!("{{\"a\":-{}}}", "9".repeat(400))), MetadataError::NumberOutOfRange);
    assert!(r#"{"a":1e-999}"#.parse::<Metadata>().is_ok(), "so small that it is zero");
}

#[test]
fn nesting_ends_at_the_eighth_level() {
    assert_eq!(refused(&nested(9)), MetadataError::TooDeep);
    assert!(format!("{{\"a\":{}{}}}", "[".repeat(7), "]".repeat(7)).parse::<Metadata>().is_ok());
    assert_eq!(refused(&format!("{{\"a\":{}", "[".repeat(16_000))), MetadataError::TooDeep);
}

#[test]
fn sixteen_kibibytes_fit_and_not_a_byte_more() {
    let of = |length: usize| format!("{{\"a\":\"{}\"}}", "x".repeat(length - 8));
    assert!(of(16_384).parse::<Metadata>().is_ok());
    assert_eq!(refused(&of(16_385)), MetadataError::TooLong);
}

/// JSON values as text, with the bounds in reach.
fn json() -> impl Strategy<Value = String> {
    let string = "([a-zé😀 ]|\\\\n|\\\\u00e9|\\\\ud83d\\\\ude00){0,6}".prop_map(|text| format!("\"{text}\""));
    let leaf = prop_oneof![
        string.clone(),
        any::<i64>().prop_map(|n| n.to_string()),
        (-1e300..1e300).prop_map(|n: f64| format!("{n:e}")),
        Just("true".to_owned()),
        Just("null".to_owned()),
    ];
    leaf.prop_recursive(5, 40, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(|items| format!("[{}]", items.join(", "))),
            prop::collection::vec((string.clone(), inner), 0..5).prop_map(|members| {
                // A number in front of each name makes them differ.
                let members = members.iter().enumerate();
                let members: Vec<_> =
                    members.map(|(n, (key, value))| format!("\"{n}{} : {value}", &key[1..])).collect();
                format!("{{{}}}", members.join(","))
            }),
        ]
    })
}

proptest! {
    #[test]
    fn whatever_is_typed_is_kept_as_it_is_or_refused(text in prop_oneof![any::<String>(), "[{}\\[\\]\",:0-9eE.+a-fnrtu\\\\-]{0,60}"]) {
        for text in [text.clone(), format!("{{\"a\":{text}}}")] {
            if let Ok(metadata) = text.parse::<Metadata>() {
                prop_assert_eq!(metadata.as_str(), &text);
                let (first, last) = (text.trim_start().chars().next(), text.trim_end().chars().next_back());
                prop_assert_eq!((first, last), (Some('{'), Some('}')));
            }
        }
    }

    #[test]
    fn every_object_is_taken_and_no_part_of_one(value in json()) {
        let text = format!("{{\"a\": {value}}}");
        let metadata = text.parse::<Metadata>();
        prop_assert_eq!(metadata.as_ref().map(Metadata::as_str), Ok(text.as_str()));
        for (end, _) in text.char_indices() {
            prop_assert!(text[..end].parse::<Metadata>().is_err());
        }
    }
}
