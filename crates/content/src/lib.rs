//! What people write: posts, comments, messages to those who run the site, and the guides to the states of India.
//!
//! One use case a file. Each takes the database first and the caller as a fact; permissions are looked at in here, so that
//! every face decides alike. The room knows no HTTP and no HTML but what [`markdown`] makes safe.
//!
//! To add a use case: a file with its function, its error where it has one of its own, and its tests; what is kept is written
//! in persistence, in one transaction.

mod comments;
mod contact;
mod error;
mod feed;
pub mod markdown;
mod posts;
mod sent;
mod states;

pub use comments::{
    CommentList, add_comment, delete_comment, edit_comment, ensure_may_edit_comment, find_comment,
    list_comments, list_latest_comments,
};
pub use contact::{delete_message, find_message, list_messages, mark_message, send_message};
pub use error::ContentError;
pub use feed::{FeedEntry, latest_posts};
pub use posts::{
    PostDraft, PostEdit, delete_post, edit_post, ensure_may_edit_post, find_post, list_posts, write_post,
};
pub use sent::Sent;
pub use states::{
    StateFilter, StatePosition, StateSearch, StateSearchError, edit_state, find_state, list_state_page,
    list_states, load_states,
};
