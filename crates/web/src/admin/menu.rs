//! What stands around the content of every page of the dashboard.

use vestibule_domain::permission::Permission;

use crate::page::Layout;
use crate::texts::{AdminTexts, ENGLISH};
use crate::visitor::Visitor;

/// The dashboard's own navigation, and the token of the page's forms.
pub(super) struct Frame {
    /// The pages this person may see, and no others.
    pub(super) places: Vec<Place>,
    /// For the page's forms.
    pub(super) csrf: String,
}

/// A page of the dashboard.
pub(super) struct Place {
    pub(super) href: &'static str,
    pub(super) label: &'static str,
    pub(super) is_here: bool,
}

type Row = (&'static str, fn(&AdminTexts) -> &'static str, Permission);

/// Each place and who may see it. What the pages themselves ask for stands in their signatures.
const PLACES: [Row; 9] = [
    ("/admin/users", |words| words.menu.users, Permission::UsersRead),
    ("/admin/roles", |words| words.menu.roles, Permission::RolesManage),
    ("/admin/posts", |words| words.menu.posts, Permission::PostsModerate),
    ("/admin/comments", |words| words.menu.comments, Permission::CommentsModerate),
    ("/admin/contact", |words| words.menu.messages, Permission::ContactRead),
    ("/states", |words| words.menu.states, Permission::StatesWrite),
    ("/admin/audit", |words| words.menu.trail, Permission::AuditRead),
    ("/admin/mail", |words| words.menu.mails, Permission::MailManage),
    ("/admin/system", |words| words.menu.system, Permission::RolesManage),
];

/// What stands around a page of that title.
pub(super) fn around(visitor: &Visitor, title: impl Into<String>) -> (Layout, Frame) {
    let (layout, words) = (visitor.layout(title), &ENGLISH.admin);
    let overview = Place { href: "/admin", label: words.menu.overview, is_here: layout.path == "/admin" };
    let is_below = |href: &str| {
        layout.path.strip_prefix(href).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let allowed = PLACES.iter().filter(|(_, _, permission)| visitor.may(*permission));
    let allowed =
        allowed.map(|(href, label, _)| Place { href, label: label(words), is_here: is_below(href) });
    let places = std::iter::once(overview).chain(allowed).collect();
    (layout, Frame { places, csrf: visitor.csrf() })
}
