//! The words of the pages for accounts.

use super::words;

words! {
    /// The words.
    UsersTexts {
        title = "Users";
        create = "Add a user";
        find = "Find users";
        search = "Search";
        search_hint = "A part of a username, an address or a name.";
        role = "Role";
        state = "State";
        active = "Active";
        suspended = "Suspended";
        sort = "Sort by";
        sorts: [(&'static str, &'static str); 10] = [
            ("-id", "Newest account"),
            ("id", "Oldest account"),
            ("username", "Username, A to Z"),
            ("-username", "Username, Z to A"),
            ("email", "E-mail, A to Z"),
            ("-email", "E-mail, Z to A"),
            ("-last_login_at", "Last sign-in, latest first"),
            ("last_login_at", "Last sign-in, earliest first"),
            ("-created_at", "Date added, latest first"),
            ("created_at", "Date added, earliest first"),
        ];
        caption = "Accounts";
        name = "Name";
        email = "E-mail";
        roles = "Roles";
        last_login = "Last sign-in";
        never = "never";
        created = "Added";
        empty = "No account fits. Try a shorter search, or clear the filter.";
        with_ticked = "With those ticked";
        suspend = "Suspend";
        restore = "Restore";
        reset = "Have them choose a new password";
        end_sessions = "End all sessions";
        delete = "Delete";
        facts = "The account";
        number = "Number";
        username = "Username";
        full_name = "Full name";
        nickname = "Nickname";
        phone = "Telephone";
        dob = "Date of birth";
        metadata = "Metadata";
        metadata_hint = "A JSON object of at most 16 KiB; empty means an empty one.";
        verified = "confirmed";
        unverified = "not confirmed";
        suspended_since = "Suspended since";
        updated = "Changed";
        profile_updated = "Profile changed";
        permissions = "May do";
        edit = "Edit";
        edit_title: fn(&str) -> String = |name| format!("Edit {name}");
        edit_roles = "Change roles";
        roles_title: fn(&str) -> String = |name| format!("Roles of {name}");
        roles_hint = "They hold from this person's next click on. Whatever is not ticked is taken away.";
        actions = "What can be done";
        sessions = "Sessions";
        sessions_caption = "Where this person is signed in";
        no_sessions = "Not signed in anywhere.";
        since = "Signed in";
        last_seen = "Last seen";
        ip = "Address";
        browser = "Browser";
        unknown = "unknown";
        trail_of = "What was done to this account";
        trail_by = "What this person did";
        create_title = "Add a user";
        create_lead = "They get a mail with a link to choose a password. Nobody else ever sees or sets one.";
        create_button = "Add and send the link";
        username_hint = "3 to 64 letters, digits, dots, dashes and underscores.";
        email_hint = "A new address ends every session of the account, has to be confirmed anew, and the old one is told.";
        changed_meanwhile = "Somebody changed this account while you looked at it. The fields hold what you typed; compare them \
                             with the account as it is now, and save once more if you still want to.";
        as_it_is = "The account as it is now";
        roles_changed_meanwhile = "Somebody gave this account other roles while you looked at it. The boxes are ticked as you ticked them; \
                                   compare them with the roles it holds now, and save once more if you still want to.";
        roles_as_they_are = "The roles as they are now";
        suspend_question = "Suspend these accounts?";
        suspend_about = "Every session ends at once, and links that were mailed are void. You can restore them later.";
        restore_question = "Restore these accounts?";
        restore_about = "They may sign in again.";
        reset_question = "Have these people choose a new password?";
        reset_about = "The old password opens nothing any more, every session ends, and a mail brings a link to choose another.";
        end_question = "End all sessions of these people?";
        end_about = "They are signed out everywhere, and may sign in again with their password.";
        delete_question = "Delete these accounts for good?";
        delete_about = "All that is personal goes with them, drafts too. Published posts and comments stay, by nobody. This cannot be \
                        taken back.";
        suspended_done = "Suspended";
        restored_done = "Restored";
        reset_done = "Have to choose a new password";
        ended_done = "Signed out everywhere";
        deleted_done = "Deleted";
    }
}
