//! What people write: posts, comments, messages to those who run the site, and the guides to the states.

mod comments;
mod contact;
mod contact_limits;
mod drafts;
mod edits;
mod headers;
mod idempotency;
mod naughty;
mod naughty_forms;
mod posts;
mod races;
mod states;
mod states_loaded;

pub(crate) use contact::message;
pub(crate) use naughty::strings;
pub(crate) use states::body_of;
