//! Roles: made, changed, given and taken away.

use vestibule_domain::id::UserId;
use vestibule_domain::page::PageSize;
use vestibule_domain::password::PasswordHash;
use vestibule_domain::permission::{Permission, PermissionSet};
use vestibule_domain::role::{Role, RoleName};
use vestibule_persistence::roles::{self, RoleChange};
use vestibule_persistence::users::NewUser;
use vestibule_persistence::{Database, Key, PoolOptions, StoreError, installation, users};

use super::claims::in_parallel;
use super::{Store, later, now, somebody, store, store_with};
use crate::harness::Backend;

on_both!(
    a_role_comes_back_as_it_was_made,
    roles_are_listed_page_by_page,
    a_role_is_changed_in_the_fields_that_are_named,
    whoever_holds_a_role_follows_it_to_its_new_name,
    what_is_built_in_stays,
    nobody_holds_a_deleted_role,
    an_account_holds_the_roles_it_was_given_and_no_others,
    a_role_is_renamed_while_it_is_given_away,
    of_two_admins_that_are_taken_away_at_once_one_stays,
    a_suspended_admin_is_none,
);

async fn a_role_comes_back_as_it_was_made(backend: Backend) {
    let Store { database, test: _test } = store(backend);
    let guide = role("guide");
    assert!(make(&database, &guide));
    assert!(!make(&database, &guide), "there is one of that name");
    assert_eq!(find(&database, "guide"), Some(guide.clone()));
    assert_eq!(find(&database, "guid"), None);
    let names = [name("guide"), name("unheard-of"), name("member")];
    let there = database.read(|conn| roles::list_named(conn, &names)).unwrap();
    assert_eq!(there.iter().map(|role| role.name.as_str()).collect::<Vec<_>>(), ["guide", "member"]);
    assert!(find(&database, "admin").is_some_and(|admin| admin.is_built_in));
}

async fn roles_are_listed_page_by_page(backend: Backend) {
    let Store { database, test: _test } = store(backend);
    for n in 0..9 {
        make(&database, &role(&format!("role{n}")));
    }
    let size = PageSize::try_from(5).unwrap();
    let (mut met, mut after) = (Vec::new(), None);
    loop {
        let page = database.read(|conn| roles::list(conn, after.as_ref(), size)).unwrap();
        assert_eq!(page.total.get(), 12);
        met.extend(page.entries.into_iter().map(|role| role.name));
        after = met.last().cloned();
        if !page.has_more {
            break;
        }
    }
    assert_eq!(met.len(), 12);
    assert!(met.is_sorted_by(|one, next| one < next), "{met:?}");
}

async fn a_role_is_changed_in_the_fields_that_are_named(backend: Backend) {
    let Store { database, test: _test } = store(backend);
    make(&database, &role("guide"));
    let description = Some("Shows people around".parse().unwrap());
    set(&database, "guide", &RoleChange { description, ..RoleChange::default() }).unwrap();
    let permissions = Some(PermissionSet::default().with(Permission::AuditRead));
    set(&database, "guide", &RoleChange { permissions, ..RoleChange::default() }).unwrap();
    set(&database, "guide", &RoleChange::default()).unwrap();
    let guide = find(&database, "guide").unwrap();
    assert_eq!(guide.description.as_str(), "Shows people around");
    assert_eq!(guide.permissions, PermissionSet::default().with(Permission::AuditRead));
    let refused = set(&database, "unheard-of", &RoleChange::default());
    assert!(matches!(refused, Err(StoreError::Missing)), "{refused:?}");
}

async fn whoever_holds_a_role_follows_it_to_its_new_name(backend: Backend) {
    let Store { database, test: _test } = store(backend);
    make(&database, &role("guide"));
    let alice = account(&database, "alice", &["guide", "member"]);
    let renamed = RoleChange { name: Some(name("scout")), ..RoleChange::default() };
    set(&database, "guide", &renamed).unwrap();
    assert_eq!(held(&database, alice), ["member", "scout"]);
    assert_eq!((find(&database, "guide"), find(&database, "scout")), (None, Some(role("scout"))));
    set(&database, "scout", &renamed).unwrap();
    let taken = RoleChange { name: Some(name("member")), ..RoleChange::default() };
    let refused = set(&database, "scout", &taken);
    assert!(matches!(refused, Err(StoreError::Taken(Key::Other))), "{refused:?}");
    assert_eq!(held(&database, alice), ["member", "scout"]);
}

async fn what_is_built_in_stays(backend: Backend) {
    let Store { database, test: _test } = store(backend);
    let before = find(&database, "editor");
    let change = RoleChange {
        name: Some(name("author")),
        permissions: Some(PermissionSet::default()),
        description: None,
    };
    let refused = set(&database, "editor", &change);
    assert!(matches!(refused, Err(StoreError::Missing)), "{refused:?}");
    assert!(!database.write(|conn| roles::delete(conn, &name("editor"))).unwrap());
    assert_eq!(find(&database, "editor"), before);
}

async fn nobody_holds_a_deleted_role(backend: Backend) {
    let Store { database, test: _test } = store(backend);
    make(&database, &role("guide"));
    let alice = account(&database, "alice", &["guide", "member"]);
    let delete = || database.write(|conn| roles::delete(conn, &name("guide"))).unwrap();
    assert_eq!((delete(), delete()), (true, false));
    assert_eq!(held(&database, alice), ["member"]);
}

