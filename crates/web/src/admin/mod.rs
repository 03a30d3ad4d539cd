//! The dashboard: `/admin` and what lies below it, for those who look after the site.
//!
//! Every page asks for its own permission in its signature, and every action goes through the use case the JSON API calls.
//! What is done to several at once, or cannot be taken back, asks first ([`bulk`]).
//!
//! To add a page: a file or folder here with its template's struct and its handlers, a line in [`routes`], one in [`menu`] for
//! whom it is for, and a row in the tests' table of who may.

mod boxes;
mod bulk;
mod comments;
mod facts;
mod list;
mod mails;
mod menu;
mod messages;
mod moment;
mod overview;
mod posts;
mod refusal;
mod roles;
mod system;
mod trail;
mod users;

use actix_web::web::{self, ServiceConfig};

pub use self::facts::{SettingFact, SystemFacts};

/// Their routes.
pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/admin").route(web::get().to(overview::show_overview)))
        .service(web::resource("/admin/audit").route(web::get().to(trail::show_trail)))
        .service(web::resource("/admin/system").route(web::get().to(system::show_system)))
        .configure(users::routes)
        .configure(roles::routes)
        .configure(posts::routes)
        .configure(comments::routes)
        .configure(messages::routes)
        .configure(mails::routes);
}
