//! Every sentence we write to people, in English. ASCII alone, so that a message needs no encoding that could break a link.
//!
//! A letter says what happened, what to do, and what to do if it was somebody else.

use std::net::IpAddr;
use std::time::Duration;

use vestibule_domain::time::Timestamp;

use crate::letter::{Block, Letter};

const HELLO: &str = "Hello,";
const HOW_TO_RESET: &str = "Choose a new password";

/// What every letter knows: the server as people know it.
#[derive(Clone, Copy)]
pub(crate) struct Site<'a> {
    /// Its name: the host of its address.
    pub(crate) name: &'a str,
    /// Its address, without a slash at the end.
    pub(crate) url: &'a str,
}

impl Site<'_> {
    fn letter(self, subject: String, blocks: Vec<Block>) -> Letter {
        let url = self.url;
        let footer = format!("Written by the server at {url}. Nobody reads what is sent in reply.");
        Letter { subject, blocks, footer }
    }

    /// Where people ask for a link to choose a new password.
    fn forgot_password(self) -> Block {
        Block::Link { label: HOW_TO_RESET, url: self.forgot_password_url() }
    }

    fn forgot_password_url(self) -> String {
        format!("{}/forgot-password", self.url)
    }
}

pub(crate) fn reset_password(site: Site<'_>, url: String, ttl: Duration) -> Letter {
    let name = site.name;
    let blocks = vec![
        Block::text(HELLO),
        Block::text(format!(
            "Somebody asked for a new password for your account at {name}. If that was you, choose one here:"
        )),
        Block::Link { label: HOW_TO_RESET, url },
        Block::text(format!(
            "This works once, within {}, and only until you ask for another such mail. It signs you out everywhere, and you \
             sign in with the new password.",
            span(ttl)
        )),
        Block::text(
            "If it was not you, there is nothing to do: your password stays as it is, and nobody who cannot read your mail \
             can change it this way.",
        ),
    ];
    site.letter(format!("Choose a new password for {name}"), blocks)
}

pub(crate) fn choose_first_password(site: Site<'_>, url: String, ttl: Duration) -> Letter {
    let name = site.name;
    let blocks = vec![
        Block::text(HELLO),
        Block::text(format!(
            "An account was made for you at {name}, with this e-mail address. Choose a password for it here, and then sign \
             in with the two:"
        )),
        Block::Link { label: "Choose a password", url },
        Block::text(format!(
            "This works once, within {}, and only until you ask for another such mail. If it is too late, ask for one here:",
            span(ttl)
        )),
        Block::Link { label: "Ask for a new link", url: site.forgot_password_url() },
        Block::text(
            "If you did not expect this, there is nothing to do: the account has no password, and nobody who cannot read \
             your mail can give it one this way.",
        ),
    ];
    site.letter(format!("Your account at {name}"), blocks)
}

pub(crate) fn choose_new_password(site: Site<'_>, url: String, ttl: Duration) -> Letter {
    let name = site.name;
    let blocks = vec![
        Block::text(HELLO),
        Block::text(format!(
            "The people who look after {name} ask you to choose a new password. The old one does not work any more, and you \
             were signed out everywhere. Choose the new one here:"
        )),
        Block::Link { label: HOW_TO_RESET, url },
        Block::text(format!(
            "This works once, within {}, and only until you ask for another such mail. If it is too late, ask for one here:",
            span(ttl)
        )),
        Block::Link { label: "Ask for a new link", url: site.forgot_password_url() },
        Block::text("Nobody but you ever learns the password you choose, and nobody will ask you for it."),
    ];
    site.letter(format!("Please choose a new password for {name}"), blocks)
}

pub(crate) fn verify_email(site: Site<'_>, url: String, ttl: Duration) -> Letter {
    let name = site.name;
    let blocks = vec![
        Block::text(HELLO),
        Block::text(format!(
            "Somebody gave this e-mail address for an account at {name}. If that was you, confirm that it is yours here:"
        )),
        Block::Link { label: "Confirm my address", url },
        Block::text(format!("This works within {}.", span(ttl))),
        Block::text(
            "If it was not you, please do not follow the link, and there is nothing else to do: the address stays \
             unconfirmed.",
        ),
    ];
    site.letter(format!("Confirm your e-mail address for {name}"), blocks)
}

pub(crate) fn confirm_email_change(site: Site<'_>, url: String, ttl: Duration) -> Letter {
    let name = site.name;
    let blocks = vec![
        Block::text(HELLO),
        Block::text(format!(
            "Somebody wants an account at {name} to use this e-mail address from now on. If that was you, confirm it here:"
        )),
        Block::Link { label: "Use this address", url },
        Block::text(format!(
            "This works once, within {}. It signs you out everywhere, and you sign in with the new address.",
            span(ttl)
        )),
        Block::text(
            "If it was not you, please do not follow the link, and there is nothing else to do: nothing changes.",
        ),
    ];
    site.letter(format!("Confirm your new e-mail address for {name}"), blocks)
}

