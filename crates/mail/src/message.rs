//! A letter as it goes over the wire.

use std::time::SystemTime;

use lettre::Address;
use lettre::address::Envelope;
use lettre::message::header::{
    ContentTransferEncoding, ContentType, Header, HeaderName, HeaderValue, MessageId,
};
use lettre::message::{Body, Mailbox, Message, MultiPart, SinglePart};
use vestibule_domain::email::EmailAddress;
use vestibule_domain::time::Timestamp;

use crate::letter::Letter;
use crate::mailer::WriteError;
use crate::sender::Sender;

/// A mail that is ready to leave. It holds a link, and so shows nothing of itself.
pub struct Mail {
    /// The number of its order.
    pub(crate) id: i64,
    /// What kind it is.
    pub(crate) kind: &'static str,
    /// When it was written.
    pub(crate) written_at: Timestamp,
    /// The envelope's sender.
    pub(crate) from: Address,
    /// The envelope's one recipient.
    pub(crate) to: Address,
    /// The message, headers and all.
    pub(crate) message: Vec<u8>,
}

/// What names a mail.
pub(crate) struct Label {
    /// The number of its order.
    pub(crate) id: i64,
    /// What kind it is.
    pub(crate) kind: &'static str,
    /// When it was ordered.
    pub(crate) ordered_at: Timestamp,
    /// Which of its writings this is, where each says something else.
    pub(crate) version: Option<u32>,
}

impl Label {
    /// The same for every copy of one text, so that whoever receives two can tell. A mail with a link is another mail each
    /// time it is written: of two, a mailbox must not drop the newer, for only its link works.
    fn message_id(&self, from: &Address) -> String {
        let version = self.version.map(|version| format!(".{version}")).unwrap_or_default();
        format!("<{}.{}{version}@{}>", self.id, self.ordered_at.unix_micros(), from.domain())
    }
}

/// The message with `letter` from `from` to `to`.
pub(crate) fn write(
    now: Timestamp,
    label: &Label,
    from: &Sender,
    to: &EmailAddress,
    letter: &Letter,
) -> Result<Mail, WriteError> {
    // The domain as the domain name system has it: that is understood by every server. Our own door is stricter than the
    // message's, which knows the letters of fewer scripts: nothing that got through it can end a line or a path.
    let to = Address::new_dangerous(to.local(), to.ascii_domain());
    let from = from.mailbox();
    // No random boundary is needed: no line of ours begins like this one.
    let parts = MultiPart::alternative()
        .boundary(format!("=_vestibule_{}", label.id))
        .singlepart(part(ContentType::TEXT_PLAIN, &letter.to_text()?)?)
        .singlepart(part(ContentType::TEXT_HTML, &letter.to_html()?)?);
    // Told, not read back from the headers by the stricter of the two doors.
    let envelope = Envelope::new(Some(from.email.clone()), vec![to.clone()])?;
    let message = Message::builder()
        .envelope(envelope)
        .from(from.clone())
        .to(Mailbox::new(None, to.clone()))
        .subject(letter.subject.clone())
        .date(SystemTime::from(now.datetime()))
        .header(MessageId::from(label.message_id(&from.email)))
        .header(AutoSubmitted)
        .multipart(parts)?;
    Ok(Mail {
        id: label.id,
        kind: label.kind,
        written_at: now,
        from: from.email.clone(),
        to,
        message: message.formatted(),
    })
}

/// Text as it is, for an encoding that breaks lines breaks links: the message's own chooser would take one for any line
/// beyond 76 characters, where mail allows 998 (RFC 5322, 2.1.1).
fn part(content_type: ContentType, text: &str) -> Result<SinglePart, WriteError> {
    if text.contains('\r') || text.lines().any(|line| line.len() > 998) {
        return Err(WriteError::LongLine);
    }
    let encoding =
        if text.is_ascii() { ContentTransferEncoding::SevenBit } else { ContentTransferEncoding::EightBit };
    let body = Body::dangerous_pre_encoded(text.replace('\n', "\r\n").into_bytes(), encoding);
    Ok(SinglePart::builder().content_type(content_type).body(body))
}

/// `Auto-Submitted: auto-generated` (RFC 3834): no out-of-office note comes back.
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

#[cfg(test)]
pub(crate) mod tests;
