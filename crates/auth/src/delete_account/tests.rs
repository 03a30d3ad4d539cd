use vestibule_domain::audit::AuditOutcome;
use vestibule_domain::mail::MailOrder;
use vestibule_domain::token::TokenFormat;

use super::*;
use crate::house::{House, PASSWORD, RANDOM, at};
use crate::rules::AccountRules;

fn client() -> ClientInfo {
    ClientInfo::new("192.0.2.7".parse().ok(), Some("Browser/1")).with_request_id("request-1")
}

fn leave(house: &House, password: &str) -> Result<Option<AvatarName>, DeleteAccountError> {
    let (caller, password) = (house.caller(house.alice), Password::new(password.to_owned()).unwrap());
    delete_account(&house.accounts, at(1), &mut Scratch::default(), &caller, &password, &client())
}

/// S06, S22: at once, and whoever signs up with the name afterwards is somebody else.
#[test]
fn whoever_leaves_is_gone() {
    let house = House::new(AccountRules::default());
    let pairs = [TokenFormat::Opaque, TokenFormat::Jwt].map(|format| house.open(format));
    assert!(pairs.iter().all(|pair| house.is_open(1, pair)));
    assert_eq!(leave(&house, PASSWORD).unwrap(), None);
    assert_eq!((house.find(house.alice), house.sessions()), (None, 0));
    assert!(pairs.iter().all(|pair| !house.is_open(1, pair) && house.refresh(1, pair).is_err()));
    // Nobody proved the address: it gets the one mail that an address gets in any case.
    assert_eq!(house.mails(), [MailOrder::AccountDeleted { email: "alice@example.org".parse().unwrap() }]);
    let told = house.told(AuditEvent::Deleted);
    assert_eq!(told.len(), 1);
    assert_eq!(
        (told[0].outcome, told[0].actor, told[0].subject),
        (AuditOutcome::Success, Some(house.alice), Some(house.alice))
    );
    let again = house.make("alice", &[]);
    assert_ne!(again, house.alice);
    assert!(pairs.iter().all(|pair| !house.is_open(1, pair)));
}

/// S37: a stolen session guesses like a stranger.
#[test]
fn a_wrong_password_deletes_nothing_and_counts() {
    let house = House::new(AccountRules::default());
    let wrong = || leave(&house, "not the one I chose").unwrap_err();
    for _ in 0..10 {
        assert!(matches!(wrong(), DeleteAccountError::Password(ChangePasswordError::WrongPassword)));
    }
    assert!(matches!(wrong(), DeleteAccountError::Password(ChangePasswordError::TooMany(_))));
    assert!(house.find(house.alice).is_some() && house.mails().is_empty());
    let told = house.told(AuditEvent::Deleted);
    assert_eq!(told.len(), 10);
    assert!(told.iter().all(|record| {
        (record.outcome, record.subject) == (AuditOutcome::Failure, Some(house.alice))
            && record.detail.as_deref() == Some("the current password is wrong")
    }));
}

/// S06: a password that was changed while the old one was being checked protects the account.
#[test]
fn what_was_checked_has_to_be_the_password_still() {
    let house = House::new(AccountRules::default());
    let (accounts, caller) = (&house.accounts, house.caller(house.alice));
    let checked = look_up_own(accounts, at(1), house.alice, &client()).unwrap();
    let new = Password::new("marble kites 77 over the bay".to_owned()).unwrap();
    let new = accounts.hasher.hash(&mut Scratch::default(), &RANDOM, &new).unwrap();
    accounts.database.write(|conn| users::set_password_hash(conn, house.alice, &new)).unwrap();
    let done = finish(accounts, at(1), &caller, &checked, true, &client());
    assert!(matches!(done, Err(DeleteAccountError::Password(ChangePasswordError::Stale))));
    assert!(house.find(house.alice).is_some());
    assert!(leave(&house, PASSWORD).is_err());
    assert!(leave(&house, "marble kites 77 over the bay").is_ok());
}
