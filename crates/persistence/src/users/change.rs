//! Changing what an account is called and tells.

use diesel::dsl::exists;
use diesel::prelude::*;
use vestibule_domain::birth_date::BirthDate;
use vestibule_domain::email::EmailAddress;
use vestibule_domain::fold::fold;
use vestibule_domain::id::UserId;
use vestibule_domain::metadata::Metadata;
use vestibule_domain::person_name::{FullName, Nickname};
use vestibule_domain::phone::PhoneNumber;
use vestibule_domain::time::Timestamp;
use vestibule_domain::username::Username;

use super::lock;
use crate::credentials;
use crate::dialect::DatabaseConnection;
use crate::error::{Key, StoreError};
use crate::schema::users;

/// A change to what a person tells about themselves: an outer `None` leaves a field, an inner one clears it.
#[derive(Clone, Debug, Default)]
pub struct ProfileChange {
    /// The person's name.
    pub full_name: Option<Option<FullName>>,
    /// What friends say.
    pub nickname: Option<Option<Nickname>>,
    /// A telephone number.
    pub phone: Option<Option<PhoneNumber>>,
    /// The day of birth.
    pub dob: Option<Option<BirthDate>>,
    /// Free JSON; cleared means an empty object.
    pub metadata: Option<Metadata>,
}

impl ProfileChange {
    /// Whether nothing would change.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.full_name.is_none() && !self.touches_profile()
    }

    fn touches_profile(&self) -> bool {
        self.nickname.is_some() || self.phone.is_some() || self.dob.is_some() || self.metadata.is_some()
    }
}

#[derive(AsChangeset)]
#[diesel(table_name = users)]
struct ProfileChangeset {
    full_name: Option<Option<String>>,
    full_name_key: Option<Option<String>>,
    nickname: Option<Option<String>>,
    phone: Option<Option<String>>,
    dob: Option<Option<chrono::NaiveDate>>,
    metadata: Option<String>,
    updated_at: Option<chrono::NaiveDateTime>,
    profile_updated_at: Option<chrono::NaiveDateTime>,
}

impl ProfileChangeset {
    fn of(change: &ProfileChange, now: Timestamp) -> Self {
        Self {
            full_name: change.full_name.as_ref().map(|name| name.as_ref().map(ToString::to_string)),
            full_name_key: change
                .full_name
                .as_ref()
                .map(|name| name.as_ref().map(|name| fold(name.as_str()))),
            nickname: change.nickname.as_ref().map(|name| name.as_ref().map(ToString::to_string)),
            phone: change.phone.as_ref().map(|phone| phone.as_ref().map(ToString::to_string)),
            dob: change.dob.map(|dob| dob.map(BirthDate::date)),
            metadata: change.metadata.as_ref().map(ToString::to_string),
            updated_at: change.full_name.is_some().then(|| now.naive_utc()),
            profile_updated_at: change.touches_profile().then(|| now.naive_utc()),
        }
    }
}

/// Changes what `change` names, each field in the one statement, so that two changes of different fields both stand.
pub fn set_profile(
    conn: &mut DatabaseConnection,
    now: Timestamp,
    user_id: UserId,
    change: &ProfileChange,
) -> Result<(), StoreError> {
    if change.is_empty() {
        return Ok(());
    }
    let changed = diesel::update(users::table.find(user_id.get()))
        .set(ProfileChangeset::of(change, now))
        .execute(conn)?;
    if changed == 1 { Ok(()) } else { Err(StoreError::Missing) }
}

/// A change that those make who look after accounts. An outer `None` leaves a field, an inner one clears it.
#[derive(Clone, Debug, Default)]
pub struct UserChange {
    /// The name to sign in by.
    pub username: Option<Option<Username>>,
    /// The address; another than before counts as not proven.
    pub email: Option<Option<EmailAddress>>,
    /// What the person tells.
    pub profile: ProfileChange,
}

impl UserChange {
    /// Whether nothing would change.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.username.is_none() && self.email.is_none() && self.profile.is_empty()
    }
}

#[derive(AsChangeset)]
#[diesel(table_name = users)]
struct NamesChangeset {
    username: Option<Option<String>>,
    username_key: Option<Option<String>>,
    email: Option<Option<String>>,
    email_key: Option<Option<String>>,
    email_verified_at: Option<Option<chrono::NaiveDateTime>>,
}

/// Changes what `change` names. [`StoreError::Taken`] where the name or the address is another's, as its name or its address.
///
/// Another address is not proven, and voids what was mailed before; the same one written otherwise stays what it was. The
/// account is locked before, so that what counts as another is decided by what is replaced.
pub fn set_user(
    conn: &mut DatabaseConnection,
    now: Timestamp,
    user_id: UserId,
    change: &UserChange,
) -> Result<(), StoreError> {
    if change.is_empty() {
        return Ok(());
    }
    lock(conn, user_id)?;
    let account = users::table.find(user_id.get());
    let email_before: Option<String> = account.select(users::email_key).first(conn)?;
    refuse_anothers(conn, user_id, change)?;
    let email_key = change.email.as_ref().map(|email| email.as_ref().map(key_of));
    let is_other_email = email_key.as_ref().is_some_and(|key| *key != email_before);
    let names = NamesChangeset {
        username: change.username.as_ref().map(|name| name.as_ref().map(|name| name.as_str().to_owned())),
        username_key: change
            .username
            .as_ref()
            .map(|name| name.as_ref().map(|name| name.key().as_str().to_owned())),
        email: change.email.as_ref().map(|email| email.as_ref().map(|email| email.as_str().to_owned())),
        email_key,
        email_verified_at: is_other_email.then_some(None),
    };
    let mut profile = ProfileChangeset::of(&change.profile, now);
    if change.username.is_some() || change.email.is_some() {
        profile.updated_at = Some(now.naive_utc());
    }
    let next_epoch = is_other_email.then(|| users::token_epoch.eq(users::token_epoch + 1));
    let changed = diesel::update(account).set((names, profile, next_epoch)).execute(conn)?;
    if changed == 1 { Ok(()) } else { Err(StoreError::Missing) }
}

fn key_of(email: &EmailAddress) -> String {
    email.key().as_str().to_owned()
}

/// A name that looks like an address must be nobody's address, nor an address anybody's name: whoever signs in by it is one
/// person. Two that get here together are told apart by the unique keys.
fn refuse_anothers(
    conn: &mut DatabaseConnection,
    user_id: UserId,
    change: &UserChange,
) -> Result<(), StoreError> {
    if let Some(Some(username)) = &change.username {
        let key = username.key();
        let same = users::username_key.eq(key.as_str()).or(users::email_key.eq(key.as_str()));
        let others = users::table.filter(users::id.ne(user_id.get())).filter(same);
        if diesel::select(exists(others)).get_result::<bool>(conn)? {
            return Err(StoreError::Taken(Key::Username));
        }
    }
    if let Some(Some(email)) = &change.email
        && credentials::is_anothers(conn, user_id, &email.key())?
    {
        return Err(StoreError::Taken(Key::Email));
    }
    Ok(())
}
