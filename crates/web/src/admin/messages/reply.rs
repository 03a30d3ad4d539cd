//! The link by which somebody's mail program writes an answer.

use std::fmt::Write as _;

use vestibule_domain::email::EmailAddress;

/// A `mailto:` to that address with that subject. Whatever could begin another part of it is encoded (RFC 6068): nobody who
/// fills in the form adds a recipient or a text.
pub(super) fn mailto(email: &EmailAddress, subject: &str) -> String {
    let (local, domain) = (encoded(email.local()), encoded(email.ascii_domain()));
    format!("mailto:{local}@{domain}?subject={}", encoded(subject))
}

fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_an_address_or_a_subject_ends_it() {
        let mailto = |email: &str, subject: &str| mailto(&email.parse().unwrap(), subject);
        assert_eq!(mailto("a.b@example.org", "Re: Hello"), "mailto:a.b@example.org?subject=Re%3A%20Hello");
        assert_eq!(
            mailto("a&b+c?cc=d@example.org", "x&cc=evil@example.org#é%0A"),
            "mailto:a%26b%2Bc%3Fcc%3Dd@example.org?subject=x%26cc%3Devil%40example.org%23%C3%A9%250A"
        );
    }
}
