//! Every word on the pages, by page. Another language is another [`Texts`].

mod account;
mod admin;
mod blog;
mod contact;
mod dates;
mod errors;
mod links;
mod notices;
mod profile;
mod shared;
mod site;
mod states;

pub(crate) use self::account::AccountTexts;
pub(crate) use self::admin::AdminTexts;
pub(crate) use self::blog::BlogTexts;
pub(crate) use self::contact::ContactTexts;
pub(crate) use self::dates::DateTexts;
pub(crate) use self::errors::{ErrorTexts, ErrorsTexts};
pub(crate) use self::links::{BadLinkTexts, LinksTexts};
pub(crate) use self::notices::{Notice, NoticeTexts};
pub(crate) use self::profile::ProfileTexts;
pub(crate) use self::shared::SharedTexts;
pub(crate) use self::site::{SiteTexts, Spans};
pub(crate) use self::states::StatesTexts;

/// The words of one language.
pub(crate) struct Texts {
    /// Its tag (BCP 47), for browsers and screen readers.
    pub(crate) language: &'static str,
    /// What stands on every page, and on buttons everywhere.
    pub(crate) shared: SharedTexts,
    /// Home, privacy.
    pub(crate) site: SiteTexts,
    /// Signing up and in, the profile, passwords, sessions.
    pub(crate) account: AccountTexts,
    /// What mails lead to.
    pub(crate) links: LinksTexts,
    /// One's own account.
    pub(crate) profile: ProfileTexts,
    /// The blog.
    pub(crate) blog: BlogTexts,
    /// The state guides.
    pub(crate) states: StatesTexts,
    /// The contact form.
    pub(crate) contact: ContactTexts,
    /// The dashboard.
    pub(crate) admin: AdminTexts,
    /// Days and moments.
    pub(crate) dates: DateTexts,
    /// What was done.
    pub(crate) notices: NoticeTexts,
    /// What went wrong.
    pub(crate) errors: ErrorsTexts,
}

/// English.
pub(crate) static ENGLISH: Texts = Texts {
    language: "en",
    shared: shared::ENGLISH,
    site: site::ENGLISH,
    account: account::ENGLISH,
    links: links::ENGLISH,
    profile: profile::ENGLISH,
    blog: blog::ENGLISH,
    states: states::ENGLISH,
    contact: contact::ENGLISH,
    admin: admin::ENGLISH,
    dates: dates::ENGLISH,
    notices: notices::ENGLISH,
    errors: errors::ENGLISH,
};
