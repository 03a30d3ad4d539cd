//! The guides to the states of India.

mod edit_state;
mod facts;
mod list_states;
mod show_state;

use actix_web::web::{self, ServiceConfig};

/// Their routes.
pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/states").get(list_states::list_states))
        .service(web::resource("/states/{state}").get(show_state::show_state))
        .service(
            web::resource("/states/{state}/edit")
                .get(edit_state::show_edit_state)
                .post(edit_state::edit_state),
        );
}
