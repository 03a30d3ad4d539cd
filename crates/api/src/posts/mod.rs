//! The blog: `/api/posts`.

mod author_view;
mod create_comment;
mod create_post;
mod delete_post;
mod get_post;
mod list_comments;
mod list_posts;
mod post_view;
mod update_post;

use actix_web::HttpRequest;
use serde_json::Value;
use utoipa::openapi::schema::{Object, ObjectBuilder, SchemaType, Type};
use utoipa_actix_web::service_config::ServiceConfig;
use vestibule_auth::accounts::Accounts;
use vestibule_content::ContentError;
use vestibule_domain::caller::Caller;
use vestibule_domain::permission::Permission;
use vestibule_domain::post::{PostRef, PostStatus};
use vestibule_http::Shell;
use vestibule_persistence::Database;

pub(crate) use self::author_view::AuthorView;
use crate::caller::refuse;
use crate::problem::{Code, Problem};

/// The routes.
pub(crate) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(list_posts::list_posts)
        .service(create_post::create_post)
        .service(get_post::get_post)
        .service(update_post::update_post)
        .service(delete_post::delete_post)
        .service(list_comments::list_comments)
        .service(create_comment::create_comment);
}

/// The post a path names. What can be neither a number nor a name is no post, like a number that none has.
fn parse_path(post: &str) -> Result<PostRef, Problem> {
    post.parse().map_err(|_| Code::NotFound.into())
}

fn status_schema() -> Object {
    let names = [PostStatus::Draft, PostStatus::Published].map(PostStatus::as_str);
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(names))
        .description(Some("`draft`: for its author alone; `published`: for everybody."))
        .build()
}

/// The same for a post that is made: nothing is a draft.
fn first_status_schema() -> Object {
    let names = [PostStatus::Draft, PostStatus::Published].map(|status| Value::from(status.as_str()));
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
        .enum_values(Some(names.into_iter().chain([Value::Null])))
        .description(Some(
            "`draft`: for its author alone, unless said otherwise; `published`: for everybody.",
        ))
        .build()
}

/// What is `asked` of a thing of somebody's. What is wrong with it hear those alone who may do it: with `needed` to any such thing,
/// and else where `ensure_may` says so. That is asked where something is wrong, for else the use case sees to it.
pub(crate) async fn heard<T>(
    asked: Result<T, Problem>,
    shell: &Shell,
    request: &HttpRequest,
    caller: &Caller,
    needed: Permission,
    ensure_may: impl FnOnce(&Database) -> Result<(), ContentError> + Send + 'static,
) -> Result<T, Problem> {
    if asked.is_err() && !caller.may(needed) {
        let looking = shell.database(move |accounts: &Accounts| ensure_may(&accounts.database)).await?;
        looking.map_err(|error| refused(request, caller, needed, error))?;
    }
    asked
}

/// What is somebody else's to change takes `needed`; who lacks it is told so, and the audit trail has it.
pub(crate) fn refused(
    request: &HttpRequest,
    caller: &Caller,
    needed: Permission,
    error: ContentError,
) -> Problem {
    match error {
        ContentError::Forbidden if !caller.may(needed) => refuse(request, caller, needed),
        error => error.into(),
    }
}
