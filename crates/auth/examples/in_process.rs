//! Accounts without HTTP: a program that links the rooms, registers somebody, signs them in and checks the token.
//!
//! `cargo run -p vestibule-auth --example in_process` keeps its accounts in a SQLite file in a temporary folder; give
//! it the URL of a database of your own to use that instead.

use std::error::Error;
use std::io::{self, Write};

use vestibule_auth::accounts::Accounts;
use vestibule_auth::authenticate::{Presented, authenticate};
use vestibule_auth::hasher::{Hasher, HasherSettings, Scratch};
use vestibule_auth::refresh::refresh;
use vestibule_auth::register::{Registered, Registration, register};
use vestibule_auth::rules::AccountRules;
use vestibule_auth::sign_in::sign_in;
use vestibule_auth::sign_out::sign_out;
use vestibule_domain::caller::ClientInfo;
use vestibule_domain::password::Password;
use vestibule_domain::random::Random;
use vestibule_domain::sign_in_name::SignInName;
use vestibule_domain::time::Timestamp;
use vestibule_domain::token::{TokenFormat, TokenGrant};
use vestibule_domain::username::Username;
use vestibule_persistence::{Database, DatabaseUrl, PoolOptions};

/// The operating system's generator.
struct SystemRandom;

impl Random for SystemRandom {
    #[expect(
        clippy::disallowed_methods,
        reason = "a program owns its generator; the rooms take it as an argument"
    )]
    #[expect(
        clippy::expect_used,
        reason = "without randomness there are no secrets, so there is no going on"
    )]
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the system's generator works");
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a program owns its clock; the rooms take the time as an argument"
)]
fn now() -> Timestamp {
    Timestamp::from_datetime(chrono::Utc::now())
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let url = match std::env::args().nth(1) {
        Some(url) => url.parse()?,
        None => DatabaseUrl::sqlite_file(&folder.path().join("accounts.db")),
    };
    walk_through(&url, &mut io::stdout().lock())
}

fn walk_through(url: &DatabaseUrl, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let accounts = open(url)?;
    // The memory passwords are hashed in: one for each thread that hashes, kept between calls.
    let mut scratch = Scratch::default();
    let client = ClientInfo::default();

    let registration = Registration {
        username: Some(Username::choose("ada")?),
        email: "ada@example.org".parse()?,
        full_name: Some("Ada Lovelace".parse()?),
        password: Password::new("a quiet green harbour".to_owned())?,
        setup_token: None,
    };
    let registered = register(&accounts, now(), &SystemRandom, &mut scratch, &registration, &client)?;
    let Registered::Made(user) = registered else { return Err("an address has to be proven first".into()) };
    writeln!(out, "registered ada as number {}, admin: {}", user.id, user.is_admin())?;

    let name = SignInName::of("Ada@Example.org");
    let password = &registration.password;
    let grant = TokenGrant::Pair(TokenFormat::Opaque);
    let signed_in = sign_in(&accounts, now(), &SystemRandom, &mut scratch, &name, password, grant, &client)?;
    writeln!(out, "signed in until {}", signed_in.expires_at)?;
    let token = signed_in.refresh_token.ok_or("a pair has one")?;
    let refreshed = refresh(&accounts, now(), &SystemRandom, &token, &client)?;
    writeln!(out, "refreshed until {}", refreshed.expires_at)?;

    let token = Presented::of(&refreshed.token.reveal()).ok_or("a token of ours looks like one")?;
    let caller = authenticate(&accounts, now(), &token)?;
    writeln!(out, "the token belongs to number {}", caller.user.id)?;

    sign_out(&accounts, now(), &caller, &client)?;
    let refused = authenticate(&accounts, now(), &token).err().ok_or("an ended session lives on")?;
    writeln!(out, "signed out: {refused}")?;
    // What a server does every second or so.
    accounts.refusals.flush(&accounts.database)?;
    accounts.sightings.flush(&accounts.database, now())?;
    Ok(())
}

fn open(url: &DatabaseUrl) -> Result<Accounts, Box<dyn Error>> {
    let database = Database::open(url, PoolOptions::default());
    database.migrate()?;
    let hasher = Hasher::new(&HasherSettings::default(), &SystemRandom)?;
    let secret_key = b"32 bytes or more that stay the same from start to start";
    Ok(Accounts::embedded(database, hasher, AccountRules::default(), secret_key, "https://example.org"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_walk_through_ends_where_it_should() {
        let folder = tempfile::tempdir().unwrap();
        let mut told = Vec::new();
        walk_through(&DatabaseUrl::sqlite_file(&folder.path().join("accounts.db")), &mut told).unwrap();
        let told = String::from_utf8(told).unwrap();
        assert!(told.starts_with("registered ada as number 1, admin: true\n"), "{told}");
        assert!(told.ends_with("signed out: the token is unknown\n"), "{told}");
    }
}
