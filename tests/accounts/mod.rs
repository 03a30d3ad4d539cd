//! Accounts, from their making to their last sign-out: what people may rely on and what an attacker meets.

mod account_races;
mod audit_trail;
mod bearer;
mod django;
mod email_change;
mod email_taken_back;
mod email_verification;
mod enumeration;
pub(crate) mod first_admin;
pub(crate) mod imported_hashes;
pub(crate) mod jwt;
mod key_commands;
pub(crate) mod mailed;
mod mass_assignment;
mod nothing_by_default;
mod password_change;
mod password_reset;
mod passwords;
mod pollution;
mod profile;
mod profile_fields;
mod pyjwt;
mod refresh;
mod registration;
mod registration_required;
mod session_list;
mod session_races;
mod sessions;
mod sign_in;
mod token_kinds;
mod tokens;
mod usernames;

pub(crate) use mass_assignment::columns;
use serde_json::json;
use vestibule_domain::email::EmailAddress;
use vestibule_domain::username::Username;

use crate::harness::client::{Answer, Client};
use crate::harness::database::TestDatabase;

/// An account as an import leaves it: a name, perhaps an address, and a hash made elsewhere.
pub(crate) fn import(database: &TestDatabase, username: &str, email: Option<&str>, hash: &str) {
    let username = Username::admit(username).unwrap();
    let email = email.map(|email| email.parse::<EmailAddress>().unwrap());
    let (address, address_key) = match &email {
        Some(email) => (quoted(email.as_str()), quoted(email.key().as_str())),
        None => ("null".to_owned(), "null".to_owned()),
    };
    let (name, name_key, hash) = (quoted(username.as_str()), quoted(username.key().as_str()), quoted(hash));
    database.sql(&format!(
        "insert into users (username, username_key, email, email_key, password_hash, created_at, updated_at, \
         profile_updated_at) values ({name}, {name_key}, {address}, {address_key}, {hash}, '2025-01-01 00:00:00', \
         '2025-01-01 00:00:00', '2025-01-01 00:00:00')"
    ));
}

/// Suspends an account behind the server's back, as another node would.
pub(crate) fn suspend(database: &TestDatabase, username: &str) {
    database.sql(&format!(
        "update users set suspended_at = '2025-06-01 00:00:00' where username = {}",
        quoted(username)
    ));
}

/// The stored hash of an account.
pub(crate) fn stored_hash(database: &TestDatabase, username: &str) -> String {
    database.sql(&format!("select password_hash from users where username = {}", quoted(username)))
}

/// One number out of the database.
pub(crate) fn count(database: &TestDatabase, query: &str) -> i64 {
    database.sql(query).parse().unwrap()
}

/// What comes of signing in as `name`.
pub(crate) async fn sign_in(client: &Client, name: &str, password: &str) -> Answer {
    client.post("/api/auth/login", json!({ "username": name, "password": password })).await
}

pub(crate) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
