//! Removing what was published: one post or several.

use actix_web::HttpResponse;
use vestibule_auth::accounts::Accounts;
use vestibule_content::{ContentError, delete_post, find_post};
use vestibule_domain::id::PostId;
use vestibule_domain::post::{PostRef, PostStatus};
use vestibule_http::PostsModerate;

use crate::admin::bulk::{self, Meant, Outcome, Question, is_confirmed, ticked};
use crate::entry::May;
use crate::form::Form;
use crate::problem::PageProblem;
use crate::texts::{ENGLISH, Notice};

const LIST: &str = "/admin/posts";

/// Asks first, then removes each, and tells what came of it.
pub(super) async fn act_on_posts(
    visitor: May<PostsModerate>,
    form: Form,
) -> Result<HttpResponse, PageProblem> {
    let fields = form.read(&visitor).await?;
    if fields.text("action") != "delete" {
        return Err(PageProblem::BadRequest);
    }
    let named = name(&visitor, ticked::<PostId>(&fields)?).await?;
    if named.is_empty() {
        return Ok(visitor.lead_to_saying(LIST, Notice::NothingTicked));
    }
    let words = &ENGLISH.admin.posts;
    if !is_confirmed(&fields) {
        let question = Question {
            heading: words.delete_question,
            about: words.delete_about,
            button: words.delete,
            is_grave: true,
            path: "/admin/posts/actions",
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
        let deleting = move |accounts: &Accounts| {
            delete_post(&accounts.database, now, &caller, &PostRef::Id(id), None, &client)
        };
        outcome.note(label, visitor.shell.database_write(deleting).await?)?;
    }
    bulk::tell(&visitor, &outcome, words.deleted_done, LIST, words.back)
}

/// Those of the posts that everybody can read, with their titles.
async fn name(visitor: &May<PostsModerate>, ids: Vec<PostId>) -> Result<Vec<(PostId, String)>, PageProblem> {
    let caller = visitor.caller.clone();
    let finding = move |accounts: &Accounts| {
        let mut named = Vec::new();
        for id in ids {
            match find_post(&accounts.database, Some(&caller), &PostRef::Id(id)) {
                Ok(post) if post.status() == PostStatus::Published => {
                    named.push((id, post.title.to_string()));
                }
                Ok(_) | Err(ContentError::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(named)
    };
    Ok(visitor.shell.database(finding).await??)
}
