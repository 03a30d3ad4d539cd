//! The words of the first page, and of what is said about the site.

use std::time::Duration;

/// The words.
pub(crate) struct SiteTexts {
    pub(crate) home: HomeTexts,
    pub(crate) privacy: PrivacyTexts,
}

/// The first page.
pub(crate) struct HomeTexts {
    /// With the name of the site.
    pub(crate) lead: fn(&str) -> String,
    pub(crate) newest: &'static str,
    pub(crate) nothing_yet: &'static str,
    pub(crate) write: &'static str,
    pub(crate) all_posts: &'static str,
    /// With the name of the author.
    pub(crate) by: fn(&str) -> String,
    pub(crate) more: &'static str,
    pub(crate) states: &'static str,
    pub(crate) states_lead: &'static str,
    pub(crate) blog: &'static str,
    pub(crate) blog_lead: &'static str,
    pub(crate) contact: &'static str,
    pub(crate) contact_lead: &'static str,
    pub(crate) first_run: &'static str,
    pub(crate) first_run_lead: &'static str,
    pub(crate) first_run_link: &'static str,
}

/// What is kept about people.
pub(crate) struct PrivacyTexts {
    pub(crate) title: &'static str,
    pub(crate) lead: &'static str,
    pub(crate) nobody_else: &'static str,
    pub(crate) nobody_else_words: &'static str,
    pub(crate) cookies: &'static str,
    pub(crate) cookies_lead: &'static str,
    pub(crate) cookie: &'static str,
    pub(crate) purpose: &'static str,
    pub(crate) span: &'static str,
    pub(crate) session_purpose: &'static str,
    pub(crate) visit_purpose: &'static str,
    pub(crate) visit_span: &'static str,
    pub(crate) kept: &'static str,
    pub(crate) what: &'static str,
    /// What is kept, why, and for how long.
    pub(crate) rows: fn(&Spans) -> Vec<[String; 3]>,
    pub(crate) rights: &'static str,
    pub(crate) rights_words: &'static str,
    pub(crate) take: &'static str,
    pub(crate) leave: &'static str,
    pub(crate) ask: &'static str,
    pub(crate) span_of: fn(Duration) -> String,
}

/// For how long things are kept here.
pub(crate) struct Spans {
    /// A session of the API that nobody uses.
    pub(crate) idle_session: Duration,
    /// A session of the API at most.
    pub(crate) session: Duration,
    /// Links that reset passwords.
    pub(crate) reset: Duration,
    /// Links that prove addresses.
    pub(crate) verify: Duration,
    /// Browsers somebody signed in with.
    pub(crate) clients: Duration,
}

pub(super) const ENGLISH: SiteTexts = SiteTexts {
    home: HomeTexts {
        lead: |site| {
            format!(
                "Welcome to {site}. Read what people write here, look a state of India up, or tell us something."
            )
        },
        newest: "Newest posts",
        nothing_yet: "Nobody has written anything yet.",
        write: "Write the first post",
        all_posts: "All posts",
        by: |author| format!("by {author}"),
        more: "Look around",
        states: "States of India",
        states_lead: "All states and union territories: capitals, languages, people, and what to see.",
        blog: "Blog",
        blog_lead: "What people write here. Members write, everybody reads.",
        contact: "Contact",
        contact_lead: "Questions and complaints reach those who run this site.",
        first_run: "Nobody has an account here yet",
        first_run_lead: "The first account becomes the administrator's. Make it before you tell others of this place.",
        first_run_link: "Make the first account",
    },
    privacy: PrivacyTexts {
        title: "Privacy",
        lead: "What this site keeps about you, for how long, and how you get it back or get rid of it.",
        nobody_else: "Nobody else",
        nobody_else_words: "These pages load nothing from other sites and tell other sites nothing. There is no advertising, no counting of visitors across pages, and nobody gets your data who does not run this site.",
        cookies: "Cookies",
        cookies_lead: "There are two, both needed for what you ask for. Neither follows you anywhere, and scripts cannot read them.",
        cookie: "Name",
        purpose: "What for",
        span: "How long",
        session_purpose: "Holds that you are signed in. It is there only while you are.",
        visit_purpose: "Ties a form to your browser before you sign in, so that no other site can send it for you. A random word that is written down nowhere else.",
        visit_span: "Until you close the browser or sign in",
        kept: "What is kept",
        what: "What",
        rows,
        rights: "What you can do",
        rights_words: "Your account has a page for each of these. Nobody has to be asked.",
        take: "Take all that is kept about you with you, as one file",
        leave: "Delete your account",
        ask: "Ask those who run this site",
        span_of,
    },
};

fn rows(spans: &Spans) -> Vec<[String; 3]> {
    let row = |what: &str, why: &str, span: String| [what.to_owned(), why.to_owned(), span];
    let with_account = || "Until you change it or delete your account".to_owned();
    vec![
        row("Your account: username, e-mail address, name, and what else you tell on your profile", "So that you have one", with_account()),
        row("Your password, as a hash from which it cannot be read", "To sign you in", with_account()),
        row("Your picture, made anew without what was hidden in the file", "To show it beside what you write", with_account()),
        row(
            "Where you are signed in: network address and browser",
            "So that you recognise it and can end it",
            format!("Until you sign out; at most {}, or {} without being used", span_of(spans.session), span_of(spans.idle_session)),
        ),
        row(
            "Browsers and network addresses you signed in from",
            "To warn you of a new one, and to keep others' failed attempts from locking you out",
            format!("{} after you were there last", capital(&span_of(spans.clients))),
        ),
        row(
            "Links in mails to you",
            "To prove that an address is yours, and to give you a new password",
            format!("Until used; at most {} for passwords, {} for addresses", span_of(spans.reset), span_of(spans.verify)),
        ),
        row("Posts and comments", "They are what you publish", "Until you or whoever looks after them deletes them; without your name when your account goes, and drafts go with it".to_owned()),
        row("Messages to those who run this site, with your name and address", "To answer you", "Until they delete them, or you your account, if you were signed in".to_owned()),
        row(
            "What was done with accounts, when, and from which network address",
            "To find out about misuse",
            "A year, unless whoever runs this site decided otherwise; without your name when your account goes".to_owned(),
        ),
    ]
}

/// A span in the largest unit that fits.
fn span_of(span: Duration) -> String {
    let seconds = span.as_secs();
    let units = [(86_400, "day", "days"), (3600, "hour", "hours"), (60, "minute", "minutes")];
    let fitting = units.into_iter().find(|(unit, ..)| seconds >= *unit && seconds.is_multiple_of(*unit));
    let (count, one, many) = match fitting {
        Some((unit, one, many)) => (seconds / unit, one, many),
        None => (seconds, "second", "seconds"),
    };
    format!("{count} {}", if count == 1 { one } else { many })
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_stand_in_the_largest_unit_that_fits() {
        for (seconds, text) in [
            (1, "1 second"),
            (90, "90 seconds"),
            (60, "1 minute"),
            (43_200, "12 hours"),
            (86_400, "1 day"),
            (2_592_000, "30 days"),
        ] {
            assert_eq!(span_of(Duration::from_secs(seconds)), text);
        }
    }
}
