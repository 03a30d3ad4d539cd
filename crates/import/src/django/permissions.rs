//! Which of Django's permissions come to which of ours.

use vestibule_domain::permission::Permission;

/// What `codename` on `model` comes to, if to anything. `users` is how the project calls its accounts, in small letters.
pub(super) fn ours(codename: &str, model: &str, users: &str) -> Option<Permission> {
    let (action, _) = codename.split_once('_')?;
    let model = if model == users { "user" } else { model };
    let is_change = matches!(action, "change" | "delete");
    match (action, model) {
        ("view", "user") => Some(Permission::UsersRead),
        ("add" | "change" | "delete", "user") => Some(Permission::UsersWrite),
        ("add" | "change" | "delete", "group") => Some(Permission::RolesManage),
        ("add", "post") => Some(Permission::PostsWrite),
        (_, "post") if is_change => Some(Permission::PostsModerate),
        ("add", "comment") => Some(Permission::CommentsWrite),
        (_, "comment") if is_change => Some(Permission::CommentsModerate),
        ("view" | "change", "contact") => Some(Permission::ContactRead),
        ("change", "state") => Some(Permission::StatesWrite),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_a_like_here_becomes_it_and_the_rest_nothing() {
        for (codename, model, permission) in [
            ("view_user", "user", Some(Permission::UsersRead)),
            ("delete_member", "member", Some(Permission::UsersWrite)),
            ("delete_group", "group", Some(Permission::RolesManage)),
            ("view_group", "group", None),
            ("add_post", "post", Some(Permission::PostsWrite)),
            ("delete_post", "post", Some(Permission::PostsModerate)),
            ("view_post", "post", None),
            ("change_comment", "comment", Some(Permission::CommentsModerate)),
            ("change_contact", "contact", Some(Permission::ContactRead)),
            ("delete_contact", "contact", None),
            ("change_state", "state", Some(Permission::StatesWrite)),
            ("publish_post", "post", None),
            ("add_logentry", "logentry", None),
            ("", "user", None),
        ] {
            assert_eq!(ours(codename, model, "member"), permission, "{codename} {model}");
        }
    }
}
