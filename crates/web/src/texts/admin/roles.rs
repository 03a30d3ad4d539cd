//! The words of the pages for roles.

use vestibule_domain::permission::Permission;

use super::words;

words! {
    /// The words.
    RolesTexts {
        title = "Roles";
        lead = "A role is a set of permissions. People hold any number of roles, and may do what any of them allows.";
        create = "Add a role";
        caption = "Roles";
        name = "Name";
        description = "What it is for";
        permissions = "Permissions";
        built_in = "built in";
        own = "added here";
        kind = "Kind";
        what_to_do = "Actions";
        nothing = "nothing";
        edit = "Edit";
        edit_label: fn(&str) -> String = |name| format!("Edit the role {name}");
        delete = "Delete";
        delete_label: fn(&str) -> String = |name| format!("Delete the role {name}");
        holders_label: fn(&str) -> String = |name| format!("Who holds it: {name}");
        holders = "Who holds it";
        explained = "What each permission allows";
        create_title = "Add a role";
        edit_title: fn(&str) -> String = |name| format!("Edit the role {name}");
        name_hint = "1 to 64 lower-case letters, digits, dashes and underscores, beginning with a letter.";
        description_hint = "One line, at most 200 characters.";
        permissions_hint = "Only what you may do yourself can be given.";
        holds_at_once = "What you change holds for everybody who has the role, from their next click on.";
        delete_question = "Delete this role?";
        delete_about = "Nobody holds it any more: people lose what only this role allowed them, from their next click on.";
        delete_button = "Delete the role";
        deleted_done = "Deleted";
        changed_meanwhile = "Somebody changed this role while you looked at it. The form holds what you typed and ticked; compare it with \
                             the role as it is now, and save once more if you still want to.";
        as_it_is = "The role as it is now";
        bad_name = "This must be 1 to 64 lower-case letters, digits, dashes and underscores, and begin with a letter.";
        explain: fn(Permission) -> &'static str = explain;
    }
}

fn explain(permission: Permission) -> &'static str {
    match permission {
        Permission::UsersRead => "See every account and the figures.",
        Permission::UsersWrite => "Add, change, suspend and delete accounts.",
        Permission::RolesManage => "Make roles, give them to people, and see how the system is set up.",
        Permission::AuditRead => "Read the audit trail.",
        Permission::MailManage => "See the mail queue and retry what failed.",
        Permission::PostsWrite => "Write posts of one's own.",
        Permission::PostsModerate => "Change and remove other people's published posts.",
        Permission::CommentsWrite => "Write comments of one's own.",
        Permission::CommentsModerate => "Change and remove other people's comments.",
        Permission::ContactRead => "Read and handle what comes through the contact form.",
        Permission::StatesWrite => "Edit the state guides.",
        Permission::TokensIntrospect => "Ask about other people's tokens: for programs.",
    }
}
