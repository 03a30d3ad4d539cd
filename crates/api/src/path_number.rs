//! Numbers in addresses.

/// The number that `text` is, written as this house writes it: without a sign and without zeros before it. Another way to
/// write it would be a second address of the same thing.
pub(crate) fn parse_number(text: &str) -> Option<i64> {
    let number = text.parse::<i64>().ok()?;
    (number > 0 && number.to_string() == text).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_written_in_one_way() {
        assert_eq!(parse_number("1"), Some(1));
        assert_eq!(parse_number("9223372036854775807"), Some(i64::MAX));
        for text in ["", "0", "01", "-1", "+1", "1.0", "1e3", "x", " 1", "٣", "9223372036854775808"] {
            assert_eq!(parse_number(text), None, "{text:?}");
        }
    }
}
