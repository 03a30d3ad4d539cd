//! What people say about posts. Who may read a post may read what was said about it.

mod add_comment;
mod change_comment;
mod list_comments;

pub use self::add_comment::add_comment;
pub use self::change_comment::{delete_comment, edit_comment, ensure_may_edit_comment};
pub use self::list_comments::{CommentList, find_comment, list_comments, list_latest_comments};
