//! What was said, newest first.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use vestibule_auth::accounts::Accounts;
use vestibule_content::list_latest_comments;
use vestibule_domain::id::CommentId;
use vestibule_http::{CommentsModerate, Undone};
use vestibule_persistence::comments::Comment;

use crate::admin::list::{Choice, Pager, Paging, query};
use crate::admin::menu::{Frame, around};
use crate::admin::moment::Moment;
use crate::admin::posts::called;
use crate::entry::May;
use crate::fields::Faults;
use crate::page::Layout;
use crate::problem::PageProblem;
use crate::texts::ENGLISH;

struct Row {
    id: i64,
    content: String,
    post: String,
    slug: String,
    author: String,
    written: Moment,
}

#[derive(Template)]
#[template(path = "admin/comments/list.html")]
struct CommentsPage {
    layout: Layout,
    frame: Frame,
    faults: Faults,
    sizes: Vec<Choice>,
    rows: Vec<Row>,
    pager: Pager,
}

/// Shows them.
pub(super) async fn show_comments(visitor: May<CommentsModerate>) -> Result<HttpResponse, PageProblem> {
    let (asked, mut faults) = (query(&visitor), Faults::default());
    let paging = Paging::<i64>::parse(&mut faults, "moderated comments", &visitor.face.cursors, &asked);
    let before = paging.before.and_then(|id| CommentId::try_from(id).ok());
    let size = paging.size;
    let listing = move |accounts: &Accounts| list_latest_comments(&accounts.database, before, size);
    let page = visitor.shell.database(listing).await?.map_err(Undone::Failed)?;
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let (layout, frame) = around(&visitor, ENGLISH.admin.comments.title);
    let shown = CommentsPage {
        layout,
        frame,
        faults,
        sizes: Choice::sizes(size),
        pager: paging.pager(&visitor, &page, |comment| comment.id.get()),
        rows: page.entries.into_iter().map(Row::from).collect(),
    };
    visitor.show(status, &shown)
}

impl From<Comment> for Row {
    fn from(comment: Comment) -> Self {
        Self {
            id: comment.id.get(),
            content: comment.content.as_str().to_owned(),
            post: comment.post_title.to_string(),
            slug: comment.post_slug.to_string(),
            author: called(comment.author.as_ref()),
            written: comment.created_at.into(),
        }
    }
}
