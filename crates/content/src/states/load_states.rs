//! Putting in the guides of this release.

use vestibule_domain::state::{StateCode, StateSlug};
use vestibule_domain::time::Timestamp;
use vestibule_persistence::dialect::DatabaseConnection;
use vestibule_persistence::states::{self, StateGuide, StateText};
use vestibule_persistence::{Database, StoreError, installation};

use super::release;

/// What a start has to do about one guide.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    Insert(StateCode, StateText),
    Renew(StateCode, StateText),
}

/// Puts in the guides that are missing, and renews those nobody edited where this release says something else. Called at every
/// start; of several nodes one does it. Where there is nothing to do, which is at almost every start, nothing is written.
pub fn load_states(database: &Database, now: Timestamp) -> Result<(), StoreError> {
    let guides = release::guides()?;
    let kept = database.read(states::list)?;
    if steps(&guides, &kept).is_empty() {
        return Ok(());
    }
    let done = database.write(|conn| {
        // Another node may have done it while this one waited here.
        installation::lock(conn)?;
        let steps = steps(&guides, &states::list(conn)?);
        steps.iter().try_for_each(|step| take(conn, now, step)).map(|()| steps.len())
    })?;
    tracing::info!(guides = done, "the guides to the states were put in");
    Ok(())
}

fn take(conn: &mut DatabaseConnection, now: Timestamp, step: &Step) -> Result<(), StoreError> {
    match step {
        Step::Insert(code, text) => states::insert(conn, now, code, text),
        Step::Renew(code, text) => states::renew(conn, now, code, text).map(|_| ()),
    }
}

/// What is to be done where `kept` is there and `guides` ought to be. An editor may have given one guide the name that the
/// release has for another: then that one keeps the name it has, or is numbered, for a start never fails over a name.
fn steps(guides: &[(StateCode, StateText)], kept: &[StateGuide]) -> Vec<Step> {
    let mut slugs: Vec<_> = kept.iter().map(|guide| (guide.code.clone(), guide.text.slug.clone())).collect();
    let mut steps = Vec::new();
    for (code, text) in guides {
        let there = kept.iter().find(|guide| guide.code == *code);
        if there.is_some_and(|guide| guide.edited_at.is_some()) {
            continue;
        }
        let is_free = |slug: &StateSlug| !slugs.iter().any(|(other, taken)| other != code && taken == slug);
        let own = there.map(|guide| guide.text.slug.clone());
        let numbered = (2..100).filter_map(|number| text.slug.numbered(number));
        let slug = std::iter::once(text.slug.clone()).chain(own).chain(numbered).find(is_free);
        let text = StateText { slug: slug.unwrap_or_else(|| text.slug.clone()), ..text.clone() };
        if there.is_some_and(|guide| guide.text == text) {
            continue;
        }
        slugs.retain(|(other, _)| other != code);
        slugs.push((code.clone(), text.slug.clone()));
        let code = code.clone();
        steps.push(if there.is_some() { Step::Renew(code, text) } else { Step::Insert(code, text) });
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        Timestamp::from_unix_seconds(1_795_262_400).unwrap()
    }

    fn kept(guides: &[(StateCode, StateText)]) -> Vec<StateGuide> {
        let guide = |(code, text): &(StateCode, StateText)| StateGuide {
            code: code.clone(),
            text: text.clone(),
            version: 1,
            updated_at: now(),
            edited_at: None,
        };
        guides.iter().map(guide).collect()
    }

    #[test]
    fn what_is_missing_is_put_in_and_what_is_there_is_left() {
        let guides = release::guides().unwrap();
        let all = steps(&guides, &[]);
        assert!(all.len() == 36 && all.iter().all(|step| matches!(step, Step::Insert(..))));
        assert_eq!(steps(&guides, &kept(&guides)), []);
        let mut some = kept(&guides);
        let gone = some.remove(7);
        assert_eq!(steps(&guides, &some), [Step::Insert(gone.code, gone.text)]);
    }

    #[test]
    fn an_earlier_release_is_renewed_and_an_editor_is_not() {
        let guides = release::guides().unwrap();
        let mut old = kept(&guides);
        old[3].text.name = "As it was".parse().unwrap();
        old[4].text.name = "As an editor has it".parse().unwrap();
        old[4].edited_at = Some(now());
        assert_eq!(steps(&guides, &old), [Step::Renew(guides[3].0.clone(), guides[3].1.clone())]);
    }

    #[test]
    fn a_name_that_an_editor_gave_away_stops_nothing() {
        let guides = release::guides().unwrap();
        let mut edited = kept(&guides);
        let (first, second) = (guides[0].1.slug.clone(), guides[1].1.slug.clone());
        // The first guide bears the second one's name, by an editor's hand; the second is missing.
        edited[0].text.slug = second.clone();
        edited[0].edited_at = Some(now());
        edited.remove(1);
        let [Step::Insert(code, text)] = &steps(&guides, &edited)[..] else { panic!("not one insert") };
        assert_eq!((code, text.slug.to_string()), (&guides[1].0, format!("{second}-2")));
        // What was put in under another name stays under it while that name is taken.
        edited.extend(kept(&[(code.clone(), text.clone())]));
        assert_eq!(steps(&guides, &edited), []);
        // And has its own when it is free again.
        edited[0].text.slug = first;
        assert_eq!(steps(&guides, &edited), [Step::Renew(guides[1].0.clone(), guides[1].1.clone())]);
    }
}
