//! What opens an account: its password and its address. Each change says what the account must still be like, and whether
//! it was so is the count of rows.

use diesel::dsl::exists;
use diesel::prelude::*;
use vestibule_domain::email::{EmailAddress, EmailKey};
use vestibule_domain::id::UserId;
use vestibule_domain::password::PasswordHash;
use vestibule_domain::time::Timestamp;

use crate::dialect::DatabaseConnection;
use crate::error::{Key, StoreError};
use crate::schema::users;
use crate::users::{Credential, parse_id};

/// Somebody who can be written to, and what a token for them is made under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// The account.
    pub user_id: UserId,
    /// Its address as stored: mails go there and nowhere else.
    pub email: EmailAddress,
    /// Its `token_epoch`.
    pub epoch: i64,
    /// When the address was proven.
    pub email_verified_at: Option<Timestamp>,
    /// Since when it may not act.
    pub suspended_at: Option<Timestamp>,
}

impl Recipient {
    /// Whether the account may act.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.suspended_at.is_none()
    }
}

/// Who has this address.
pub fn find_recipient(
    conn: &mut DatabaseConnection,
    email: &EmailKey,
) -> Result<Option<Recipient>, StoreError> {
    type Row = (i64, String, i64, Option<chrono::NaiveDateTime>, Option<chrono::NaiveDateTime>);
    let row: Option<Row> = users::table
        .filter(users::email_key.eq(email.as_str()))
        .select((
            users::id,
            users::email.assume_not_null(),
            users::token_epoch,
            users::email_verified_at,
            users::suspended_at,
        ))
        .first(conn)
        .optional()?;
    let Some((id, address, epoch, verified_at, suspended_at)) = row else { return Ok(None) };
    let corrupt = |_| StoreError::Corrupt { what: "email", row: id.to_string() };
    Ok(Some(Recipient {
        user_id: parse_id(id)?,
        email: address.parse().map_err(corrupt)?,
        epoch,
        email_verified_at: verified_at.map(Timestamp::from_naive_utc),
        suspended_at: suspended_at.map(Timestamp::from_naive_utc),
    }))
}

/// What the password of `user_id` is checked against.
pub fn find(conn: &mut DatabaseConnection, user_id: UserId) -> Result<Option<Credential>, StoreError> {
    let hash: Option<String> =
        users::table.find(user_id.get()).select(users::password_hash).first(conn).optional()?;
    let Some(hash) = hash else { return Ok(None) };
    let corrupt = |_| StoreError::Corrupt { what: "password hash", row: user_id.to_string() };
    Ok(Some(Credential { user_id, password_hash: hash.try_into().map_err(corrupt)? }))
}

/// The `token_epoch` of `user_id`, provided that its password is still `checked` and it is not suspended.
pub fn find_epoch_checked(
    conn: &mut DatabaseConnection,
    user_id: UserId,
    checked: &PasswordHash,
) -> Result<Option<i64>, StoreError> {
    let same = users::table
        .find(user_id.get())
        .filter(users::password_hash.eq(checked.as_str()))
        .filter(users::suspended_at.is_null());
    Ok(same.select(users::token_epoch).first(conn).optional()?)
}

/// Whether `email` stands for another account than `user_id`: as its address, or as an imported username that looks like
/// one.
pub fn is_anothers(
    conn: &mut DatabaseConnection,
    user_id: UserId,
    email: &EmailKey,
) -> Result<bool, StoreError> {
    let same = users::email_key.eq(email.as_str()).or(users::username_key.eq(email.as_str()));
    let others = users::table.filter(users::id.ne(user_id.get())).filter(same);
    Ok(diesel::select(exists(others)).get_result(conn)?)
}

/// Puts `new` in the place of the hash that was checked, if it still stands there and the account is not suspended, and
/// voids what was mailed before.
pub fn set_password_checked(
    conn: &mut DatabaseConnection,
    user_id: UserId,
    checked: &PasswordHash,
    new: &PasswordHash,
) -> Result<bool, StoreError> {
    let same = users::table
        .find(user_id.get())
        .filter(users::password_hash.eq(checked.as_str()))
        .filter(users::suspended_at.is_null());
    let changed = diesel::update(same)
        .set((users::password_hash.eq(new.as_str()), users::token_epoch.eq(users::token_epoch + 1)))
        .execute(conn)?;
    Ok(changed == 1)
}

