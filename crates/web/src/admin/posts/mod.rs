//! Published posts, for those who moderate. Drafts are their authors' alone, and never here (S67).

mod act;
mod edit;
mod list;

use actix_web::web::{self, ServiceConfig};
use vestibule_persistence::posts::Author;

use crate::texts::ENGLISH;

/// Their routes.
pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/admin/posts").route(web::get().to(list::show_posts)))
        .service(web::resource("/admin/posts/actions").route(web::post().to(act::act_on_posts)))
        .service(
            web::resource("/admin/posts/{id}")
                .route(web::get().to(edit::show_post))
                .route(web::post().to(edit::edit_post)),
        );
}

/// What somebody who wrote something is called.
pub(super) fn called(author: Option<&Author>) -> String {
    let Some(author) = author else { return ENGLISH.shared.formerly.to_owned() };
    let username = author.username.as_ref().map(ToString::to_string);
    let full_name = || author.full_name.as_ref().map(ToString::to_string);
    username.or_else(full_name).unwrap_or_else(|| format!("#{}", author.id))
}
