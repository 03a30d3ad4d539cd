//! Accounts.

mod change;
mod delete;

use diesel::dsl::exists;
use diesel::prelude::*;
use vestibule_domain::email::{EmailAddress, EmailKey};
use vestibule_domain::fold::fold;
use vestibule_domain::id::UserId;
use vestibule_domain::password::PasswordHash;
use vestibule_domain::person_name::FullName;
use vestibule_domain::time::Timestamp;
use vestibule_domain::user::User;
use vestibule_domain::username::{Username, UsernameKey};

pub use self::change::{ProfileChange, UserChange, set_profile, set_user};
pub use self::delete::delete;
use crate::dialect::{DatabaseConnection, lock_user};
use crate::error::{Key, StoreError};
use crate::roles;
use crate::schema::users;
use crate::user_row::UserRow;

/// An account to be made.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// Its name, if it has one.
    pub username: Option<Username>,
    /// Its address, if it has one.
    pub email: Option<EmailAddress>,
    /// The person's name.
    pub full_name: Option<FullName>,
    /// What a sign-in is checked against.
    pub password_hash: PasswordHash,
}

/// What a sign-in needs to know of an account.
#[derive(Clone, Debug)]
pub struct Credential {
    /// The account.
    pub user_id: UserId,
    /// What the password is checked against.
    pub password_hash: PasswordHash,
}

/// Makes an account without roles.
pub fn insert(conn: &mut DatabaseConnection, now: Timestamp, new: &NewUser) -> Result<UserId, StoreError> {
    let id: i64 = diesel::insert_into(users::table)
        .values((
            users::username.eq(new.username.as_ref().map(Username::as_str)),
            users::username_key.eq(new.username.as_ref().map(|name| name.key().as_str().to_owned())),
            users::email.eq(new.email.as_ref().map(EmailAddress::as_str)),
            users::email_key.eq(new.email.as_ref().map(|email| email.key().as_str().to_owned())),
            users::full_name.eq(new.full_name.as_ref().map(FullName::as_str)),
            users::full_name_key.eq(new.full_name.as_ref().map(|name| fold(name.as_str()))),
            users::password_hash.eq(new.password_hash.as_str()),
            users::created_at.eq(now.naive_utc()),
            users::updated_at.eq(now.naive_utc()),
            users::profile_updated_at.eq(now.naive_utc()),
        ))
        .returning(users::id)
        .get_result(conn)?;
    parse_id(id)
}

/// The account `user_id`, with its roles.
pub fn find(conn: &mut DatabaseConnection, user_id: UserId) -> Result<Option<User>, StoreError> {
    let row: Option<UserRow> =
        users::table.find(user_id.get()).select(UserRow::as_columns()).first(conn).optional()?;
    row.map(|row| {
        let (names, permissions) = roles::list_of_user(conn, user_id)?;
        row.into_user(names, permissions)
    })
    .transpose()
}

/// The number of accounts.
pub fn count(conn: &mut DatabaseConnection) -> Result<i64, StoreError> {
    Ok(users::table.count().get_result(conn)?)
}

/// Which of the two keys somebody has already, the username first.
pub fn find_taken(
    conn: &mut DatabaseConnection,
    username: Option<&UsernameKey>,
    email: Option<&EmailKey>,
) -> Result<Option<Key>, StoreError> {
    if let Some(key) = username {
        let taken = diesel::select(exists(users::table.filter(users::username_key.eq(key.as_str()))));
        if taken.get_result::<bool>(conn)? {
            return Ok(Some(Key::Username));
        }
    }
    if let Some(key) = email {
        // An imported username may look like an address: who came later may not take it for theirs.
        let same = users::email_key.eq(key.as_str()).or(users::username_key.eq(key.as_str()));
        let taken = diesel::select(exists(users::table.filter(same)));
        if taken.get_result::<bool>(conn)? {
            return Ok(Some(Key::Email));
        }
    }
    Ok(None)
}

