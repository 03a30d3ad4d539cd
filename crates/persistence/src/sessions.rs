//! Sessions and the token check.

use std::collections::HashSet;

use chrono::NaiveDateTime;
use diesel::prelude::*;
use vestibule_domain::caller::{Caller, ClientInfo};
use vestibule_domain::id::{SessionId, UserId};
use vestibule_domain::page::{Page, PageSize};
use vestibule_domain::permission::PermissionSet;
use vestibule_domain::time::Timestamp;
use vestibule_domain::token::{TokenDigest, TokenFormat};

use crate::dialect::{DatabaseConnection, MultiBackend, load_free, lock_free_sessions, on_its_own};
use crate::error::StoreError;
use crate::refresh_tokens;
use crate::roles::{parse_permissions, parse_role};
use crate::schema::{roles, sessions, user_roles, users};
use crate::total;
use crate::user_row::UserRow;

/// A session to be opened.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// Its name.
    pub id: SessionId,
    /// Whose it is.
    pub user_id: UserId,
    /// Its first pair of tokens.
    pub pair: NewPair,
    /// Beyond this no refresh goes.
    pub ends_at: Timestamp,
    /// Where it was opened from.
    pub client: ClientInfo,
}

/// An access token and, as a rule, a refresh token beside it.
#[derive(Clone, Debug)]
pub struct NewPair {
    /// The kind of access token.
    pub format: TokenFormat,
    /// The digest of the access token, or of the id within a signed one.
    pub token_digest: TokenDigest,
    /// When the access token ends by itself.
    pub token_expires_at: Timestamp,
    /// The digest of the refresh token; `None` where the session ends with its access token.
    pub refresh_digest: Option<TokenDigest>,
    /// When the refresh token ends by itself, or where there is none the access token.
    pub refresh_expires_at: Timestamp,
}

/// A session as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionEntry {
    /// Its name.
    pub id: SessionId,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it was last in use, to within a minute.
    pub last_seen_at: Timestamp,
    /// When it ends if it is not refreshed.
    pub expires_at: Timestamp,
    /// Where it was opened from.
    pub client: ClientInfo,
}

/// What a token check finds.
#[derive(Clone, Debug)]
pub struct FoundCaller {
    /// The caller, suspended or expired as they may be.
    pub caller: Caller,
    /// Whether this pair came by a refresh and was not used yet: until it is, the refresh token it was made from is still
    /// good. To be ended by [`set_pair_used`] before the request is served.
    pub awaits_first_use: bool,
}

/// Opens a session with its first pair.
pub fn insert(conn: &mut DatabaseConnection, now: Timestamp, new: &NewSession) -> Result<(), StoreError> {
    let pair = &new.pair;
    diesel::insert_into(sessions::table)
        .values((
            sessions::id.eq(new.id.to_string()),
            sessions::user_id.eq(new.user_id.get()),
            sessions::token_digest.eq(pair.token_digest.as_bytes().as_slice()),
            sessions::format.eq(pair.format.as_str()),
            sessions::created_at.eq(now.naive_utc()),
            sessions::last_seen_at.eq(now.naive_utc()),
            sessions::token_expires_at.eq(pair.token_expires_at.naive_utc()),
            sessions::refresh_expires_at.eq(pair.refresh_expires_at.naive_utc()),
            sessions::ends_at.eq(new.ends_at.naive_utc()),
            sessions::ip.eq(new.client.ip().map(|ip| ip.to_string())),
            sessions::user_agent.eq(new.client.user_agent()),
        ))
        .execute(conn)?;
    refresh_tokens::insert(conn, new.id, pair.refresh_digest.as_ref())
}

