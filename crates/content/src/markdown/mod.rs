//! Markdown in, HTML out that can do nothing but show.
//!
//! Two hands make it safe, and either would do alone: what is read of the Markdown becomes a short list of elements, where HTML in it
//! is shown as it was typed (`read`); and what comes of that is read again by an HTML parser, which lets nothing pass that is not
//! on a list (`sanitise`). What would cost more than its length is cut down on the way (`nesting`).

mod autolink;
mod cache;
mod excerpt;
mod links;
mod nesting;
mod read;
mod sanitise;

use std::fmt;
use std::sync::Arc;

use pulldown_cmark::Options;

pub use self::excerpt::excerpt;

/// HTML that a browser may show as it is: elements and attributes of a short list, links to `http`, `https`, `mailto` and
/// this site alone, pictures of this site alone. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SafeHtml(Arc<str>);

impl SafeHtml {
    /// The HTML.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SafeHtml {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Makes HTML of a post's Markdown (`CommonMark`, with tables, strike-through, autolinks and footnotes). Linear in its length: the
/// longest post takes some ten milliseconds, or none where it was asked for lately. Not to be called while a connection is held.
///
/// Headings begin at the second level, for the page has its own first.
#[must_use]
pub fn render(markdown: &str) -> SafeHtml {
    cache::find_or_make(markdown, make)
}

fn make(markdown: &str) -> SafeHtml {
    let tamed = nesting::limit(markdown);
    let mut html = String::with_capacity(tamed.len() + tamed.len() / 2);
    pulldown_cmark::html::push_html(&mut html, read::events(&tamed).into_iter());
    SafeHtml(sanitise::clean(&html).into())
}

/// What of Markdown there is beside `CommonMark`.
fn options() -> Options {
    Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_FOOTNOTES
}

#[cfg(test)]
mod tests;
