//! The dashboard's navigation, and what stands on several of its pages.

use super::words;

words! {
    /// The words.
    MenuTexts {
        name = "Dashboard";
        overview = "Overview";
        users = "Users";
        roles = "Roles";
        posts = "Posts";
        comments = "Comments";
        messages = "Inbox";
        states = "State guides";
        trail = "Audit trail";
        mails = "Mail queue";
        system = "System";
        pages = "Pages of the list";
        first_page = "First page";
        next_page = "Next page";
        filter = "Filter";
        clear = "Clear the filter";
        page_size = "Rows a page";
        any = "Any";
        none = "none";
        tick: fn(&str) -> String = |what| format!("Tick {what}");
        total: fn(u64, bool) -> String = |count, is_exact| match (count, is_exact) {
            (1, true) => "1 in all".to_owned(),
            (count, true) => format!("{count} in all"),
            (count, false) => format!("more than {count} in all"),
        };
        bad_place = "This page of the list cannot be found any more. Begin with the first page.";
    }
}
