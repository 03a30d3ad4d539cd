//! Addresses that were typed as they are.

/// A piece of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    Text(&'a str),
    Address(&'a str),
}

/// Finds what begins with `http://` or `https://` where a word may begin, and ends before the next space; a full stop, a comma
/// and the like at its end belong to the sentence, and so does a parenthesis that opens before it. Linear.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let (mut pieces, mut told, mut from) = (Vec::new(), 0, 0);
    while let Some(begin) = text[from..].find("http").map(|at| from + at) {
        from = begin + "http".len();
        let Some(address) = address_at(text, begin) else { continue };
        if told < begin {
            pieces.push(Piece::Text(&text[told..begin]));
        }
        pieces.push(Piece::Address(address));
        told = begin + address.len();
        from = told;
    }
    if told < text.len() {
        pieces.push(Piece::Text(&text[told..]));
    }
    pieces
}

fn address_at(text: &str, begin: usize) -> Option<&str> {
    let before = text[..begin].chars().next_back();
    if before.is_some_and(|c| !c.is_whitespace() && !"(*_~\"'[".contains(c)) {
        return None;
    }
    let rest = &text[begin..];
    let host = rest.strip_prefix("http://").or_else(|| rest.strip_prefix("https://"))?;
    if !host.starts_with(char::is_alphanumeric) {
        return None;
    }
    let end = rest.find(|c: char| c.is_whitespace() || c.is_control() || "<>\"\\`".contains(c));
    let address = trimmed(&rest[..end.unwrap_or(rest.len())]);
    (address.len() > rest.len() - host.len()).then_some(address)
}

/// Without what belongs to the sentence around it.
fn trimmed(address: &str) -> &str {
    let count = |c: char| address.matches(c).count();
    let mut unopened = count(')').saturating_sub(count('('));
    let mut rest = address;
    while let Some(last) = rest.chars().next_back() {
        let is_surplus = last == ')' && unopened > 0;
        if !is_surplus && !"?!.,:;*_~'".contains(last) {
            break;
        }
        unopened -= usize::from(is_surplus);
        rest = &rest[..rest.len() - last.len_utf8()];
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(text: &str) -> Vec<&str> {
        let pieces = pieces(text);
        let whole: String = pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) | Piece::Address(text) => *text,
            })
            .collect();
        assert_eq!(whole, text, "nothing is lost");
        let found = pieces.into_iter().filter_map(|piece| match piece {
            Piece::Address(address) => Some(address),
            Piece::Text(_) => None,
        });
        found.collect()
    }

    #[test]
    fn an_address_is_found_and_its_sentence_left_alone() {
        for (text, expected) in [
            ("see https://example.org/a_b?c=1#d.", &["https://example.org/a_b?c=1#d"][..]),
            ("(http://example.org/a_(b))", &["http://example.org/a_(b)"]),
            ("https://a.example, https://b.example!", &["https://a.example", "https://b.example"]),
            ("https://bücher.example/é", &["https://bücher.example/é"]),
            ("xhttp://example.org", &[]),
            ("http:// https://? http", &[]),
            ("no address", &[]),
            ("", &[]),
        ] {
            assert_eq!(addresses(text), expected, "{text}");
        }
    }
}
