//! The guide to one state.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use actix_web::web::Path;
use askama::Template;
use vestibule_content::find_state;
use vestibule_domain::permission::Permission;
use vestibule_domain::state::StateRef;

use super::facts::Facts;
use crate::page::Layout;
use crate::problem::PageProblem;
use crate::texts::ENGLISH;
use crate::visitor::Visitor;

#[derive(Template)]
#[template(path = "states/state.html")]
struct StatePage {
    layout: Layout,
    state: Facts,
    may_edit: bool,
    /// When an editor wrote it, and that in words.
    edited: Option<(String, String)>,
}

/// Shows it. Guides have one address: by its code a guide is found, and led to.
pub(super) async fn show_state(visitor: Visitor, path: Path<String>) -> Result<HttpResponse, PageProblem> {
    let named: StateRef = path.parse().map_err(|_| PageProblem::NotFound)?;
    let is_code = matches!(named, StateRef::Code(_));
    let guide = visitor.reading(move |database| find_state(database, &named)).await??;
    if is_code {
        let mut response = visitor.answer(StatusCode::MOVED_PERMANENTLY);
        return Ok(response.insert_header((LOCATION, format!("/states/{}", guide.text.slug))).finish());
    }
    let page = StatePage {
        layout: visitor.layout(guide.text.name.as_str()),
        state: Facts::of(&guide),
        may_edit: visitor.may(Permission::StatesWrite),
        edited: guide.edited_at.map(|at| (at.to_string(), ENGLISH.dates.day(&at))),
    };
    visitor.show_public(&page)
}
