//! What people say about posts: `/api/comments`.

mod comment_view;
mod delete_comment;
mod update_comment;

use utoipa_actix_web::service_config::ServiceConfig;
use vestibule_domain::id::CommentId;

pub(crate) use self::comment_view::{CommentBody, CommentView};
use crate::path_number::parse_number;
use crate::problem::{Code, Problem};

/// The routes.
pub(crate) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(update_comment::update_comment).service(delete_comment::delete_comment);
}

/// The comment a path names.
fn parse_path(id: &str) -> Result<CommentId, Problem> {
    let number = parse_number(id).and_then(|number| CommentId::try_from(number).ok());
    number.ok_or_else(|| Code::NotFound.into())
}
