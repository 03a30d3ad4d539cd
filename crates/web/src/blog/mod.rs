//! The blog: its posts, where they are written, what is said about them, and its feed.

mod add_comment;
mod byline;
mod delete_comment;
mod delete_post;
mod edit_comment;
mod edit_post;
mod feed;
mod list_posts;
mod place;
mod post_form;
mod preview_post;
mod rights;
mod show_comment;
mod show_post;
mod write_post;

use actix_web::web::{self, ServiceConfig};

/// Their routes. What stands here where a post's name may stand is no post's name.
pub(crate) fn routes(config: &mut ServiceConfig) {
    let page = web::resource;
    config
        .service(page("/blog").get(list_posts::list_posts))
        .service(page("/blog/feed.atom").get(feed::show_feed))
        .service(page("/blog/drafts").get(list_posts::list_drafts))
        .service(page("/blog/new").get(write_post::show_new_post).post(write_post::write_post))
        .service(page("/blog/preview").post(preview_post::preview_post))
        .service(page("/blog/{post}").get(show_post::show_post))
        .service(page("/blog/{post}/edit").get(edit_post::show_edit_post).post(edit_post::edit_post))
        .service(page("/blog/{post}/delete").get(delete_post::ask).post(delete_post::delete_post))
        .service(page("/blog/{post}/comments").post(add_comment::add_comment))
        .service(page("/blog/{post}/comments/{comment}").get(show_comment::show_comment))
        .service(
            page("/blog/{post}/comments/{comment}/edit")
                .get(edit_comment::show_edit_comment)
                .post(edit_comment::edit_comment),
        )
        .service(
            page("/blog/{post}/comments/{comment}/delete")
                .get(delete_comment::ask)
                .post(delete_comment::delete_comment),
        );
}
