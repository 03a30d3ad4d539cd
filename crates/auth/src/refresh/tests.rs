use vestibule_domain::audit::AuditOutcome;
use vestibule_domain::token::TokenFormat;
use vestibule_persistence::users;

use super::*;
use crate::authenticate::{LookedUp, Presented, finish_first_use, look_up};
use crate::house::{DAY, House, at};
use crate::purge::{Leftovers, purge_batch};
use crate::revoke_all::revoke_all;
use crate::rules::{AccountRules, EmailVerification};

fn presented(pair: &SignedIn) -> Presented {
    Presented::of(&pair.token.reveal()).unwrap()
}

#[test]
fn a_refresh_replaces_both_tokens() {
    let house = House::new(AccountRules::default());
    for format in [TokenFormat::Opaque, TokenFormat::Jwt] {
        let first = house.open(format);
        assert!(house.is_open(1, &first));
        let second = house.refresh(2, &first).unwrap();
        assert_eq!(second.session_id, first.session_id);
        assert!(!house.is_open(2, &first));
        assert!(house.is_open(2, &second));
        let secret = |pair: &SignedIn| pair.refresh_token.as_ref().unwrap().reveal();
        assert_ne!(*secret(&first), *secret(&second));
        let signed = second.token.reveal().contains('.');
        assert_eq!(signed, format == TokenFormat::Jwt);
    }
}

/// S05: an answer that was lost, any number of times.
#[test]
fn a_spent_token_is_good_until_what_it_was_spent_for_is_used() {
    let house = House::new(AccountRules::default());
    let first = house.open(TokenFormat::Opaque);
    let lost: Vec<_> = (0..3).map(|_| house.refresh(1, &first).unwrap()).collect();
    let kept = house.refresh(2, &first).unwrap();
    for lost in &lost {
        assert!(!house.is_open(2, lost));
        assert!(matches!(house.refresh(2, lost), Err(RefreshError::Unknown)));
    }
    assert!(house.is_open(2, &kept));
    assert!(house.told(AuditEvent::RefreshReused).is_empty());
}

/// S05: a token in two hands ends the session, whoever of them comes second.
#[test]
fn a_spent_token_ends_the_session_once_its_successor_was_used() {
    let house = House::new(AccountRules::default());
    let by_access = |house: &House, pair: &SignedIn| assert!(house.is_open(1, pair));
    let by_refresh = |house: &House, pair: &SignedIn| drop(house.refresh(1, pair).unwrap());
    for (n, used) in [by_access as fn(&House, &SignedIn), by_refresh].into_iter().enumerate() {
        let first = house.open(TokenFormat::Opaque);
        let second = house.refresh(1, &first).unwrap();
        used(&house, &second);
        assert!(matches!(house.refresh(2, &first), Err(RefreshError::Reused)));
        assert_eq!(house.sessions(), 0);
        assert!(!house.is_open(2, &second));
        assert!(matches!(house.refresh(2, &second), Err(RefreshError::Unknown)));
        assert!(matches!(house.refresh(2, &first), Err(RefreshError::Unknown)));
        let told = house.told(AuditEvent::RefreshReused);
        assert_eq!(
            (told.len(), told[0].subject, told[0].outcome),
            (n + 1, Some(house.alice), AuditOutcome::Failure)
        );
    }
}

/// S05: a thief's pair that nobody has used goes when the owner comes back, and is never mistaken for theft itself.
#[test]
fn a_pair_replaced_before_its_use_ends_nothing() {
    let house = House::new(AccountRules::default());
    let first = house.open(TokenFormat::Jwt);
    let (replaced, kept) = (house.refresh(1, &first).unwrap(), house.refresh(1, &first).unwrap());
    for _ in 0..3 {
        assert!(matches!(house.refresh(1, &replaced), Err(RefreshError::Unknown)));
        assert!(!house.is_open(1, &replaced));
    }
    assert!(house.is_open(1, &kept));
    assert!(house.refresh(1, &kept).is_ok());
}

/// S05: between the look at a new pair and the note that it is used, another refresh may have replaced it.
#[test]
fn a_pair_replaced_in_the_middle_of_its_first_use_is_not_used() {
    let house = House::new(AccountRules::default());
    let first = house.open(TokenFormat::Opaque);
    let replaced = house.refresh(1, &first).unwrap();
    let LookedUp::FirstUse(use_of_it) = look_up(&house.accounts, at(1), &presented(&replaced)).unwrap()
    else {
        panic!("it was used before");
    };
    let kept = house.refresh(1, &first).unwrap();
    assert!(finish_first_use(&house.accounts, at(1), &use_of_it).is_err());
    let again = house.refresh(1, &first);
    assert!(again.is_ok(), "the pair {} was used by nobody", kept.session_id);
}

