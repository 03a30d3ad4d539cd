//! There is always somebody who can look after the installation.

use std::sync::Barrier;

use vestibule_persistence::credentials;
use vestibule_persistence::users::UserChange;

use super::*;
use crate::delete_account::{self, DeleteAccountError};

/// What takes an admin away.
const TAKING: [&str; 4] = ["deactivate", "set roles", "suspend", "delete"];

fn act(name: &str) -> Act {
    ACTS.into_iter().find(|(act, _)| *act == name).unwrap().1
}

fn leave(house: &House, caller: &Caller) -> Result<(), DeleteAccountError> {
    let id = caller.user.id;
    let checked = house.accounts.database.read(|conn| credentials::find(conn, id)).unwrap().unwrap();
    delete_account::finish(&house.accounts, at(1), caller, &checked, true, &client()).map(drop)
}

fn active_admins(house: &House, ids: &[UserId]) -> usize {
    let is_one = |id: &&UserId| house.find(**id).is_some_and(|user| user.is_admin() && user.is_active());
    ids.iter().filter(is_one).count()
}

/// S65: by whatever road.
#[test]
fn the_last_admin_stays() {
    for name in TAKING {
        let house = house();
        let (admin, other) = (house.make("ada", &["admin", "member"]), house.make("ben", &["admin"]));
        let caller = house.caller(admin);
        // One who may not sign in is none.
        suspend_user(&house.accounts, at(1), &caller, other, &client()).unwrap();
        assert!(matches!(act(name)(&house, &caller, admin), Err(AdministerError::LastAdmin)), "{name}");
        assert!(matches!(leave(&house, &caller), Err(DeleteAccountError::LastAdmin)), "{name}");
        assert_eq!(active_admins(&house, &[admin]), 1, "{name}");
        // The one who may not can be taken away all the same.
        act(name)(&house, &caller, other).unwrap();
        let third = house.make("cleo", &["admin"]);
        act(name)(&house, &caller, admin).unwrap();
        assert_eq!(active_admins(&house, &[admin, other, third]), 1, "{name}");
    }
}

/// S65, S22: whatever the clocks of the nodes say, and however long a request waited for its turn.
#[test]
fn who_was_suspended_by_a_clock_that_is_ahead_is_suspended() {
    let house = house();
    let (admin, other) = (house.make("ada", &["admin"]), house.make("ben", &["admin"]));
    let (caller, theirs) = (house.caller(admin), house.caller(other));
    suspend_user(&house.accounts, at(300), &caller, other, &client()).unwrap();
    assert!(matches!(act("suspend")(&house, &caller, admin), Err(AdministerError::LastAdmin)));
    assert!(matches!(act("restore")(&house, &theirs, other), Err(AdministerError::BeyondCaller)));
}

/// S65: an admin who was made a moment ago, or has to choose a new password, can look after nothing yet.
#[test]
fn an_admin_whom_only_a_link_lets_in_is_not_the_one_who_is_left() {
    let house = house();
    let (admin, other) = (house.make("ada", &["admin"]), house.make("ben", &["admin"]));
    let caller = house.caller(admin);
    act("force reset")(&house, &caller, other).unwrap();
    assert!(matches!(act("delete")(&house, &caller, admin), Err(AdministerError::LastAdmin)));
    let user = UserChange { email: Some(None), ..UserChange::default() };
    let change = AccountChange { user, is_active: None };
    let without_link = update_user(&house.accounts, at(1), &caller, other, &change, None, &client());
    assert!(matches!(without_link, Err(AdministerError::NoWayIn)));
}

/// S42: what asks for the password where people do it for themselves is not done here without.
#[test]
fn nobody_moves_or_resets_their_own_account_here() {
    let house = house();
    let (admin, _other) = (house.make("ada", &["admin"]), house.make("ben", &["admin"]));
    let caller = house.caller(admin);
    let user = UserChange { email: Some("new@example.org".parse().ok()), ..UserChange::default() };
    let change = AccountChange { user, is_active: None };
    let moved = update_user(&house.accounts, at(1), &caller, admin, &change, None, &client());
    assert!(matches!(moved, Err(AdministerError::OwnAccount)));
    assert!(matches!(act("force reset")(&house, &caller, admin), Err(AdministerError::OwnAccount)));
    act("update")(&house, &caller, admin).unwrap();
}

#[test]
fn that_the_last_admin_stays_is_told() {
    let house = house();
    let admin = house.make("ada", &["admin"]);
    let caller = house.caller(admin);
    assert!(leave(&house, &caller).is_err() && act("suspend")(&house, &caller, admin).is_err());
    for event in [AuditEvent::Deleted, AuditEvent::Suspended] {
        let line = (AuditOutcome::Failure, Some(admin), Some(admin), "it is the last admin".to_owned());
        assert_eq!(told(&house, event), [line], "{event}");
    }
}

/// An admin keeps the role while other roles come and go.
#[test]
fn the_last_admin_may_have_other_roles_besides() {
    let house = house();
    let admin = house.make("ada", &["admin"]);
    let give = |names: &[RoleName]| {
        set_roles(&house.accounts, at(1), &house.caller(admin), admin, names, None, &client())
    };
    assert_eq!(give(&[role("member"), role("admin")]).unwrap().roles.len(), 2);
    assert_eq!(give(&[role("admin")]).unwrap().roles, [role("admin")]);
    assert!(matches!(give(&[role("editor")]), Err(AdministerError::LastAdmin)));
}

/// S65: two who take each other away at the same moment leave exactly one.
#[test]
fn of_two_admins_who_take_each_other_away_at_once_one_stays() {
    for round in 0..3 {
        for name in TAKING {
            let house = house();
            let ids = ["ada", "ben"].map(|name| house.make(name, &["admin"]));
            let (callers, start) = (ids.map(|id| house.caller(id)), Barrier::new(2));
            let take = |by: usize| {
                start.wait();
                act(name)(&house, &callers[by], ids[1 - by])
            };
            let done = std::thread::scope(|scope| {
                [0, 1].map(|by| scope.spawn(move || take(by))).map(|thread| thread.join().unwrap())
            });
            assert_eq!(active_admins(&house, &ids), 1, "{name} {round} {done:?}");
            assert_eq!(done.iter().filter(|done| done.is_ok()).count(), 1, "{name} {round} {done:?}");
            let refused = done.iter().find_map(|done| done.as_ref().err());
            assert!(matches!(refused, Some(AdministerError::BeyondCaller)), "{name} {round} {done:?}");
        }
    }
}

/// S65
#[test]
fn of_two_admins_who_leave_at_once_one_stays() {
    for round in 0..3 {
        let house = house();
        let ids = ["ada", "ben"].map(|name| house.make(name, &["admin"]));
        let (callers, start) = (ids.map(|id| house.caller(id)), Barrier::new(2));
        let leave = |by: usize| {
            start.wait();
            leave(&house, &callers[by])
        };
        let done = std::thread::scope(|scope| {
            [0, 1].map(|by| scope.spawn(move || leave(by))).map(|thread| thread.join().unwrap())
        });
        assert_eq!(active_admins(&house, &ids), 1, "{round} {done:?}");
        let refused = done.iter().find_map(|done| done.as_ref().err());
        assert!(matches!(refused, Some(DeleteAccountError::LastAdmin)), "{round} {done:?}");
    }
}
