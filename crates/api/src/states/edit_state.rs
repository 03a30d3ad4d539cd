//! Rewriting a guide.

use actix_web::http::header::ETAG;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, put};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;
use vestibule_auth::accounts::Accounts;
use vestibule_content::{ContentError, edit_state as edit, find_state};
use vestibule_domain::caller::{Caller, ClientInfo};
use vestibule_domain::guide::{GuideNumber, Highlights, Languages};
use vestibule_domain::state::{StateCode, StateRef};
use vestibule_domain::time::Timestamp;
use vestibule_http::{Shell, client_info};
use vestibule_persistence::states::{StateGuide, StateText};

use super::parse_path;
use super::state_view::{StateView, kind_schema};
use crate::body::UnreadJson;
use crate::caller::{Can, StatesWrite};
use crate::conditional::{WantedVersions, version_tag};
use crate::documents::responses::{Common, WithBody, WithConflict, WithName, WithPermission, WithVersion};
use crate::fields::FieldFaults;
use crate::lists::OneOf;
use crate::problem::Problem;

/// A guide, whole: what is left out is not kept.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EditStateBody {
    /// The two letters that name it, which stay: they are that of the guide in the path, or left out.
    #[schema(example = "KL", pattern = "^[A-Z]{2}$")]
    code: Option<String>,
    /// Its name in addresses: lower-case letters, digits and single `-` between them, and not two letters alone.
    #[schema(example = "kerala", min_length = 1, max_length = 80)]
    slug: String,
    /// What it is called, on one line.
    #[schema(example = "Kerala", min_length = 1, max_length = 100)]
    name: String,
    /// Which of the two it is.
    #[schema(schema_with = kind_schema)]
    kind: String,
    /// Its capital, or capitals, on one line.
    #[schema(example = "Thiruvananthapuram", min_length = 1, max_length = 100)]
    capital: String,
    /// The part of the country it lies in, on one line.
    #[schema(example = "South", min_length = 1, max_length = 100)]
    region: String,
    /// The languages of its offices, of up to 60 characters each.
    #[schema(min_items = 1, max_items = 20)]
    languages: Vec<String>,
    /// How many people lived there at the census of 2011.
    #[schema(example = 33_406_061, minimum = 0, maximum = 9_999_999_999_i64)]
    population_2011: i64,
    /// Its area, in square kilometres.
    #[schema(example = 38_852, minimum = 0, maximum = 9_999_999_999_i64)]
    area_km2: i64,
    /// The day it was formed in its present status.
    #[schema(format = Date, example = "1956-11-01")]
    formed_on: String,
    /// What it is like, in a few sentences of plain text.
    #[schema(min_length = 1, max_length = 2000)]
    summary: String,
    /// What to see there, in up to 300 characters each.
    #[schema(max_items = 12)]
    highlights: Vec<String>,
}

/// Rewrite a guide
///
/// From then on it is the editors': no later release of the program changes it. With `If-Match` it is only rewritten where it
/// still is of that version.
#[utoipa::path(
    tag = "states",
    operation_id = "edit_state",
    security(("bearer" = [])),
    params(
        ("state" = String, Path, description = "Its code in upper or lower case, or its name in addresses", example = "kerala"),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the guide that was read"),
    ),
    request_body = EditStateBody,
    responses(
        (status = 200, description = "The guide as it is now; `ETag` names its version", body = OneOf<StateView>),
        WithPermission,
        WithName,
        WithVersion,
        WithBody,
        WithConflict,
        Common,
    ),
)]
#[put("/{state}")]
pub(crate) async fn edit_state(
    may: Can<StatesWrite>,
    shell: Data<Shell>,
    request: HttpRequest,
    state: Path<String>,
    body: UnreadJson<EditStateBody>,
) -> Result<HttpResponse, Problem> {
    let wanted = WantedVersions::of(&request)?;
    let (code, text) = parse(&body.read().await?)?;
    let edition = Edition { state: parse_path(&state)?, code, text, wanted };
    let (now, client) = (shell.now(), client_info(&request));
    let editing = move |accounts: &Accounts| edition.take_place(accounts, now, &may.caller, &client);
    let guide = shell.database_write(editing).await??;
    let tag = version_tag(guide.version);
    Ok(HttpResponse::Ok().insert_header((ETAG, tag)).json(OneOf::new(StateView::from(guide))))
}

/// What is to stand in the place of which guide.
struct Edition {
    state: StateRef,
    code: Option<StateCode>,
    text: StateText,
    wanted: WantedVersions,
}

impl Edition {
    /// A code in the body is that of the guide in the path, or nothing is done (S106: the two are never mixed).
    fn take_place(
        &self,
        accounts: &Accounts,
        now: Timestamp,
        caller: &Caller,
        client: &ClientInfo,
    ) -> Result<StateGuide, EditStateError> {
        let database = &accounts.database;
        let StateGuide { code, version, .. } = find_state(database, &self.state)?;
        if self.code.as_ref().is_some_and(|other| *other != code) {
            return Err(EditStateError::OtherCode);
        }
        let version = self.wanted.settle(|| Ok::<_, EditStateError>(version))?;
        Ok(edit(database, now, caller, &StateRef::Code(code), &self.text, version, client)?)
    }
}

fn parse(body: &EditStateBody) -> Result<(Option<StateCode>, StateText), Problem> {
    let mut faults = FieldFaults::default();
    let code = faults.take_given("code", body.code.as_deref().map(str::parse));
    let text = parse_text(&mut faults, body);
    match (code, text) {
        (Some(code), Some(text)) => faults.or((code, text)),
        _ => Err(faults.into_problem()),
    }
}

fn parse_text(faults: &mut FieldFaults, body: &EditStateBody) -> Option<StateText> {
    let slug = faults.take("slug", body.slug.parse());
    let name = faults.take("name", body.name.parse());
    let kind = faults.take("kind", body.kind.parse());
    let capital = faults.take("capital", body.capital.parse());
    let region = faults.take("region", body.region.parse());
    let languages = faults.take("languages", Languages::parse(&body.languages));
    let population_2011 = faults.take("population_2011", GuideNumber::try_from(body.population_2011));
    let area_km2 = faults.take("area_km2", GuideNumber::try_from(body.area_km2));
    let formed_on = faults.take("formed_on", body.formed_on.parse());
    let summary = faults.take("summary", body.summary.parse());
    let highlights = faults.take("highlights", Highlights::parse(&body.highlights));
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

/// Why a guide was not rewritten.
enum EditStateError {
    OtherCode,
    Content(ContentError),
}

impl From<ContentError> for EditStateError {
    fn from(error: ContentError) -> Self {
        Self::Content(error)
    }
}

impl From<EditStateError> for Problem {
    fn from(error: EditStateError) -> Self {
        match error {
            EditStateError::OtherCode => {
                Self::invalid_field("code", "This is another one's code, and codes stay.")
            }
            EditStateError::Content(error) => error.into(),
        }
    }
}
