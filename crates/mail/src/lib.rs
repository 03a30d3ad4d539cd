//! How we write to people: an order from the outbox becomes a letter, the letter a message, and the message leaves by SMTP or
//! for a folder.
//!
//! The room knows no HTTP, no use case and no settings. It owns no clock, no generator and no thread: whoever runs it leases
//! an order, calls [`Mailer::write`] where the database may be waited for and [`Mailer::send`] where a mail server may be,
//! and notes what came of it. What somebody typed never stands in a letter but as a number, a name of ours or a few
//! letters of an address, for a letter may go to people who never asked for it.
//!
//! To add a mail: a variant of [`vestibule_domain::mail::MailOrder`], its letter in `english`, and its arm in `compose`.
//! To add a language: a file beside `english` with the same functions.

mod browser;
mod compose;
mod english;
mod letter;
mod mailer;
mod message;
mod sender;
mod smtp_url;
mod transport;
mod wait;

pub use mailer::{Mailer, MailerOptions, WriteError};
pub use message::Mail;
pub use sender::{Sender, SenderError};
pub use smtp_url::{Credentials, Security, SmtpUrl, SmtpUrlError};
pub use transport::{Folder, Reason, SendError, Smtp, SmtpError, Transport};
pub use wait::next_wait;
