//! The pictures that lie in the store, noted before they are put there, so that none is left behind unseen.

use diesel::dsl::exists;
use diesel::prelude::*;
use vestibule_domain::avatar::AvatarName;
use vestibule_domain::id::UserId;
use vestibule_domain::time::Timestamp;

use crate::dialect::{DatabaseConnection, lock_user};
use crate::error::StoreError;
use crate::schema::{media_files, users};

/// Notes that `name` is about to be put into the store.
pub fn insert(conn: &mut DatabaseConnection, now: Timestamp, name: &AvatarName) -> Result<(), StoreError> {
    diesel::insert_into(media_files::table)
        .values((media_files::name.eq(name.as_str()), media_files::created_at.eq(now.naive_utc())))
        .execute(conn)?;
    Ok(())
}

/// Shows `name` as the picture of `user_id`, or none; answers the one before. The account is locked first, so that of two at
/// once each answers what it replaced. [`StoreError::Missing`] where there is no such account.
pub fn set_avatar(
    conn: &mut DatabaseConnection,
    now: Timestamp,
    user_id: UserId,
    name: Option<&AvatarName>,
) -> Result<Option<AvatarName>, StoreError> {
    lock_user(conn, user_id.get())?;
    let account = users::table.find(user_id.get());
    let before: Option<String> = account.select(users::avatar).first(conn)?;
    if before.as_deref() != name.map(AvatarName::as_str) {
        diesel::update(account)
            .set((
                users::avatar.eq(name.map(AvatarName::as_str)),
                users::profile_updated_at.eq(now.naive_utc()),
            ))
            .execute(conn)?;
    }
    before.as_deref().map(parse_name).transpose()
}

/// Up to `limit` pictures noted before `before` that no account shows, the oldest first.
pub fn list_unused(
    conn: &mut DatabaseConnection,
    before: Timestamp,
    limit: i64,
) -> Result<Vec<AvatarName>, StoreError> {
    let shown = users::table.filter(users::avatar.eq(media_files::name.nullable()));
    let names: Vec<String> = media_files::table
        .filter(media_files::created_at.lt(before.naive_utc()))
        .filter(diesel::dsl::not(exists(shown)))
        .order(media_files::created_at)
        .limit(limit)
        .select(media_files::name)
        .load(conn)?;
    names.iter().map(|name| parse_name(name)).collect()
}

/// Forgets `name`, whose files are gone.
pub fn delete(conn: &mut DatabaseConnection, name: &AvatarName) -> Result<(), StoreError> {
    diesel::delete(media_files::table.find(name.as_str())).execute(conn)?;
    Ok(())
}

fn parse_name(name: &str) -> Result<AvatarName, StoreError> {
    name.parse().map_err(|_| StoreError::Corrupt { what: "name of picture", row: name.to_owned() })
}
