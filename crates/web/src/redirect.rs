//! Where a form leads after it was sent: nowhere but on this site (S31).

/// The longest that is followed, in bytes.
const MAX_BYTES: usize = 1024;

/// `target`, where it is a path of this site as browsers read it, else `/`.
pub(crate) fn local(target: &str) -> &str {
    wanted(target).unwrap_or("/")
}

/// `target`, where it is a path of this site as browsers read it.
///
/// Browsers take `\` for `/`, drop tabs and line breaks, and take two slashes for the beginning of a host. So it has to begin
/// with one slash that no other follows, and may hold visible ASCII alone, of which `\` is none.
pub(crate) fn wanted(target: &str) -> Option<&str> {
    let is_plain = target.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let is_path = target.starts_with('/') && !target.starts_with("//");
    (is_plain && is_path && target.len() <= MAX_BYTES).then_some(target)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use url::Url;

    use super::*;

    fn host_of(target: &str) -> Option<String> {
        let base = Url::parse("https://own.example/login?x=1").unwrap();
        base.join(target).ok()?.host_str().map(str::to_owned)
    }

    /// S31: the known ways out all end at home.
    #[test]
    fn no_target_leads_to_another_host() {
        for target in [
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "///evil.example",
            "/\n/evil.example",
            " //evil.example",
            "http:evil.example",
            "",
            "evil.example",
            "@evil.example",
            "\u{FF0F}/evil.example",
            "//evil%E3%80%82example",
            "data:text/html,x",
        ] {
            assert_eq!(local(target), "/", "{target:?}");
        }
        assert_eq!(local("/blog/new?a=b#c"), "/blog/new?a=b#c");
    }

    proptest! {
        /// S31
        #[test]
        fn whatever_is_followed_stays_on_this_host(target in "[/\\\\\\t\\n:@a-z.%?#]{0,20}|\\PC{0,20}") {
            prop_assert_eq!(host_of(local(&target)), Some("own.example".to_owned()));
        }
    }
}
