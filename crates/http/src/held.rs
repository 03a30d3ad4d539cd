//! Whether whoever asks has it already.

use actix_web::http::header::{EntityTag, HeaderMap, IF_NONE_MATCH};

/// Whether one of the copies that `If-None-Match` names is the one called `tag`, an entity tag with its quotes (RFC 9110, 13.1.2).
#[must_use]
pub fn is_held(headers: &HeaderMap, tag: &str) -> bool {
    let Ok(ours) = tag.parse::<EntityTag>() else { return false };
    headers
        .get_all(IF_NONE_MATCH)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|tags| tags.split(','))
        .any(|theirs| {
            let theirs = theirs.trim();
            theirs == "*" || theirs.parse::<EntityTag>().is_ok_and(|theirs| theirs.weak_eq(&ours))
        })
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    #[test]
    fn a_copy_is_known_by_its_tag_weak_or_strong() {
        let held = |names: &[&'static str]| {
            let named = names.iter().map(|name| (IF_NONE_MATCH, HeaderValue::from_static(name)));
            is_held(&named.collect(), "\"3\"")
        };
        for names in [&["\"3\""][..], &["W/\"3\""], &["*"], &["\"2\", \"3\""], &["\"2\"", "\"3\""]] {
            assert!(held(names), "{names:?}");
        }
        for names in [&[][..], &[""], &["3"], &["\"2\""], &["w/\"3\""], &["\"33\""]] {
            assert!(!held(names), "{names:?}");
        }
    }
}
