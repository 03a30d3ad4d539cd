//! Accounts made for others.

use vestibule_domain::mail::MailOrder;
use vestibule_domain::sign_in_name::SignInName;
use vestibule_domain::token::TokenGrant;
use vestibule_domain::username::Username;
use vestibule_persistence::{credentials, installation};

use super::*;
use crate::hasher::Scratch;
use crate::sign_in::{SignInError, sign_in};

pub(super) fn new(name: &str, roles: Option<&[&str]>) -> NewAccount {
    NewAccount {
        username: Some(Username::choose(name).unwrap()),
        email: format!("{name}@example.org").parse().unwrap(),
        full_name: Some("Zoe Example".parse().unwrap()),
        roles: roles.map(|names| names.iter().map(|name| role(name)).collect()),
    }
}

/// S65: whoever makes an account never knows its password, and its owner chooses one by the link.
#[test]
fn an_account_is_opened_by_its_link_alone() {
    let house = house();
    let admin = house.make("ada", &["admin"]);
    let caller = house.caller(admin);
    let made = create_user(&house.accounts, at(1), &caller, &new("zoe", None), &client()).unwrap();
    assert_eq!((&made.roles[..], made.email_verified_at), (&[role("member")][..], None));
    assert!(made.is_active() && made.full_name.is_some());
    assert_eq!(house.mails(), [MailOrder::ChooseFirstPassword { user_id: made.id }]);
    assert_eq!(
        told(&house, AuditEvent::Created),
        [(AuditOutcome::Success, Some(admin), Some(made.id), "member".to_owned())]
    );
    let stored = house.accounts.database.read(|conn| credentials::find(conn, made.id)).unwrap().unwrap();
    assert_eq!(stored.password_hash.as_str(), "!");

    let (name, chosen) =
        (SignInName::of("zoe"), Password::new("marble kites 77 over the bay".to_owned()).unwrap());
    let grant = TokenGrant::Pair(TokenFormat::Opaque);
    let come_in = |password: &Password| {
        let mut scratch = Scratch::default();
        sign_in(&house.accounts, at(2), &RANDOM, &mut scratch, &name, password, grant, &client())
    };
    for guess in ["!", "zoe", "marble kites 77 over the bay"] {
        let guess = Password::new(guess.to_owned()).unwrap();
        assert!(matches!(come_in(&guess), Err(SignInError::InvalidCredentials)));
    }
    let link = mailed(&house, made.id, MailPurpose::ResetPassword).parse().unwrap();
    let mut scratch = Scratch::default();
    reset_password::reset_password(&house.accounts, at(2), &RANDOM, &mut scratch, link, &chosen, &client())
        .unwrap();
    assert_eq!(come_in(&chosen).unwrap().user.email_verified_at, Some(at(2)));
}

#[test]
fn an_account_gets_the_roles_it_is_to_have() {
    let house = house();
    let caller = house.caller(house.make("ada", &["admin"]));
    let make =
        |name: &str, roles| create_user(&house.accounts, at(1), &caller, &new(name, Some(roles)), &client());
    assert_eq!(make("zoe", &["member", "editor", "member"]).unwrap().roles, [role("editor"), role("member")]);
    assert!(make("yan", &["admin"]).unwrap().is_admin());
    assert!(make("xia", &[]).unwrap().roles.is_empty());
    assert!(
        matches!(make("wim", &["member", "pilot"]), Err(AdministerError::UnknownRole(name)) if name == role("pilot"))
    );
    let details: Vec<_> = told(&house, AuditEvent::Created).into_iter().map(|line| line.3).collect();
    assert_eq!(details, ["no role", "admin", "editor, member"]);
    assert_eq!(house.mails().len(), 3);
}

/// What everybody begins as is no gift; anything else is given by those who give roles, and within their own.
#[test]
fn whoever_may_only_make_accounts_makes_members() {
    let house = house();
    keep_role(&house, "desk", "users.write");
    keep_role(&house, "head", "users.write roles.manage");
    let [desk, head] =
        [("dora", "desk"), ("hugo", "head")].map(|(name, role)| house.caller(house.make(name, &[role])));
    let make = |by: &Caller, name: &str, roles| {
        create_user(&house.accounts, at(1), by, &new(name, roles), &client())
    };
    assert!(make(&desk, "zoe", None).is_ok() && make(&desk, "yan", Some(&["member"])).is_ok());
    for roles in [&["desk"][..], &["member", "desk"], &[], &["admin"]] {
        assert!(matches!(make(&desk, "xia", Some(roles)), Err(AdministerError::BeyondCaller)), "{roles:?}");
    }
    assert!(make(&head, "wim", Some(&["head", "desk"])).is_ok());
    for roles in [&["editor"][..], &["admin"]] {
        assert!(matches!(make(&head, "xia", Some(roles)), Err(AdministerError::BeyondCaller)), "{roles:?}");
    }
}

#[test]
fn a_taken_name_or_address_makes_no_account() {
    let house = house();
    let caller = house.caller(house.make("ada", &["admin"]));
    let make = |new: &NewAccount| create_user(&house.accounts, at(1), &caller, new, &client());
    let named_so = NewAccount { email: "zoe@example.org".parse().unwrap(), ..new("alice", None) };
    assert!(matches!(make(&named_so), Err(AdministerError::UsernameTaken)));
    let addressed_so = NewAccount { email: "ALICE@example.org".parse().unwrap(), ..new("zoe", None) };
    assert!(matches!(make(&addressed_so), Err(AdministerError::EmailTaken)));
    assert!(house.mails().is_empty() && told(&house, AuditEvent::Created).is_empty());
    let nameless = NewAccount { username: None, ..new("zoe", None) };
    assert_eq!(make(&nameless).unwrap().username, None);
}

/// Whoever registers afterwards is not the first.
#[test]
fn an_account_made_for_somebody_counts_as_the_first() {
    let house = house();
    let caller = house.caller(house.make("ada", &["admin"]));
    let is_untouched = || house.accounts.database.read(installation::is_untouched).unwrap();
    assert!(is_untouched());
    create_user(&house.accounts, at(1), &caller, &new("zoe", None), &client()).unwrap();
    assert!(!is_untouched());
}
