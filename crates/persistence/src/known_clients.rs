//! The browsers and addresses accounts were used with.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use vestibule_domain::caller::ClientInfo;
use vestibule_domain::id::UserId;
use vestibule_domain::time::Timestamp;

use crate::dialect::{DatabaseConnection, on_its_own};
use crate::error::StoreError;
use crate::schema::known_clients;

/// The most clients kept of one account; a new one takes the place of the one not seen for longest.
pub const MOST: usize = 50;

/// How an account knows a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Acquaintance {
    /// Whether the account was never used with any client before.
    pub is_first: bool,
    /// Whether it was used with a browser that called itself so.
    pub knows_browser: bool,
}

impl Acquaintance {
    /// Whether the account is used with a new browser, and not for the first time.
    #[must_use]
    pub fn is_strange(self) -> bool {
        !self.is_first && !self.knows_browser
    }
}

/// How well `user_id` knows `client` so far.
pub fn find(
    conn: &mut DatabaseConnection,
    user_id: UserId,
    client: &ClientInfo,
) -> Result<Acquaintance, StoreError> {
    let of_user = known_clients::table.filter(known_clients::user_id.eq(user_id.get()));
    let names: Vec<String> = of_user.select(known_clients::user_agent).load(conn)?;
    let browser = client.user_agent().unwrap_or_default();
    Ok(Acquaintance { is_first: names.is_empty(), knows_browser: names.iter().any(|name| name == browser) })
}

/// Whether `user_id` was used from `address`, a text as limits count addresses.
pub fn knows_address(
    conn: &mut DatabaseConnection,
    user_id: UserId,
    address: &str,
) -> Result<bool, StoreError> {
    let from_there = known_clients::table
        .filter(known_clients::user_id.eq(user_id.get()))
        .filter(known_clients::address.eq(address));
    Ok(diesel::select(diesel::dsl::exists(from_there)).get_result(conn)?)
}

/// Notes that `user_id` is used by `client` from `address`, and answers how well it was known before. Called with the
/// account's row locked, or two notes at once may keep one client too many until the next.
pub fn note(
    conn: &mut DatabaseConnection,
    now: Timestamp,
    user_id: UserId,
    address: &str,
    client: &ClientInfo,
) -> Result<Acquaintance, StoreError> {
    let browser = client.user_agent().unwrap_or_default();
    let known = known_clients::table
        .filter(known_clients::user_id.eq(user_id.get()))
        .order((known_clients::last_seen_at.desc(), known_clients::address, known_clients::user_agent))
        .select((known_clients::address, known_clients::user_agent))
        .load::<(String, String)>(conn)?;
    let is_new = !known.iter().any(|(place, name)| place == address && name == browser);
    for (place, name) in known.iter().skip(MOST - usize::from(is_new)).filter(|_| is_new) {
        diesel::delete(known_clients::table.find((user_id.get(), place, name))).execute(conn)?;
    }
    let row = (
        known_clients::user_id.eq(user_id.get()),
        known_clients::address.eq(address),
        known_clients::user_agent.eq(browser),
        known_clients::first_seen_at.eq(now.naive_utc()),
        known_clients::last_seen_at.eq(now.naive_utc()),
    );
    let seen = known_clients::last_seen_at.eq(now.naive_utc());
    let key = (known_clients::user_id, known_clients::address, known_clients::user_agent);
    on_its_own!(conn, |conn| {
        let insert = diesel::insert_into(known_clients::table).values(row);
        insert.on_conflict(key).do_update().set(seen).execute(conn)
    })?;
    let knows_browser = known.iter().any(|(_, name)| name == browser);
    Ok(Acquaintance { is_first: known.is_empty(), knows_browser })
}

/// Forgets up to `limit` clients last seen before `before`. Answers how many went.
pub fn delete_before(
    conn: &mut DatabaseConnection,
    before: Timestamp,
    limit: i64,
) -> Result<usize, StoreError> {
    let before: NaiveDateTime = before.naive_utc();
    let keys = known_clients::table
        .filter(known_clients::last_seen_at.lt(before))
        .order(known_clients::last_seen_at)
        .limit(limit)
        .select((known_clients::user_id, known_clients::address, known_clients::user_agent))
        .load::<(i64, String, String)>(conn)?;
    let mut forgotten = 0;
    for (user_id, address, user_agent) in keys {
        // Whoever came back in the meantime is known again.
        let old = known_clients::table
            .find((user_id, address, user_agent))
            .filter(known_clients::last_seen_at.lt(before));
        forgotten += diesel::delete(old).execute(conn)?;
    }
    Ok(forgotten)
}
