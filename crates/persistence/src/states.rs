//! The guides to the states and union territories of India.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use vestibule_domain::guide::{FormedOn, GuideLine, GuideNumber, Highlights, Languages, Summary};
use vestibule_domain::state::{StateCode, StateKind, StateRef, StateSlug};
use vestibule_domain::time::Timestamp;

use crate::dialect::DatabaseConnection;
use crate::error::StoreError;
use crate::schema::states;

/// What a guide says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateText {
    /// Its name in addresses.
    pub slug: StateSlug,
    /// What it is called.
    pub name: GuideLine,
    /// Which of the two it is.
    pub kind: StateKind,
    /// Its capital, or capitals.
    pub capital: GuideLine,
    /// The part of the country it lies in.
    pub region: GuideLine,
    /// The languages of its offices.
    pub languages: Languages,
    /// How many people lived there at the census of 2011.
    pub population_2011: GuideNumber,
    /// Its area, in square kilometres.
    pub area_km2: GuideNumber,
    /// The day it was formed in its present status.
    pub formed_on: FormedOn,
    /// What it is like, in a few sentences.
    pub summary: Summary,
    /// What to see there, a sentence each.
    pub highlights: Highlights,
}

/// A guide as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateGuide {
    /// The two letters that name it.
    pub code: StateCode,
    /// What it says.
    pub text: StateText,
    /// Counts its changes, from 1.
    pub version: i64,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Since when an editor's words stand here; until then a release may put others in their place.
    pub edited_at: Option<Timestamp>,
}

#[derive(Queryable)]
struct Row {
    code: String,
    slug: String,
    name: String,
    kind: String,
    capital: String,
    region: String,
    languages: String,
    population_2011: i64,
    area_km2: i64,
    formed_on: NaiveDate,
    summary: String,
    highlights: String,
    version: i64,
    updated_at: NaiveDateTime,
    edited_at: Option<NaiveDateTime>,
}

impl Row {
    fn into_guide(self) -> Result<StateGuide, StoreError> {
        let corrupt = |what| StoreError::Corrupt { what, row: format!("state {}", self.code) };
        let text = StateText {
            slug: self.slug.parse().map_err(|_| corrupt("slug"))?,
            name: self.name.parse().map_err(|_| corrupt("name"))?,
            kind: self.kind.parse().map_err(|_| corrupt("kind"))?,
            capital: self.capital.parse().map_err(|_| corrupt("capital"))?,
            region: self.region.parse().map_err(|_| corrupt("region"))?,
            languages: parse_list(&self.languages, Languages::parse).ok_or_else(|| corrupt("languages"))?,
            population_2011: self.population_2011.try_into().map_err(|_| corrupt("population"))?,
            area_km2: self.area_km2.try_into().map_err(|_| corrupt("area"))?,
            formed_on: self.formed_on.try_into().map_err(|_| corrupt("day of formation"))?,
            summary: self.summary.parse().map_err(|_| corrupt("summary"))?,
            highlights: parse_list(&self.highlights, Highlights::parse)
                .ok_or_else(|| corrupt("highlights"))?,
        };
        Ok(StateGuide {
            code: self.code.parse().map_err(|_| corrupt("code"))?,
            text,
            version: self.version,
            updated_at: Timestamp::from_naive_utc(self.updated_at),
            edited_at: self.edited_at.map(Timestamp::from_naive_utc),
        })
    }
}

/// The list in `json`, by its own door.
fn parse_list<T, E>(json: &str, parse: impl FnOnce(&[String]) -> Result<T, E>) -> Option<T> {
    parse(&serde_json::from_str::<Vec<String>>(json).ok()?).ok()
}

/// The guide that `state` names.
pub fn find(conn: &mut DatabaseConnection, state: &StateRef) -> Result<Option<StateGuide>, StoreError> {
    let row = match state {
        StateRef::Code(code) => states::table.find(code.as_str()).first::<Row>(conn).optional()?,
        StateRef::Slug(slug) => {
            states::table.filter(states::slug.eq(slug.as_str())).first::<Row>(conn).optional()?
        }
    };
    row.map(Row::into_guide).transpose()
}