/// Puts `new` in the place of whatever is stored, if nothing voided what was mailed under `epoch` to `email` and the
/// account is not suspended; and voids it. Whoever could read that mail has proven the address.
pub fn set_password_by_epoch(
    conn: &mut DatabaseConnection,
    now: Timestamp,
    user_id: UserId,
    epoch: i64,
    email: &EmailKey,
    new: &PasswordHash,
) -> Result<bool, StoreError> {
    let same = users::table
        .find(user_id.get())
        .filter(users::token_epoch.eq(epoch))
        .filter(users::email_key.eq(email.as_str()))
        .filter(users::suspended_at.is_null());
    let changed = diesel::update(same)
        .set((users::password_hash.eq(new.as_str()), users::token_epoch.eq(epoch + 1)))
        .execute(conn)?;
    if changed == 1 {
        set_email_verified(conn, now, user_id, email)?;
    }
    Ok(changed == 1)
}

/// Notes that `email` was proven, if it is still the address of `user_id` and was not proven before.
pub fn set_email_verified(
    conn: &mut DatabaseConnection,
    now: Timestamp,
    user_id: UserId,
    email: &EmailKey,
) -> Result<bool, StoreError> {
    let unproven = users::table
        .find(user_id.get())
        .filter(users::email_key.eq(email.as_str()))
        .filter(users::email_verified_at.is_null());
    let changed = diesel::update(unproven)
        .set((users::email_verified_at.eq(now.naive_utc()), users::updated_at.eq(now.naive_utc())))
        .execute(conn)?;
    Ok(changed == 1)
}

/// Gives `user_id` the proven address `email`, if nothing voided what was mailed under `epoch` and the account is not
/// suspended; and voids it.
pub fn set_email_by_epoch(
    conn: &mut DatabaseConnection,
    now: Timestamp,
    user_id: UserId,
    epoch: i64,
    email: &EmailAddress,
) -> Result<bool, StoreError> {
    let same = users::table
        .find(user_id.get())
        .filter(users::token_epoch.eq(epoch))
        .filter(users::suspended_at.is_null());
    refuse_anothers(conn, user_id, email)?;
    let changed = diesel::update(same)
        .set((
            users::email.eq(email.as_str()),
            users::email_key.eq(email.key().as_str()),
            users::email_verified_at.eq(now.naive_utc()),
            users::token_epoch.eq(epoch + 1),
            users::updated_at.eq(now.naive_utc()),
        ))
        .execute(conn)?;
    Ok(changed == 1)
}

/// Gives `user_id` the address `email` back, proven at `verified_at` or not at all, whatever happened since, and voids what
/// was mailed before.
pub fn set_email_back(
    conn: &mut DatabaseConnection,
    now: Timestamp,
    user_id: UserId,
    email: &EmailAddress,
    verified_at: Option<Timestamp>,
) -> Result<(), StoreError> {
    refuse_anothers(conn, user_id, email)?;
    let changed = diesel::update(users::table.find(user_id.get()))
        .set((
            users::email.eq(email.as_str()),
            users::email_key.eq(email.key().as_str()),
            users::email_verified_at.eq(verified_at.map(Timestamp::naive_utc)),
            users::token_epoch.eq(users::token_epoch + 1),
            users::updated_at.eq(now.naive_utc()),
        ))
        .execute(conn)?;
    if changed == 1 { Ok(()) } else { Err(StoreError::Missing) }
}

/// Takes `email` from an account other than `user_id` that has it and never proved it, for somebody who reads its mail.
/// Answers which that was.
pub fn take_unproven_address(
    conn: &mut DatabaseConnection,
    now: Timestamp,
    user_id: UserId,
    email: &EmailKey,
) -> Result<Option<UserId>, StoreError> {
    let unproven = users::table
        .filter(users::email_key.eq(email.as_str()))
        .filter(users::id.ne(user_id.get()))
        .filter(users::email_verified_at.is_null());
    let id: Option<i64> = diesel::update(unproven)
        .set((
            users::email.eq(None::<String>),
            users::email_key.eq(None::<String>),
            users::token_epoch.eq(users::token_epoch + 1),
            users::updated_at.eq(now.naive_utc()),
        ))
        .returning(users::id)
        .get_result(conn)
        .optional()?;
    id.map(parse_id).transpose()
}

/// Voids every link for a new password or a new address that was mailed to `user_id`.
pub fn set_next_epoch(conn: &mut DatabaseConnection, user_id: UserId) -> Result<(), StoreError> {
    let changed = diesel::update(users::table.find(user_id.get()))
        .set(users::token_epoch.eq(users::token_epoch + 1))
        .execute(conn)?;
    if changed == 1 { Ok(()) } else { Err(StoreError::Missing) }
}

/// Two that get here together are told apart by the unique key.
fn refuse_anothers(
    conn: &mut DatabaseConnection,
    user_id: UserId,
    email: &EmailAddress,
) -> Result<(), StoreError> {
    if is_anothers(conn, user_id, &email.key())? { Err(StoreError::Taken(Key::Email)) } else { Ok(()) }
}
