//! A mail server.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use lettre::transport::smtp::Error as LettreError;
use lettre::transport::smtp::authentication::{Credentials as Known, Mechanism};
use lettre::transport::smtp::client::{SmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail as MailFrom, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use thiserror::Error;

use super::{Reason, SendError, Transport};
use crate::message::Mail;
use crate::smtp_url::{Security, SmtpUrl};

/// How long the server may take to be reached, and for each answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long it may take for its last word: it may look through the mail first. Whoever gives up too early sends it twice.
const LAST_PATIENCE: Duration = Duration::from_secs(30);

/// How long it may take to say goodbye.
const FAREWELL: Duration = Duration::from_secs(1);

/// A mail server, spoken to anew for each mail.
pub struct Smtp {
    url: SmtpUrl,
    hello: ClientId,
    tls: Option<TlsParameters>,
}

/// The certificates of the authorities cannot be used.
#[derive(Debug, Error)]
#[error("TLS to the mail server cannot be set up")]
pub struct SmtpError(#[source] LettreError);

impl Smtp {
    /// The server at `url`, to which we are `own_host`. Connects to nothing.
    pub fn new(url: SmtpUrl, own_host: &str) -> Result<Self, SmtpError> {
        let tls = match url.security() {
            Security::Plain => None,
            Security::StartTls | Security::Tls => {
                Some(TlsParameters::new(url.host().to_owned()).map_err(SmtpError)?)
            }
        };
        Ok(Self { url, hello: client_id(own_host), tls })
    }

    /// Asks the server whether it would take a mail from us, as far as that can be asked without one.
    pub fn greet(&self) -> Result<(), SendError> {
        let mut conn = self.connect().map_err(|error| postponed(&error))?;
        if conn.set_timeout(Some(FAREWELL)).is_ok() {
            // It has said all there was to say.
            let _ = conn.quit();
        }
        Ok(())
    }

    /// A conversation that has got so far that a mail may be handed in. Nothing is said before it is as private as it
    /// must be.
    fn connect(&self) -> Result<SmtpConnection, LettreError> {
        let server = (self.url.host(), self.url.port());
        let from_the_start = self.tls.as_ref().filter(|_| self.url.security() == Security::Tls);
        let mut conn = SmtpConnection::connect(server, Some(PATIENCE), &self.hello, from_the_start, None)?;
        if let (Security::StartTls, Some(tls)) = (self.url.security(), &self.tls) {
            conn.starttls(tls, &self.hello)?;
        }
        if let Some(credentials) = self.url.credentials() {
            let known = Known::new(credentials.user.clone(), credentials.password.to_string());
            conn.auth(&[Mechanism::Plain, Mechanism::Login], &known)?;
        }
        Ok(conn)
    }
}

impl Transport for Smtp {
    fn send(&self, mail: &Mail) -> Result<(), SendError> {
        // What is refused before the recipient is named is about us: another try may find the mistake mended.
        let mut conn = self.connect().map_err(|error| postponed(&error))?;
        let outcome = hand_in(&mut conn, mail);
        if !conn.has_broken() && conn.set_timeout(Some(FAREWELL)).is_ok() {
            // It was taken or refused by now, whatever is said to a goodbye.
            let _ = conn.quit();
        }
        outcome
    }
}

fn hand_in(conn: &mut SmtpConnection, mail: &Mail) -> Result<(), SendError> {
    let parameters = parameters(conn, mail)?;
    let from = MailFrom::new(Some(mail.from.clone()), parameters);
    conn.command(from).map_err(|error| postponed(&error))?;
    conn.command(Rcpt::new(mail.to.clone(), Vec::new())).map_err(|error| judged(&error))?;
    conn.command(Data).map_err(|error| judged(&error))?;
    conn.set_timeout(Some(LAST_PATIENCE)).map_err(|error| SendError::Postponed(Reason::own(error)))?;
    conn.message(&mail.message).map_err(|error| judged(&error))?;
    Ok(())
}

/// What the server must know to take the mail (RFC 6531, RFC 6152).
fn parameters(conn: &SmtpConnection, mail: &Mail) -> Result<Vec<MailParameter>, SendError> {
    let server = conn.server_info();
    let mut parameters = Vec::new();
    if [&mail.from, &mail.to].into_iter().any(|address| !AsRef::<str>::as_ref(address).is_ascii()) {
        if !server.supports_feature(Extension::SmtpUtfEight) {
            let why = "the mail server cannot write to addresses beyond ASCII (it has no SMTPUTF8)";
            return Err(SendError::Refused(Reason::own(why)));
        }
        parameters.push(MailParameter::SmtpUtfEight);
    }
    if !mail.message.is_ascii() {
        if !server.supports_feature(Extension::EightBitMime) {
            let why = "the mail server takes nothing but ASCII (it has no 8BITMIME)";
            return Err(SendError::Refused(Reason::own(why)));
        }
        parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    Ok(parameters)
}

/// 5xx is for good, all else may pass: 4xx, a broken connection, silence. 530 and its kin ask who we are, which is not
/// about the mail (RFC 4954, 6).
fn judged(error: &LettreError) -> SendError {
    let is_about_us = error.status().is_some_and(|code| matches!(u16::from(code), 530 | 534 | 535 | 538));
    if error.is_permanent() && !is_about_us { SendError::Refused(told(error)) } else { postponed(error) }
}

fn postponed(error: &LettreError) -> SendError {
    SendError::Postponed(told(error))
}

/// A server may quote the link it takes offence at: what could be a token is left out.
fn told(error: &LettreError) -> Reason {
    Reason { code: error.status().map(u16::from), words: without_tokens(&error.to_string()) }
}

/// `text` with runs of 32 and more hexadecimal characters cut out.
fn without_tokens(text: &str) -> String {
    let is_hex = |c: char| c.is_ascii_hexdigit();
    let mut told = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(is_hex) {
        let run = rest[start..].find(|c| !is_hex(c)).unwrap_or(rest.len() - start);
        told.push_str(&rest[..start]);
        told.push_str(if run < 32 { &rest[start..start + run] } else { "[..]" });
        rest = &rest[start + run..];
    }
    told + rest
}

/// As which we introduce ourselves: a name, or an address in brackets (RFC 5321, 4.1.1.1).
fn client_id(own_host: &str) -> ClientId {
    let bare = own_host.trim_start_matches('[').trim_end_matches(']');
    if let Ok(address) = bare.parse::<Ipv4Addr>() {
        ClientId::Ipv4(address)
    } else if let Ok(address) = bare.parse::<Ipv6Addr>() {
        ClientId::Ipv6(address)
    } else {
        ClientId::Domain(own_host.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_token_is_told_that_a_server_quotes() {
        let token = "0".repeat(16) + &"deadbeef".repeat(8);
        let told = without_tokens(&format!("554 5.7.1 bad link ?token={token}&x in mail 4f2a"));
        assert_eq!(told, "554 5.7.1 bad link ?token=[..]&x in mail 4f2a");
        for text in ["", "abc", "é4f", "4f"] {
            assert_eq!(without_tokens(text), text);
        }
    }

    #[test]
    fn we_introduce_ourselves_by_name_or_address() {
        for (host, hello) in [
            ("a.example", "a.example"),
            ("192.0.2.1", "[192.0.2.1]"),
            ("[2001:db8::1]", "[IPv6:2001:db8::1]"),
        ] {
            assert_eq!(client_id(host).to_string(), hello);
        }
    }
}
