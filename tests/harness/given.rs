//! Values the tests begin with.

use serde_json::{Value, json};

/// The key every server of the tests runs with, so that two nodes agree.
pub(crate) const SECRET_KEY: &str = "only the tests know this key, and they tell everybody";

/// A password every rule accepts; everybody in the tests has it.
pub(crate) const PASSWORD: &str = "violet harbour 42 lamps";

/// Arguments for Argon2id at the cost a fresh installation has; without them tests hash at next to none.
pub(crate) const REAL_COST: &[&str] = &["--argon2-memory-kib", "19456", "--argon2-passes", "2"];

/// What `name` sends to sign up.
pub(crate) fn registration(name: &str) -> Value {
    json!({ "username": name, "email": address(name), "password": PASSWORD })
}

/// The mail address `name` signs up with.
pub(crate) fn address(name: &str) -> String {
    format!("{name}@example.org")
}

/// What `name` sends to sign in.
pub(crate) fn credentials(name: &str) -> Value {
    json!({ "username": name, "password": PASSWORD })
}
