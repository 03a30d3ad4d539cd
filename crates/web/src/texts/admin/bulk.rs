//! The words of the pages that ask before something is done, and say what came of it.

use super::words;

words! {
    /// The words.
    BulkTexts {
        these: fn(usize) -> String = |count| if count == 1 { "This one:".to_owned() } else { format!("These {count}:") };
        back = "Back, do nothing";
        outcome = "What was done";
        refused = "What was not done, and why";
        nothing_done = "Nothing was done.";
        number: fn(i64) -> String = |id| format!("number {id}");
    }
}
