//! An account as the database hands it over.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use vestibule_domain::birth_date::BirthDate;
use vestibule_domain::permission::PermissionSet;
use vestibule_domain::phone::PhoneNumber;
use vestibule_domain::profile::Profile;
use vestibule_domain::role::RoleName;
use vestibule_domain::time::Timestamp;
use vestibule_domain::user::User;
use vestibule_domain::username::Username;

use crate::dialect::MultiBackend;
use crate::error::StoreError;
use crate::schema::users;
use crate::users::parse_id;

/// Every column of an account but its keys and its hash.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = users)]
pub(crate) struct UserRow {
    pub(crate) id: i64,
    username: Option<String>,
    email: Option<String>,
    email_verified_at: Option<NaiveDateTime>,
    full_name: Option<String>,
    suspended_at: Option<NaiveDateTime>,
    created_at: NaiveDateTime,
    updated_at: NaiveDateTime,
    last_login_at: Option<NaiveDateTime>,
    nickname: Option<String>,
    phone: Option<String>,
    dob: Option<NaiveDate>,
    metadata: String,
    profile_updated_at: NaiveDateTime,
    avatar: Option<String>,
}

impl UserRow {
    /// The columns; `as_select()` does not exist for two backends at once.
    pub(crate) fn as_columns() -> <Self as Selectable<MultiBackend>>::SelectExpression {
        <Self as Selectable<MultiBackend>>::construct_selection()
    }

    /// The account, each value through its own door.
    pub(crate) fn into_user(
        self,
        roles: Vec<RoleName>,
        permissions: PermissionSet,
    ) -> Result<User, StoreError> {
        let corrupt = |what| move || StoreError::Corrupt { what, row: self.id.to_string() };
        Ok(User {
            id: parse_id(self.id)?,
            username: parsed(self.username.as_deref().map(Username::admit), corrupt("username"))?,
            email: parsed(self.email.as_deref().map(str::parse), corrupt("email"))?,
            email_verified_at: self.email_verified_at.map(Timestamp::from_naive_utc),
            full_name: parsed(self.full_name.as_deref().map(str::parse), corrupt("full name"))?,
            roles,
            permissions,
            suspended_at: self.suspended_at.map(Timestamp::from_naive_utc),
            created_at: Timestamp::from_naive_utc(self.created_at),
            updated_at: Timestamp::from_naive_utc(self.updated_at),
            last_login_at: self.last_login_at.map(Timestamp::from_naive_utc),
            profile: Profile {
                nickname: parsed(self.nickname.as_deref().map(str::parse), corrupt("nickname"))?,
                phone: parsed(self.phone.as_deref().map(PhoneNumber::admit), corrupt("phone"))?,
                dob: self.dob.map(BirthDate::from_date),
                avatar: parsed(self.avatar.as_deref().map(str::parse), corrupt("avatar"))?,
                metadata: self.metadata.parse().map_err(|_| corrupt("metadata")())?,
                updated_at: Timestamp::from_naive_utc(self.profile_updated_at),
            },
        })
    }
}

fn parsed<T, E>(
    value: Option<Result<T, E>>,
    corrupt: impl FnOnce() -> StoreError,
) -> Result<Option<T>, StoreError> {
    value.transpose().map_err(|_| corrupt())
}
