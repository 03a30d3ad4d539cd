//! Sessions and the token check.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use vestibule_domain::caller::{Caller, ClientInfo};
use vestibule_domain::id::{SessionId, UserId};
use vestibule_domain::permission::PermissionSet;
use vestibule_domain::time::Timestamp;
use vestibule_domain::token::TokenDigest;

use crate::dialect::{DatabaseConnection, on_its_own};
use crate::error::StoreError;
use crate::roles::{parse_permissions, parse_role};
use crate::schema::{roles, sessions, user_roles, users};
use crate::user_row::UserRow;

/// A session to be opened.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// Its name.
    pub id: SessionId,
    /// Whose it is.
    pub user_id: UserId,
    /// The digest of its access token.
    pub token_digest: TokenDigest,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// Where it was opened from.
    pub client: ClientInfo,
}

/// Opens a session.
pub fn insert(conn: &mut DatabaseConnection, now: Timestamp, new: &NewSession) -> Result<(), StoreError> {
    diesel::insert_into(sessions::table)
        .values((
            sessions::id.eq(new.id.to_string()),
            sessions::user_id.eq(new.user_id.get()),
            sessions::token_digest.eq(new.token_digest.as_bytes().as_slice()),
            sessions::created_at.eq(now.naive_utc()),
            sessions::expires_at.eq(new.expires_at.naive_utc()),
            sessions::ip.eq(new.client.ip().map(|ip| ip.to_string())),
            sessions::user_agent.eq(new.client.user_agent()),
        ))
        .execute(conn)?;
    Ok(())
}

/// Who holds the token of `digest`, suspended or expired as they may be: one query over indexes, a row a role.
///
/// `None` where no session has this token.
pub fn find_caller(
    conn: &mut DatabaseConnection,
    digest: &TokenDigest,
) -> Result<Option<Caller>, StoreError> {
    type Row = (String, NaiveDateTime, UserRow, Option<(String, String)>);
    // Each table joins the one before it: SQLite works out a join in parentheses whole, for everybody's roles.
    let query = sessions::table
        .inner_join(users::table)
        .left_join(user_roles::table.on(user_roles::user_id.eq(users::id)))
        .left_join(roles::table.on(roles::name.eq(user_roles::role)))
        .filter(sessions::token_digest.eq(digest.as_bytes().as_slice()))
        .select((
            sessions::id,
            sessions::expires_at,
            UserRow::as_columns(),
            (roles::name, roles::permissions).nullable(),
        ));
    let rows = on_its_own!(conn, |conn| query.load::<Row>(conn))?;
    let mut names = Vec::with_capacity(rows.len());
    let mut permissions = PermissionSet::default();
    let mut found = None;
    for (id, expires_at, user, role) in rows {
        if let Some((name, allowed)) = role {
            permissions = permissions.union(parse_permissions(&name, &allowed)?);
            names.push(parse_role(&name)?);
        }
        found = Some((id, expires_at, user));
    }
    let Some((id, expires_at, user)) = found else { return Ok(None) };
    names.sort_unstable();
    Ok(Some(Caller {
        session_id: id.parse().map_err(|_| StoreError::Corrupt { what: "id of session", row: id.clone() })?,
        expires_at: Timestamp::from_naive_utc(expires_at),
        user: user.into_user(names, permissions)?,
    }))
}

/// Ends a session. `false` where it had ended already.
pub fn delete(conn: &mut DatabaseConnection, id: SessionId) -> Result<bool, StoreError> {
    Ok(diesel::delete(sessions::table.find(id.to_string())).execute(conn)? == 1)
}

/// Ends all but the newest `keep` sessions of `user_id`. Answers how many ended.
pub fn delete_oldest(conn: &mut DatabaseConnection, user_id: UserId, keep: u32) -> Result<usize, StoreError> {
    let of_user = sessions::user_id.eq(user_id.get());
    if keep == 0 {
        return Ok(diesel::delete(sessions::table.filter(of_user)).execute(conn)?);
    }
    let kept = sessions::table
        .filter(of_user)
        .order((sessions::created_at.desc(), sessions::id.desc()))
        .limit(keep.into())
        .select(sessions::id)
        .load::<String>(conn)?;
    Ok(diesel::delete(sessions::table.filter(of_user).filter(sessions::id.ne_all(kept))).execute(conn)?)
}

/// Ends up to `limit` sessions that ran out before `now`, so that no purge holds the database for long. Answers how
/// many ended.
pub fn delete_expired(
    conn: &mut DatabaseConnection,
    now: Timestamp,
    limit: i64,
) -> Result<usize, StoreError> {
    let expired = sessions::table
        .filter(sessions::expires_at.le(now.naive_utc()))
        .order(sessions::expires_at)
        .limit(limit)
        .select(sessions::id)
        .load::<String>(conn)?;
    if expired.is_empty() {
        return Ok(0);
    }
    Ok(diesel::delete(sessions::table.filter(sessions::id.eq_any(expired))).execute(conn)?)
}

/// The number of sessions of `user_id`, those that ran out and are not purged yet included.
pub fn count(conn: &mut DatabaseConnection, user_id: UserId) -> Result<i64, StoreError> {
    Ok(sessions::table.filter(sessions::user_id.eq(user_id.get())).count().get_result(conn)?)
}
