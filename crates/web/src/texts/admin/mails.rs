//! The words of the mail queue.

use super::words;

words! {
    /// The words.
    MailsTexts {
        title = "Mail queue";
        lead = "Mails that wait to leave or were given up; those that have left are not here. Links and texts are made when a mail \
                leaves, so there is nothing secret to see.";
        state = "State";
        queued = "Waiting";
        dead = "Given up";
        caption = "Mails";
        mail = "Mail";
        to = "To";
        ordered = "Ordered";
        next = "Next try";
        given_up_at = "Given up";
        tries = "Tries";
        error = "What the mail server said last";
        not_tried = "not tried yet";
        account: fn(i64) -> String = |id| format!("account {id}");
        named: fn(i64, &str) -> String = |id, kind| format!("mail {id}, {kind}");
        empty = "No mail waits, and none was given up.";
        with_ticked = "With those ticked";
        retry = "Try again now";
        retry_shown = "Try all shown again";
        retry_question = "Try these mails again now?";
        retry_about = "They are due at once, with their tries counted anew.";
        retried_done = "Due now";
        gone = "It has left, or was removed.";
        back = "Back to the mail queue";
        kind: fn(&str) -> Option<&'static str> = kind;
    }
}

fn kind(name: &str) -> Option<&'static str> {
    Some(match name {
        "reset_password" => "link for a new password",
        "verify_email" => "link to confirm an address",
        "confirm_email_change" => "link to confirm a new address",
        "email_change_notice" => "notice of a new address",
        "choose_first_password" => "link for a first password",
        "choose_new_password" => "link for a forced new password",
        "email_replaced" => "notice that the address was replaced",
        "account_deleted" => "notice that the account was deleted",
        "password_changed" => "notice of a new password",
        "new_sign_in" => "notice of a sign-in from a new browser",
        "account_exists" => "notice that there is an account already",
        _ => return None,
    })
}
