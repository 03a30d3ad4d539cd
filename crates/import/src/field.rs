//! What the fields of another system's database say, all of which come as text.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use vestibule_domain::time::Timestamp;

/// The text, unless it is blank.
pub(crate) fn filled(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty())
}

/// Whether it says yes, in the words of either database.
pub(crate) fn is_yes(text: &str) -> bool {
    let text = text.trim();
    ["1", "t", "true", "y", "yes", "on"].iter().any(|yes| text.eq_ignore_ascii_case(yes))
}

/// A moment as databases and their drivers write it: with a space or a `T`, with a zone or in UTC, a day alone, or seconds or
/// milliseconds since 1970. Nothing before the year 1 or behind 9999, which cannot be written down.
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

/// From nine digits on a number is no year but a count: of milliseconds where it has twelve.
fn counted(text: &str) -> Option<NaiveDateTime> {
    let whole = text.split_once('.').map_or(text, |(whole, _)| whole);
    let is_count = whole.bytes().all(|byte| byte.is_ascii_digit()) && (9..=14).contains(&whole.len());
    if !is_count {
        return None;
    }
    let count: i64 = whole.parse().ok()?;
    let millis = if whole.len() < 12 { count.checked_mul(1000)? } else { count };
    chrono::DateTime::from_timestamp_millis(millis).map(|moment| moment.naive_utc())
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
        ] {
            assert_eq!(moment(text).map(|moment| moment.to_string()).as_deref(), Some(shown), "{text}");
        }
        for text in
            ["", "infinity", "-infinity", "2024-02-30", "0044-03-15 12:00:00 BC", "10000-01-01", "now"]
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
    fn yes_is_said_in_few_words() {
        assert!(["1", "t", "true", "True", "yes"].iter().all(|text| is_yes(text)));
        assert!(!["", "0", "f", "false", "no", "2", "None"].iter().any(|text| is_yes(text)));
    }

    proptest! {
        #[test]
        fn any_text_is_borne(text in prop_oneof![any::<String>(), "[0-9T:. +Z-]{0,40}"]) {
            let _ = (moment(&text), day(&text), is_yes(&text));
        }
    }
}
