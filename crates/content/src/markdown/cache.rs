//! What was made of a text lately, so that a list does not make it again.

use std::sync::LazyLock;

use quick_cache::Weighter;
use quick_cache::sync::Cache;
use sha2::{Digest, Sha256};

use super::SafeHtml;

/// Memory kept for HTML, in bytes: some thousand posts of the usual length.
const CAPACITY_BYTES: u64 = 16 * 1024 * 1024;

/// What an entry takes beside its text, in bytes.
const ENTRY_BYTES: usize = 128;

/// By the text itself, so that nothing has to be told when a post changes. One for the process: the same text makes the same
/// HTML, whoever wrote it wherever.
static MADE: LazyLock<Cache<[u8; 32], SafeHtml, ByBytes>> =
    LazyLock::new(|| Cache::with_weighter(1024, CAPACITY_BYTES, ByBytes));

#[derive(Clone)]
struct ByBytes;

impl Weighter<[u8; 32], SafeHtml> for ByBytes {
    fn weight(&self, _: &[u8; 32], html: &SafeHtml) -> u64 {
        u64::try_from(ENTRY_BYTES + html.as_str().len()).unwrap_or(u64::MAX)
    }
}

pub(super) fn find_or_make(markdown: &str, make: impl FnOnce(&str) -> SafeHtml) -> SafeHtml {
    let key: [u8; 32] = Sha256::digest(markdown).into();
    if let Some(html) = MADE.get(&key) {
        return html;
    }
    let html = make(markdown);
    MADE.insert(key, html.clone());
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_text_is_made_once_and_another_is_not_it() {
        let html = |text: &str| SafeHtml(text.into());
        let first = find_or_make("a text of this test alone", |_| html("first"));
        assert_eq!(find_or_make("a text of this test alone", |_| html("second")), first);
        assert_eq!(find_or_make("another text of this test", |_| html("third")).as_str(), "third");
    }
}
