//! Suspending, restoring, ending sessions, forcing a reset, deleting.

use vestibule_domain::mail::MailOrder;
use vestibule_persistence::{credentials, outbox};

use super::*;
use crate::refresh::RefreshError;

fn act(name: &str) -> Act {
    ACTS.into_iter().find(|(act, _)| *act == name).unwrap().1
}

/// S06, S22: at once, though the token checks before were a moment ago.
#[test]
fn sessions_and_links_end_with_what_ends_them() {
    for (name, ends_links) in [
        ("suspend", true),
        ("deactivate", true),
        ("force reset", true),
        ("delete", true),
        ("end sessions", false),
    ] {
        let house = house();
        let caller = house.caller(house.make("ada", &["admin"]));
        let (nick, other) = (house.make("nick", &["member"]), house.make("ned", &["member"]));
        let (pairs, others) = (signed_in(&house, nick), signed_in(&house, other));
        let link = mailed(&house, nick, MailPurpose::ResetPassword);
        let others_link = mailed(&house, other, MailPurpose::ResetPassword);
        assert!(is_good(&house, &link));
        act(name)(&house, &caller, nick).unwrap();
        for pair in &pairs {
            assert!(!house.is_open(1, pair), "{name}");
            assert!(matches!(house.refresh(1, pair), Err(RefreshError::Unknown)), "{name}");
        }
        // What ended stays ended.
        if matches!(name, "suspend" | "deactivate") {
            restore_user(&house.accounts, at(1), &caller, nick, &client()).unwrap();
            assert!(pairs.iter().all(|pair| !house.is_open(1, pair)), "{name}");
        }
        assert_eq!(is_good(&house, &link), !ends_links, "{name}");
        assert!(others.iter().all(|pair| house.is_open(1, pair)) && is_good(&house, &others_link), "{name}");
    }
}

#[test]
fn suspending_twice_is_suspending_once() {
    let house = house();
    let admin = house.make("ada", &["admin"]);
    let (caller, nick) = (house.caller(admin), house.make("nick", &["member"]));
    let suspend = |now| suspend_user(&house.accounts, at(now), &caller, nick, &client()).unwrap();
    let restore = |now| restore_user(&house.accounts, at(now), &caller, nick, &client()).unwrap();
    assert_eq!(suspend(1).suspended_at, Some(at(1)));
    assert_eq!(suspend(2).suspended_at, Some(at(1)));
    assert_eq!(restore(3).suspended_at, None);
    assert_eq!(restore(4).updated_at, at(3));
    for event in [AuditEvent::Suspended, AuditEvent::Restored] {
        let line = (AuditOutcome::Success, Some(admin), Some(nick), String::new());
        assert_eq!(told(&house, event), [line], "{event}");
    }
    assert!(house.mails().is_empty());
}

#[test]
fn ended_sessions_are_counted() {
    let house = house();
    let admin = house.make("ada", &["admin"]);
    let (caller, nick) = (house.caller(admin), house.make("nick", &["member"]));
    signed_in(&house, nick);
    let end = || end_sessions(&house.accounts, at(1), &caller, nick, &client()).unwrap();
    assert_eq!((end(), end()), (2, 0));
    let line = |words: &str| (AuditOutcome::Success, Some(admin), Some(nick), words.to_owned());
    assert_eq!(told(&house, AuditEvent::SessionsEnded), [line("0 sessions"), line("2 sessions")]);
}

/// S65: a new password is asked for, and nobody but the owner ever sees the link.
#[test]
fn a_forced_reset_leaves_no_password() {
    let house = house();
    let admin = house.make("ada", &["admin"]);
    let caller = house.caller(admin);
    // Her address is not proven; who can read its mail may choose, as with any reset.
    let alice = house.alice;
    force_reset(&house.accounts, at(1), &caller, alice, &client()).unwrap();
    let stored = house.accounts.database.read(|conn| credentials::find(conn, alice)).unwrap().unwrap();
    assert_eq!(stored.password_hash.as_str(), "!");
    assert_eq!(house.mails(), [MailOrder::ChooseNewPassword { user_id: alice }]);
    let line = (AuditOutcome::Success, Some(admin), Some(alice), String::new());
    assert_eq!(told(&house, AuditEvent::PasswordResetForced), [line]);
}

