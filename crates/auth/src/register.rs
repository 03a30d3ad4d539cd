//! Making an account for oneself.

use thiserror::Error;
use vestibule_domain::email::EmailAddress;
use vestibule_domain::password::rules::{PersonalData, WeakPassword};
use vestibule_domain::password::{Password, PasswordHash};
use vestibule_domain::person_name::FullName;
use vestibule_domain::random::Random;
use vestibule_domain::role::RoleName;
use vestibule_domain::time::Timestamp;
use vestibule_domain::user::User;
use vestibule_domain::username::Username;
use vestibule_persistence::dialect::DatabaseConnection;
use vestibule_persistence::users::{self, NewUser};
use vestibule_persistence::{Key, StoreError, installation, roles};
use zeroize::Zeroizing;

use crate::accounts::Accounts;
use crate::hasher::{HasherError, Scratch};
use crate::rules::FirstAdmin;

/// What somebody says who wants an account.
pub struct Registration {
    /// The name to sign in by, if any.
    pub username: Option<Username>,
    /// The address.
    pub email: EmailAddress,
    /// The person's name, if given.
    pub full_name: Option<FullName>,
    /// The password.
    pub password: Password,
    /// The secret that makes this the admin's account.
    pub setup_token: Option<Zeroizing<String>>,
}

/// Why no account was made.
#[derive(Debug, Error)]
pub enum RegisterError {
    /// The operator lets nobody register.
    #[error("registration is closed")]
    Closed,
    /// The password breaks these rules.
    #[error("the password is too weak")]
    WeakPassword(Vec<WeakPassword>),
    /// Somebody has the name.
    #[error("the username is taken")]
    UsernameTaken,
    /// Somebody has the address.
    #[error("the address is taken")]
    EmailTaken,
    /// A setup token was presented that is not the operator's, or was used already.
    #[error("the setup token is not valid")]
    SetupToken,
    /// The hasher failed.
    #[error(transparent)]
    Hasher(#[from] HasherError),
    /// The store failed.
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for RegisterError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Taken(Key::Username) => Self::UsernameTaken,
            StoreError::Taken(Key::Email) => Self::EmailTaken,
            error => Self::Store(error),
        }
    }
}

/// Registers: all three steps.
pub fn register(
    accounts: &Accounts,
    now: Timestamp,
    random: &dyn Random,
    scratch: &mut Scratch,
    registration: &Registration,
) -> Result<User, RegisterError> {
    look_up(accounts, registration)?;
    let hash = accounts.hasher.hash(scratch, random, &registration.password)?;
    finish(accounts, now, registration, hash)
}

/// Refuses where nobody may register, which can be told before anything about the person is known.
pub fn ensure_open(accounts: &Accounts) -> Result<(), RegisterError> {
    if accounts.rules.registration_open {
        return Ok(());
    }
    let refused = RegisterError::Closed;
    tell_failure(&refused);
    Err(refused)
}

/// Step one, on the database: refuses what can be refused before a hash is paid for.
pub fn look_up(accounts: &Accounts, registration: &Registration) -> Result<(), RegisterError> {
    ensure_open(accounts)?;
    let refused = refuse_early(accounts, registration);
    if let Err(error) = &refused {
        tell_failure(error);
    }
    refused
}

fn refuse_early(accounts: &Accounts, registration: &Registration) -> Result<(), RegisterError> {
    // A guess costs the guesser what it costs us. Whether the right token is still good, the last step decides.
    if let (FirstAdmin::Holder(token), Some(presented)) =
        (&accounts.rules.first_admin, &registration.setup_token)
        && !token.matches(presented)
    {
        return Err(RegisterError::SetupToken);
    }
    let person = PersonalData {
        username: registration.username.as_ref().map(Username::as_str),
        email: Some(registration.email.as_str()),
        full_name: registration.full_name.as_ref().map(FullName::as_str),
    };
    let weak = accounts.rules.password.check(&registration.password, person);
    if !weak.is_empty() {
        return Err(RegisterError::WeakPassword(weak));
    }
    let username = registration.username.as_ref().map(Username::key);
    let email = registration.email.key();
    accounts.database.read(|conn| match users::find_taken(conn, username.as_ref(), Some(&email))? {
        Some(key) => Err(StoreError::Taken(key).into()),
        None => Ok(()),
    })
}

