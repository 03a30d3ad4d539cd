//! What is kept about people. Whoever runs the site and has more to say puts a page of their own in its place.

use actix_web::HttpResponse;
use askama::Template;
use vestibule_auth::purge::CLIENTS_KEPT;

use crate::cookies::Name;
use crate::page::Layout;
use crate::problem::PageProblem;
use crate::texts::{ENGLISH, Spans};
use crate::visitor::Visitor;

#[derive(Template)]
#[template(path = "site/privacy.html")]
struct PrivacyPage {
    layout: Layout,
    session_cookie: &'static str,
    session_span: String,
    visit_cookie: &'static str,
    rows: Vec<[String; 3]>,
}

/// Shows it.
pub(super) async fn show_privacy(visitor: Visitor) -> Result<HttpResponse, PageProblem> {
    let (words, rules) = (&ENGLISH.site.privacy, &visitor.shell.accounts().rules);
    let spans = Spans {
        idle_session: rules.refresh_idle_ttl,
        session: rules.refresh_token_ttl,
        reset: rules.reset_token_ttl,
        verify: rules.verify_token_ttl,
        clients: CLIENTS_KEPT,
    };
    let page = PrivacyPage {
        layout: visitor.layout(words.title),
        session_cookie: Name::Session.as_str(visitor.face.is_https),
        session_span: (words.span_of)(rules.access_token_ttl),
        visit_cookie: Name::Visit.as_str(visitor.face.is_https),
        rows: (words.rows)(&spans),
    };
    visitor.show_public(&page)
}
