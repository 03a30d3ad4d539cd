//! The words of the audit trail.

use super::words;

words! {
    /// The words.
    TrailTexts {
        title = "Audit trail";
        lead = "What people did to accounts and what was refused to them, newest first. Nobody can change it here; rows go by \
                themselves when their time is over.";
        event = "Event";
        outcome = "Outcome";
        success = "done";
        failure = "refused";
        actor = "Done by account";
        subject = "Done to account";
        number_hint = "Its number.";
        ip = "Address";
        request_id = "Request";
        since = "From (UTC)";
        until = "Before (UTC)";
        caption = "Events";
        when = "When (UTC)";
        by = "By";
        to = "To";
        detail = "Detail";
        nobody = "nobody known";
        empty = "Nothing fits. Widen the time, or clear the filter.";
        account: fn(i64) -> String = |id| format!("account {id}");
        bad_event = "There is no such event.";
        bad_outcome = "There is no such outcome.";
        bad_number = "This is no account's number.";
        bad_ip = "This is no address of a machine, such as 203.0.113.9.";
        bad_request = "This is no request's id.";
        bad_moment = "This is no moment, such as 2026-01-31T12:00.";
    }
}
