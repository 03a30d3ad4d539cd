//! Where a post may point.

/// Whether a link may lead there: by `http`, `https` or `mailto`, or to this site, written from its root, as a part of the page
/// (`#`) or as a query (`?`). Anything else would depend on the page the post is shown on, or be a program.
pub(super) fn is_link(target: &str) -> bool {
    is_plain(target)
        && (has_scheme(target, "http://")
            || has_scheme(target, "https://")
            || has_scheme(target, "mailto:")
            || target.starts_with(['#', '?'])
            || is_own_path(target))
}

/// Whether a picture may come from there: from this site alone, or its readers would be told to somebody else.
pub(super) fn is_picture(target: &str) -> bool {
    is_plain(target) && is_own_path(target)
}

/// Browsers take `//host`, and `/\host` just so, for another host.
fn is_own_path(target: &str) -> bool {
    target.starts_with('/') && !target.starts_with("//")
}

/// Browsers leave out line breaks and tabs and turn `\` around before they look at what is left.
fn is_plain(target: &str) -> bool {
    !target.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\')
}

fn has_scheme(target: &str, scheme: &str) -> bool {
    target.get(..scheme.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(scheme))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_the_web_to_mail_and_to_this_site() {
        for target in [
            "https://example.org/a?b#c",
            "HTTP://example.org",
            "mailto:jo@example.org",
            "/blog/hello",
            "/",
            "#note-1",
            "?page=2",
        ] {
            assert!(is_link(target), "{target}");
        }
        for target in [
            "",
            "javascript:alert(1)",
            "java\tscript:alert(1)",
            " javascript:alert(1)",
            "data:text/html,x",
            "vbscript:x",
            "file:///etc/passwd",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "https:evil.example",
            "blog/hello",
            "ftp://example.org",
            "tel:112",
        ] {
            assert!(!is_link(target), "{target:?}");
        }
    }

    #[test]
    fn pictures_come_from_this_site() {
        assert!(is_picture("/media/avatars/a.webp"));
        for target in
            ["https://example.org/a.png", "//example.org/a.png", "/\\example.org", "a.png", "#a", "data:,"]
        {
            assert!(!is_picture(target), "{target}");
        }
    }
}
