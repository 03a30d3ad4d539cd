//! How texts become values. An error is words that follow the setting's name, and never repeats the text.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

/// A whole number within `range`.
pub(crate) fn number<T>(range: RangeInclusive<T>) -> impl Fn(&str) -> Result<T, String>
where
    T: FromStr + PartialOrd + Display,
{
    move |text| match text.trim().parse() {
        Ok(number) if range.contains(&number) => Ok(number),
        _ => Err(format!("must be between {} and {}", range.start(), range.end())),
    }
}

/// Yes or no.
pub(crate) fn switch(text: &str) -> Result<bool, String> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "on" | "yes" | "1" => Ok(true),
        "false" | "off" | "no" | "0" => Ok(false),
        _ => Err("must be true or false (or on, off, yes, no, 1, 0)".to_owned()),
    }
}

/// One of a few words.
pub(crate) fn choice<T: Copy>(choices: &[(&str, T)]) -> impl Fn(&str) -> Result<T, String> {
    move |text| {
        let found = choices.iter().find(|(word, _)| word.eq_ignore_ascii_case(text.trim()));
        let words = || choices.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(" or ");
        found.map(|(_, choice)| *choice).ok_or_else(|| format!("must be {}", words()))
    }
}

/// A span of time within `range`: a whole number and its unit (`ms`, `s`, `m`, `h`, `d`), or `0`.
pub(crate) fn span(range: RangeInclusive<Duration>) -> impl Fn(&str) -> Result<Duration, String> {
    move |text| {
        let span =
            parse_span(text.trim()).ok_or("must be a number with its unit, such as 30s, 15m, 12h or 7d")?;
        let bounds =
            || format!("must be between {} and {}", show_span(*range.start()), show_span(*range.end()));
        if range.contains(&span) { Ok(span) } else { Err(bounds()) }
    }
}

fn parse_span(text: &str) -> Option<Duration> {
    if text == "0" {
        return Some(Duration::ZERO);
    }
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().ok()?;
    let seconds = match unit {
        "ms" => return Some(Duration::from_millis(number)),
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86400,
        _ => return None,
    };
    number.checked_mul(seconds).map(Duration::from_secs)
}

/// A span in the largest unit that divides it, as settings are written.
fn show_span(span: Duration) -> String {
    let seconds = span.as_secs();
    match seconds {
        _ if span.subsec_millis() > 0 => format!("{}ms", span.as_millis()),
        0 => "0".to_owned(),
        _ if seconds.is_multiple_of(86400) => format!("{}d", seconds / 86400),
        _ if seconds.is_multiple_of(3600) => format!("{}h", seconds / 3600),
        _ if seconds.is_multiple_of(60) => format!("{}m", seconds / 60),
        _ => format!("{seconds}s"),
    }
}

/// The entries of a list that is separated by commas; blanks around them and empty ones do not count.
pub(crate) fn entries(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|entry| !entry.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_hours(1);

    #[test]
    fn spans_are_read_with_their_unit() {
        let read = span(Duration::ZERO..=HOUR * 24 * 365);
        let cases =
            [("0", 0), ("0s", 0), ("1s", 1), ("30m", 1800), ("12h", 43_200), ("30d", 2_592_000), (" 5s ", 5)];
        for (text, seconds) in cases {
            assert_eq!(read(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        assert_eq!(read("250ms"), Ok(Duration::from_millis(250)));
    }

    #[test]
    fn a_span_without_unit_sign_or_bound_is_refused() {
        let read = span(Duration::from_secs(1)..=HOUR);
        for text in
            ["", "5", "-5s", "5 s", "s", "1.5h", "5w", "5S", "99999999999999999999s", "18446744073709551615d"]
        {
            assert!(read(text).unwrap_err().starts_with("must be a number with its unit"), "{text}");
        }
        for text in ["0", "2h", "61m", "999ms"] {
            assert_eq!(read(text).unwrap_err(), "must be between 1s and 1h", "{text}");
        }
    }

    #[test]
    fn numbers_stay_in_their_range() {
        let read = number(8_usize..=128);
        assert_eq!((read("8"), read(" 128 ")), (Ok(8), Ok(128)));
        for text in ["7", "129", "", "-8", "8.0", "0x10", "eight", "99999999999999999999999"] {
            assert_eq!(read(text).unwrap_err(), "must be between 8 and 128", "{text}");
        }
    }

    #[test]
    fn switches_take_the_usual_words() {
        for text in ["true", "on", "1", "YES"] {
            assert_eq!(switch(text), Ok(true), "{text}");
        }
        for text in ["false", "off", "0", "No"] {
            assert_eq!(switch(text), Ok(false), "{text}");
        }
        for text in ["", "2", "t", "tru", "enabled"] {
            assert!(switch(text).is_err(), "{text}");
        }
    }
}