/// All guides, by their codes.
pub fn list(conn: &mut DatabaseConnection) -> Result<Vec<StateGuide>, StoreError> {
    let rows = states::table.order(states::code).load::<Row>(conn)?;
    rows.into_iter().map(Row::into_guide).collect()
}

/// Puts in a guide of this release. [`StoreError::Taken`] where there is one of its code or its name in addresses.
pub fn insert(
    conn: &mut DatabaseConnection,
    now: Timestamp,
    code: &StateCode,
    text: &StateText,
) -> Result<(), StoreError> {
    let row = (states::code.eq(code.as_str()), states::updated_at.eq(now.naive_utc()), values(text)?);
    diesel::insert_into(states::table).values(row).execute(conn)?;
    Ok(())
}

/// Puts the words of this release in the place of an earlier one's, where no editor wrote there. `false` where one did.
pub fn renew(
    conn: &mut DatabaseConnection,
    now: Timestamp,
    code: &StateCode,
    text: &StateText,
) -> Result<bool, StoreError> {
    let untouched = states::table.find(code.as_str()).filter(states::edited_at.is_null());
    let count = states::version.eq(states::version + 1);
    let set = (count, states::updated_at.eq(now.naive_utc()), values(text)?);
    Ok(diesel::update(untouched).set(set).execute(conn)? == 1)
}

/// Puts an editor's words in the place of what stands there; with `version` only where the guide still is of that version,
/// else `false`. [`StoreError::Taken`] where another guide has that name in addresses.
pub fn set_text(
    conn: &mut DatabaseConnection,
    now: Timestamp,
    code: &StateCode,
    text: &StateText,
    version: Option<i64>,
) -> Result<bool, StoreError> {
    let now = now.naive_utc();
    let count = states::version.eq(states::version + 1);
    let set = (count, states::updated_at.eq(now), states::edited_at.eq(now), values(text)?);
    let guide = states::table.find(code.as_str());
    let rows = match version {
        None => diesel::update(guide).set(set).execute(conn)?,
        Some(version) => diesel::update(guide.filter(states::version.eq(version))).set(set).execute(conn)?,
    };
    Ok(rows == 1)
}

type Values<'a> = (
    (
        diesel::dsl::Eq<states::slug, &'a str>,
        diesel::dsl::Eq<states::name, &'a str>,
        diesel::dsl::Eq<states::kind, &'static str>,
        diesel::dsl::Eq<states::capital, &'a str>,
        diesel::dsl::Eq<states::region, &'a str>,
    ),
    (
        diesel::dsl::Eq<states::languages, String>,
        diesel::dsl::Eq<states::population_2011, i64>,
        diesel::dsl::Eq<states::area_km2, i64>,
        diesel::dsl::Eq<states::formed_on, NaiveDate>,
        diesel::dsl::Eq<states::summary, &'a str>,
        diesel::dsl::Eq<states::highlights, String>,
    ),
);

fn values(text: &StateText) -> Result<Values<'_>, StoreError> {
    let broken = |error: serde_json::Error| StoreError::Broken(Box::new(error));
    let languages = serde_json::to_string(&text.languages.to_strings()).map_err(broken)?;
    let highlights = serde_json::to_string(&text.highlights.to_strings()).map_err(broken)?;
    Ok((
        (
            states::slug.eq(text.slug.as_str()),
            states::name.eq(text.name.as_str()),
            states::kind.eq(text.kind.as_str()),
            states::capital.eq(text.capital.as_str()),
            states::region.eq(text.region.as_str()),
        ),
        (
            states::languages.eq(languages),
            states::population_2011.eq(text.population_2011.get()),
            states::area_km2.eq(text.area_km2.get()),
            states::formed_on.eq(text.formed_on.date()),
            states::summary.eq(text.summary.as_str()),
            states::highlights.eq(highlights),
        ),
    ))
}
