use vestibule_persistence::{Database, DatabaseUrl, PoolOptions};

use super::*;
use crate::hasher::{Hasher, HasherSettings};
use crate::rules::{AccountRules, SetupToken};

struct Zeros;

impl Random for Zeros {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

/// Where a setup token is asked for, and no database is: whatever gets so far fails.
fn accounts(registration_open: bool) -> Accounts {
    let nowhere = DatabaseUrl::sqlite_file(std::path::Path::new("/nowhere/at/all.db"));
    let rules = AccountRules {
        registration_open,
        first_admin: FirstAdmin::Holder(SetupToken::new("the operator's own")),
        ..AccountRules::default()
    };
    let hasher = Hasher::new(&HasherSettings::default(), &Zeros).unwrap();
    let database = Database::open(&nowhere, PoolOptions::default());
    Accounts::embedded(database, hasher, rules, &[7; 32], "https://accounts.example.org")
}

fn at_noon() -> Timestamp {
    Timestamp::from_datetime("2026-01-15T12:00:00Z".parse().unwrap())
}

fn registration(setup_token: &str) -> Registration {
    Registration {
        username: None,
        email: "ada@example.org".parse().unwrap(),
        full_name: None,
        password: Password::new("a quiet green harbour".to_owned()).unwrap(),
        setup_token: Some(setup_token.to_owned().into()),
    }
}

fn looked_up(accounts: &Accounts, setup_token: &str) -> Result<(), RegisterError> {
    look_up(accounts, at_noon(), &registration(setup_token), &ClientInfo::default())
}

/// S10, S34: neither the database nor the hasher works for a guess.
#[test]
fn a_wrong_setup_token_is_refused_before_any_work() {
    let open = accounts(true);
    assert!(matches!(looked_up(&open, "a guess"), Err(RegisterError::SetupToken)));
    assert!(matches!(looked_up(&open, ""), Err(RegisterError::SetupToken)));
    let right = looked_up(&open, "the operator's own");
    assert!(matches!(right, Err(RegisterError::Store(_))), "{right:?}");
}

/// S76
#[test]
fn a_closed_house_says_so_before_anything_else() {
    let (closed, client) = (accounts(false), ClientInfo::default());
    assert!(matches!(ensure_open(&closed, at_noon(), &client), Err(RegisterError::Closed)));
    assert!(matches!(looked_up(&closed, "a guess"), Err(RegisterError::Closed)));
    assert!(ensure_open(&accounts(true), at_noon(), &client).is_ok());
}
