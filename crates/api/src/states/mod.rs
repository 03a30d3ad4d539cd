//! The guides to the states and union territories of India: `/api/states`.

mod edit_state;
mod get_state;
mod list_states;
mod state_view;

use utoipa_actix_web::service_config::ServiceConfig;
use vestibule_domain::state::StateRef;

use crate::problem::{Code, Problem};

/// The routes.
pub(crate) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list_states::list_states).service(get_state::get_state).service(edit_state::edit_state);
}

/// The guide a path names.
fn parse_path(state: &str) -> Result<StateRef, Problem> {
    state.parse().map_err(|_| Code::NotFound.into())
}
