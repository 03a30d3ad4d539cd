//! Mail addresses.

use std::fmt;
use std::str::FromStr;

use idna::AsciiDenyList;
use idna::uts46::{DnsLength, Hyphens, Uts46};
use thiserror::Error;

use crate::code_point::{is_default_ignorable, is_digit, is_joiner, is_letter, is_mark};
use crate::fold::fold;

/// A mail address, shown as it was typed. Two addresses are the same if their [`EmailAddress::key`]s are equal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmailAddress {
    typed: String,
    ascii_domain: String,
}

/// The folded form of an address, which the database keeps unique and looks people up by: the local part folded, the
/// domain as the domain name system has it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EmailKey(String);

/// Why a text is no mail address.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum EmailAddressError {
    /// More than [`EmailAddress::MAX_BYTES`] bytes.
    #[error("is longer than {} bytes", EmailAddress::MAX_BYTES)]
    TooLong,
    /// Not exactly one `@`.
    #[error("must have one `@` between a name and a domain")]
    At,
    /// The part before the `@` is empty, too long, or not made of letters, digits and the signs mail allows.
    #[error("has a part before the `@` that cannot receive mail")]
    Local,
    /// The part after the `@` is not the name of a mail domain.
    #[error("has a part after the `@` that is no domain")]
    Domain,
}

impl EmailAddress {
    /// The longest address, in bytes: what fits into the path of an SMTP command (RFC 5321, 4.5.3.1.3).
    pub const MAX_BYTES: usize = 254;
    /// The longest part before the `@`, in bytes (RFC 5321, 4.5.3.1.1).
    pub const MAX_LOCAL_BYTES: usize = 64;

    /// The address as typed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.typed
    }

    /// The part before the `@`, as typed.
    #[must_use]
    pub fn local(&self) -> &str {
        self.typed.split_once('@').map_or("", |(local, _)| local)
    }

    /// The part after the `@` as the domain name system has it: ASCII, lower case.
    #[must_use]
    pub fn ascii_domain(&self) -> &str {
        &self.ascii_domain
    }

    /// What makes it unique.
    #[must_use]
    pub fn key(&self) -> EmailKey {
        EmailKey(format!("{}@{}", fold(self.local()), self.ascii_domain))
    }
}

/// Nothing is trimmed or mended. Quoted local parts and address literals, which no mail provider gives to people,
/// are refused, and with them every character that could end a header or add a recipient (CVE-2015-5144).
impl FromStr for EmailAddress {
    type Err = EmailAddressError;

    fn from_str(typed: &str) -> Result<Self, Self::Err> {
        if typed.len() > Self::MAX_BYTES {
            return Err(EmailAddressError::TooLong);
        }
        let (local, domain) = typed.split_once('@').ok_or(EmailAddressError::At)?;
        if domain.contains('@') {
            return Err(EmailAddressError::At);
        }
        if !is_local_part(local) {
            return Err(EmailAddressError::Local);
        }
        let ascii_domain = to_ascii_domain(domain).ok_or(EmailAddressError::Domain)?;
        if local.len() + 1 + ascii_domain.len() > Self::MAX_BYTES {
            return Err(EmailAddressError::TooLong);
        }
        Ok(Self { typed: typed.to_owned(), ascii_domain })
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.typed)
    }
}

