//! Changing accounts.

use vestibule_domain::email::EmailAddress;
use vestibule_domain::mail::MailOrder;
use vestibule_domain::token::TokenDigest;
use vestibule_domain::user::User;
use vestibule_domain::username::Username;
use vestibule_persistence::email_ways_back::{self, WayBack};
use vestibule_persistence::outbox;
use vestibule_persistence::users::UserChange;

use super::*;
use crate::rules::EmailVerification;

fn address(text: &str) -> EmailAddress {
    text.parse().unwrap()
}

fn moved_to(email: Option<&str>) -> UserChange {
    UserChange { email: Some(email.map(address)), ..UserChange::default() }
}

fn update(house: &House, by: UserId, id: UserId, user: UserChange) -> Result<User, AdministerError> {
    let change = AccountChange { user, is_active: None };
    update_user(&house.accounts, at(1), &house.caller(by), id, &change, None, &client())
}

/// The trail says what was changed, and never what to.
#[test]
fn a_change_is_told_by_the_names_of_its_fields() {
    let house = house();
    let (admin, nick) = (house.make("ada", &["admin"]), house.make("nick", &["member"]));
    let pairs = signed_in(&house, nick);
    let mut change = nicknamed("Nicky");
    change.username = Some(Some(Username::choose("nicholas").unwrap()));
    change.profile.full_name = Some(Some("Nicholas Example".parse().unwrap()));
    change.profile.phone = Some(None);
    change.profile.metadata = Some(r#"{"a": 1}"#.parse().unwrap());
    let changed = update(&house, admin, nick, change.clone()).unwrap();
    assert_eq!(changed.username.as_ref().map(Username::as_str), Some("nicholas"));
    assert_eq!(changed, house.find(nick).unwrap());
    // What is as it was is no change.
    assert_eq!(update(&house, admin, nick, change).unwrap(), changed);
    assert_eq!(update(&house, admin, nick, UserChange::default()).unwrap(), changed);
    let line = (
        AuditOutcome::Success,
        Some(admin),
        Some(nick),
        "username, full_name, nickname, metadata".to_owned(),
    );
    assert_eq!(told(&house, AuditEvent::Updated), [line]);
    assert!(house.mails().is_empty() && changed.email_verified_at.is_some());
    // S22: live sessions know it at once, and live on.
    assert!(pairs.iter().all(|pair| house.who(1, pair).unwrap().user == changed));
}

/// S06: an address that others put in has to be proven, and nothing of the old one is left.
#[test]
fn another_address_ends_what_hung_on_the_old_one() {
    for to in [Some("nick@new.example"), None] {
        let house = house();
        let (admin, nick) = (house.make("ada", &["admin"]), house.make("nick", &["member"]));
        let pairs = signed_in(&house, nick);
        let link = mailed(&house, nick, MailPurpose::ResetPassword);
        let way = open_way_back(&house, nick);
        let changed = update(&house, admin, nick, moved_to(to)).unwrap();
        assert_eq!((changed.email, changed.email_verified_at), (to.map(address), None));
        assert!(pairs.iter().all(|pair| !house.is_open(1, pair)), "{to:?}");
        assert!(!is_good(&house, &link) && !is_open(&house, nick, &way), "{to:?}");
        let mut expected =
            vec![MailOrder::EmailReplaced { user_id: nick, old_email: address("nick@example.org") }];
        expected.extend(to.map(|_| MailOrder::VerifyEmail { user_id: nick }));
        assert_eq!(house.mails(), expected);
        let email = (AuditOutcome::Success, Some(admin), Some(nick), "email".to_owned());
        assert_eq!(told(&house, AuditEvent::Updated), [email]);
    }
}

/// A way back whose mail has left, and one whose has not.
fn open_way_back(house: &House, user_id: UserId) -> TokenDigest {
    let digest = MailToken::new(user_id, &RANDOM).digest(MailPurpose::KeepEmail);
    let (old_email, new_email) = (address("nick@old.example"), address("nick@example.org"));
    let way = WayBack { old_email: old_email.clone(), old_verified_at: None, asked_at: at(0) };
    let notice = MailOrder::EmailChangeNotice { user_id, old_email, old_verified_at: None, new_email };
    let open = |conn: &mut _| {
        email_ways_back::insert(conn, user_id, &digest, &way, at(DAY))?;
        outbox::insert(conn, at(0), &notice)
    };
    house.accounts.database.write(open).unwrap();
    assert!(is_open(house, user_id, &digest));
    digest
}

fn is_open(house: &House, user_id: UserId, digest: &TokenDigest) -> bool {
    let find = |conn: &mut _| email_ways_back::find(conn, at(1), user_id, digest);
    house.accounts.database.read(find).unwrap().is_some()
}

#[test]
fn the_same_address_in_other_letters_is_the_same() {
    let house = house();
    let (admin, nick) = (house.make("ada", &["admin"]), house.make("nick", &["member"]));
    let pairs = signed_in(&house, nick);
    let changed = update(&house, admin, nick, moved_to(Some("Nick@Example.org"))).unwrap();
    assert_eq!((changed.email, changed.email_verified_at), (Some(address("Nick@Example.org")), Some(at(0))));
    assert!(house.mails().is_empty() && pairs.iter().all(|pair| house.is_open(1, pair)));
}

#[test]
fn no_proof_is_asked_for_where_none_is_wanted() {
    let house =
        House::new(AccountRules { email_verification: EmailVerification::Off, ..AccountRules::default() });
    let (admin, nick) = (house.make("ada", &["admin"]), house.make("nick", &["member"]));
    update(&house, admin, nick, moved_to(Some("nick@new.example"))).unwrap();
    assert_eq!(
        house.mails(),
        [MailOrder::EmailReplaced { user_id: nick, old_email: address("nick@example.org") }]
    );
}

/// S55: word of it goes to an old address that nobody proved no more often than any mail that others cause.
#[test]
fn word_to_an_unproven_address_is_limited() {
    let house = house();
    let admin = house.make("ada", &["admin"]);
    let rounds = 24;
    for n in 0..rounds {
        let to = if n % 2 == 0 { "alice@new.example" } else { "alice@example.org" };
        update(&house, admin, house.alice, moved_to(Some(to))).unwrap();
    }
    let to_old = |mail: &&MailOrder| matches!(mail, MailOrder::EmailReplaced { old_email, .. } if *old_email == address("alice@example.org"));
    let words = house.mails().iter().filter(to_old).count();
    assert!((1..rounds / 2).contains(&words), "{words}");
}

#[test]
fn some_way_in_is_left() {
    let house = house();
    let (admin, nick) = (house.make("ada", &["admin"]), house.make("nick", &["member"]));
    let nameless = || UserChange { username: Some(None), ..UserChange::default() };
    let neither = UserChange { email: Some(None), ..nameless() };
    assert!(matches!(update(&house, admin, nick, neither), Err(AdministerError::NoWayIn)));
    assert_eq!(update(&house, admin, nick, nameless()).unwrap().username, None);
    assert!(matches!(update(&house, admin, nick, moved_to(None)), Err(AdministerError::NoWayIn)));
    assert!(house.find(nick).unwrap().email.is_some());
}

#[test]
fn what_is_anothers_stays_theirs() {
    let house = house();
    let (admin, nick) = (house.make("ada", &["admin"]), house.make("nick", &["member"]));
    let named =
        UserChange { username: Some(Some(Username::choose("Alice").unwrap())), ..UserChange::default() };
    assert!(matches!(update(&house, admin, nick, named), Err(AdministerError::UsernameTaken)));
    let pairs = signed_in(&house, nick);
    assert!(matches!(
        update(&house, admin, nick, moved_to(Some("ALICE@example.org"))),
        Err(AdministerError::EmailTaken)
    ));
    assert!(house.mails().is_empty() && pairs.iter().all(|pair| house.is_open(1, pair)));
    assert!(told(&house, AuditEvent::Updated).is_empty());
}

/// Together or not at all, and by the same rules as alone.
#[test]
fn fields_and_state_change_together() {
    let house = house();
    let (admin, nick) = (house.make("ada", &["admin"]), house.make("nick", &["member"]));
    let caller = house.caller(admin);
    let both = |user, is_active| {
        let change = AccountChange { user, is_active: Some(is_active) };
        update_user(&house.accounts, at(1), &caller, nick, &change, None, &client())
    };
    let taken = both(moved_to(Some("alice@example.org")), false);
    assert!(matches!(taken, Err(AdministerError::EmailTaken)) && house.find(nick).unwrap().is_active());
    assert!(!both(moved_to(Some("nick@new.example")), false).unwrap().is_active());
    let back = both(nicknamed("Nick"), true).unwrap();
    assert!(back.is_active() && back.profile.nickname.is_some());
    let lines = [AuditEvent::Suspended, AuditEvent::Restored, AuditEvent::Updated]
        .map(|event| told(&house, event).len());
    assert_eq!(lines, [1, 1, 2]);
}
