//! The words of the figures.

use super::words;

words! {
    /// The words.
    OverviewTexts {
        title = "Overview";
        accounts = "Accounts";
        suspended: fn(u64) -> String = |count| format!("{count} suspended");
        sessions = "Active sessions";
        sessions_hint = "Signed in just now";
        mails = "Mails waiting";
        dead: fn(u64) -> String = |count| format!("{count} given up");
        oldest = "The oldest since";
        messages = "New messages";
        messages_hint = "Waiting for an answer";
        span = "The last 30 days, in UTC.";
        sign_ups = "Sign-ups by day";
        sign_ups_about: fn(u64, u64) -> String = |sum, most| {
            format!("A bar for each of the last 30 days: {sum} accounts made in all, {most} on the busiest day.")
        };
        no_sign_ups = "Nobody has signed up in the last 30 days.";
        sign_ins = "Sign-ins by day";
        sign_ins_about: fn(u64, u64, u64) -> String = |good, bad, most| {
            format!(
                "Two bars for each of the last 30 days: {good} sign-ins that went well, {bad} that were refused, and no more than \
                 {most} of either on one day."
            )
        };
        no_sign_ins = "Nobody has tried to sign in in the last 30 days.";
        good = "went well";
        bad = "refused";
        legend = "What the bars say";
        numbers = "The same in numbers";
        day = "Day";
        new_accounts = "New accounts";
        good_sign_ins = "Sign-ins";
        bad_sign_ins = "Refused sign-ins";
        places = "What you look after";
    }
}
