//! What is shown of what was written.

use std::collections::HashMap;

use pulldown_cmark::{
    Alignment, CodeBlockKind, CowStr, Event, HeadingLevel, LinkType, Parser, Tag, TextMergeStream,
};

use super::autolink::{self, Piece};
use super::links::{is_link, is_picture};
use super::nesting::{MAX_DEPTH, MAX_ELEMENTS};
use super::options;

/// The events of `markdown`, none of which lets HTML pass that was written in it.
pub(super) fn events(markdown: &str) -> Vec<Event<'_>> {
    let mut reader = Reader::default();
    for event in TextMergeStream::new(Parser::new_ext(markdown, options())) {
        reader.take(event);
    }
    reader.shown
}

#[derive(Default)]
struct Reader<'a> {
    shown: Vec<Event<'a>>,
    /// For each element that is open how it ends, where it is shown.
    open: Vec<Option<Event<'a>>>,
    elements: usize,
    /// Links, pictures and code, in which addresses are left alone.
    verbatim: Vec<usize>,
    notes: HashMap<CowStr<'a>, usize>,
    table: Table,
}

/// Where in a table one is.
#[derive(Default)]
struct Table {
    alignments: Vec<Alignment>,
    is_head: bool,
    column: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, event: Event<'a>) {
        match event {
            Event::Start(tag) => self.open(tag),
            Event::End(_) => self.close(),
            Event::Text(text) => self.text(text),
            // Shown as it was typed: nothing is lost, and nothing of it is HTML.
            Event::Html(text) | Event::InlineHtml(text) => self.shown.push(Event::Text(text)),
            Event::FootnoteReference(name) if self.has_room() => {
                let number = self.note(name);
                let link = format!(r##"<sup><a href="#note-{number}">{number}</a></sup>"##);
                self.shown.push(Event::InlineHtml(link.into()));
            }
            Event::Code(text) if !self.has_room() => self.shown.push(Event::Text(text)),
            Event::Code(_) | Event::SoftBreak | Event::HardBreak | Event::Rule => {
                self.elements += 1;
                self.shown.push(event);
            }
            _ => {}
        }
    }

    fn has_room(&self) -> bool {
        self.open.len() < MAX_DEPTH && self.elements < MAX_ELEMENTS
    }

    fn open(&mut self, tag: Tag<'a>) {
        if matches!(tag, Tag::Link { .. } | Tag::Image { .. } | Tag::CodeBlock(_)) {
            self.verbatim.push(self.open.len());
        }
        let shown = if self.has_room() { self.element(tag) } else { None };
        let end = shown.map(|(start, end)| {
            self.elements += 1;
            self.shown.push(start);
            end
        });
        self.open.push(end);
    }

    fn close(&mut self) {
        let end = self.open.pop().flatten();
        if self.verbatim.last() == Some(&self.open.len()) {
            self.verbatim.pop();
        }
        self.shown.extend(end);
    }

    fn text(&mut self, text: CowStr<'a>) {
        if !self.verbatim.is_empty() || !text.contains("http") {
            self.shown.push(Event::Text(text));
            return;
        }
        for piece in autolink::pieces(&text) {
            match piece {
                Piece::Address(address) if self.has_room() && is_link(address) => {
                    self.elements += 1;
                    let target = CowStr::from(address.to_owned());
                    let (start, end) = paired(link(target.clone(), CowStr::Borrowed("")));
                    self.shown.extend([start, Event::Text(target), end]);
                }
                Piece::Text(text) | Piece::Address(text) => {
                    self.shown.push(Event::Text(text.to_owned().into()));
                }
            }
        }
    }

    /// How `tag` begins and ends as it is shown; nothing where only what is in it is shown.
    fn element(&mut self, tag: Tag<'a>) -> Option<(Event<'a>, Event<'a>)> {
        match tag {
            Tag::Paragraph
            | Tag::BlockQuote(_)
            | Tag::List(_)
            | Tag::Item
            | Tag::Emphasis
            | Tag::Strong
            | Tag::Strikethrough => Some(paired(tag)),
            Tag::HtmlBlock => Some(paired(Tag::Paragraph)),
            Tag::CodeBlock(_) => Some(paired(Tag::CodeBlock(CodeBlockKind::Indented))),
            Tag::Heading { level, .. } => Some(paired(heading(level))),
            Tag::Link { link_type, dest_url, title, .. } => {
                let target = match link_type {
                    LinkType::Email => format!("mailto:{dest_url}").into(),
                    _ => dest_url,
                };
                is_link(&target).then(|| paired(link(target, title)))
            }
            Tag::Image { dest_url, title, id, .. } => {
                let picture = |dest_url| Tag::Image { link_type: LinkType::Inline, dest_url, title, id };
                is_picture(&dest_url).then(|| paired(picture(dest_url)))
            }
            Tag::FootnoteDefinition(name) => {
                let number = self.note(name);
                let begin = format!(r#"<div class="footnote" id="note-{number}"><sup>{number}</sup>"#);
                Some((Event::Html(begin.into()), Event::Html("</div>".into())))
            }
            Tag::Table(_) | Tag::TableHead | Tag::TableRow | Tag::TableCell => Some(self.part_of_table(tag)),
            _ => None,
        }
    }

    /// Cells are written here: the writer of events would say by a style where their text stands.
    fn part_of_table(&mut self, tag: Tag<'a>) -> (Event<'a>, Event<'a>) {
        match tag {
            Tag::Table(alignments) => {
                self.table.alignments = alignments;
                paired(Tag::Table(Vec::new()))
            }
            Tag::TableHead | Tag::TableRow => {
                (self.table.is_head, self.table.column) = (tag == Tag::TableHead, 0);
                paired(tag)
            }
            _ => {
                let alignment = self.table.alignments.get(self.table.column);
                self.table.column += 1;
                let name = if self.table.is_head { "th" } else { "td" };
                let class = match alignment {
                    Some(Alignment::Center) => r#" class="align-center""#,
                    Some(Alignment::Right) => r#" class="align-right""#,
                    _ => "",
                };
                let (begin, end) = (format!("<{name}{class}>"), format!("</{name}>"));
                (Event::InlineHtml(begin.into()), Event::InlineHtml(end.into()))
            }
        }
    }

    /// The number of a note: nothing that was written becomes an id.
    fn note(&mut self, name: CowStr<'a>) -> usize {
        let next = self.notes.len() + 1;
        *self.notes.entry(name).or_insert(next)
    }
}

fn paired(tag: Tag<'_>) -> (Event<'_>, Event<'_>) {
    let end = tag.to_end();
    (Event::Start(tag), Event::End(end))
}

fn link<'a>(dest_url: CowStr<'a>, title: CowStr<'a>) -> Tag<'a> {
    Tag::Link { link_type: LinkType::Inline, dest_url, title, id: CowStr::Borrowed("") }
}

/// One level further down: the page has its own first.
fn heading<'a>(level: HeadingLevel) -> Tag<'a> {
    let level = match level {
        HeadingLevel::H1 => HeadingLevel::H2,
        HeadingLevel::H2 => HeadingLevel::H3,
        HeadingLevel::H3 => HeadingLevel::H4,
        HeadingLevel::H4 => HeadingLevel::H5,
        HeadingLevel::H5 | HeadingLevel::H6 => HeadingLevel::H6,
    };
    Tag::Heading { level, id: None, classes: Vec::new(), attrs: Vec::new() }
}