/// The link that was just ordered may be on its way before the answer is, and has to live.
#[test]
fn what_is_cleared_away_is_not_the_link_just_ordered() {
    let house = house();
    let links: Vec<_> =
        MailPurpose::ALL.iter().map(|purpose| (*purpose, mailed(&house, house.alice, *purpose))).collect();
    let lies = |(purpose, link): &(MailPurpose, String)| {
        let digest = link.parse::<MailToken>().unwrap().digest(*purpose);
        house.accounts.mail_tokens.find(at(1), house.alice, *purpose, &digest).unwrap().is_some()
    };
    assert!(links.iter().all(lies));
    forget_mailed_but(&house.accounts, house.alice, MailPurpose::ResetPassword);
    let left: Vec<_> = links.iter().filter(|link| lies(link)).map(|(purpose, _)| *purpose).collect();
    assert_eq!(left, [MailPurpose::ResetPassword]);
}

#[test]
fn without_an_address_there_is_no_reset_to_force() {
    let house = house();
    let caller = house.caller(house.make("ada", &["admin"]));
    let email: vestibule_domain::email::EmailAddress = "alice@example.org".parse().unwrap();
    let nobody = house.caller(house.make("ben", &[])).user.id;
    let take = |conn: &mut _| credentials::take_unproven_address(conn, at(1), nobody, &email.key());
    assert_eq!(house.accounts.database.write(take).unwrap(), Some(house.alice));
    let pairs = signed_in(&house, house.alice);
    let forced = force_reset(&house.accounts, at(1), &caller, house.alice, &client());
    assert!(matches!(forced, Err(AdministerError::NoEmail)));
    assert!(pairs.iter().all(|pair| house.is_open(1, pair)));
}

/// What is personal goes, with the mails that wait; the last word goes to the address, and the trail keeps the number.
#[test]
fn a_deleted_account_leaves_one_mail_and_its_lines() {
    let house = house();
    let admin = house.make("ada", &["admin"]);
    let (caller, nick) = (house.caller(admin), house.make("nick", &["member"]));
    let waiting = MailOrder::PasswordChanged { user_id: nick };
    house.accounts.database.write(|conn| outbox::insert(conn, at(0), &waiting)).unwrap();
    assert_eq!(delete_user(&house.accounts, at(1), &caller, nick, &client()).unwrap(), None);
    assert_eq!(house.find(nick), None);
    assert_eq!(house.mails(), [MailOrder::AccountDeleted { email: "nick@example.org".parse().unwrap() }]);
    let line = (AuditOutcome::Success, Some(admin), Some(nick), String::new());
    assert_eq!(told(&house, AuditEvent::Deleted), [line]);
    let again = delete_user(&house.accounts, at(1), &caller, nick, &client());
    assert!(matches!(again, Err(AdministerError::Missing)));
    assert!(house.make("nick", &[]) > nick, "a number is given once");
}

/// S55: an address that nobody proved is not written to again and again by making accounts with it and deleting them.
#[test]
fn the_last_word_to_an_unproven_address_is_limited() {
    let house = house();
    let caller = house.caller(house.make("ada", &["admin"]));
    let rounds = 12;
    for _ in 0..rounds {
        let made = create_user(&house.accounts, at(1), &caller, &super::create::new("zoe", None), &client())
            .unwrap();
        delete_user(&house.accounts, at(1), &caller, made.id, &client()).unwrap();
    }
    let last_words = house.mails().len();
    assert!((1..rounds).contains(&last_words), "{last_words}");
    assert_eq!(told(&house, AuditEvent::Deleted).len(), rounds);
}
