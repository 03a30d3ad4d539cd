//! Who reaches whom.

use vestibule_persistence::roles::RoleChange;

use super::*;

const CLERK: &str = "users.read users.write roles.manage posts.write comments.write";

/// S65: nobody lays hands on somebody who may do more.
#[test]
fn an_account_that_may_do_more_is_out_of_reach() {
    let house = house();
    keep_role(&house, "clerk", CLERK);
    let (clerk, admin) = (house.make("carl", &["clerk"]), house.make("ada", &["admin"]));
    house.make("ben", &["admin"]);
    let caller = house.caller(clerk);
    let before = house.find(admin);
    for (n, (name, act)) in ACTS.into_iter().enumerate() {
        assert!(matches!(act(&house, &caller, admin), Err(AdministerError::BeyondCaller)), "{name}");
        assert_eq!(house.find(admin), before, "{name}");
        let editor = house.make(&format!("eve-{n}"), &["editor"]);
        assert!(matches!(act(&house, &caller, editor), Err(AdministerError::BeyondCaller)), "{name}");
        let member = house.make(&format!("nick-{n}"), &["member"]);
        act(&house, &caller, member).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    assert!(house.mails().iter().all(|mail| mail.user_id() != Some(admin)));
    let refused = told(&house, AuditEvent::PasswordResetForced);
    assert_eq!(refused.iter().filter(|(outcome, ..)| *outcome == AuditOutcome::Failure).count(), 2);
    assert!(refused.iter().any(|(outcome, actor, subject, detail)| {
        (*outcome, *actor, *subject) == (AuditOutcome::Failure, Some(clerk), Some(admin))
            && detail == "it may do more than the caller"
    }));
}

#[test]
fn an_account_that_is_not_there_is_missing() {
    let house = house();
    let caller = house.caller(house.make("ada", &["admin"]));
    for (name, act) in ACTS {
        let nobody = UserId::try_from(999).unwrap();
        assert!(matches!(act(&house, &caller, nobody), Err(AdministerError::Missing)), "{name}");
    }
}

/// A way to lose one's rights.
type Loss = fn(&House, UserId);

/// S22, S65: a request that began while its caller was still admin comes too late.
#[test]
fn whoever_lost_the_right_a_moment_ago_does_nothing_any_more() {
    let lose: [(&str, Loss); 3] = [
        ("demoted", demote),
        ("suspended", |house, id| {
            let suspend = |conn: &mut _| users::set_suspended(conn, at(1), id, true);
            house.accounts.database.write(suspend).unwrap();
        }),
        ("deleted", |house, id| {
            house.accounts.database.write(|conn| users::delete(conn, id)).unwrap();
        }),
    ];
    for (how, lose) in lose {
        let house = house();
        house.make("ben", &["admin"]);
        keep_role(&house, "guide", "posts.write");
        let (admin, member) = (house.make("ada", &["admin"]), house.make("nick", &["member"]));
        let caller = house.caller(admin);
        lose(&house, admin);
        let before = house.find(member);
        for (name, act) in ACTS {
            assert!(
                matches!(act(&house, &caller, member), Err(AdministerError::BeyondCaller)),
                "{how} {name}"
            );
        }
        assert_eq!(house.find(member), before, "{how}");
        let new = super::create::new("zoe", None);
        let others = [
            create_user(&house.accounts, at(1), &caller, &new, &client()).map(drop),
            create_role(&house.accounts, at(1), &caller, &own_role("pilot", ""), &client()),
            update_role(
                &house.accounts,
                at(1),
                &caller,
                &role("guide"),
                &RoleChange::default(),
                None,
                &client(),
            )
            .map(drop),
            delete_role(&house.accounts, at(1), &caller, &role("guide"), &client()),
        ];
        assert!(
            others.iter().all(|done| matches!(done, Err(AdministerError::BeyondCaller))),
            "{how} {others:?}"
        );
        assert!(house.mails().is_empty(), "{how}");
    }
}

/// Each thing needs its own right: whoever may change accounts may not hand out rights by that.
#[test]
fn looking_after_accounts_is_not_giving_roles() {
    let house = house();
    keep_role(&house, "desk", "users.write posts.write comments.write");
    keep_role(&house, "registrar", "roles.manage posts.write comments.write");
    let [desk, registrar, nick] = [("dora", "desk"), ("rita", "registrar"), ("nick", "member")]
        .map(|(name, role)| house.make(name, &[role]));
    let (desk, registrar) = (house.caller(desk), house.caller(registrar));
    for (name, act) in ACTS {
        let is_roles = name == "set roles";
        let refused = act(&house, if is_roles { &desk } else { &registrar }, nick);
        assert!(matches!(refused, Err(AdministerError::BeyondCaller)), "{name}");
        let allowed = house.make(&format!("ned-{}", name.replace(' ', "-")), &["member"]);
        assert!(act(&house, if is_roles { &registrar } else { &desk }, allowed).is_ok(), "{name}");
    }
}

/// Nobody gives what they have not, to themselves least of all.
#[test]
fn a_role_that_allows_more_is_not_the_callers_to_give() {
    let house = house();
    keep_role(&house, "clerk", CLERK);
    keep_role(&house, "typist", "posts.write");
    let (clerk, nick) = (house.make("carl", &["clerk"]), house.make("nick", &["member"]));
    let caller = house.caller(clerk);
    let give = |to, names: &[&str]| {
        let names: Vec<_> = names.iter().map(|name| role(name)).collect();
        set_roles(&house.accounts, at(1), &caller, to, &names, None, &client())
    };
    for to in [clerk, nick] {
        for names in [&["admin"][..], &["editor"], &["clerk", "editor"]] {
            assert!(matches!(give(to, names), Err(AdministerError::BeyondCaller)), "{names:?}");
        }
        assert!(
            matches!(give(to, &["typist", "pilot"]), Err(AdministerError::UnknownRole(name)) if name == role("pilot"))
        );
    }
    let user = give(nick, &["typist", "clerk", "typist"]).unwrap();
    assert_eq!(user.roles, [role("clerk"), role("typist")]);
    let again = give(nick, &["clerk", "typist"]).unwrap();
    assert_eq!(again, user);
    assert_eq!(give(nick, &[]).unwrap().permissions, PermissionSet::default());
    let lines: Vec<_> = told(&house, AuditEvent::RolesChanged)
        .into_iter()
        .filter(|(outcome, ..)| *outcome == AuditOutcome::Success)
        .collect();
    let line = |words: &str| (AuditOutcome::Success, Some(clerk), Some(nick), words.to_owned());
    assert_eq!(lines, [line("clerk, typist -> no role"), line("member -> clerk, typist")]);
}

/// S22: a live session may do at once what its roles allow, and no more.
#[test]
fn other_roles_hold_for_live_sessions_at_once() {
    let house = house();
    let (admin, nick) = (house.make("ada", &["admin"]), house.make("nick", &["member"]));
    let (caller, pairs) = (house.caller(admin), signed_in(&house, nick));
    let allowed = || pairs.each_ref().map(|pair| house.who(1, pair).unwrap().user.permissions);
    assert_eq!(allowed(), [may("posts.write comments.write"); 2]);
    for (names, permissions) in [
        (vec![role("admin")], house.find(admin).unwrap().permissions),
        (vec![], PermissionSet::default()),
        (vec![role("member")], may("posts.write comments.write")),
    ] {
        set_roles(&house.accounts, at(1), &caller, nick, &names, None, &client()).unwrap();
        assert_eq!(allowed(), [permissions; 2], "{names:?}");
    }
}
