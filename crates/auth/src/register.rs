//! Making an account for oneself.

use thiserror::Error;
use vestibule_domain::audit::{AuditEvent, AuditRecord};
use vestibule_domain::caller::ClientInfo;
use vestibule_domain::email::EmailAddress;
use vestibule_domain::mail::MailOrder;
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
use vestibule_persistence::{Key, StoreError, audit, credentials, installation, outbox, roles};
use zeroize::Zeroizing;

use crate::accounts::Accounts;
use crate::hasher::{HasherError, Scratch};
use crate::limits::MailKind;
use crate::refusal;
use crate::rules::{EmailVerification, FirstAdmin};

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

/// What came of a registration.
#[derive(Debug)]
pub enum Registered {
    /// The account.
    Made(Box<User>),
    /// Where addresses have to be proven: whatever there is to say was said by mail. There is an account now, or there was
    /// one, whose owner was told.
    Pending,
}

/// Registers: all three steps.
pub fn register(
    accounts: &Accounts,
    now: Timestamp,
    random: &dyn Random,
    scratch: &mut Scratch,
    registration: &Registration,
    client: &ClientInfo,
) -> Result<Registered, RegisterError> {
    look_up(accounts, now, registration, client)?;
    let hash = accounts.hasher.hash(scratch, random, &registration.password)?;
    finish(accounts, now, registration, hash, client)
}

/// Refuses where nobody may register, which can be told before anything about the person is known.
pub fn ensure_open(accounts: &Accounts, now: Timestamp, client: &ClientInfo) -> Result<(), RegisterError> {
    if accounts.rules.registration_open {
        return Ok(());
    }
    Err(refuse(accounts, now, client, RegisterError::Closed))
}

/// Step one, on the database: refuses what can be refused before a hash is paid for. Where addresses have to be proven, a
/// known one is not, so that it costs the same and says the same as one that is not.
pub fn look_up(
    accounts: &Accounts,
    now: Timestamp,
    registration: &Registration,
    client: &ClientInfo,
) -> Result<(), RegisterError> {
    ensure_open(accounts, now, client)?;
    refuse_early(accounts, registration).map_err(|error| refuse(accounts, now, client, error))
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
    let email = (!hides_addresses(accounts)).then(|| registration.email.key());
    accounts.database.read(|conn| match users::find_taken(conn, username.as_ref(), email.as_ref())? {
        Some(key) => Err(StoreError::Taken(key).into()),
        None => Ok(()),
    })
}

fn hides_addresses(accounts: &Accounts) -> bool {
    accounts.rules.email_verification == EmailVerification::Required
}

/// Step three, on the database: the account, its role, the link to prove its address and, for the first of all, the claim
/// to be admin, in one transaction. (Step two is [`crate::hasher::Hasher::hash`], where no connection is held.)
pub fn finish(
    accounts: &Accounts,
    now: Timestamp,
    registration: &Registration,
    password_hash: PasswordHash,
    client: &ClientInfo,
) -> Result<Registered, RegisterError> {
    // Whoever signs up with somebody else's address has a mail sent there. Both kinds are counted after the fact, so that
    // an address takes as long whether or not it is known.
    let email = registration.email.key();
    match make(accounts, now, registration, password_hash, client) {
        Ok(user) => {
            if accounts.rules.email_verification != EmailVerification::Off {
                // The link went out whatever the limit says: an account is made once and may be of no use without it.
                let _ = accounts.limits.admit_mail(now, MailKind::Proof, &email);
            }
            let (admin, request_id) = (user.is_admin(), client.request_id());
            tracing::info!(target: "auth", user_id = user.id.get(), admin, request_id, "registered");
            Ok(if hides_addresses(accounts) { Registered::Pending } else { Registered::Made(Box::new(user)) })
        }
        Err(RegisterError::EmailTaken) if hides_addresses(accounts) => {
            let may_write = accounts.limits.admit_mail(now, MailKind::Notice, &email);
            tell_owner(accounts, now, &registration.email, may_write, client)?;
            Ok(Registered::Pending)
        }
        Err(error) => Err(refuse(accounts, now, client, error)),
    }
}

fn make(
    accounts: &Accounts,
    now: Timestamp,
    registration: &Registration,
    password_hash: PasswordHash,
    client: &ClientInfo,
) -> Result<User, RegisterError> {
    let new = NewUser {
        username: registration.username.clone(),
        email: Some(registration.email.clone()),
        full_name: registration.full_name.clone(),
        password_hash,
    };
    let setup_token = registration.setup_token.as_ref().map(|token| token.as_str());
    let keys = (registration.username.as_ref().map(Username::key), registration.email.key());
    accounts.database.write(|conn| {
        let role = claim_role(conn, accounts, now, setup_token)?;
        // Before the insert: which of two unique keys a database complains of first is its own affair, and a name may be
        // told where an address may not.
        if let Some(key) = users::find_taken(conn, keys.0.as_ref(), Some(&keys.1))? {
            return Err(StoreError::Taken(key).into());
        }
        let user = insert_with_role::<RegisterError>(conn, now, &new, role)?;
        if accounts.rules.email_verification != EmailVerification::Off {
            outbox::insert(conn, now, &MailOrder::VerifyEmail { user_id: user.id })?;
        }
        audit::insert(conn, &AuditRecord::success(now, AuditEvent::Registered, client).by(user.id))?;
        Ok::<_, RegisterError>(user)
    })
}

/// Writes to whoever has the address, and never a link that proves it: the account may be somebody else's who signed up
/// with it first. Something is written in any case, as where an account is made: a commit is the slowest of it all.
fn tell_owner(
    accounts: &Accounts,
    now: Timestamp,
    email: &EmailAddress,
    may_write: bool,
    client: &ClientInfo,
) -> Result<(), StoreError> {
    let reason = RegisterError::EmailTaken.to_string();
    tracing::warn!(target: "auth", request_id = client.request_id(), reason, "registration failed");
    accounts.database.write(|conn| {
        let owner = credentials::find_recipient(conn, &email.key())?.map(|owner| owner.user_id);
        let record = AuditRecord::failure(now, AuditEvent::Registered, client).saying(reason);
        audit::insert(conn, &AuditRecord { subject: owner, ..record })?;
        match owner.filter(|_| may_write) {
            Some(user_id) => outbox::insert(conn, now, &MailOrder::AccountExists { user_id }),
            None => Ok(()),
        }
    })
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

/// Tells of it without the address or the name: what somebody mistypes may be a secret.
fn refuse(accounts: &Accounts, now: Timestamp, client: &ClientInfo, error: RegisterError) -> RegisterError {
    if matches!(error, RegisterError::Store(_) | RegisterError::Hasher(_)) {
        tracing::warn!(target: "auth", request_id = client.request_id(), reason = %error, "registration failed");
    } else {
        let record = AuditRecord::failure(now, AuditEvent::Registered, client).saying(error.to_string());
        refusal::tell(accounts, record, "registration failed");
    }
    error
}

#[cfg(test)]
mod tests;
