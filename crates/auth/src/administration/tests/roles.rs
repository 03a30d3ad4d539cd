//! Roles of the installation's own.

use vestibule_persistence::roles::RoleChange;

use super::*;

fn change(permissions: &str) -> RoleChange {
    RoleChange { permissions: Some(may(permissions)), ..RoleChange::default() }
}

fn line(by: UserId, words: &str) -> (AuditOutcome, Option<UserId>, Option<UserId>, String) {
    (AuditOutcome::Success, Some(by), None, words.to_owned())
}

/// S22: whoever holds a role may do at the next request what it then allows.
#[test]
fn a_role_is_made_changed_and_deleted() {
    let house = house();
    let admin = house.make("ada", &["admin"]);
    let caller = house.caller(admin);
    let builtin_in_name_only = Role { is_built_in: true, ..own_role("guide", "posts.write") };
    create_role(&house.accounts, at(1), &caller, &builtin_in_name_only, &client()).unwrap();
    let nick = house.make("nick", &["guide"]);
    let pairs = signed_in(&house, nick);
    let allowed = || pairs.each_ref().map(|pair| house.who(1, pair).unwrap().user.permissions.to_string());
    assert_eq!(allowed(), ["posts.write"; 2]);

    let update = |name: &str, change: &RoleChange| {
        update_role(&house.accounts, at(1), &caller, &role(name), change, None, &client())
    };
    assert_eq!(update("guide", &change("states.write")).unwrap(), own_role("guide", "states.write"));
    assert_eq!(allowed(), ["states.write"; 2]);
    let renamed = RoleChange {
        name: Some(role("scout")),
        description: Some("Walks ahead".parse().unwrap()),
        ..change("")
    };
    let scout = update("guide", &renamed).unwrap();
    assert_eq!((scout.name, scout.description.as_str()), (role("scout"), "Walks ahead"));
    assert_eq!(house.find(nick).unwrap().roles, [role("scout")]);
    assert_eq!(allowed(), [""; 2]);
    // What changes nothing is not told.
    update("scout", &RoleChange { name: Some(role("scout")), ..change("") }).unwrap();
    assert!(matches!(update("guide", &change("")), Err(AdministerError::Missing)));

    update("scout", &change("states.write")).unwrap();
    delete_role(&house.accounts, at(1), &caller, &role("scout"), &client()).unwrap();
    assert_eq!(allowed(), [""; 2]);
    assert!(house.find(nick).unwrap().roles.is_empty());
    let again = delete_role(&house.accounts, at(1), &caller, &role("scout"), &client());
    assert!(matches!(again, Err(AdministerError::Missing)));

    assert_eq!(told(&house, AuditEvent::RoleCreated), [line(admin, "guide: posts.write")]);
    assert_eq!(
        told(&house, AuditEvent::RoleUpdated),
        [
            line(admin, "scout: nothing -> states.write"),
            line(admin, "guide: now scout; description; states.write -> nothing"),
            line(admin, "guide: posts.write -> states.write"),
        ]
    );
    assert_eq!(told(&house, AuditEvent::RoleDeleted), [line(admin, "scout")]);
}

/// S65: the roles that came with the program stay as they are, and with them what `admin` means.
#[test]
fn what_came_with_the_program_stays() {
    let house = house();
    let caller = house.caller(house.make("ada", &["admin"]));
    for name in ["admin", "editor", "member"] {
        let name = role(name);
        let updated = update_role(&house.accounts, at(1), &caller, &name, &change(""), None, &client());
        assert!(matches!(updated, Err(AdministerError::BuiltInRole)), "{name}");
        let deleted = delete_role(&house.accounts, at(1), &caller, &name, &client());
        assert!(matches!(deleted, Err(AdministerError::BuiltInRole)), "{name}");
        let again = create_role(&house.accounts, at(1), &caller, &own_role(name.as_str(), ""), &client());
        assert!(matches!(again, Err(AdministerError::RoleTaken)), "{name}");
    }
    keep_role(&house, "guide", "");
    let renamed = RoleChange { name: Some(role("admin")), ..RoleChange::default() };
    let renamed = update_role(&house.accounts, at(1), &caller, &role("guide"), &renamed, None, &client());
    assert!(matches!(renamed, Err(AdministerError::RoleTaken)));
}

/// Nobody makes a role that allows more than they may, has one allow more, or touches one that does.
#[test]
fn a_role_beyond_the_caller_is_not_theirs_to_make_or_change() {
    let house = house();
    keep_role(&house, "registrar", "roles.manage posts.write");
    keep_role(&house, "auditor", "audit.read");
    keep_role(&house, "guide", "posts.write");
    let rita = house.make("rita", &["registrar"]);
    let caller = house.caller(rita);
    let beyond = [
        create_role(&house.accounts, at(1), &caller, &own_role("pilot", "posts.write audit.read"), &client()),
        update_role(&house.accounts, at(1), &caller, &role("guide"), &change("users.write"), None, &client())
            .map(drop),
        update_role(&house.accounts, at(1), &caller, &role("auditor"), &change(""), None, &client())
            .map(drop),
        delete_role(&house.accounts, at(1), &caller, &role("auditor"), &client()),
    ];
    assert!(beyond.iter().all(|done| matches!(done, Err(AdministerError::BeyondCaller))), "{beyond:?}");
    let refused = (AuditOutcome::Failure, Some(rita), None, "it may do more than the caller".to_owned());
    assert_eq!(told(&house, AuditEvent::RoleDeleted), [refused]);
    create_role(&house.accounts, at(1), &caller, &own_role("pilot", "posts.write"), &client()).unwrap();
    update_role(&house.accounts, at(1), &caller, &role("pilot"), &change(""), None, &client()).unwrap();
    delete_role(&house.accounts, at(1), &caller, &role("pilot"), &client()).unwrap();
}
