//! The last word on what is shown.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};

use super::links::{is_link, is_picture};

/// Everything a post may be made of.
const ELEMENTS: [&str; 27] = [
    "p",
    "br",
    "hr",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "blockquote",
    "pre",
    "code",
    "ul",
    "ol",
    "li",
    "em",
    "strong",
    "del",
    "a",
    "img",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "sup",
    "div",
];

static BUILDER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::empty();
    builder
        .tags(HashSet::from(ELEMENTS))
        .clean_content_tags(HashSet::from(["script", "style"]))
        .tag_attributes(HashMap::from([
            ("a", HashSet::from(["href", "title"])),
            ("img", HashSet::from(["src", "alt", "title"])),
            ("ol", HashSet::from(["start"])),
            ("div", HashSet::from(["id"])),
        ]))
        .allowed_classes(HashMap::from([
            ("th", HashSet::from(["align-center", "align-right"])),
            ("td", HashSet::from(["align-center", "align-right"])),
            ("div", HashSet::from(["footnote"])),
        ]))
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .url_relative(UrlRelative::PassThrough)
        .link_rel(Some("nofollow noopener ugc"))
        .attribute_filter(filter);
    builder
});

fn filter<'v>(element: &str, attribute: &str, value: &'v str) -> Option<Cow<'v, str>> {
    let is_good = match (element, attribute) {
        ("a", "href") => is_link(value),
        ("img", "src") => is_picture(value),
        // None that a page has for something else.
        (_, "id") => {
            value.strip_prefix("note-").is_some_and(|number| number.bytes().all(|b| b.is_ascii_digit()))
        }
        _ => true,
    };
    is_good.then_some(Cow::Borrowed(value))
}

/// What of `html` is on the list.
pub(super) fn clean(html: &str) -> String {
    BUILDER.clean(html).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// S24: whatever a mistake elsewhere would let come so far.
    #[test]
    fn what_is_not_on_the_list_does_not_pass() {
        for (html, left) in [
            ("<script>alert(1)</script>x", "x"),
            ("<p onclick=\"alert(1)\" style=\"x\" id=\"main\" class=\"badge\">x</p>", "<p>x</p>"),
            ("<a href=\"javascript:alert(1)\">x</a>", "<a rel=\"nofollow noopener ugc\">x</a>"),
            ("<a href=\"//evil.example\" target=\"_top\">x</a>", "<a rel=\"nofollow noopener ugc\">x</a>"),
            ("<img src=\"https://evil.example/x.png\" onerror=\"alert(1)\" alt=\"x\">", "<img alt=\"x\">"),
            (
                "<div id=\"note-1\" class=\"footnote\"></div><div id=\"csrf\"></div>",
                "<div id=\"note-1\" class=\"footnote\"></div><div></div>",
            ),
            ("<form action=\"/logout\"><input name=\"x\"><button>y</button></form>", "y"),
            ("<svg><style><img src=x onerror=alert(1)></style></svg>", ""),
            (
                "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
                "",
            ),
        ] {
            let cleaned = clean(html);
            if left.is_empty() {
                assert!(
                    !cleaned.contains("onerror=alert(1)>") && !cleaned.contains("<style"),
                    "{html}: {cleaned}"
                );
            } else {
                assert_eq!(cleaned, left, "{html}");
            }
        }
    }
}