/// S63: idle for seven days, or thirty days old.
#[test]
fn a_session_ends_when_it_is_idle_or_old() {
    let house = House::new(AccountRules::default());
    let idle = house.open(TokenFormat::Opaque);
    assert_eq!((idle.expires_at, idle.refresh_expires_at), (at(DAY / 2), at(7 * DAY)));
    assert!(matches!(house.refresh(7 * DAY, &idle), Err(RefreshError::Expired)));
    let mut pair = house.refresh(7 * DAY - 1, &idle).unwrap();
    for day in [13, 19, 25] {
        pair = house.refresh(day * DAY, &pair).unwrap();
    }
    assert_eq!(pair.refresh_expires_at, at(30 * DAY));
    pair = house.refresh(30 * DAY - 1, &pair).unwrap();
    assert_eq!((pair.expires_at, pair.refresh_expires_at), (at(30 * DAY), at(30 * DAY)));
    assert!(house.is_open(30 * DAY - 1, &pair));
    assert!(!house.is_open(30 * DAY, &pair));
    assert!(matches!(house.refresh(30 * DAY, &pair), Err(RefreshError::Expired)));
}

/// S05: that a session ran out is no excuse for a spent token.
#[test]
fn a_spent_token_ends_even_a_session_that_ran_out() {
    let house = House::new(AccountRules::default());
    let first = house.open(TokenFormat::Opaque);
    let second = house.refresh(1, &first).unwrap();
    assert!(house.is_open(1, &second));
    assert!(matches!(house.refresh(40 * DAY, &first), Err(RefreshError::Reused)));
    assert_eq!(house.sessions(), 0);
}

/// S90: what would have expired unspent is known no more, so a session of thirty days leaves the rows of seven.
#[test]
fn a_spent_token_is_known_as_long_as_it_would_have_lived() {
    let house = House::new(AccountRules::default());
    let clear = |now: u64| {
        let (what, years) = (Leftovers::RefreshTokens, std::time::Duration::from_secs(DAY * 365));
        purge_batch(&house.accounts, at(now), what, years).unwrap()
    };
    let first = house.open(TokenFormat::Opaque);
    let mut pair = house.refresh(DAY, &first).unwrap();
    assert_eq!(clear(8 * DAY - 1), 0);
    for day in 2..=9 {
        pair = house.refresh(day * DAY, &pair).unwrap();
    }
    assert_eq!(clear(9 * DAY), 2);
    assert!(matches!(house.refresh(9 * DAY, &first), Err(RefreshError::Unknown)));
    assert!(house.is_open(9 * DAY, &pair));
    // Spent once more, it lives so much longer: that nobody got an answer yet signs nobody out.
    assert!(house.refresh(15 * DAY, &pair).is_ok());
    assert!(house.refresh(21 * DAY, &pair).is_ok());
    assert_eq!(clear(22 * DAY), 7);
    let kept = house.refresh(27 * DAY, &pair).unwrap();
    assert!(house.is_open(27 * DAY, &kept));
}

/// S22, S77: nothing is spent by whoever may not act.
#[test]
fn whoever_may_not_act_gets_no_pair() {
    let house = House::new(AccountRules::default());
    let pair = house.open(TokenFormat::Jwt);
    house.suspend(true);
    assert!(matches!(house.refresh(1, &pair), Err(RefreshError::Suspended)));
    house.suspend(false);
    assert!(house.refresh(1, &pair).is_ok());

    let rules = AccountRules { email_verification: EmailVerification::Required, ..AccountRules::default() };
    let house = House::new(rules);
    let pair = house.open(TokenFormat::Opaque);
    assert!(matches!(house.refresh(1, &pair), Err(RefreshError::Unverified)));
}

/// S101
#[test]
fn the_day_after_a_leak_everything_has_ended() {
    let house = House::new(AccountRules::default());
    let pairs = [TokenFormat::Opaque, TokenFormat::Jwt].map(|format| house.open(format));
    assert!(pairs.iter().all(|pair| house.is_open(1, pair)));
    assert_eq!(revoke_all(&house.accounts, at(1)).unwrap(), 2);
    for pair in &pairs {
        assert!(!house.is_open(1, pair));
        assert!(matches!(house.refresh(1, pair), Err(RefreshError::Unknown)));
    }
    let epoch = house.accounts.database.read(|conn| users::find_token_epoch(conn, house.alice)).unwrap();
    assert_eq!(epoch, Some(1));
    assert_eq!(house.told(AuditEvent::EverythingRevoked).len(), 1);
    assert_eq!(revoke_all(&house.accounts, at(2)).unwrap(), 0);
}
