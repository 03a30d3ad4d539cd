//! Doing something to several at once, or what cannot be taken back: a page asks first, and another says what came of it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::list::parse_number;
use super::menu::{Frame, around};
use super::refusal::Told;
use crate::fields::Fields;
use crate::page::Layout;
use crate::problem::PageProblem;
use crate::texts::ENGLISH;
use crate::visitor::Visitor;

/// The most that something is done to at once: as many as a page of a list shows.
const MOST: usize = 100;

/// What was ticked, each once, in the order of the list. More than a page shows comes from no form of ours.
pub(super) fn ticked<T: TryFrom<i64> + Ord + Copy>(fields: &Fields) -> Result<Vec<T>, PageProblem> {
    let mut ids: Vec<T> = Vec::new();
    for text in fields.all("id") {
        let id = parse_number(text).ok_or(PageProblem::BadRequest)?;
        if !ids.contains(&id) {
            ids.push(id);
        }
        if ids.len() > MOST {
            return Err(PageProblem::BadRequest);
        }
    }
    Ok(ids)
}

/// Whether the person has seen the page that asks.
pub(super) fn is_confirmed(fields: &Fields) -> bool {
    fields.text("confirmed") == "yes"
}

/// Something that is meant, by its number and what people call it.
pub(super) struct Meant {
    pub(super) id: String,
    pub(super) label: String,
}

/// What is asked before it is done.
pub(super) struct Question<'a> {
    /// The question.
    pub(super) heading: &'static str,
    /// What comes of it.
    pub(super) about: &'static str,
    /// What the button says.
    pub(super) button: &'static str,
    /// Whether it cannot be taken back.
    pub(super) is_grave: bool,
    /// Where the answer goes.
    pub(super) path: &'static str,
    /// The word for what is to be done.
    pub(super) action: &'a str,
    /// The name of the field that says to whom.
    pub(super) field: &'static str,
    /// Where whoever thinks better of it goes.
    pub(super) back: &'a str,
}

#[derive(Template)]
#[template(path = "admin/question.html")]
struct QuestionPage<'a> {
    layout: Layout,
    frame: Frame,
    question: &'a Question<'a>,
    meant: &'a [Meant],
}

/// Asks.
pub(super) fn ask(
    visitor: &Visitor,
    question: &Question<'_>,
    meant: &[Meant],
) -> Result<HttpResponse, PageProblem> {
    let (layout, frame) = around(visitor, question.heading);
    let page = QuestionPage { layout, frame, question, meant };
    visitor.show(StatusCode::OK, &page)
}

/// What came of it, for each.
#[derive(Default)]
pub(super) struct Outcome {
    /// Those it was done to.
    pub(super) done: Vec<String>,
    /// Those it was not done to, each with the reason.
    pub(super) refused: Vec<(String, String)>,
}

impl Outcome {
    /// Notes what came of it for `label`. What nobody can be told ends the request.
    pub(super) fn note<T, E: Told>(&mut self, label: String, came: Result<T, E>) -> Result<(), PageProblem> {
        match came {
            Ok(_) => self.done.push(label),
            Err(why) => {
                let (_, sentence, _) = why.told()?;
                self.refused.push((label, sentence));
            }
        }
        Ok(())
    }
}

#[derive(Template)]
#[template(path = "admin/outcome.html")]
struct OutcomePage<'a> {
    layout: Layout,
    frame: Frame,
    done_words: &'static str,
    outcome: &'a Outcome,
    back: &'a str,
    back_words: &'static str,
}

/// Says what came of it: `done_words` stand above those it was done to.
pub(super) fn tell(
    visitor: &Visitor,
    outcome: &Outcome,
    done_words: &'static str,
    back: &str,
    back_words: &'static str,
) -> Result<HttpResponse, PageProblem> {
    let (layout, frame) = around(visitor, ENGLISH.admin.bulk.outcome);
    // Where nothing at all was done the status says so too.
    let status = if outcome.done.is_empty() { StatusCode::CONFLICT } else { StatusCode::OK };
    visitor.show(status, &OutcomePage { layout, frame, done_words, outcome, back, back_words })
}
