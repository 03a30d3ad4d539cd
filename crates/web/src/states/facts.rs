//! What a guide says, as people write it.

use vestibule_domain::state::StateKind;
use vestibule_persistence::states::StateGuide;

use crate::texts::ENGLISH;

/// A guide's facts, in words.
pub(super) struct Facts {
    pub(super) code: String,
    pub(super) slug: String,
    pub(super) name: String,
    pub(super) kind: &'static str,
    pub(super) is_territory: bool,
    pub(super) capital: String,
    pub(super) region: String,
    pub(super) languages: String,
    pub(super) population: String,
    pub(super) area: String,
    /// Nothing where there is no area to speak of.
    pub(super) density: Option<String>,
    pub(super) formed_on: String,
    pub(super) formed: String,
    pub(super) summary: String,
    pub(super) highlights: Vec<String>,
}

impl Facts {
    /// Those of `guide`.
    pub(super) fn of(guide: &StateGuide) -> Self {
        let (texts, text) = (&ENGLISH.states, &guide.text);
        let (population, area) = (text.population_2011.get(), text.area_km2.get());
        let density = (population + area / 2).checked_div(area);
        Self {
            code: guide.code.to_string(),
            slug: text.slug.to_string(),
            name: text.name.to_string(),
            kind: kind(text.kind),
            is_territory: text.kind == StateKind::UnionTerritory,
            capital: text.capital.to_string(),
            region: text.region.to_string(),
            languages: text.languages.iter().collect::<Vec<_>>().join(", "),
            population: grouped(population),
            area: (texts.square_kilometres)(&grouped(area)),
            density: density.map(grouped),
            formed_on: text.formed_on.to_string(),
            formed: ENGLISH.dates.day(&text.formed_on),
            summary: text.summary.to_string(),
            highlights: text.highlights.to_strings(),
        }
    }
}

/// What one of that kind is called.
pub(super) fn kind(kind: StateKind) -> &'static str {
    match kind {
        StateKind::State => ENGLISH.states.state,
        StateKind::UnionTerritory => ENGLISH.states.territory,
    }
}

/// A number, 0 and up, with a sign between its thousands.
fn grouped(number: i64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(ENGLISH.states.separator);
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        let numbers = [0, 999, 1000, 38_852, 33_406_061, 1_210_854_977];
        let texts = ["0", "999", "1,000", "38,852", "33,406,061", "1,210,854,977"];
        assert_eq!(numbers.map(grouped), texts);
    }
}
