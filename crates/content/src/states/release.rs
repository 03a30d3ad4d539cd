//! The guides as this release has them: `data/states.json`, which names its sources.

use serde::Deserialize;
use vestibule_domain::guide::{Highlights, Languages};
use vestibule_domain::state::StateCode;
use vestibule_persistence::StoreError;
use vestibule_persistence::states::StateText;

const JSON: &str = include_str!("../../data/states.json");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "sources")]
    _sources: Vec<String>,
    states: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    code: String,
    slug: String,
    name: String,
    kind: String,
    capital: String,
    region: String,
    languages: Vec<String>,
    population_2011: i64,
    area_km2: i64,
    formed_on: String,
    summary: String,
    highlights: Vec<String>,
}

impl Entry {
    fn into_guide(self) -> Result<(StateCode, StateText), StoreError> {
        let wrong = |what| StoreError::Corrupt { what, row: format!("the release's guide {}", self.code) };
        let text = StateText {
            slug: self.slug.parse().map_err(|_| wrong("slug"))?,
            name: self.name.parse().map_err(|_| wrong("name"))?,
            kind: self.kind.parse().map_err(|_| wrong("kind"))?,
            capital: self.capital.parse().map_err(|_| wrong("capital"))?,
            region: self.region.parse().map_err(|_| wrong("region"))?,
            languages: Languages::parse(&self.languages).map_err(|_| wrong("languages"))?,
            population_2011: self.population_2011.try_into().map_err(|_| wrong("population"))?,
            area_km2: self.area_km2.try_into().map_err(|_| wrong("area"))?,
            formed_on: self.formed_on.parse().map_err(|_| wrong("day of formation"))?,
            summary: self.summary.parse().map_err(|_| wrong("summary"))?,
            highlights: Highlights::parse(&self.highlights).map_err(|_| wrong("highlights"))?,
        };
        Ok((self.code.parse().map_err(|_| wrong("code"))?, text))
    }
}

/// Every guide of this release, by its code. A test reads them all, so that no release is made whose guides cannot be read.
pub(super) fn guides() -> Result<Vec<(StateCode, StateText)>, StoreError> {
    let file: File = serde_json::from_str(JSON).map_err(|error| StoreError::Broken(Box::new(error)))?;
    file.states.into_iter().map(Entry::into_guide).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use vestibule_domain::state::StateKind;

    use super::*;

    #[test]
    fn there_are_28_states_and_8_union_territories() {
        let guides = guides().unwrap();
        let of = |kind| guides.iter().filter(|(_, text)| text.kind == kind).count();
        assert_eq!((of(StateKind::State), of(StateKind::UnionTerritory)), (28, 8));
        let codes: Vec<_> = guides.iter().map(|(code, _)| code.as_str()).collect();
        // ISO 3166-2:IN after its change of 23 November 2023.
        let known = "AN AP AR AS BR CG CH DH DL GA GJ HR HP JH JK KA KL LA LD MH ML MN MP MZ NL OD PB PY RJ SK TN TR TS UK UP WB";
        assert_eq!(codes.iter().copied().collect::<BTreeSet<_>>(), known.split(' ').collect());
        assert!(codes.is_sorted(), "{codes:?}");
        let distinct = |names: Vec<&str>| names.into_iter().collect::<BTreeSet<_>>().len();
        assert_eq!(distinct(guides.iter().map(|(_, text)| text.slug.as_str()).collect()), 36);
        assert_eq!(distinct(guides.iter().map(|(_, text)| text.name.as_str()).collect()), 36);
        assert_eq!(distinct(guides.iter().map(|(_, text)| text.summary.as_str()).collect()), 36);
    }

    /// The census counted 1,210,854,977 people (final total, with the three sub-divisions of Manipur that were estimated).
    #[test]
    fn the_people_of_all_states_are_those_of_the_census() {
        let guides = guides().unwrap();
        let people: i64 = guides.iter().map(|(_, text)| text.population_2011.get()).sum();
        assert_eq!(people, 1_210_854_977);
        let of = |code: &str| {
            guides.iter().find(|(known, _)| known.as_str() == code).unwrap().1.population_2011.get()
        };
        // What was divided or joined since is what the census counted whole.
        assert_eq!(of("AP") + of("TS"), 84_580_777);
        assert_eq!(of("JK") + of("LA"), 12_541_302);
        assert_eq!(of("DH"), 343_709 + 243_247);
    }

    /// India administers some 3,166,000 of the 3,287,000 square kilometres it counts as its own.
    #[test]
    fn the_areas_make_up_the_country() {
        let guides = guides().unwrap();
        let areas: BTreeMap<_, _> =
            guides.iter().map(|(code, text)| (code.as_str(), text.area_km2.get())).collect();
        let sum: i64 = areas.values().sum();
        assert!((3_160_000..3_170_000).contains(&sum), "{sum}");
        assert_eq!(areas["JK"] + areas["LA"], 101_387);
        let (smallest, largest) =
            (areas.iter().min_by_key(|(_, area)| **area), areas.iter().max_by_key(|(_, area)| **area));
        assert_eq!((smallest.unwrap().0, largest.unwrap().0), (&"LD", &"RJ"));
        for (code, text) in &guides {
            let density = text.population_2011.get() / text.area_km2.get();
            assert!((3..12_000).contains(&density), "{code}: {density} people a square kilometre");
        }
    }

    #[test]
    fn every_guide_is_written_out() {
        for (code, text) in guides().unwrap() {
            assert!((100..600).contains(&text.summary.as_str().len()), "{code}: {}", text.summary);
            assert!((3..=4).contains(&text.highlights.iter().count()), "{code}");
            let formed = text.formed_on.to_string();
            assert!(("1950-01-26"..="2020-01-26").contains(&&*formed), "{code}: {formed}");
        }
    }
}
