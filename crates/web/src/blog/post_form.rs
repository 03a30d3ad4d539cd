//! The form in which a post is written, first or anew.

use askama::Template;
use vestibule_content::markdown::{self, SafeHtml};
use vestibule_domain::post::{PostContent, PostStatus, Title};
use vestibule_persistence::posts::Post;

use crate::attempt::KEY;
use crate::fields::{Faults, Fields};
use crate::page::Layout;
use crate::problem::PageProblem;
use crate::visitor::Visitor;

/// What was typed, and what is wrong with it.
#[derive(Default)]
pub(super) struct TypedPost {
    title: String,
    content: String,
    /// The attempt at a new post; empty for one that is there.
    pub(super) key: String,
    pub(super) faults: Faults,
}

/// What came of it.
pub(super) struct ParsedPost {
    pub(super) title: Title,
    pub(super) content: PostContent,
}

impl TypedPost {
    /// What a form brought.
    pub(super) fn of(fields: &Fields) -> Self {
        Self {
            title: fields.text("title").to_owned(),
            content: fields.text("content").to_owned(),
            key: fields.text(KEY).to_owned(),
            faults: Faults::default(),
        }
    }

    /// Nothing yet.
    pub(super) fn empty(key: String) -> Self {
        Self { key, ..Self::default() }
    }

    /// What stands in a post.
    pub(super) fn of_post(post: &Post) -> Self {
        let (title, content) = (post.title.to_string(), post.content.as_str().to_owned());
        Self { title, content, ..Self::default() }
    }

    /// Reads it, and notes what is wrong with it.
    pub(super) fn parse(&mut self) -> Option<ParsedPost> {
        let title = self.faults.take("title", self.title.parse());
        let content = self.faults.take("content", self.content.parse());
        title.zip(content).map(|(title, content)| ParsedPost { title, content })
    }
}

/// The status that the pressed button asks for; nothing where no button was pressed but Enter.
pub(super) fn status(fields: &Fields) -> Result<Option<PostStatus>, PageProblem> {
    let status = fields.given("status").map(str::parse).transpose();
    status.map_err(|_| PageProblem::BadRequest)
}

/// Whether the pressed button only asks how it will look.
pub(super) fn is_preview(fields: &Fields) -> bool {
    fields.text("action") == "preview"
}

/// The piece of a page that a script asks for.
#[derive(Template)]
#[template(path = "blog/_preview.html")]
pub(super) struct PreviewPiece {
    pub(super) preview: Preview,
}

/// What the post will look like.
pub(super) struct Preview {
    texts: &'static crate::texts::Texts,
    title: String,
    /// Nothing where there is no text.
    html: Option<SafeHtml>,
}

impl Preview {
    /// Makes it where that may take its time.
    pub(super) async fn make(visitor: &Visitor, typed: &TypedPost) -> Result<Self, PageProblem> {
        let (title, content) = (typed.title.trim().to_owned(), typed.content.clone());
        let has_text = content.parse::<PostContent>().is_ok();
        let html = visitor.shell.text(move || has_text.then(|| markdown::render(&content))).await?;
        Ok(Self { texts: &crate::texts::ENGLISH, title, html })
    }
}

/// A post that somebody else changed while this one was writing.
pub(super) struct Theirs {
    title: String,
    content: String,
}

impl Theirs {
    /// What stands there now.
    pub(super) fn of(post: &Post) -> Self {
        Self { title: post.title.to_string(), content: post.content.as_str().to_owned() }
    }
}

/// Which buttons there are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Nothing is kept yet, or the author alone sees it.
    Draft,
    /// Everybody sees it, and its author may take it back.
    Published,
    /// Everybody sees it, and it is somebody else's.
    Others,
}

/// The page.
#[derive(Template)]
#[template(path = "blog/form.html")]
pub(super) struct PostFormPage {
    pub(super) layout: Layout,
    pub(super) heading: String,
    /// Where the form goes.
    pub(super) action: String,
    /// Where it leads if nothing is to be done.
    pub(super) back: String,
    pub(super) csrf: String,
    /// The version that is changed; nothing for a new post.
    pub(super) version: Option<i64>,
    pub(super) stage: Stage,
    pub(super) typed: TypedPost,
    pub(super) preview: Option<Preview>,
    pub(super) theirs: Option<Theirs>,
}

impl PostFormPage {
    /// The page of a new post.
    pub(super) fn new_post(visitor: &Visitor, typed: TypedPost, preview: Option<Preview>) -> Self {
        let texts = &crate::texts::ENGLISH.blog.form;
        Self {
            layout: visitor.layout(texts.new_title),
            heading: texts.new_title.to_owned(),
            action: "/blog/new".to_owned(),
            back: "/blog".to_owned(),
            csrf: visitor.csrf(),
            version: None,
            stage: Stage::Draft,
            typed,
            preview,
            theirs: None,
        }
    }
}
