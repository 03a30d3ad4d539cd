//! Many accounts in few statements.
#![expect(clippy::ref_option_ref, reason = "the derives write it")]

use std::collections::HashMap;

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use vestibule_domain::avatar::AvatarName;
use vestibule_domain::birth_date::BirthDate;
use vestibule_domain::email::EmailAddress;
use vestibule_domain::fold::fold;
use vestibule_domain::id::UserId;
use vestibule_domain::metadata::Metadata;
use vestibule_domain::password::PasswordHash;
use vestibule_domain::person_name::{FullName, Nickname};
use vestibule_domain::phone::PhoneNumber;
use vestibule_domain::role::RoleName;
use vestibule_domain::time::Timestamp;
use vestibule_domain::username::Username;

use super::KEYS_PER_QUERY;
use crate::dialect::{self, DatabaseConnection, MultiBackend, insert_many, on_its_own};
use crate::error::StoreError;
use crate::roles::parse_role;
use crate::schema::{user_roles, users};
use crate::users::parse_id;

/// All that is taken over of an account, but its picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedUser {
    /// The name.
    pub username: Option<Username>,
    /// The address.
    pub email: Option<EmailAddress>,
    /// When the address was proven.
    pub email_verified_at: Option<Timestamp>,
    /// The person's name.
    pub full_name: Option<FullName>,
    /// What a sign-in is checked against.
    pub password_hash: PasswordHash,
    /// Since when it may not sign in.
    pub suspended_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last signed in.
    pub last_login_at: Option<Timestamp>,
    /// What friends say.
    pub nickname: Option<Nickname>,
    /// A telephone number.
    pub phone: Option<PhoneNumber>,
    /// The day of birth.
    pub dob: Option<BirthDate>,
    /// Free JSON.
    pub metadata: Metadata,
    /// The roles, sorted.
    pub roles: Vec<RoleName>,
}

/// Which keys somebody has, and who.
#[derive(Clone, Debug, Default)]
pub struct TakenKeys {
    /// Keys of usernames.
    pub names: HashMap<String, UserId>,
    /// Keys of addresses.
    pub addresses: HashMap<String, UserId>,
}

/// The columns of an account as they are written, whether new or, all but the number, changed.
#[derive(AsChangeset, Insertable)]
#[diesel(table_name = users, treat_none_as_null = true, treat_none_as_default_value = false)]
struct Written<'a> {
    id: i64,
    username: Option<&'a str>,
    username_key: Option<String>,
    email: Option<&'a str>,
    email_key: Option<String>,
    email_verified_at: Option<NaiveDateTime>,
    full_name: Option<&'a str>,
    full_name_key: Option<String>,
    password_hash: &'a str,
    suspended_at: Option<NaiveDateTime>,
    created_at: NaiveDateTime,
    updated_at: NaiveDateTime,
    last_login_at: Option<NaiveDateTime>,
    nickname: Option<&'a str>,
    phone: Option<&'a str>,
    dob: Option<NaiveDate>,
    metadata: &'a str,
    profile_updated_at: NaiveDateTime,
}

impl<'a> Written<'a> {
    fn of(id: UserId, user: &'a ImportedUser, now: Timestamp) -> Self {
        let naive = |at: Option<Timestamp>| at.map(Timestamp::naive_utc);
        Self {
            id: id.get(),
            username: user.username.as_ref().map(Username::as_str),
            username_key: user.username.as_ref().map(|name| name.key().as_str().to_owned()),
            email: user.email.as_ref().map(EmailAddress::as_str),
            email_key: user.email.as_ref().map(|email| email.key().as_str().to_owned()),
            email_verified_at: naive(user.email_verified_at),
            full_name: user.full_name.as_ref().map(FullName::as_str),
            full_name_key: user.full_name.as_ref().map(|name| fold(name.as_str())),
            password_hash: user.password_hash.as_str(),
            suspended_at: naive(user.suspended_at),
            created_at: user.created_at.naive_utc(),
            updated_at: now.naive_utc(),
            last_login_at: naive(user.last_login_at),
            nickname: user.nickname.as_ref().map(Nickname::as_str),
            phone: user.phone.as_ref().map(PhoneNumber::as_str),
            dob: user.dob.map(BirthDate::date),
            metadata: user.metadata.as_str(),
            profile_updated_at: now.naive_utc(),
        }
    }
}

