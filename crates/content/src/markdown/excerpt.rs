//! The beginning of a post, for lists.

use pulldown_cmark::{Event, Parser, TagEnd};

use super::{nesting, options};

/// The beginning of what it says, without marks: at most `chars` characters, cut between words, with an ellipsis where cut.
/// Text, not HTML. Linear.
#[must_use]
pub fn excerpt(markdown: &str, chars: usize) -> String {
    let tamed = nesting::limit(markdown);
    let mut words = Words { text: String::new(), chars: 0, most: chars, is_cut: false };
    let mut glued = false;
    for event in Parser::new_ext(&tamed, options()) {
        match event {
            Event::Text(text) | Event::Code(text) => glued = words.push(&text, glued),
            Event::SoftBreak | Event::HardBreak | Event::Rule => glued = false,
            Event::Start(tag) => glued = glued && is_inline(tag.to_end()),
            Event::End(tag) => glued = glued && is_inline(tag),
            _ => {}
        }
        if words.is_cut {
            break;
        }
    }
    words.finish()
}

fn is_inline(tag: TagEnd) -> bool {
    use TagEnd::{Emphasis, Image, Link, Strikethrough, Strong};
    matches!(tag, Emphasis | Strong | Strikethrough | Link | Image)
}

/// Words with one space between them, as many as find room.
struct Words {
    text: String,
    chars: usize,
    most: usize,
    is_cut: bool,
}

impl Words {
    /// Adds the words of `text`, the first one to the last word where `glued`. Answers whether what follows is glued to these.
    fn push(&mut self, text: &str, glued: bool) -> bool {
        let mut glued = glued && !text.starts_with(char::is_whitespace);
        for word in text.split_whitespace() {
            let gap = usize::from(!glued && !self.text.is_empty());
            let length = word.chars().take(self.most + 1).count();
            if self.chars + gap + length > self.most {
                self.is_cut = true;
                self.cut(word, gap);
                return false;
            }
            if gap == 1 {
                self.text.push(' ');
            }
            self.text.push_str(word);
            self.chars += gap + length;
            glued = false;
        }
        text.ends_with(|c: char| !c.is_whitespace()) || (text.is_empty() && glued)
    }

    /// A first word that is longer than there is room is cut within.
    fn cut(&mut self, word: &str, gap: usize) {
        if self.text.is_empty() {
            self.text.extend(word.chars().take(self.most.saturating_sub(1)));
            return;
        }
        // Room for the ellipsis, and no half of a word that goes on.
        if gap == 0 || self.chars == self.most {
            let end = self.text.rfind(' ').unwrap_or(self.text.len());
            self.text.truncate(end);
        }
    }

    fn finish(mut self) -> String {
        if self.is_cut {
            while self.text.chars().count() >= self.most.max(1) {
                self.text.pop();
            }
            let end = self.text.trim_end_matches([',', ';', ':', '.', '-', '–', '—', ' ']).len();
            self.text.truncate(end);
            self.text.push('…');
        }
        self.text
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_excerpt_is_the_text_without_its_marks() {
        for (markdown, expected) in [
            ("# Hello\n\nA **bold** wo*rd*, and `code`.\n- a\n- b", "Hello A bold word, and code. a b"),
            ("[a link](https://example.org) ![a picture](/x.png)<b>bold</b>", "a link a picturebold"),
            ("| a | b |\n|---|---|\n| c | d |", "a b c d"),
            ("", ""),
            ("<script>alert(1)</script>", ""),
        ] {
            assert_eq!(excerpt(markdown, 200), expected, "{markdown}");
        }
    }

    #[test]
    fn an_excerpt_is_cut_between_words() {
        assert_eq!(excerpt("one two three", 13), "one two three");
        assert_eq!(excerpt("one two three", 12), "one two…");
        assert_eq!(excerpt("one two, three", 10), "one two…");
        assert_eq!(excerpt("abcdefghij", 5), "abcd…");
        assert_eq!(excerpt("字字字字字字", 4), "字字字…");
    }

    proptest! {
        #[test]
        fn an_excerpt_is_never_longer_than_asked_for(text in "\\PC{0,200}", chars in 1_usize..80) {
            prop_assert!(excerpt(&text, chars).chars().count() <= chars);
        }
    }
}