/// Who holds the token of `digest`: one query over indexes, a row a role. `None` where no session has this token.
pub fn find_caller(
    conn: &mut DatabaseConnection,
    digest: &TokenDigest,
) -> Result<Option<FoundCaller>, StoreError> {
    type Row = ((String, NaiveDateTime, NaiveDateTime, bool), UserRow, Option<(String, String)>);
    // Each table joins the one before it: SQLite works out a join in parentheses whole, for everybody's roles.
    let query = sessions::table
        .inner_join(users::table)
        .left_join(user_roles::table.on(user_roles::user_id.eq(users::id)))
        .left_join(roles::table.on(roles::name.eq(user_roles::role)))
        .filter(sessions::token_digest.eq(digest.as_bytes().as_slice()))
        .select((
            (
                sessions::id,
                sessions::token_expires_at,
                sessions::last_seen_at,
                sessions::refreshed_from.is_not_null(),
            ),
            UserRow::as_columns(),
            (roles::name, roles::permissions).nullable(),
        ));
    let rows = on_its_own!(conn, |conn| query.load::<Row>(conn))?;
    let mut names = Vec::with_capacity(rows.len());
    let mut permissions = PermissionSet::default();
    let mut found = None;
    for (session, user, role) in rows {
        if let Some((name, allowed)) = role {
            permissions = permissions.union(parse_permissions(&name, &allowed)?);
            names.push(parse_role(&name)?);
        }
        found = Some((session, user));
    }
    let Some(((id, expires_at, last_seen_at, awaits_first_use), user)) = found else { return Ok(None) };
    names.sort_unstable();
    let caller = Caller {
        session_id: parse_id(&id)?,
        expires_at: Timestamp::from_naive_utc(expires_at),
        last_seen_at: Timestamp::from_naive_utc(last_seen_at),
        user: user.into_user(names, permissions)?,
    };
    Ok(Some(FoundCaller { caller, awaits_first_use }))
}

/// Notes that the pair whose access token has `digest` was used: from now on the refresh token it came from is spent for
/// good. Nothing happens where that was noted before, or the pair was replaced.
pub fn set_pair_used(conn: &mut DatabaseConnection, digest: &TokenDigest) -> Result<(), StoreError> {
    let unused = sessions::table
        .filter(sessions::token_digest.eq(digest.as_bytes().as_slice()))
        .filter(sessions::refreshed_from.is_not_null());
    diesel::update(unused).set(sessions::refreshed_from.eq(None::<Vec<u8>>)).execute(conn)?;
    Ok(())
}

/// Notes when sessions were last in use; what is noted already and later stays. A session that another transaction changes
/// just now is passed over: waiting for it while holding others could make both wait for ever.
pub fn set_last_seen(
    conn: &mut DatabaseConnection,
    seen: &[(SessionId, Timestamp)],
) -> Result<(), StoreError> {
    let ids = seen.iter().map(|(id, _)| id.to_string()).collect();
    let free: HashSet<_> = lock_free_sessions(conn, ids)?.into_iter().collect();
    for (id, at) in seen {
        let id = id.to_string();
        if !free.contains(&id) {
            continue;
        }
        let earlier = sessions::table.find(id).filter(sessions::last_seen_at.lt(at.naive_utc()));
        diesel::update(earlier).set(sessions::last_seen_at.eq(at.naive_utc())).execute(conn)?;
    }
    Ok(())
}

pub(crate) fn parse_id(id: &str) -> Result<SessionId, StoreError> {
    id.parse().map_err(|_| StoreError::Corrupt { what: "id of session", row: id.to_owned() })
}

/// The sessions of `user_id` that are alive at `now`, newest first, before the session `before` where that is given.
///
/// They are sorted by their ids, which sort by the time they were made at: unlike that time no two are the same.
pub fn list_of_user(
    conn: &mut DatabaseConnection,
    now: Timestamp,
    user_id: UserId,
    before: Option<SessionId>,
    size: PageSize,
) -> Result<Page<SessionEntry>, StoreError> {
    let size = usize::from(size.get());
    let mut page =
        alive(now, user_id).order(sessions::id.desc()).limit(i64::try_from(size + 1).unwrap_or(i64::MAX));
    if let Some(before) = before {
        page = page.filter(sessions::id.lt(before.to_string()));
    }
    let rows = page.select(EntryRow::as_columns()).load::<EntryRow>(conn)?;
    let has_more = rows.len() > size;
    let entries = rows.into_iter().take(size).map(EntryRow::into_entry).collect::<Result<_, _>>()?;
    let total = total::count(conn, alive(now, user_id).select(sessions::id).limit(total::ONE_BEYOND))?;
    Ok(Page { entries, total, has_more })
}

