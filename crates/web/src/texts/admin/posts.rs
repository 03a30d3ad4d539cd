//! The words of the pages where posts are moderated.

use super::words;

words! {
    /// The words.
    PostsTexts {
        title = "Posts";
        lead = "What everybody can read, newest first. Drafts are seen by nobody but their authors.";
        caption = "Published posts";
        post = "Title";
        author = "Author";
        published = "Published";
        comments = "Comments";
        what_to_do = "Actions";
        edit = "Edit";
        edit_label: fn(&str) -> String = |title| format!("Edit {title}");
        empty = "Nothing has been published yet.";
        with_ticked = "With those ticked";
        delete = "Delete";
        edit_title = "Edit a post";
        by = "Written by";
        post_title = "Title";
        content = "Text, in Markdown";
        see = "See it as readers do";
        changed_meanwhile = "Somebody changed this post while you looked at it. The fields hold what you typed; what is stored now \
                             stands below. Take over what you need, and save once more.";
        stored = "As it is stored now";
        delete_question = "Delete these posts for good?";
        delete_about = "Their comments go with them. This cannot be taken back.";
        deleted_done = "Deleted";
        back = "Back to the posts";
    }
}
