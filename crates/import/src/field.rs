//! What the fields of another system's database say, all of which come as text.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use vestibule_domain::time::Timestamp;

/// The text, unless it is blank.
pub(crate) fn filled(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty())
}

/// Whether it says yes or no, in the words of either database; nothing where it says neither.
pub(crate) fn answer(text: &str) -> Option<bool> {
    let says = |words: &[&str]| words.iter().any(|word| text.trim().eq_ignore_ascii_case(word));
    if says(&["1", "t", "true", "y", "yes", "on"]) {
        return Some(true);
    }
    says(&["0", "f", "false", "n", "no", "off"]).then_some(false)
}

/// That whether an account may sign in is not said in `column`, which is there. One rule for every source: a column that is not
/// there keeps nobody out, and one that is empty does.
pub(crate) fn says_nothing(column: &str) -> String {
    format!("{column} says nothing: the account comes in suspended")
}

/// That the moment in `column` cannot be read.
pub(crate) fn unreadable(column: &str) -> String {
    format!("{column} is not a moment that can be read")
}

/// A moment as databases and their drivers write it: with a space or a `T`, with a zone or in UTC, a day alone, or seconds,
/// milliseconds or microseconds since 1970. Nothing before the year 1 or behind 9999, which cannot be written down.
pub(crate) fn moment(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let moment = counted(text).or_else(|| written(text))?;
    (1..=9999).contains(&chrono::Datelike::year(&moment)).then(|| Timestamp::from_naive_utc(moment))
}

/// The day of a date or of a moment, as it is written.
pub(crate) fn day(text: &str) -> String {
    let text = text.trim();
    let day = text.split([' ', 'T']).next().unwrap_or_default();
    let is_day = day.parse::<NaiveDate>().is_ok();
    if is_day { day.to_owned() } else { text.to_owned() }
}

fn written(text: &str) -> Option<NaiveDateTime> {
    let text = text.replacen('T', " ", 1);
    let zoned = text.strip_suffix(['Z', 'z']).map(|utc| format!("{}+00", utc.trim_end()));
    chrono::DateTime::parse_from_str(zoned.as_deref().unwrap_or(&text), "%Y-%m-%d %H:%M:%S%.f%#z")
        .map(|moment| moment.naive_utc())
        .or_else(|_| NaiveDateTime::parse_from_str(&text, "%Y-%m-%d %H:%M:%S%.f"))
        .or_else(|_| NaiveDateTime::parse_from_str(&text, "%Y-%m-%d %H:%M"))
        .or_else(|_| NaiveDate::parse_from_str(&text, "%Y-%m-%d").map(|day| day.and_time(NaiveTime::MIN)))
        .ok()
}

/// What a count is of shows in its digits, for the years from 1973 to 2286. Others may be dates without anything between their
/// parts, and are not guessed at.
fn counted(text: &str) -> Option<NaiveDateTime> {
    let whole = text.split_once('.').map_or(text, |(whole, _)| whole);
    if !whole.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let micros = match whole.len() {
        9 | 10 => 1_000_000,
        12 | 13 => 1000,
        15 | 16 => 1,
        _ => return None,
    };
    let count: i64 = whole.parse().ok()?;
    chrono::DateTime::from_timestamp_micros(count.checked_mul(micros)?).map(|moment| moment.naive_utc())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn moments_are_read_as_databases_write_them() {
        for (text, shown) in [
            ("2024-02-29 23:59:58.123456+00", "2024-02-29T23:59:58.123456Z"),
            ("2024-02-29 23:59:58+05:30", "2024-02-29T18:29:58Z"),
            ("2024-02-29 23:59:58+0530", "2024-02-29T18:29:58Z"),
            ("2024-02-29 23:59:58", "2024-02-29T23:59:58Z"),
            ("2024-02-29T23:59:58.5Z", "2024-02-29T23:59:58.500Z"),
            ("2024-02-29T23:59", "2024-02-29T23:59:00Z"),
            ("2024-02-29", "2024-02-29T00:00:00Z"),
            ("1700000000", "2023-11-14T22:13:20Z"),
            ("1700000000.25", "2023-11-14T22:13:20Z"),
            ("1700000000123", "2023-11-14T22:13:20.123Z"),
            ("1577836800000000", "2020-01-01T00:00:00Z"),
            ("157783680000000", "1975-01-01T04:48:00Z"),
        ] {
            assert_eq!(moment(text).map(|moment| moment.to_string()).as_deref(), Some(shown), "{text}");
        }
        for text in
            ["", "infinity", "-infinity", "2024-02-30", "0044-03-15 12:00:00 BC", "10000-01-01", "now"]
        {
            assert_eq!(moment(text), None, "{text}");
        }
        // Nothing, dates run together, and what is written otherwise from one country to the next.
        for text in
            ["0", "20240229", "20240229120000", "17000000001", "17000000000000000", "01/01/2020 10:00"]
        {
            assert_eq!(moment(text), None, "{text}");
        }
    }

    #[test]
    fn a_day_is_what_stands_before_the_time() {
        assert_eq!(day("1990-05-17 00:00:00"), "1990-05-17");
        assert_eq!(day("1990-05-17T00:00:00Z"), "1990-05-17");
        assert_eq!(day("17 May 1990"), "17 May 1990");
    }

    #[test]
    fn yes_and_no_are_said_in_few_words() {
        assert!(["1", "t", "true", "True", " yes "].iter().all(|text| answer(text) == Some(true)));
        assert!(["0", "f", "false", "FALSE", "no"].iter().all(|text| answer(text) == Some(false)));
        assert!(["", "2", "None", "active", "-1"].iter().all(|text| answer(text).is_none()));
    }

    proptest! {
        #[test]
        fn any_text_is_borne(text in prop_oneof![any::<String>(), "[0-9T:. +Z-]{0,40}"]) {
            let _ = (moment(&text), day(&text), answer(&text));
        }
    }
}
