//! The words of the dashboard.

mod bulk;
mod comments;
mod events;
mod mails;
mod menu;
mod messages;
mod overview;
mod posts;
mod refusals;
mod roles;
mod system;
mod trail;
mod users;

/// The words of one page: each is a text, or says of what type it is.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($field:ident $(: $kind:ty)? = $english:expr;)* }) => {
        $(#[$doc])*
        pub(crate) struct $name { $(pub(crate) $field: words!(@ $($kind)?),)* }

        pub(super) const ENGLISH: $name = $name { $($field: $english,)* };
    };
    (@) => { &'static str };
    (@ $kind:ty) => { $kind };
}
use words;

/// The words.
pub(crate) struct AdminTexts {
    /// The dashboard's navigation, and what stands on several of its pages.
    pub(crate) menu: menu::MenuTexts,
    /// Figures.
    pub(crate) overview: overview::OverviewTexts,
    /// Accounts.
    pub(crate) users: users::UsersTexts,
    /// Roles.
    pub(crate) roles: roles::RolesTexts,
    /// Posts to moderate.
    pub(crate) posts: posts::PostsTexts,
    /// Comments to moderate.
    pub(crate) comments: comments::CommentsTexts,
    /// The contact inbox.
    pub(crate) messages: messages::MessagesTexts,
    /// The audit trail.
    pub(crate) trail: trail::TrailTexts,
    /// What the trail calls what happened.
    pub(crate) events: events::EventTexts,
    /// The mail queue.
    pub(crate) mails: mails::MailsTexts,
    /// How the server is.
    pub(crate) system: system::SystemTexts,
    /// Doing something to several at once.
    pub(crate) bulk: bulk::BulkTexts,
    /// Why something was not done.
    pub(crate) refusals: refusals::RefusalTexts,
}

pub(super) const ENGLISH: AdminTexts = AdminTexts {
    menu: menu::ENGLISH,
    overview: overview::ENGLISH,
    users: users::ENGLISH,
    roles: roles::ENGLISH,
    posts: posts::ENGLISH,
    comments: comments::ENGLISH,
    messages: messages::ENGLISH,
    trail: trail::ENGLISH,
    events: events::ENGLISH,
    mails: mails::ENGLISH,
    system: system::ENGLISH,
    bulk: bulk::ENGLISH,
    refusals: refusals::ENGLISH,
};
