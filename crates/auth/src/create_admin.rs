//! Making an admin from the command line.

use thiserror::Error;
use vestibule_domain::audit::{AuditEvent, AuditRecord};
use vestibule_domain::caller::ClientInfo;
use vestibule_domain::email::EmailAddress;
use vestibule_domain::password::Password;
use vestibule_domain::password::rules::{PersonalData, WeakPassword};
use vestibule_domain::random::Random;
use vestibule_domain::role::RoleName;
use vestibule_domain::time::Timestamp;
use vestibule_domain::user::User;
use vestibule_domain::username::Username;
use vestibule_persistence::users::NewUser;
use vestibule_persistence::{Key, StoreError, audit, credentials, installation, users};

use crate::accounts::Accounts;
use crate::hasher::{HasherError, Scratch};
use crate::register::insert_with_role;

/// Why no admin was made.
#[derive(Debug, Error)]
pub enum CreateAdminError {
    /// The password breaks these rules.
    #[error("the password is too weak")]
    WeakPassword(Vec<WeakPassword>),
    /// Somebody has the name or the address.
    #[error("the {} is taken", if *.0 == Key::Email { "address" } else { "username" })]
    Taken(Key),
    /// The hasher failed.
    #[error(transparent)]
    Hasher(#[from] HasherError),
    /// The store failed.
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for CreateAdminError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Taken(key) => Self::Taken(key),
            error => Self::Store(error),
        }
    }
}

/// Makes an account with the role `admin`. It counts as the first account, so nobody becomes admin by registering
/// after it.
pub fn create_admin(
    accounts: &Accounts,
    now: Timestamp,
    random: &dyn Random,
    scratch: &mut Scratch,
    username: Username,
    email: EmailAddress,
    password: &Password,
) -> Result<User, CreateAdminError> {
    let person =
        PersonalData { username: Some(username.as_str()), email: Some(email.as_str()), full_name: None };
    let weak = accounts.rules.password.check(password, person);
    if !weak.is_empty() {
        return Err(CreateAdminError::WeakPassword(weak));
    }
    let password_hash = accounts.hasher.hash(scratch, random, password)?;
    let key = email.key();
    let new = NewUser { username: Some(username), email: Some(email), full_name: None, password_hash };
    accounts.database.write(|conn| {
        installation::claim_first_account(conn, now)?;
        installation::claim_admin(conn, now)?;
        let made = insert_with_role::<CreateAdminError>(conn, now, &new, RoleName::ADMIN)?;
        // The operator vouches for it: where addresses have to be proven, the first admin may have nobody to mail them.
        credentials::set_email_verified(conn, now, made.id, &key)?;
        let record = AuditRecord::success(now, AuditEvent::AdminCreated, &ClientInfo::default());
        audit::insert(conn, &record.on(made.id))?;
        Ok(users::find(conn, made.id)?.ok_or(StoreError::Missing)?)
    })
}