/// Step three, on the database: the account, its role and, for the first of all, the claim to be admin, in one
/// transaction. (Step two is [`crate::hasher::Hasher::hash`], where no connection is held.)
pub fn finish(
    accounts: &Accounts,
    now: Timestamp,
    registration: &Registration,
    password_hash: PasswordHash,
) -> Result<User, RegisterError> {
    let new = NewUser {
        username: registration.username.clone(),
        email: Some(registration.email.clone()),
        full_name: registration.full_name.clone(),
        password_hash,
    };
    let made = accounts.database.write(|conn| {
        let role =
            claim_role(conn, accounts, now, registration.setup_token.as_ref().map(|token| token.as_str()))?;
        insert_with_role(conn, now, &new, role)
    });
    match &made {
        Ok(user) => {
            let admin = user.is_admin();
            tracing::info!(target: "auth", user_id = user.id.get(), admin, "registered");
        }
        Err(error) => tell_failure(error),
    }
    made
}

/// Which role this registration gets. The claims are rows that one transaction wins; they are given back with it if
/// the account cannot be made after all.
fn claim_role(
    conn: &mut DatabaseConnection,
    accounts: &Accounts,
    now: Timestamp,
    setup_token: Option<&str>,
) -> Result<&'static str, RegisterError> {
    let is_first = installation::claim_first_account(conn, now)?;
    let becomes_admin = match (&accounts.rules.first_admin, setup_token) {
        (FirstAdmin::FirstAccount, _) => is_first && installation::claim_admin(conn, now)?,
        (FirstAdmin::Holder(token), Some(presented)) => {
            if !token.matches(presented) || !installation::claim_admin(conn, now)? {
                return Err(RegisterError::SetupToken);
            }
            true
        }
        (FirstAdmin::Holder(_), None) | (FirstAdmin::Nobody, _) => false,
    };
    Ok(if becomes_admin { RoleName::ADMIN } else { RoleName::MEMBER })
}

/// Makes the account and gives it its first role.
pub(crate) fn insert_with_role<E: From<StoreError>>(
    conn: &mut DatabaseConnection,
    now: Timestamp,
    new: &NewUser,
    role: &'static str,
) -> Result<User, E> {
    let role =
        role.parse().map_err(|_| StoreError::Corrupt { what: "name of role", row: role.to_owned() })?;
    let id = users::insert(conn, now, new)?;
    roles::insert_user_role(conn, id, &role)?;
    Ok(users::find(conn, id)?.ok_or(StoreError::Missing)?)
}

/// Without the address or the name: what somebody mistypes may be a secret.
fn tell_failure(error: &RegisterError) {
    tracing::warn!(target: "auth", reason = %error, "registration failed");
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use vestibule_domain::password::rules::PasswordRules;
    use vestibule_persistence::{Database, DatabaseUrl, PoolOptions};

    use super::*;
    use crate::caller_cache::CallerCache;
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
        Accounts {
            database: Database::open(&nowhere, PoolOptions::default()),
            hasher: Hasher::new(&HasherSettings::default(), &Zeros).unwrap(),
            callers: Arc::new(CallerCache::new(Duration::from_secs(1))),
            rules: Arc::new(AccountRules {
                registration_open,
                password: PasswordRules::default(),
                first_admin: FirstAdmin::Holder(SetupToken::new("the operator's own")),
                access_token_ttl: Duration::from_hours(1),
                sessions_per_user: 1,
            }),
        }
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

    /// S10, S34: neither the database nor the hasher works for a guess.
    #[test]
    fn a_wrong_setup_token_is_refused_before_any_work() {
        let open = accounts(true);
        assert!(matches!(look_up(&open, &registration("a guess")), Err(RegisterError::SetupToken)));
        assert!(matches!(look_up(&open, &registration("")), Err(RegisterError::SetupToken)));
        let right = look_up(&open, &registration("the operator's own"));
        assert!(matches!(right, Err(RegisterError::Store(_))), "{right:?}");
    }

    #[test]
    fn a_closed_house_says_so_before_anything_else() {
        let closed = accounts(false);
        assert!(matches!(ensure_open(&closed), Err(RegisterError::Closed)));
        assert!(matches!(look_up(&closed, &registration("a guess")), Err(RegisterError::Closed)));
        assert!(ensure_open(&accounts(true)).is_ok());
    }
}
