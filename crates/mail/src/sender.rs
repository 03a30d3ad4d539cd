//! Whom mails come from.

use std::fmt;
use std::str::FromStr;

use lettre::Address;
use lettre::message::Mailbox;
use thiserror::Error;
use vestibule_domain::email::EmailAddress;

/// The sender of every mail: an address, and a name before it if there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender(Mailbox);

/// Not one mailbox.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("must be a mailbox such as Vestibule <no-reply@example.org>")]
pub struct SenderError;

impl Sender {
    /// `no-reply@` the host people know the server by, or `localhost` where that is an address of numbers: no envelope takes
    /// one. Not every host that can be asked for pages can be written to.
    pub fn no_reply(host: &str) -> Result<Self, SenderError> {
        let is_number = host.starts_with('[') || host.parse::<std::net::Ipv4Addr>().is_ok();
        let domain = if is_number { "localhost" } else { host };
        format!("no-reply@{domain}").parse()
    }

    /// As the message's builder takes it.
    #[must_use]
    pub fn mailbox(&self) -> &Mailbox {
        &self.0
    }
}

impl FromStr for Sender {
    type Err = SenderError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let (name, address) = match text.strip_suffix('>') {
            Some(inner) => inner.split_once('<').ok_or(SenderError)?,
            None => ("", text),
        };
        let quoted =
            |name: &str| name.strip_prefix('"').and_then(|name| name.strip_suffix('"')).map(str::to_owned);
        let name = quoted(name.trim()).unwrap_or_else(|| name.trim().to_owned());
        let is_plain = |c: char| !c.is_control() && !matches!(c, '"' | '\\' | '<' | '>' | '@');
        if !name.chars().all(is_plain) {
            return Err(SenderError);
        }
        let address = in_ascii_domain(address).ok_or(SenderError)?;
        Ok(Self(Mailbox::new((!name.is_empty()).then_some(name), address)))
    }
}

/// The domain as the domain name system has it, so that every server understands where mails come from.
fn in_ascii_domain(address: &str) -> Option<Address> {
    if address.is_ascii() {
        return address.parse().ok();
    }
    let address: EmailAddress = address.parse().ok()?;
    Address::new(address.local(), address.ascii_domain()).ok()
}

impl fmt::Display for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sender_is_one_address_and_maybe_a_name() {
        for (text, shown) in [
            ("no-reply@example.org", "no-reply@example.org"),
            ("<no-reply@example.org>", "no-reply@example.org"),
            (" Vestibule <no-reply@example.org> ", "Vestibule <no-reply@example.org>"),
            ("\"The House, Ltd.\" <a@b.example>", "\"The House, Ltd.\" <a@b.example>"),
            ("a@localhost", "a@localhost"),
            ("Bücher <post@bücher.example>", "Bücher <post@xn--bcher-kva.example>"),
        ] {
            assert_eq!(text.parse::<Sender>().unwrap().to_string(), shown, "{text}");
        }
    }

    /// S55: nothing that could end a header or add a recipient.
    #[test]
    fn what_is_not_one_mailbox_is_refused() {
        for text in [
            "",
            "Vestibule",
            "no-reply@",
            "@example.org",
            "a@b.example, c@d.example",
            "A <a@b.example",
            "A <a@b.example> B",
            "A <<a@b.example>>",
            "A\r\nBcc: x <a@b.example>",
            "a@b.example\r\nBcc: c@d.example",
        ] {
            assert_eq!(text.parse::<Sender>(), Err(SenderError), "{text:?}");
        }
    }

    #[test]
    fn the_default_takes_the_host_as_it_is() {
        for (host, shown) in [
            ("a.example", "no-reply@a.example"),
            ("localhost", "no-reply@localhost"),
            ("192.0.2.1", "no-reply@localhost"),
            ("[2001:db8::1]", "no-reply@localhost"),
        ] {
            assert_eq!(Sender::no_reply(host).unwrap().to_string(), shown, "{host}");
        }
        assert_eq!(Sender::no_reply("a b"), Err(SenderError));
    }
}
