//! The words of the pages where comments are moderated.

use super::words;

words! {
    /// The words.
    CommentsTexts {
        title = "Comments";
        lead = "What people said about posts, newest first.";
        caption = "Comments";
        comment = "Comment";
        post = "About";
        author = "Author";
        written = "Written";
        what_to_do = "Actions";
        edit = "Edit";
        named: fn(i64, &str) -> String = |id, author| format!("comment {id} by {author}");
        edit_label: fn(i64, &str) -> String = |id, author| format!("Edit comment {id} by {author}");
        empty = "Nobody has said anything yet.";
        with_ticked = "With those ticked";
        delete = "Delete";
        edit_title = "Edit a comment";
        content = "Comment";
        changed_meanwhile = "Somebody changed this comment while you looked at it. The field holds what you typed; what is stored now \
                             stands below. Take over what you need, and save once more.";
        stored = "As it is stored now";
        delete_question = "Delete these comments for good?";
        delete_about = "This cannot be taken back.";
        deleted_done = "Deleted";
        back = "Back to the comments";
    }
}
