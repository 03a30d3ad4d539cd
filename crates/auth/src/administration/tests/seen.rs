//! Nobody overwrites what they have not seen.

use vestibule_domain::birth_date::BirthDate;
use vestibule_domain::user::User;
use vestibule_persistence::roles::{self, RoleChange};

use super::*;

fn find_role(house: &House, name: &str) -> Role {
    house.accounts.database.read(|conn| roles::find(conn, &role(name))).unwrap().unwrap()
}

fn described(text: &str) -> RoleChange {
    RoleChange { description: Some(text.parse().unwrap()), ..RoleChange::default() }
}

#[test]
fn of_two_who_saw_the_same_role_one_changes_it() {
    let house = house();
    keep_role(&house, "guide", "posts.write");
    let caller = house.caller(house.make("ada", &["admin"]));
    let update = |seen, text: &str| {
        update_role(&house.accounts, at(1), &caller, &role("guide"), &described(text), seen, &client())
    };
    let seen = Seen::role(&find_role(&house, "guide"));
    let first = update(Some(seen), "Leads").unwrap();
    assert!(matches!(update(Some(seen), "Follows"), Err(AdministerError::Stale)));
    // What was sent twice is there, and nobody was overtaken.
    assert_eq!(update(Some(seen), "Leads").unwrap(), first);
    assert_eq!(find_role(&house, "guide"), first);
    assert_eq!(told(&house, AuditEvent::RoleUpdated).len(), 1);
    assert_eq!(update(Some(Seen::role(&first)), "Follows").unwrap().description.as_str(), "Follows");
    assert_eq!(update(None, "Waits").unwrap().description.as_str(), "Waits");
}

#[test]
fn of_two_who_saw_the_same_roles_of_somebody_one_changes_them() {
    let house = house();
    let (admin, nick) = (house.make("ada", &["admin"]), house.make("nick", &["member"]));
    let caller = house.caller(admin);
    let give = |seen, names: &[&str]| {
        let names: Vec<_> = names.iter().map(|name| role(name)).collect();
        set_roles(&house.accounts, at(1), &caller, nick, &names, seen, &client())
    };
    let seen = Seen::roles_of(&house.find(nick).unwrap());
    let first = give(Some(seen), &["editor", "member"]).unwrap();
    assert!(matches!(give(Some(seen), &["member"]), Err(AdministerError::Stale)));
    assert_eq!(house.find(nick).unwrap().roles, [role("editor"), role("member")]);
    assert_eq!(told(&house, AuditEvent::RolesChanged).len(), 1);
    // What else becomes of the account is another matter.
    let change = AccountChange { user: nicknamed("Nick"), is_active: None };
    update_user(&house.accounts, at(1), &caller, nick, &change, None, &client()).unwrap();
    assert!(give(Some(Seen::roles_of(&first)), &[]).unwrap().roles.is_empty());
    assert_eq!(give(None, &["editor"]).unwrap().roles, [role("editor")]);
}

#[test]
fn of_two_who_saw_the_same_account_one_changes_it() {
    let house = house();
    let (admin, nick) = (house.make("ada", &["admin"]), house.make("nick", &["member"]));
    let caller = house.caller(admin);
    let update = |seen, nickname: &str| {
        let change = AccountChange { user: nicknamed(nickname), is_active: None };
        update_user(&house.accounts, at(1), &caller, nick, &change, seen, &client())
    };
    let seen = Seen::account(&house.find(nick).unwrap());
    let first = update(Some(seen), "Nick").unwrap();
    assert!(matches!(update(Some(seen), "Nicky"), Err(AdministerError::Stale)));
    assert_eq!(house.find(nick).unwrap(), first);
    assert_eq!(told(&house, AuditEvent::Updated).len(), 1);
    // What the form does not show is not overwritten by it.
    suspend_user(&house.accounts, at(1), &caller, nick, &client()).unwrap();
    set_roles(&house.accounts, at(1), &caller, nick, &[], None, &client()).unwrap();
    update(Some(Seen::account(&first)), "Nicky").unwrap();
    update(None, "Nico").unwrap();
}

/// S65: and whoever may not change a thing does not learn whether it changed.
#[test]
fn what_is_beyond_the_caller_is_refused_as_such() {
    let house = house();
    keep_role(&house, "registrar", "roles.manage users.write");
    keep_role(&house, "auditor", "audit.read");
    let (admin, rita) = (house.make("ada", &["admin"]), house.make("rita", &["registrar"]));
    let (accounts, caller) = (&house.accounts, house.caller(rita));
    let old = Some(Seen::role(&own_role("auditor", "")));
    let change = AccountChange { user: nicknamed("Nick"), is_active: None };
    let beyond = [
        update_role(accounts, at(1), &caller, &role("auditor"), &described("x"), old, &client()).map(drop),
        update_role(accounts, at(1), &caller, &role("member"), &described("x"), old, &client()).map(drop),
        set_roles(accounts, at(1), &caller, admin, &[], old, &client()).map(drop),
        update_user(accounts, at(1), &caller, admin, &change, old, &client()).map(drop),
    ];
    assert!(beyond.iter().all(|done| !matches!(done, Ok(()) | Err(AdministerError::Stale))), "{beyond:?}");
}

#[test]
fn every_difference_that_can_be_typed_is_seen() {
    let house = house();
    let nick = house.find(house.make("nick", &["member"])).unwrap();
    let changed = |change: fn(&mut User)| {
        let mut user = nick.clone();
        change(&mut user);
        Seen::account(&user)
    };
    let accounts = [
        Seen::account(&nick),
        changed(|user| user.username = None),
        changed(|user| user.email = None),
        changed(|user| user.full_name = "Nick".parse().ok()),
        changed(|user| user.profile.nickname = "Nick".parse().ok()),
        changed(|user| user.profile.phone = "+919876543210".parse().ok()),
        changed(|user| user.profile.dob = BirthDate::parse("1990-01-31", at(0)).ok()),
        changed(|user| user.profile.metadata = "{\"a\":1}".parse().unwrap()),
    ];
    let described = |text: &str| Role { description: text.parse().unwrap(), ..own_role("guide", "") };
    let roles =
        [own_role("guide", ""), own_role("guides", ""), own_role("guide", "posts.write"), described("s")];
    let held = |names: &[&str]| {
        Seen::roles_of(&User { roles: names.iter().map(|name| role(name)).collect(), ..nick.clone() })
    };
    let held = [held(&[]), held(&["a"]), held(&["b"]), held(&["ab"]), held(&["a", "b"])];
    for all in [&accounts[..], &roles.each_ref().map(Seen::role), &held] {
        for (n, one) in all.iter().enumerate() {
            assert!(all[..n].iter().all(|other| other != one), "{n}: {all:?}");
            assert_eq!(one.to_string().parse(), Ok(*one));
        }
    }
    for text in
        ["", "0", "no digest at all", &"0".repeat(31), &"0".repeat(34), &"A".repeat(32), &"é".repeat(16)]
    {
        assert_eq!(text.parse::<Seen>(), Err(SeenError), "{text:?}");
    }
}