async fn an_account_holds_the_roles_it_was_given_and_no_others(backend: Backend) {
    let Store { database, test: _test } = store(backend);
    let alice = account(&database, "alice", &["member"]);
    for given in [&["admin", "editor"][..], &["editor", "member", "editor"], &[], &["member"]] {
        give(&database, alice, given).unwrap();
        let mut wanted: Vec<_> = given.to_vec();
        wanted.sort_unstable();
        wanted.dedup();
        assert_eq!(held(&database, alice), wanted);
    }
    let refused = give(&database, alice, &["editor", "unheard-of"]);
    assert!(matches!(refused, Err(StoreError::Missing)), "{refused:?}");
    assert_eq!(held(&database, alice), ["member"], "nothing of it was kept");
    let nobody = UserId::try_from(4711).unwrap();
    assert!(matches!(give(&database, nobody, &["member"]), Err(StoreError::Missing)));
}

/// Whoever is given a role while it changes its name holds it afterwards by the new one, or is told that it is gone.
async fn a_role_is_renamed_while_it_is_given_away(backend: Backend) {
    let Store { database, test: _test } = crowd(backend);
    let people: Vec<_> = (0..3).map(|n| account(&database, &format!("person{n}"), &["member"])).collect();
    for round in 0..12 {
        let (old, new) = (format!("old{round}"), format!("new{round}"));
        make(&database, &role(&old));
        let outcomes = in_parallel(4, |n| match n {
            0 => set(&database, &old, &RoleChange { name: Some(name(&new)), ..RoleChange::default() }),
            n => give(&database, people[n - 1], &["member", &old]),
        });
        outcomes[0].as_ref().unwrap();
        for (person, outcome) in people.iter().zip(&outcomes[1..]) {
            let held = held(&database, *person);
            match outcome {
                Ok(()) => assert_eq!(held, ["member", &new]),
                Err(refused) => {
                    assert!(matches!(refused, StoreError::Missing), "{refused:?}");
                    assert!(!held.contains(&new), "{held:?}");
                }
            }
        }
    }
}

/// S65: of two requests at once, each of which would leave the other admin.
async fn of_two_admins_that_are_taken_away_at_once_one_stays(backend: Backend) {
    let Store { database, test } = crowd(backend);
    for round in 0..12 {
        let admins = [0, 1].map(|n| account(&database, &format!("admin{round}-{n}"), &["admin"]));
        let outcomes = in_parallel(2, |n| {
            database.write(|conn| {
                installation::lock(conn)?;
                if !roles::has_other_admin(conn, admins[n])? {
                    return Err(StoreError::Missing);
                }
                if n == 0 {
                    roles::set_of_user(conn, admins[n], &[name("member")])
                } else {
                    users::set_suspended(conn, now(), admins[n], true)
                }
            })
        });
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
        test.sql("delete from users");
    }
}

async fn a_suspended_admin_is_none(backend: Backend) {
    let Store { database, test: _test } = store(backend);
    let [alice, bob] = ["alice", "bob"].map(|who| account(&database, who, &["admin"]));
    account(&database, "carol", &["editor", "member"]);
    let has_other = |id| database.read(|conn| roles::has_other_admin(conn, id)).unwrap();
    assert_eq!([has_other(alice), has_other(bob)], [true, true]);
    database.write(|conn| users::set_suspended(conn, now(), bob, true)).unwrap();
    assert_eq!([has_other(alice), has_other(bob)], [false, true]);
    // Whatever a clock says: the node that suspended him may have one that is ahead.
    database.write(|conn| users::set_suspended(conn, later(2), bob, true)).unwrap();
    assert!(!has_other(alice), "suspended");
    database.write(|conn| users::set_suspended(conn, now(), bob, false)).unwrap();
    assert!(has_other(alice));
    database.write(|conn| users::set_password_hash(conn, bob, &PasswordHash::unusable())).unwrap();
    assert!(!has_other(alice), "bob cannot sign in");
}

fn crowd(backend: Backend) -> Store {
    store_with(backend, PoolOptions { size: 4, ..PoolOptions::default() })
}

fn name(text: &str) -> RoleName {
    text.parse().unwrap()
}

fn role(text: &str) -> Role {
    Role {
        name: name(text),
        description: "Knows the way".parse().unwrap(),
        permissions: PermissionSet::default().with(Permission::UsersRead).with(Permission::PostsWrite),
        is_built_in: false,
    }
}

fn make(database: &Database, role: &Role) -> bool {
    database.write(|conn| roles::insert(conn, role)).unwrap()
}

fn find(database: &Database, text: &str) -> Option<Role> {
    database.read(|conn| roles::find(conn, &name(text))).unwrap()
}

fn set(database: &Database, text: &str, change: &RoleChange) -> Result<(), StoreError> {
    database.write(|conn| roles::set(conn, &name(text), change))
}

fn give(database: &Database, user_id: UserId, names: &[&str]) -> Result<(), StoreError> {
    let names: Vec<_> = names.iter().map(|text| name(text)).collect();
    database.write(|conn| roles::set_of_user(conn, user_id, &names))
}

fn account(database: &Database, who: &str, names: &[&str]) -> UserId {
    let password_hash = PasswordHash::try_from("$argon2id$somebodys".to_owned()).unwrap();
    let new = NewUser { password_hash, ..somebody(who) };
    let id = database.write(|conn| users::insert(conn, now(), &new)).unwrap();
    give(database, id, names).unwrap();
    id
}

fn held(database: &Database, user_id: UserId) -> Vec<String> {
    let (names, _) = database.read(|conn| roles::list_of_user(conn, user_id)).unwrap();
    names.iter().map(ToString::to_string).collect()
}
