//! What a mail says, and how that is laid out.

use askama::Template;

/// The longest line of the text part, but for links (RFC 5322, 2.1.1).
const WIDTH: usize = 76;

/// What a mail says.
pub(crate) struct Letter {
    /// What it is about.
    pub(crate) subject: String,
    /// What it says, one after the other.
    pub(crate) blocks: Vec<Block>,
    /// Who wrote it.
    pub(crate) footer: String,
}

/// A piece of a letter.
pub(crate) enum Block {
    /// A paragraph.
    Text(String),
    /// Short lines that belong together.
    Facts(Vec<String>),
    /// Something to follow: what it is called, and where it leads.
    Link {
        /// What it is called where addresses are not shown.
        label: &'static str,
        /// Where it leads.
        url: String,
    },
}

impl Block {
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }
}

#[derive(Template)]
#[template(path = "letter.txt")]
struct TextPart<'a> {
    letter: &'a Letter,
}

#[derive(Template)]
#[template(path = "letter.html")]
struct HtmlPart<'a> {
    letter: &'a Letter,
}

impl Letter {
    /// The part for people who read plain text. A link stands alone on its line, unbroken.
    pub(crate) fn to_text(&self) -> Result<String, askama::Error> {
        TextPart { letter: self }.render()
    }

    /// The part for the others.
    pub(crate) fn to_html(&self) -> Result<String, askama::Error> {
        HtmlPart { letter: self }.render()
    }
}

/// `text` in lines of up to [`WIDTH`] characters; a longer word has a line of its own.
fn wrapped(text: &str) -> String {
    let (mut lines, mut width) = (String::with_capacity(text.len() + 8), 0);
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if width > 0 {
            let is_full = width + 1 + length > WIDTH;
            lines.push(if is_full { '\n' } else { ' ' });
            width = if is_full { 0 } else { width + 1 };
        }
        lines.push_str(word);
        width += length;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_short_and_no_word_is_lost() {
        let text = "one two three ".repeat(40);
        let wrapped = wrapped(&text);
        assert!(wrapped.lines().count() > 5 && wrapped.lines().all(|line| line.len() <= WIDTH), "{wrapped}");
        assert!(wrapped.split_whitespace().eq(text.split_whitespace()));
        let long = "x".repeat(200);
        assert_eq!(super::wrapped(&format!("a {long} b")), format!("a\n{long}\nb"));
    }

    /// S24: whatever a letter says stays what it is in the HTML part.
    #[test]
    fn html_is_escaped() {
        let letter = Letter {
            subject: "<i>".to_owned(),
            blocks: vec![
                Block::text("<b>&\"'"),
                Block::Facts(vec!["<s>".to_owned()]),
                Block::Link { label: "<u>", url: "https://a.example/?a=\"><script>".to_owned() },
            ],
            footer: "<p>".to_owned(),
        };
        let html = letter.to_html().unwrap();
        for tag in ["<i>", "<b>", "<s>", "<u>", "<script>", "\"'"] {
            assert!(!html.contains(tag), "{tag} in {html}");
        }
    }
}
