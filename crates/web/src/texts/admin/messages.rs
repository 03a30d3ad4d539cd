//! The words of the contact inbox.

use super::words;

words! {
    /// The words.
    MessagesTexts {
        title = "Inbox";
        lead = "What people sent through the contact form, newest first.";
        state = "State";
        new = "New";
        handled = "Handled";
        caption = "Messages";
        subject = "Subject";
        from = "From";
        sent = "Sent";
        empty = "No messages here. When somebody writes through the contact form, it shows up on this page.";
        with_ticked = "With those ticked";
        handle = "Mark as handled";
        reopen = "Mark as new";
        delete = "Delete";
        reply = "Reply by e-mail";
        reply_subject: fn(&str) -> String = |subject| format!("Re: {subject}");
        unproven = "Anybody can type any name and address into the form: be careful with both.";
        account = "Signed in as";
        account_number: fn(i64) -> String = |id| format!("account {id}");
        handled_at = "Handled";
        not_handled = "not yet";
        message = "Message";
        handle_question = "Mark these messages as handled?";
        handle_about = "They leave the list of new ones.";
        reopen_question = "Mark these messages as new?";
        reopen_about = "They come back to the list of new ones.";
        delete_question = "Delete these messages for good?";
        delete_about = "This cannot be taken back.";
        handled_done = "Marked as handled";
        reopened_done = "Marked as new";
        deleted_done = "Deleted";
        back = "Back to the inbox";
    }
}
