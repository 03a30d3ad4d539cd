use vestibule_domain::audit::AuditOutcome;
use vestibule_domain::page::PageSize;
use vestibule_domain::time::Timestamp;
use vestibule_domain::token::TokenFormat;

use super::*;
use crate::house::{House, PASSWORD, RANDOM, at};
use crate::rules::{AccountRules, EmailVerification};

const PAIR: TokenGrant = TokenGrant::Pair(TokenFormat::Opaque);
const WRONG: &str = "not the one I chose";

fn from(ip: &str, browser: &str) -> ClientInfo {
    ClientInfo::new(ip.parse().ok(), Some(browser)).with_request_id("request-1")
}

fn try_in(
    house: &House,
    now: Timestamp,
    name: &str,
    password: &str,
    client: &ClientInfo,
) -> Result<SignedIn, SignInError> {
    let password = Password::new(password.to_owned()).unwrap();
    let (name, mut scratch) = (SignInName::of(name), Scratch::default());
    sign_in(&house.accounts, now, &RANDOM, &mut scratch, &name, &password, PAIR, client)
}

fn mails(house: &House) -> Vec<MailOrder> {
    let list = |conn: &mut _| outbox::list(conn, None, None, PageSize::default());
    let page = house.accounts.database.read(list).unwrap();
    page.entries.into_iter().filter_map(|entry| entry.order).collect()
}

/// S58: who, from where, in which request; and nothing of what was typed.
#[test]
fn every_attempt_is_told_of() {
    let house = House::new(AccountRules::default());
    let client = from("192.0.2.7", "Browser/1.0");
    try_in(&house, at(1), "alice", PASSWORD, &client).unwrap();
    assert!(matches!(try_in(&house, at(2), "alice", WRONG, &client), Err(SignInError::InvalidCredentials)));
    assert!(matches!(
        try_in(&house, at(3), "nobody at all", WRONG, &client),
        Err(SignInError::InvalidCredentials)
    ));
    house.suspend(true);
    assert!(matches!(try_in(&house, at(60), "alice", PASSWORD, &client), Err(SignInError::Suspended)));
    let mut told = house.told(AuditEvent::SignedIn);
    told.sort_by_key(|record| record.at);
    let expected = [
        (AuditOutcome::Success, Some(house.alice), Some(house.alice), None),
        (AuditOutcome::Failure, None, Some(house.alice), Some("the name or the password is wrong")),
        (AuditOutcome::Failure, None, None, Some("the name or the password is wrong")),
        (AuditOutcome::Failure, None, Some(house.alice), Some("the account is suspended")),
    ];
    let seen: Vec<_> =
        told.iter().map(|told| (told.outcome, told.actor, told.subject, told.detail.as_deref())).collect();
    assert_eq!(seen, expected);
    assert!(
        told.iter().all(|told| told.ip == client.ip() && told.request_id.as_deref() == Some("request-1"))
    );
}

/// S77: only whoever knows the password learns that the address is to be proven.
#[test]
fn whoever_has_to_prove_an_address_does_so_first() {
    let rules = AccountRules { email_verification: EmailVerification::Required, ..AccountRules::default() };
    let house = House::new(rules);
    let client = from("192.0.2.7", "Browser/1.0");
    assert!(matches!(try_in(&house, at(1), "alice", PASSWORD, &client), Err(SignInError::Unverified)));
    assert!(matches!(try_in(&house, at(2), "alice", WRONG, &client), Err(SignInError::InvalidCredentials)));
    assert_eq!(house.sessions(), 0);
    let alice = house.accounts.database.read(|conn| users::find(conn, house.alice)).unwrap().unwrap();
    assert_eq!(alice.last_login_at, None);
}

/// S35, S38, S99: the name of nobody is limited like that of somebody, and the right password is no way around.
#[test]
fn a_name_can_be_tried_so_often_whether_or_not_somebody_has_it() {
    let house = House::new(AccountRules::default());
    for name in ["alice", "nobody"] {
        let mut refused = None;
        for n in 0..20_u8 {
            // Strangers, each from a place of their own.
            let outcome = try_in(&house, at(1), name, WRONG, &from(&format!("192.0.2.{n}"), "Browser/1.0"));
            if let Err(SignInError::TooMany(too_many)) = outcome {
                refused.get_or_insert((n, too_many.policy));
            }
        }
        assert_eq!(refused.map(|(n, _)| n), Some(10), "{name}");
        let outcome = try_in(&house, at(1), name, PASSWORD, &from("198.51.100.1", "Browser/1.0"));
        assert!(matches!(outcome, Err(SignInError::TooMany(_))), "{name}");
    }
    let told = house.told(AuditEvent::LimitHit);
    assert!(told.iter().any(|record| record.subject == Some(house.alice)));
    assert!(told.iter().any(|record| record.subject.is_none()));
}

/// S36: from where the account is used, its owner gets in whatever strangers do.
#[test]
fn strangers_do_not_keep_an_owner_out() {
    let house = House::new(AccountRules::default());
    let home = from("2001:db8:1:2::7", "Browser/1.0");
    try_in(&house, at(1), "alice", PASSWORD, &home).unwrap();
    for n in 0..40_u8 {
        assert!(try_in(&house, at(2), "alice", WRONG, &from(&format!("192.0.2.{n}"), "Evil/1.0")).is_err());
    }
    // Another address of the same home.
    try_in(&house, at(2), "alice", PASSWORD, &from("2001:db8:1:2::99", "Browser/1.0")).unwrap();
}

/// S96: told of a new browser, not of the first, nor of one that is known from elsewhere.
#[test]
fn a_browser_the_account_was_never_used_with_is_told_of() {
    let house = House::new(AccountRules::default());
    for (ip, browser, expected) in [
        ("192.0.2.7", "Browser/1.0", 0),
        ("192.0.2.7", "Browser/1.0", 0),
        ("192.0.2.8", "Browser/1.0", 0),
        ("192.0.2.8", "Phone/1.0", 1),
        ("192.0.2.9", "Phone/1.0", 1),
    ] {
        try_in(&house, at(1), "alice", PASSWORD, &from(ip, browser)).unwrap();
        assert_eq!(mails(&house).len(), expected, "{browser} at {ip}");
    }
    let told = MailOrder::NewSignIn {
        user_id: house.alice,
        ip: Some("192.0.2.8".to_owned()),
        user_agent: Some("Phone/1.0".to_owned()),
    };
    assert_eq!(mails(&house), [told]);
    assert!(try_in(&house, at(1), "alice", WRONG, &from("192.0.2.7", "Evil/1.0")).is_err());
    assert_eq!(mails(&house).len(), 1, "of a sign-in that failed");
}

/// S56: whoever signs up with somebody else's address cannot fill their mailbox by changing browsers.
#[test]
fn an_address_that_was_not_proven_gets_few_notices() {
    let house = House::new(AccountRules::default());
    for n in 0..9 {
        try_in(&house, at(1), "alice", PASSWORD, &from("192.0.2.7", &format!("Browser/{n}"))).unwrap();
    }
    assert_eq!(mails(&house).len(), 3);
}
