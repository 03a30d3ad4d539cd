//! The guides to the states and union territories of India.

mod edit_state;
mod list_states;
mod load_states;
mod release;

use vestibule_domain::state::StateRef;
use vestibule_persistence::states::{self, StateGuide};
use vestibule_persistence::{Database, StoreError};

use crate::error::ContentError;

pub use edit_state::edit_state;
pub use list_states::{
    StateFilter, StatePosition, StateSearch, StateSearchError, list_state_page, list_states,
};
pub use load_states::load_states;

/// One guide.
pub fn find_state(database: &Database, state: &StateRef) -> Result<StateGuide, ContentError> {
    let found = database.read::<_, StoreError>(|conn| states::find(conn, state))?;
    found.ok_or(ContentError::NotFound)
}