/// Those of which some token is still good.
fn alive<'a>(now: Timestamp, user_id: UserId) -> sessions::BoxedQuery<'a, MultiBackend> {
    let can_be_refreshed = sessions::refresh_expires_at.gt(now.naive_utc());
    let can_be_used = sessions::token_expires_at.gt(now.naive_utc());
    let of_user = sessions::table.filter(sessions::user_id.eq(user_id.get())).into_boxed();
    of_user.filter(BoolExpressionMethods::or(can_be_refreshed, can_be_used))
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = sessions)]
struct EntryRow {
    id: String,
    created_at: NaiveDateTime,
    last_seen_at: NaiveDateTime,
    token_expires_at: NaiveDateTime,
    refresh_expires_at: NaiveDateTime,
    ip: Option<String>,
    user_agent: Option<String>,
}

impl EntryRow {
    fn as_columns() -> <Self as Selectable<MultiBackend>>::SelectExpression {
        <Self as Selectable<MultiBackend>>::construct_selection()
    }

    fn into_entry(self) -> Result<SessionEntry, StoreError> {
        let ip = self.ip.and_then(|ip| ip.parse().ok());
        Ok(SessionEntry {
            id: parse_id(&self.id)?,
            created_at: Timestamp::from_naive_utc(self.created_at),
            last_seen_at: Timestamp::from_naive_utc(self.last_seen_at),
            expires_at: Timestamp::from_naive_utc(self.token_expires_at.max(self.refresh_expires_at)),
            client: ClientInfo::new(ip, self.user_agent.as_deref()),
        })
    }
}

/// Ends the session `id` of `user_id`. `false` where there is none, or it is somebody else's.
pub fn delete_of_user(
    conn: &mut DatabaseConnection,
    user_id: UserId,
    id: SessionId,
) -> Result<bool, StoreError> {
    let of_user = sessions::table.find(id.to_string()).filter(sessions::user_id.eq(user_id.get()));
    Ok(diesel::delete(of_user).execute(conn)? == 1)
}

/// Ends every session of `user_id` but `kept`. Answers how many ended. Whoever ends more than one session of an account has
/// locked the account before: two that lock the same rows each in their own order could wait for each other.
pub fn delete_others(
    conn: &mut DatabaseConnection,
    user_id: UserId,
    kept: Option<SessionId>,
) -> Result<usize, StoreError> {
    let of_user = sessions::user_id.eq(user_id.get());
    let kept = kept.map(|id| id.to_string()).unwrap_or_default();
    Ok(diesel::delete(sessions::table.filter(of_user).filter(sessions::id.ne(kept))).execute(conn)?)
}

/// Ends every session of everybody. Answers how many ended.
pub fn delete_all(conn: &mut DatabaseConnection) -> Result<usize, StoreError> {
    Ok(diesel::delete(sessions::table).execute(conn)?)
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

/// Ends up to `limit` sessions of which no token is good any more at `now`, so that no purge holds the database for
/// long. Answers how many ended.
pub fn delete_expired(
    conn: &mut DatabaseConnection,
    now: Timestamp,
    limit: i64,
) -> Result<usize, StoreError> {
    let expired: Vec<String> = load_free!(
        conn,
        sessions::table
            .filter(sessions::refresh_expires_at.le(now.naive_utc()))
            .filter(sessions::token_expires_at.le(now.naive_utc()))
            .order(sessions::refresh_expires_at)
            .limit(limit)
            .select(sessions::id)
    )?;
    if expired.is_empty() {
        return Ok(0);
    }
    Ok(diesel::delete(sessions::table.filter(sessions::id.eq_any(expired))).execute(conn)?)
}

/// The number of sessions of `user_id`, those that ran out and are not purged yet included.
pub fn count(conn: &mut DatabaseConnection, user_id: UserId) -> Result<i64, StoreError> {
    Ok(sessions::table.filter(sessions::user_id.eq(user_id.get())).count().get_result(conn)?)
}