impl EmailKey {
    /// The folded text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A dot-atom (RFC 5322, 3.2.3) with the letters of all scripts (RFC 6531, 3.3).
fn is_local_part(local: &str) -> bool {
    let fits = local.len() <= EmailAddress::MAX_LOCAL_BYTES;
    fits && local
        .split('.')
        .all(|atom| !atom.is_empty() && atom.chars().all(is_atom_char) && !atom.starts_with(is_mark))
}

fn is_atom_char(c: char) -> bool {
    if c.is_ascii() {
        c.is_ascii_alphanumeric() || "!#$%&'*+/=?^_`{|}~-".contains(c)
    } else {
        is_shown_letter(c)
    }
}

fn is_shown_letter(c: char) -> bool {
    (is_letter(c) || is_digit(c)) && !is_default_ignorable(c)
}

/// The domain as ASCII (UTS 46, strict), if it is a host name with a dot in it, or `localhost`.
fn to_ascii_domain(domain: &str) -> Option<String> {
    if !domain.chars().all(is_domain_char) {
        return None;
    }
    let ascii = Uts46::new()
        .to_ascii(domain.as_bytes(), AsciiDenyList::STD3, Hyphens::Check, DnsLength::Verify)
        .ok()?
        .into_owned();
    let top = ascii.rsplit('.').next()?;
    let is_host = ascii == "localhost" || (top != ascii && !top.bytes().all(|b| b.is_ascii_digit()));
    is_host.then_some(ascii)
}

/// UTS 46 drops or rewrites a good deal (soft hyphens, ideographic full stops); what it would silently change beyond
/// case and width is refused here. The four named characters are letters to the domains of some languages.
fn is_domain_char(c: char) -> bool {
    let is_ascii_name = c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    is_ascii_name
        || (!c.is_ascii() && is_shown_letter(c))
        || is_joiner(c)
        || matches!(c, '\u{B7}' | '\u{30FB}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn address(text: &str) -> EmailAddress {
        text.parse().unwrap_or_else(|error| panic!("{text:?} {error}"))
    }

    fn refused(text: &str) -> EmailAddressError {
        text.parse::<EmailAddress>().expect_err(text)
    }

    #[test]
    fn an_address_is_kept_as_typed_and_keyed_folded() {
        for (typed, key) in [
            ("mike@example.com", "mike@example.com"),
            ("Mike.O'Brien+tag@Example.COM", "mike.o'brien+tag@example.com"),
            ("ELENA@BÜCHER.example", "elena@xn--bcher-kva.example"),
            ("éva@example.hu", "éva@example.hu"),
            ("E\u{301}va@example.hu", "éva@example.hu"),
            ("用户@例子.中国", "用户@xn--fsqu00a.xn--fiqs8s"),
            ("admin@localhost", "admin@localhost"),
            ("a!#$%&'*+/=?^_`{|}~-@sub.example.org", "a!#$%&'*+/=?^_`{|}~-@sub.example.org"),
            ("x@xn--bcher-kva.example", "x@xn--bcher-kva.example"),
            ("x@faß.example", "x@xn--fa-hia.example"),
        ] {
            assert_eq!(address(typed).as_str(), typed);
            assert_eq!(address(typed).key().as_str(), key);
        }
    }

    /// S08: a look-alike has a key of its own, and what Unicode takes for the same address has the same key.
    #[test]
    fn look_alikes_share_no_key() {
        let mike = address("mike@example.com").key();
        for same in
            ["MIKE@EXAMPLE.COM", "mi\u{212A}e@example.com", "ｍｉｋｅ@example.com", "mike@ｅxample.com"]
        {
            assert_eq!(address(same).key(), mike, "{same}");
        }
        assert_eq!(address("ſam@example.com").key(), address("sam@example.com").key());
        for other in ["mıke@example.com", "mіke@example.com", "mike@exampl\u{451}.com", "mike@ıxample.com"]
        {
            assert_ne!(address(other).key(), mike, "{other}");
        }
        assert_eq!(refused("mike＠example.com"), EmailAddressError::At);
        assert_eq!(refused("mike＠example.com@evil.example"), EmailAddressError::Local);
    }

    /// S55: nothing that could end a header, add a recipient or hide in the text.
    #[test]
    fn what_could_break_a_mail_header_is_refused() {
        for c in
            "\0\t\n\u{B}\u{C}\r\u{1B} ,;:<>()[]\"\\\u{7F}\u{85}\u{A0}\u{2028}\u{2029}\u{200B}\u{202E}\u{FEFF}"
                .chars()
        {
            assert_eq!(refused(&format!("mi{c}ke@example.com")), EmailAddressError::Local, "{c:?}");
            assert_eq!(refused(&format!("mike@exa{c}mple.com")), EmailAddressError::Domain, "{c:?}");
            assert_eq!(refused(&format!("{c}mike@example.com")), EmailAddressError::Local, "{c:?}");
            assert_eq!(refused(&format!("mike@example.com{c}")), EmailAddressError::Domain, "{c:?}");
        }
    }

    #[test]
    fn malformed_addresses_are_refused() {
        for (text, error) in [
            ("", EmailAddressError::At),
            ("mike", EmailAddressError::At),
            ("mike@example.com@example.com", EmailAddressError::At),
            ("@example.com", EmailAddressError::Local),
            (".mike@example.com", EmailAddressError::Local),
            ("mike.@example.com", EmailAddressError::Local),
            ("mi..ke@example.com", EmailAddressError::Local),
            ("\"mi ke\"@example.com", EmailAddressError::Local),
            ("\u{301}mike@example.com", EmailAddressError::Local),
            ("mi😀ke@example.com", EmailAddressError::Local),
            ("mike@", EmailAddressError::Domain),
            ("mike@example", EmailAddressError::Domain),
            ("mike@.example.com", EmailAddressError::Domain),
            ("mike@example..com", EmailAddressError::Domain),
            ("mike@example.com.", EmailAddressError::Domain),
            ("mike@-example.com", EmailAddressError::Domain),
            ("mike@example-.com", EmailAddressError::Domain),
            ("mike@exa_mple.com", EmailAddressError::Domain),
            ("mike@[127.0.0.1]", EmailAddressError::Domain),
            ("mike@127.0.0.1", EmailAddressError::Domain),
            ("mike@exa\u{AD}mple.com", EmailAddressError::Domain),
            ("mike@example。com", EmailAddressError::Domain),
            ("mike@xn--a.example", EmailAddressError::Domain),
        ] {
            assert_eq!(refused(text), error, "{text:?}");
        }
    }

    #[test]
    fn an_address_fits_into_254_bytes_and_its_parts_into_theirs() {
        let label = "a".repeat(63);
        assert!(format!("{}@example.com", "a".repeat(64)).parse::<EmailAddress>().is_ok());
        assert_eq!(refused(&format!("{}@example.com", "a".repeat(65))), EmailAddressError::Local);
        assert!(format!("a@{label}.com").parse::<EmailAddress>().is_ok());
        assert_eq!(refused(&format!("a@{label}a.com")), EmailAddressError::Domain);
        let domain = format!("{label}.{label}.{label}.{}", "a".repeat(60));
        assert!(format!("a@{domain}").parse::<EmailAddress>().is_ok());
        assert_eq!(refused(&format!("ab@{domain}a")), EmailAddressError::TooLong);
        assert_eq!(refused(&"@".repeat(1 << 20)), EmailAddressError::TooLong);
    }

    proptest! {
        #[test]
        fn whatever_is_typed_is_taken_as_it_is_or_refused(text in prop_oneof![
            any::<String>(),
            "\\PC{1,20}@\\PC{1,20}\\.com",
            "[\\p{L}\\p{M}\\p{Nd}.+]{1,20}@[\\p{L}\\p{Nd}-]{1,10}\\.[a-z]{2,5}",
            "[a-zA-Z.+]{1,20}@[a-zA-Z-]{1,10}\\.[a-z]{2,5}",
        ]) {
            if let Ok(address) = text.parse::<EmailAddress>() {
                prop_assert_eq!(address.as_str(), &text);
                prop_assert!(address.ascii_domain().is_ascii());
                prop_assert_eq!(text.matches('@').count(), 1);
                prop_assert!(!text.contains(|c: char| c.is_control() || c.is_whitespace() || ",;:<>()[]\"\\".contains(c)));
                prop_assert_eq!(address.as_str().parse::<EmailAddress>().map(|again| again.key()), Ok(address.key()));
            }
        }

        #[test]
        fn the_key_does_not_depend_on_case(text in "[a-zA-Z]{1,20}@[a-zA-Z]{1,10}\\.[a-z]{2,5}") {
            prop_assert_eq!(address(&text).key(), address(&text.to_uppercase()).key());
        }
    }
}