#[derive(Insertable)]
#[diesel(table_name = user_roles, treat_none_as_default_value = false)]
struct NewRole<'a> {
    user_id: i64,
    role: &'a str,
}

/// Which of `names` are usernames' keys and which of `addresses` are addresses' keys, and whose.
pub fn list_taken(
    conn: &mut DatabaseConnection,
    names: &[&str],
    addresses: &[&str],
) -> Result<TakenKeys, StoreError> {
    type Row = (Option<String>, i64);
    let mut taken = TakenKeys::default();
    for some in names.chunks(KEYS_PER_QUERY) {
        let wanted = users::table.filter(users::username_key.eq_any(some));
        let wanted = wanted.select((users::username_key, users::id));
        add(&mut taken.names, on_its_own!(conn, |conn| wanted.load::<Row>(conn))?)?;
    }
    for some in addresses.chunks(KEYS_PER_QUERY) {
        let wanted = users::table.filter(users::email_key.eq_any(some));
        let wanted = wanted.select((users::email_key, users::id));
        add(&mut taken.addresses, on_its_own!(conn, |conn| wanted.load::<Row>(conn))?)?;
    }
    Ok(taken)
}

fn add(keys: &mut HashMap<String, UserId>, rows: Vec<(Option<String>, i64)>) -> Result<(), StoreError> {
    for (key, id) in rows {
        keys.insert(key.unwrap_or_default(), parse_id(id)?);
    }
    Ok(())
}

/// Those of the accounts `ids` that there are.
pub fn list_existing(conn: &mut DatabaseConnection, ids: &[i64]) -> Result<Vec<i64>, StoreError> {
    let mut existing = Vec::with_capacity(ids.len());
    for some in ids.chunks(KEYS_PER_QUERY) {
        let wanted = users::table.filter(users::id.eq_any(some)).select(users::id);
        existing.extend(on_its_own!(conn, |conn| wanted.load::<i64>(conn))?);
    }
    Ok(existing)
}

/// Those of the accounts `ids` that may not sign in.
pub fn list_suspended(conn: &mut DatabaseConnection, ids: &[i64]) -> Result<Vec<i64>, StoreError> {
    let mut suspended = Vec::new();
    for some in ids.chunks(KEYS_PER_QUERY) {
        let wanted = users::table.filter(users::id.eq_any(some)).filter(users::suspended_at.is_not_null());
        let wanted = wanted.select(users::id);
        suspended.extend(on_its_own!(conn, |conn| wanted.load::<i64>(conn))?);
    }
    Ok(suspended)
}

/// Numbers for `count` new accounts, which no other account ever had or will have. On SQLite they are good until the
/// transaction ends.
pub fn reserve_user_ids(conn: &mut DatabaseConnection, count: usize) -> Result<Vec<UserId>, StoreError> {
    dialect::reserve_user_ids(conn, i64::try_from(count).unwrap_or(i64::MAX))?
        .into_iter()
        .map(parse_id)
        .collect()
}

/// Makes accounts, many in a statement. [`StoreError::Taken`] where one of their keys is somebody's.
pub fn insert_users(
    conn: &mut DatabaseConnection,
    now: Timestamp,
    new: &[(UserId, &ImportedUser)],
) -> Result<(), StoreError> {
    let rows: Vec<_> = new.iter().map(|(id, user)| Written::of(*id, user, now)).collect();
    insert_many!(conn, users::table, rows)?;
    let roles: Vec<_> = new
        .iter()
        .flat_map(|(id, user)| {
            user.roles.iter().map(|role| NewRole { user_id: id.get(), role: role.as_str() })
        })
        .collect();
    insert_many!(conn, user_roles::table, roles)?;
    Ok(())
}

