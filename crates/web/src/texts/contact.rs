//! The words of the contact form.

/// The words.
pub(crate) struct ContactTexts {
    /// What it is called.
    pub(crate) title: &'static str,
    pub(crate) introduction: &'static str,
    pub(crate) name: &'static str,
    pub(crate) email: &'static str,
    pub(crate) email_hint: &'static str,
    pub(crate) subject: &'static str,
    pub(crate) message: &'static str,
    pub(crate) message_hint: &'static str,
    /// Before the field that people do not see; some programs read it aloud.
    pub(crate) leave_empty: &'static str,
    pub(crate) send: &'static str,
    pub(crate) sent_before: &'static str,
    pub(crate) too_many: &'static str,
    pub(crate) sent_title: &'static str,
    pub(crate) sent: &'static str,
    pub(crate) home: &'static str,
}

pub(super) const ENGLISH: ContactTexts = ContactTexts {
    title: "Contact",
    introduction: "A question, a correction, something that does not work: write to the people who run this site.",
    name: "Your name",
    email: "Your e-mail address",
    email_hint: "For the answer, and for nothing else.",
    subject: "Subject",
    message: "Message",
    message_hint: "Up to 10,000 characters.",
    leave_empty: "Leave this empty, please: only machines fill it in",
    send: "Send message",
    sent_before: "This form was sent before, with other words, and that message has arrived. Send it again to add this one.",
    too_many: "That were many messages in a short time. Yours is not sent yet; wait a little and send it again.",
    sent_title: "Thank you",
    sent: "Your message has arrived. Somebody will read it, and answer to the address you gave where an answer is wanted.",
    home: "Go to the first page",
};
