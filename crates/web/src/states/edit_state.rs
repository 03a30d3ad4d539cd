//! Where a guide is edited.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use askama::Template;
use vestibule_content::{ContentError, find_state};
use vestibule_domain::guide::{Highlights, Languages};
use vestibule_domain::state::StateRef;
use vestibule_http::StatesWrite;
use vestibule_persistence::states::{StateGuide, StateText};

use super::facts::Facts;
use crate::attempt;
use crate::entry::May;
use crate::fields::{Faults, Fields};
use crate::form::Form;
use crate::page::Layout;
use crate::problem::PageProblem;
use crate::texts::{ENGLISH, Notice};

#[derive(Template)]
#[template(path = "states/form.html")]
struct StateFormPage {
    layout: Layout,
    /// The guide as it stands.
    state: Facts,
    csrf: String,
    version: i64,
    typed: TypedState,
    faults: Faults,
    /// Whether somebody changed it while this one was writing.
    is_stale: bool,
}

/// What was typed: one field a fact, lists with a line for each entry.
struct TypedState {
    slug: String,
    name: String,
    kind: String,
    capital: String,
    region: String,
    languages: String,
    population_2011: String,
    area_km2: String,
    formed_on: String,
    summary: String,
    highlights: String,
}

impl TypedState {
    fn of_guide(text: &StateText) -> Self {
        Self {
            slug: text.slug.to_string(),
            name: text.name.to_string(),
            kind: text.kind.as_str().to_owned(),
            capital: text.capital.to_string(),
            region: text.region.to_string(),
            languages: text.languages.to_strings().join("\n"),
            population_2011: text.population_2011.to_string(),
            area_km2: text.area_km2.to_string(),
            formed_on: text.formed_on.to_string(),
            summary: text.summary.to_string(),
            highlights: text.highlights.to_strings().join("\n"),
        }
    }

    fn of(fields: &Fields) -> Self {
        let typed = |name| fields.text(name).to_owned();
        Self {
            slug: typed("slug"),
            name: typed("name"),
            kind: typed("kind"),
            capital: typed("capital"),
            region: typed("region"),
            languages: typed("languages"),
            population_2011: typed("population_2011"),
            area_km2: typed("area_km2"),
            formed_on: typed("formed_on"),
            summary: typed("summary"),
            highlights: typed("highlights"),
        }
    }

    /// Reads every field, and notes what is wrong with each.
    fn parse(&self, faults: &mut Faults) -> Option<StateText> {
        let slug = faults.take("slug", self.slug.trim().parse());
        let name = faults.take("name", self.name.parse());
        let kind = faults.take("kind", self.kind.parse());
        let capital = faults.take("capital", self.capital.parse());
        let region = faults.take("region", self.region.parse());
        let languages = faults.take("languages", Languages::parse(&lines(&self.languages)));
        let population_2011 = faults.take("population_2011", self.population_2011.trim().parse());
        let area_km2 = faults.take("area_km2", self.area_km2.trim().parse());
        let formed_on = faults.take("formed_on", self.formed_on.trim().parse());
        let summary = faults.take("summary", self.summary.parse());
        let highlights = faults.take("highlights", Highlights::parse(&lines(&self.highlights)));
        Some(StateText {
            slug: slug?,
            name: name?,
            kind: kind?,
            capital: capital?,
            region: region?,
            languages: languages?,
            population_2011: population_2011?,
            area_km2: area_km2?,
            formed_on: formed_on?,
            summary: summary?,
            highlights: highlights?,
        })
    }
}

/// The lines that say something.
fn lines(text: &str) -> Vec<&str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect()
}

/// Shows the form with what stands there.
pub(super) async fn show_edit_state(
    editor: May<StatesWrite>,
    path: Path<String>,
) -> Result<HttpResponse, PageProblem> {
    let guide = find(&editor, named(&path)?).await?;
    let (typed, version) = (TypedState::of_guide(&guide.text), guide.version);
    show(&editor, StatusCode::OK, &guide, typed, version, Faults::default())
}

/// Changes the guide.
pub(super) async fn edit_state(
    editor: May<StatesWrite>,
    path: Path<String>,
    form: Form,
) -> Result<HttpResponse, PageProblem> {
    let named = named(&path)?;
    let fields = form.read(&editor).await?;
    let (typed, version, mut faults) =
        (TypedState::of(&fields), attempt::version(&fields)?, Faults::default());
    let Some(text) = typed.parse(&mut faults) else {
        let guide = find(&editor, named).await?;
        return show(&editor, StatusCode::UNPROCESSABLE_ENTITY, &guide, typed, version, faults);
    };
    let (now, client, caller) = (editor.shell.now(), editor.client(), editor.caller.clone());
    let state = named.clone();
    let writing = editor.writing(move |database| {
        vestibule_content::edit_state(database, now, &caller, &state, &text, Some(version), &client)
    });
    match writing.await? {
        Ok(guide) => Ok(editor.lead_to_saying(&format!("/states/{}", guide.text.slug), Notice::Saved)),
        Err(ContentError::SlugTaken) => {
            faults.note("slug", ENGLISH.states.form.slug_taken);
            let guide = find(&editor, named).await?;
            show(&editor, StatusCode::UNPROCESSABLE_ENTITY, &guide, typed, version, faults)
        }
        Err(ContentError::Stale) => {
            faults.note_whole(ENGLISH.states.form.changed_meanwhile);
            let guide = find(&editor, named).await?;
            show(&editor, StatusCode::CONFLICT, &guide, typed, guide.version, faults)
        }
        Err(error) => Err(error.into()),
    }
}

fn named(path: &str) -> Result<StateRef, PageProblem> {
    path.parse().map_err(|_| PageProblem::NotFound)
}

async fn find(editor: &May<StatesWrite>, named: StateRef) -> Result<StateGuide, PageProblem> {
    Ok(editor.reading(move |database| find_state(database, &named)).await??)
}

fn show(
    editor: &May<StatesWrite>,
    status: StatusCode,
    guide: &StateGuide,
    typed: TypedState,
    version: i64,
    faults: Faults,
) -> Result<HttpResponse, PageProblem> {
    let page = StateFormPage {
        layout: editor.layout((ENGLISH.states.form.title)(guide.text.name.as_str())),
        state: Facts::of(guide),
        csrf: editor.csrf(),
        version,
        typed,
        faults,
        is_stale: status == StatusCode::CONFLICT,
    };
    editor.show(status, &page)
}