/// Makes the account `user_id` what `user` says. [`StoreError::Taken`] where one of its keys is somebody else's.
pub fn set_user(
    conn: &mut DatabaseConnection,
    now: Timestamp,
    user_id: UserId,
    user: &ImportedUser,
) -> Result<(), StoreError> {
    // What was mailed to the person was mailed under other circumstances.
    let set = (Written::of(user_id, user, now), users::token_epoch.eq(users::token_epoch + 1));
    let changed = diesel::update(users::table.find(user_id.get())).set(set).execute(conn)?;
    if changed != 1 {
        return Err(StoreError::Missing);
    }
    diesel::delete(user_roles::table.filter(user_roles::user_id.eq(user_id.get()))).execute(conn)?;
    let roles: Vec<_> =
        user.roles.iter().map(|role| NewRole { user_id: user_id.get(), role: role.as_str() }).collect();
    insert_many!(conn, user_roles::table, roles)?;
    Ok(())
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = users)]
struct Kept {
    id: i64,
    username: Option<String>,
    email: Option<String>,
    email_verified_at: Option<NaiveDateTime>,
    full_name: Option<String>,
    password_hash: String,
    suspended_at: Option<NaiveDateTime>,
    created_at: NaiveDateTime,
    last_login_at: Option<NaiveDateTime>,
    nickname: Option<String>,
    phone: Option<String>,
    dob: Option<NaiveDate>,
    metadata: String,
}

impl Kept {
    fn as_columns() -> <Self as Selectable<MultiBackend>>::SelectExpression {
        <Self as Selectable<MultiBackend>>::construct_selection()
    }

    fn into_user(self, roles: Vec<RoleName>) -> Result<ImportedUser, StoreError> {
        let corrupt = |what| move || StoreError::Corrupt { what, row: self.id.to_string() };
        let moment = |at: Option<NaiveDateTime>| at.map(Timestamp::from_naive_utc);
        Ok(ImportedUser {
            username: parsed(self.username.as_deref().map(Username::admit), corrupt("username"))?,
            email: parsed(self.email.as_deref().map(str::parse), corrupt("email"))?,
            email_verified_at: moment(self.email_verified_at),
            full_name: parsed(self.full_name.as_deref().map(str::parse), corrupt("full name"))?,
            password_hash: self.password_hash.try_into().map_err(|_| corrupt("password hash")())?,
            suspended_at: moment(self.suspended_at),
            created_at: Timestamp::from_naive_utc(self.created_at),
            last_login_at: moment(self.last_login_at),
            nickname: parsed(self.nickname.as_deref().map(str::parse), corrupt("nickname"))?,
            phone: parsed(self.phone.as_deref().map(PhoneNumber::admit), corrupt("phone"))?,
            dob: self.dob.map(BirthDate::from_date),
            metadata: self.metadata.parse().map_err(|_| corrupt("metadata")())?,
            roles,
        })
    }
}

fn parsed<T, E>(
    value: Option<Result<T, E>>,
    corrupt: impl FnOnce() -> StoreError,
) -> Result<Option<T>, StoreError> {
    value.transpose().map_err(|_| corrupt())
}

/// The accounts `ids` as they stand, by their numbers.
pub fn list_users(
    conn: &mut DatabaseConnection,
    ids: &[i64],
) -> Result<HashMap<i64, ImportedUser>, StoreError> {
    let mut found = HashMap::with_capacity(ids.len());
    for some in ids.chunks(KEYS_PER_QUERY) {
        let held = user_roles::table
            .filter(user_roles::user_id.eq_any(some))
            .order(user_roles::role)
            .select((user_roles::user_id, user_roles::role))
            .load::<(i64, String)>(conn)?;
        let mut roles: HashMap<i64, Vec<RoleName>> = HashMap::new();
        for (id, role) in held {
            roles.entry(id).or_default().push(parse_role(&role)?);
        }
        let wanted = users::table.filter(users::id.eq_any(some)).select(Kept::as_columns());
        for row in wanted.load::<Kept>(conn)? {
            let id = row.id;
            let mut held = roles.remove(&id).unwrap_or_default();
            held.sort_unstable();
            found.insert(id, row.into_user(held)?);
        }
    }
    Ok(found)
}

/// The pictures that the accounts `ids` show.
pub fn list_avatars(
    conn: &mut DatabaseConnection,
    ids: &[i64],
) -> Result<HashMap<i64, AvatarName>, StoreError> {
    let mut found = HashMap::new();
    for some in ids.chunks(KEYS_PER_QUERY) {
        let wanted = users::table
            .filter(users::id.eq_any(some))
            .filter(users::avatar.is_not_null())
            .select((users::id, users::avatar));
        for (id, name) in wanted.load::<(i64, Option<String>)>(conn)? {
            let corrupt = || StoreError::Corrupt { what: "avatar", row: id.to_string() };
            found.extend(parsed(name.as_deref().map(str::parse), corrupt)?.map(|name| (id, name)));
        }
    }
    Ok(found)
}