/// `hint` is the new address, but for most of its letters.
pub(crate) fn email_change_notice(site: Site<'_>, url: String, ttl: Duration, hint: &str) -> Letter {
    let name = site.name;
    let blocks = vec![
        Block::text(HELLO),
        Block::text(format!(
            "Somebody who knows your password wants your account at {name} to use another e-mail address ({hint}) in the \
             place of this one. If that was you, there is nothing to do here: the link to confirm it went to the new address."
        )),
        Block::text("If it was not you, keep this address:"),
        Block::Link { label: "Keep this address", url },
        Block::text(format!(
            "This works for {}, also after the address was changed, and signs everybody out. Then choose a new password \
             here, for somebody knows the old one:",
            span(ttl)
        )),
        site.forgot_password(),
    ];
    site.letter(format!("Your e-mail address at {name} is about to change"), blocks)
}

pub(crate) fn password_changed(site: Site<'_>, at: Timestamp) -> Letter {
    let name = site.name;
    let blocks = vec![
        Block::text(HELLO),
        Block::text(format!(
            "The password of your account at {name} was changed on {}. If that was you, there is nothing to do: whoever else \
             was signed in is signed out.",
            moment(at)
        )),
        Block::text("If it was not you, choose a new password right away:"),
        site.forgot_password(),
    ];
    site.letter(format!("Your password at {name} was changed"), blocks)
}

/// `program` is a name of ours, never what a program said of itself.
pub(crate) fn new_sign_in(site: Site<'_>, at: Timestamp, ip: Option<IpAddr>, program: &str) -> Letter {
    let name = site.name;
    let mut facts = vec![format!("When: {}", moment(at))];
    facts.extend(ip.map(|ip| format!("From: {ip}")));
    facts.push(format!("With: {program}"));
    let blocks = vec![
        Block::text(HELLO),
        Block::text(format!(
            "Somebody signed in to your account at {name} with a browser or a program it was not used with before:"
        )),
        Block::Facts(facts),
        Block::text("If that was you, there is nothing to do."),
        Block::text(
            "If it was not you, somebody knows your password. Choose a new one right away, which also signs everybody out:",
        ),
        site.forgot_password(),
    ];
    site.letter(format!("New sign-in to your account at {name}"), blocks)
}

pub(crate) fn account_exists(site: Site<'_>) -> Letter {
    let name = site.name;
    let blocks = vec![
        Block::text(HELLO),
        Block::text(format!(
            "Somebody wanted to use this e-mail address for an account at {name}, and there is one with it already. If that \
             was you, sign in to the account you have, or choose a new password if you do not know the old one any more:"
        )),
        site.forgot_password(),
        Block::text("If it was not you, there is nothing to do: your account stays as it is."),
    ];
    site.letter(format!("You have an account at {name} already"), blocks)
}

/// It does not tell the new address: whoever reads this one may have lost it for a reason.
pub(crate) fn email_replaced(site: Site<'_>, at: Timestamp) -> Letter {
    let name = site.name;
    let blocks = vec![
        Block::text(HELLO),
        Block::text(format!(
            "Your account at {name} had this e-mail address until {}. Then the people who look after the accounts there put \
             another in its place, or took it away. You were signed out everywhere, and what we write about your account does \
             not come here any more.",
            moment(at)
        )),
        Block::text(
            "If you knew of it, there is nothing to do. If you did not, please ask those people: they can change it back.",
        ),
    ];
    site.letter(format!("Your e-mail address at {name} was changed"), blocks)
}

pub(crate) fn account_deleted(site: Site<'_>, at: Timestamp) -> Letter {
    let name = site.name;
    let blocks = vec![
        Block::text(HELLO),
        Block::text(format!(
            "Your account at {name} was deleted on {}, and with it everything personal that was kept there. What you wrote \
             for others to read stays, without your name.",
            moment(at)
        )),
        Block::text("Thank you for having been with us. This is the last mail about that account."),
        Block::text(
            "If you did not want this, please tell the people who look after the accounts there. They cannot bring back what \
             is gone, and you are welcome to begin anew.",
        ),
    ];
    site.letter(format!("Your account at {name} was deleted"), blocks)
}

/// A moment, as precisely as anybody remembers it.
fn moment(at: Timestamp) -> String {
    at.datetime().format("%-d %B %Y at %H:%M UTC").to_string()
}

/// A span in the greatest unit that tells it whole.
fn span(ttl: Duration) -> String {
    let minutes = ttl.as_secs().div_ceil(60);
    let (count, unit) = match minutes {
        minutes if minutes >= 2 * 24 * 60 && minutes % (24 * 60) == 0 => (minutes / (24 * 60), "day"),
        minutes if minutes >= 60 && minutes % 60 == 0 => (minutes / 60, "hour"),
        minutes => (minutes, "minute"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests;
