//! Removing what was said: one comment or several.

use actix_web::HttpResponse;
use vestibule_auth::accounts::Accounts;
use vestibule_content::{ContentError, delete_comment, find_comment};
use vestibule_domain::id::CommentId;
use vestibule_http::CommentsModerate;
use vestibule_persistence::comments::Comment;

use crate::admin::bulk::{self, Meant, Outcome, Question, is_confirmed, ticked};
use crate::admin::posts::called;
use crate::entry::May;
use crate::form::Form;
use crate::problem::PageProblem;
use crate::texts::{ENGLISH, Notice};

/// So many characters of a comment tell which one it is.
const BEGIN: usize = 80;

const LIST: &str = "/admin/comments";

/// Asks first, then removes each, and tells what came of it.
pub(super) async fn act_on_comments(
    visitor: May<CommentsModerate>,
    form: Form,
) -> Result<HttpResponse, PageProblem> {
    let fields = form.read(&visitor).await?;
    if fields.text("action") != "delete" {
        return Err(PageProblem::BadRequest);
    }
    let named = name(&visitor, ticked::<CommentId>(&fields)?).await?;
    if named.is_empty() {
        return Ok(visitor.lead_to_saying(LIST, Notice::NothingTicked));
    }
    let words = &ENGLISH.admin.comments;
    if !is_confirmed(&fields) {
        let question = Question {
            heading: words.delete_question,
            about: words.delete_about,
            button: words.delete,
            is_grave: true,
            path: "/admin/comments/actions",
            action: "delete",
            field: "id",
            back: LIST,
        };
        let meant: Vec<_> =
            named.into_iter().map(|(id, label)| Meant { id: id.to_string(), label }).collect();
        return bulk::ask(&visitor, &question, &meant);
    }
    let mut outcome = Outcome::default();
    for (id, label) in named {
        let (now, client, caller) = (visitor.shell.now(), visitor.client(), visitor.caller.clone());
        let deleting =
            move |accounts: &Accounts| delete_comment(&accounts.database, now, &caller, id, None, &client);
        outcome.note(label, visitor.shell.database_write(deleting).await?)?;
    }
    bulk::tell(&visitor, &outcome, words.deleted_done, LIST, words.back)
}

/// Those of the comments that everybody can read, with who wrote them.
async fn name(
    visitor: &May<CommentsModerate>,
    ids: Vec<CommentId>,
) -> Result<Vec<(CommentId, String)>, PageProblem> {
    let finding = move |accounts: &Accounts| {
        let mut named = Vec::new();
        for id in ids {
            match find_comment(&accounts.database, None, id) {
                Ok(comment) => named.push((id, label(&comment))),
                Err(ContentError::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(named)
    };
    Ok(visitor.shell.database(finding).await??)
}

/// Who said it, and how it begins.
fn label(comment: &Comment) -> String {
    let named = (ENGLISH.admin.comments.named)(comment.id.get(), &called(comment.author.as_ref()));
    let begin: String = comment.content.as_str().chars().take(BEGIN).collect();
    format!("{named}: {begin}")
}
