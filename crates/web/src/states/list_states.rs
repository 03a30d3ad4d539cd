//! All guides, and those that are looked for.

use std::collections::BTreeSet;

use actix_web::HttpResponse;
use askama::Template;
use vestibule_content::{ContentError, StateFilter, StateSearch, StateSearchError};
use vestibule_domain::guide::GuideLine;
use vestibule_domain::page::{PageSize, PageSizeError};
use vestibule_domain::state::StateKind;

use super::facts::Facts;
use crate::fields::{Faults, Fields};
use crate::page::Layout;
use crate::problem::PageProblem;
use crate::texts::ENGLISH;
use crate::visitor::Visitor;

#[derive(Template)]
#[template(path = "states/list.html")]
struct StateList {
    layout: Layout,
    asked: Asked,
    regions: Vec<String>,
    /// What was found, in words; nothing where nothing was asked.
    found: Option<String>,
    groups: Vec<Group>,
    faults: Faults,
}

struct Group {
    id: &'static str,
    heading: &'static str,
    states: Vec<Facts>,
}

/// What the form at the top of the page says.
struct Asked {
    q: String,
    kind: String,
    region: String,
}

impl Asked {
    fn of(fields: &Fields) -> Self {
        // A NUL cannot be shown, and stands nowhere.
        let given = |name| fields.given(name).unwrap_or_default().replace('\0', "");
        Self { q: given("q"), kind: given("kind"), region: given("region") }
    }

    fn is_anything(&self) -> bool {
        [&self.q, &self.kind, &self.region].iter().any(|text| !text.is_empty())
    }

    /// What it looks for. A kind or a region that there is not is an address nobody was given.
    fn filter(&self, faults: &mut Faults) -> Result<Option<StateFilter>, PageProblem> {
        let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let search = match given(&self.q).map(|text| text.parse::<StateSearch>()) {
            None | Some(Err(StateSearchError::Blank)) => None,
            Some(Ok(search)) => Some(search),
            Some(Err(too_long)) => {
                faults.take::<StateSearch, _>("q", Err(too_long));
                return Ok(None);
            }
        };
        let kind = given(&self.kind).map(|text| text.parse::<StateKind>()).transpose();
        let region = given(&self.region).map(|text| text.parse::<GuideLine>()).transpose();
        let (kind, region) =
            (kind.map_err(|_| PageProblem::NotFound)?, region.map_err(|_| PageProblem::NotFound)?);
        Ok(Some(StateFilter { search, kind, region }))
    }
}

/// Shows them.
pub(super) async fn list_states(visitor: Visitor) -> Result<HttpResponse, PageProblem> {
    let asked = Asked::of(&Fields::of_query(visitor.request.query_string()));
    let mut faults = Faults::default();
    let filter = asked.filter(&mut faults)?;
    // There are thirty-six.
    let size = PageSize::try_from(u64::from(PageSize::MAX))
        .map_err(|error: PageSizeError| PageProblem::internal(error))?;
    let reading = visitor.reading(move |database| {
        let regions = vestibule_content::list_states(database, None)?;
        let regions: BTreeSet<_> = regions.iter().map(|guide| guide.text.region.to_string()).collect();
        let Some(filter) = filter else { return Ok((regions, Vec::new())) };
        let page = vestibule_content::list_state_page(database, &filter, None, size)?;
        Ok::<_, ContentError>((regions, page.entries))
    });
    let (regions, guides) = reading.await??;
    let texts = &ENGLISH.states;
    let found = (asked.is_anything() && faults.is_empty()).then(|| (texts.found)(guides.len()));
    let (territories, states): (Vec<_>, Vec<_>) =
        guides.iter().map(Facts::of).partition(|facts| facts.is_territory);
    let page = StateList {
        layout: visitor.layout(texts.title),
        asked,
        regions: regions.into_iter().collect(),
        found,
        groups: vec![
            Group { id: "states", heading: texts.states, states },
            Group { id: "union-territories", heading: texts.territories, states: territories },
        ],
        faults,
    };
    visitor.show_public(&page)
}
