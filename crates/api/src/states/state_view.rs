//! A guide.

use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};
use vestibule_domain::state::StateKind;
use vestibule_persistence::states::StateGuide;

use crate::accounts::Instant;

/// A guide to a state or a union territory.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = State)]
pub(crate) struct StateView {
    /// The two letters that name it (ISO 3166-2:IN, without `IN-`).
    #[schema(example = "KL", pattern = "^[A-Z]{2}$")]
    code: String,
    /// Its name in addresses.
    #[schema(example = "kerala", max_length = 80)]
    slug: String,
    /// What it is called.
    #[schema(example = "Kerala")]
    name: String,
    /// Which of the two it is.
    #[schema(schema_with = kind_schema)]
    kind: &'static str,
    /// Its capital, or capitals.
    #[schema(example = "Thiruvananthapuram")]
    capital: String,
    /// The part of the country it lies in.
    #[schema(example = "South")]
    region: String,
    /// The languages of its offices.
    languages: Vec<String>,
    /// How many people lived there at the census of 2011.
    #[schema(example = 33_406_061, minimum = 0)]
    population_2011: i64,
    /// Its area, in square kilometres.
    #[schema(example = 38_852, minimum = 0)]
    area_km2: i64,
    /// The day it was formed in its present status.
    #[schema(value_type = String, format = Date, example = "1956-11-01")]
    formed_on: String,
    /// What it is like, in a few sentences: plain text.
    summary: String,
    /// What to see there.
    highlights: Vec<String>,
    /// Counts its changes, from 1; its `ETag` is the same in quotation marks.
    #[schema(minimum = 1, example = 1)]
    version: i64,
    /// When it last changed.
    #[schema(format = DateTime)]
    updated_at: Instant,
}

pub(super) fn kind_schema() -> Object {
    let kinds = [StateKind::State, StateKind::UnionTerritory].map(StateKind::as_str);
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(kinds)).build()
}

impl From<StateGuide> for StateView {
    fn from(guide: StateGuide) -> Self {
        let text = guide.text;
        Self {
            code: guide.code.to_string(),
            slug: text.slug.to_string(),
            name: text.name.to_string(),
            kind: text.kind.as_str(),
            capital: text.capital.to_string(),
            region: text.region.to_string(),
            languages: text.languages.to_strings(),
            population_2011: text.population_2011.get(),
            area_km2: text.area_km2.get(),
            formed_on: text.formed_on.to_string(),
            summary: text.summary.to_string(),
            highlights: text.highlights.to_strings(),
            version: guide.version,
            updated_at: Instant(guide.updated_at),
        }
    }
}
