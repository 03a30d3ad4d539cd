//! Quotes and lists within one another, of which nobody reads more than a few levels.

use std::borrow::Cow;

/// How deep elements lie within one another at most; what lies deeper is shown without them.
pub(super) const MAX_DEPTH: usize = 32;

/// The most elements of a text; what comes after is shown without them.
pub(super) const MAX_ELEMENTS: usize = 20_000;

/// Has at most [`MAX_DEPTH`] quotes and lists begin on one line: the next mark is text. Of thousands, each line that follows would
/// be held against every one of them.
pub(super) fn limit(markdown: &str) -> Cow<'_, str> {
    if !markdown.lines().any(|line| surplus_mark(line).is_some()) {
        return Cow::Borrowed(markdown);
    }
    let mut limited = String::with_capacity(markdown.len() + markdown.len() / MAX_DEPTH);
    for line in markdown.split_inclusive('\n') {
        let (kept, rest) = line.split_at(surplus_mark(line).unwrap_or(line.len()));
        limited.push_str(kept);
        if !rest.is_empty() {
            limited.push('\\');
        }
        limited.push_str(rest);
    }
    Cow::Owned(limited)
}

/// Where on `line` the punctuation of the first mark too many stands.
fn surplus_mark(line: &str) -> Option<usize> {
    let bytes = line.as_bytes();
    let (mut at, mut marks) = (0, 0);
    loop {
        at += bytes[at..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let mark = mark_at(&bytes[at..])?;
        marks += 1;
        if marks > MAX_DEPTH {
            return Some(at + mark);
        }
        at += mark + 1;
    }
}

/// Behind how many digits the punctuation of a mark stands.
fn mark_at(bytes: &[u8]) -> Option<usize> {
    let ends_there = |at: usize| bytes.get(at).is_none_or(u8::is_ascii_whitespace);
    match bytes.first()? {
        b'>' => Some(0),
        b'-' | b'+' | b'*' => ends_there(1).then_some(0),
        b'0'..=b'9' => {
            let digits = bytes.iter().take(10).take_while(|byte| byte.is_ascii_digit()).count();
            let is_mark = matches!(bytes.get(digits), Some(b'.' | b')')) && ends_there(digits + 1);
            is_mark.then_some(digits)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_stays_as_it_is() {
        for text in
            ["", "> a\n> > b\n", "- a\n  - b\n    1. c\n", "* * * * *\n", "1.5\n-x\n", &"> ".repeat(32)]
        {
            assert!(matches!(limit(text), Cow::Borrowed(_)), "{text}");
        }
    }

    #[test]
    fn what_nobody_reads_is_text() {
        assert_eq!(
            limit(&format!("a\n{}b\nc", ">".repeat(40))),
            format!("a\n{}\\{}b\nc", ">".repeat(32), ">".repeat(8))
        );
        assert_eq!(limit(&"- ".repeat(33)), format!("{}\\- ", "- ".repeat(32)));
        assert_eq!(limit(&"12. ".repeat(33)), format!("{}12\\. ", "12. ".repeat(32)));
    }
}