/// The account somebody means who signs in as `username` or `email`.
///
/// An imported username may look like an address. Where the same text is one account's address and another's
/// username, a proven address wins, and else the username: an address that anybody could have typed at sign-up must
/// not stand before somebody's name.
pub fn find_credential(
    conn: &mut DatabaseConnection,
    username: &UsernameKey,
    email: Option<&EmailKey>,
) -> Result<Option<Credential>, StoreError> {
    let rows = users::table
        .filter(
            users::username_key
                .eq(username.as_str())
                .or(users::email_key.eq(email.map_or("", EmailKey::as_str))),
        )
        .select((users::id, users::password_hash, users::username_key, users::email_verified_at))
        .limit(2)
        .load::<(i64, String, Option<String>, Option<chrono::NaiveDateTime>)>(conn)?;
    let meant = rows.iter().max_by_key(|(_, _, name, verified_at)| {
        let by_name = name.as_deref() == Some(username.as_str());
        (!by_name && verified_at.is_some(), by_name)
    });
    let Some((id, hash, ..)) = meant else { return Ok(None) };
    let corrupt = |_| StoreError::Corrupt { what: "password hash", row: id.to_string() };
    Ok(Some(Credential { user_id: parse_id(*id)?, password_hash: hash.clone().try_into().map_err(corrupt)? }))
}

/// Notes a sign-in at `now` and renews the hash, if and only if the hash is still `checked` and the account is not
/// suspended. `false` where it is not so any more. The row stays locked until the transaction ends, so that two
/// sign-ins of one account follow each other.
pub fn set_signed_in(
    conn: &mut DatabaseConnection,
    now: Timestamp,
    user_id: UserId,
    checked: &PasswordHash,
    renewed: Option<&PasswordHash>,
) -> Result<bool, StoreError> {
    let same = users::table
        .filter(users::id.eq(user_id.get()))
        .filter(users::password_hash.eq(checked.as_str()))
        .filter(users::suspended_at.is_null());
    let changed = diesel::update(same)
        .set((
            users::last_login_at.eq(now.naive_utc()),
            users::password_hash.eq(renewed.unwrap_or(checked).as_str()),
        ))
        .execute(conn)?;
    Ok(changed == 1)
}

/// Suspends the account from `now` on, or restores it.
pub fn set_suspended(
    conn: &mut DatabaseConnection,
    now: Timestamp,
    user_id: UserId,
    suspended: bool,
) -> Result<(), StoreError> {
    let changed = diesel::update(users::table.find(user_id.get()))
        .set((
            users::suspended_at.eq(suspended.then(|| now.naive_utc())),
            users::updated_at.eq(now.naive_utc()),
        ))
        .execute(conn)?;
    if changed == 1 { Ok(()) } else { Err(StoreError::Missing) }
}

/// Puts `hash` in the place of whatever is stored.
pub fn set_password_hash(
    conn: &mut DatabaseConnection,
    user_id: UserId,
    hash: &PasswordHash,
) -> Result<(), StoreError> {
    let changed = diesel::update(users::table.find(user_id.get()))
        .set(users::password_hash.eq(hash.as_str()))
        .execute(conn)?;
    if changed == 1 { Ok(()) } else { Err(StoreError::Missing) }
}

/// Locks the account until the transaction ends, as a sign-in does it: what ends its sessions goes before it or after it.
pub fn lock(conn: &mut DatabaseConnection, user_id: UserId) -> Result<(), StoreError> {
    Ok(lock_user(conn, user_id.get())?)
}

/// What a mailed token is made under.
pub fn find_token_epoch(conn: &mut DatabaseConnection, user_id: UserId) -> Result<Option<i64>, StoreError> {
    Ok(users::table.find(user_id.get()).select(users::token_epoch).first(conn).optional()?)
}

/// Voids what was mailed to anybody. Locks every account until the transaction ends, so nobody signs in meanwhile.
pub fn raise_every_token_epoch(conn: &mut DatabaseConnection) -> Result<usize, StoreError> {
    let raised = users::token_epoch.eq(users::token_epoch + 1);
    Ok(diesel::update(users::table).set(raised).execute(conn)?)
}

pub(crate) fn parse_id(id: i64) -> Result<UserId, StoreError> {
    id.try_into().map_err(|_| StoreError::Corrupt { what: "id of user", row: id.to_string() })
}
