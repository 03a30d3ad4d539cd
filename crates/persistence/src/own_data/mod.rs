//! Everything that is kept about one person, in parts small enough to be held one after the other.
//!
//! What stands in the account's own row is [`crate::users::find`]'s; what opens an account, its hash and the digests of its
//! tokens, is nowhere here.

mod written;

use chrono::NaiveDateTime;
use diesel::prelude::*;
use vestibule_domain::caller::ClientInfo;
use vestibule_domain::id::UserId;
use vestibule_domain::time::Timestamp;

pub use self::written::{SentMessage, WrittenComment, WrittenPost};
use crate::audit::{self, AuditEntry};
use crate::dialect::DatabaseConnection;
use crate::error::StoreError;
use crate::schema::{email_ways_back, imported_rows, known_clients, outbox, sessions};
use crate::sessions::{SessionEntry, parse_id};

/// The most rows of a part.
const MOST: i64 = 200;

/// Where reading stands: in which table, behind which row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place(Step);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Sessions(String),
    KnownClients,
    WaysBack(Vec<u8>),
    WaitingMails(i64),
    AuditEvents(i64),
    Posts(i64),
    Comments(i64),
    ContactMessages(i64),
    Imports(String, String),
}

/// Where everybody begins, before the first session.
impl Default for Place {
    fn default() -> Self {
        Self(Step::Sessions(String::new()))
    }
}

/// Some rows of one table.
#[derive(Clone, Debug)]
pub enum Part {
    /// Sessions, those that ran out and are not purged yet included.
    Sessions(Vec<SessionEntry>),
    /// Browsers and addresses the account was used with.
    KnownClients(Vec<KnownClient>),
    /// Ways back to addresses it had.
    WaysBack(Vec<OpenWayBack>),
    /// Mails to it that have not left.
    WaitingMails(Vec<WaitingMail>),
    /// What it did, and what was done to it, as far as the audit trail reaches back.
    AuditEvents(Vec<AuditEntry>),
    /// What it wrote for others to read.
    Posts(Vec<WrittenPost>),
    /// What it said to what others wrote.
    Comments(Vec<WrittenComment>),
    /// What it wrote to those who run the installation.
    ContactMessages(Vec<SentMessage>),
    /// Where it was taken over from.
    Imports(Vec<ImportMark>),
}

/// A browser and an address the account was used with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownClient {
    /// The address as limits count it.
    pub address: String,
    /// The browser's word for itself; empty where it had none.
    pub user_agent: String,
    /// When it came first.
    pub first_seen_at: Timestamp,
    /// When it came last.
    pub last_seen_at: Timestamp,
}

/// A way back to an address, without what opens it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenWayBack {
    /// Where it leads.
    pub old_email: String,
    /// When that had been proven.
    pub old_verified_at: Option<Timestamp>,
    /// When the change was asked for that it takes back.
    pub asked_at: Timestamp,
    /// When it closes.
    pub expires_at: Timestamp,
}

/// A mail that has not left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingMail {
    /// Its number.
    pub id: i64,
    /// What kind it is.
    pub kind: String,
    /// What it is about, as JSON.
    pub payload: String,
    /// When it was ordered.
    pub created_at: Timestamp,
    /// When it was given up.
    pub dead_at: Option<Timestamp>,
}

/// Where an account was taken over from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportMark {
    /// The other system.
    pub source: String,
    /// What the account was called there.
    pub source_key: String,
    /// When it was taken over.
    pub imported_at: Timestamp,
}

/// What is kept about `user_id` at `place`, and where it goes on; nowhere at the end. Each table comes up at least once, in the
/// order of [`Part`], with no rows where there are none.
pub fn list(
    conn: &mut DatabaseConnection,
    user_id: UserId,
    place: &Place,
) -> Result<(Part, Option<Place>), StoreError> {
    let id = user_id.get();
    let (part, next) = match &place.0 {
        Step::Sessions(after) => list_sessions(conn, id, after)?,
        Step::KnownClients => {
            (Part::KnownClients(list_known_clients(conn, id)?), Some(Step::WaysBack(Vec::new())))
        }
        Step::WaysBack(after) => list_ways_back(conn, id, after)?,
        Step::WaitingMails(after) => list_waiting_mails(conn, id, *after)?,
        Step::AuditEvents(after) => {
            let rows = audit::list_about(conn, user_id, *after, MOST)?;
            let next = behind(&rows, MOST, |row| Step::AuditEvents(row.id), Step::Posts(0));
            (Part::AuditEvents(rows), Some(next))
        }
        Step::Posts(after) => written::list_posts(conn, id, *after)?,
        Step::Comments(after) => written::list_comments(conn, id, *after)?,
        Step::ContactMessages(after) => written::list_contact_messages(conn, id, *after)?,
        Step::Imports(source, key) => list_imports(conn, id, source, key)?,
    };
    Ok((part, next.map(Place)))
}

/// A full part may not have been the last of its table.
fn behind<T>(rows: &[T], most: i64, again: impl FnOnce(&T) -> Step, next: Step) -> Step {
    let is_full = i64::try_from(rows.len()).is_ok_and(|count| count >= most);
    rows.last().filter(|_| is_full).map_or(next, again)
}

type Found = Result<(Part, Option<Step>), StoreError>;

fn list_sessions(conn: &mut DatabaseConnection, user_id: i64, after: &str) -> Found {
    type Row =
        (String, NaiveDateTime, NaiveDateTime, NaiveDateTime, NaiveDateTime, Option<String>, Option<String>);
    let rows: Vec<Row> = sessions::table
        .filter(sessions::user_id.eq(user_id))
        .filter(sessions::id.gt(after))
        .order(sessions::id)
        .limit(MOST)
        .select((
            sessions::id,
            sessions::created_at,
            sessions::last_seen_at,
            sessions::token_expires_at,
            sessions::refresh_expires_at,
            sessions::ip,
            sessions::user_agent,
        ))
        .load(conn)?;
    let next = behind(&rows, MOST, |row| Step::Sessions(row.0.clone()), Step::KnownClients);
    let shown = rows.into_iter().map(|(id, created_at, last_seen_at, token, refresh, ip, user_agent)| {
        Ok(SessionEntry {
            id: parse_id(&id)?,
            created_at: Timestamp::from_naive_utc(created_at),
            last_seen_at: Timestamp::from_naive_utc(last_seen_at),
            expires_at: Timestamp::from_naive_utc(token.max(refresh)),
            client: ClientInfo::new(ip.and_then(|ip| ip.parse().ok()), user_agent.as_deref()),
        })
    });
    Ok((Part::Sessions(shown.collect::<Result<_, StoreError>>()?), Some(next)))
}

/// At most as many as are kept of an account.
fn list_known_clients(conn: &mut DatabaseConnection, user_id: i64) -> Result<Vec<KnownClient>, StoreError> {
    let rows = known_clients::table
        .filter(known_clients::user_id.eq(user_id))
        .order((known_clients::address, known_clients::user_agent))
        .limit(MOST)
        .select((
            known_clients::address,
            known_clients::user_agent,
            known_clients::first_seen_at,
            known_clients::last_seen_at,
        ))
        .load::<(String, String, NaiveDateTime, NaiveDateTime)>(conn)?;
    let shown = rows.into_iter().map(|(address, user_agent, first_seen_at, last_seen_at)| KnownClient {
        address,
        user_agent,
        first_seen_at: Timestamp::from_naive_utc(first_seen_at),
        last_seen_at: Timestamp::from_naive_utc(last_seen_at),
    });
    Ok(shown.collect())
}

fn list_ways_back(conn: &mut DatabaseConnection, user_id: i64, after: &[u8]) -> Found {
    type Row = (Vec<u8>, String, Option<NaiveDateTime>, NaiveDateTime, NaiveDateTime);
    let rows: Vec<Row> = email_ways_back::table
        .filter(email_ways_back::user_id.eq(user_id))
        .filter(email_ways_back::digest.gt(after))
        .order(email_ways_back::digest)
        .limit(MOST)
        .select((
            email_ways_back::digest,
            email_ways_back::old_email,
            email_ways_back::old_verified_at,
            email_ways_back::created_at,
            email_ways_back::expires_at,
        ))
        .load(conn)?;
    let next = behind(&rows, MOST, |row| Step::WaysBack(row.0.clone()), Step::WaitingMails(0));
    let shown = rows.into_iter().map(|(_, old_email, old_verified_at, asked_at, expires_at)| OpenWayBack {
        old_email,
        old_verified_at: old_verified_at.map(Timestamp::from_naive_utc),
        asked_at: Timestamp::from_naive_utc(asked_at),
        expires_at: Timestamp::from_naive_utc(expires_at),
    });
    Ok((Part::WaysBack(shown.collect()), Some(next)))
}

fn list_waiting_mails(conn: &mut DatabaseConnection, user_id: i64, after: i64) -> Found {
    let rows = outbox::table
        .filter(outbox::user_id.eq(user_id))
        .filter(outbox::id.gt(after))
        .order(outbox::id)
        .limit(MOST)
        .select((outbox::id, outbox::kind, outbox::payload, outbox::created_at, outbox::dead_at))
        .load::<(i64, String, String, NaiveDateTime, Option<NaiveDateTime>)>(conn)?;
    let next = behind(&rows, MOST, |row| Step::WaitingMails(row.0), Step::AuditEvents(0));
    let shown = rows.into_iter().map(|(id, kind, payload, created_at, dead_at)| WaitingMail {
        id,
        kind,
        payload,
        created_at: Timestamp::from_naive_utc(created_at),
        dead_at: dead_at.map(Timestamp::from_naive_utc),
    });
    Ok((Part::WaitingMails(shown.collect()), Some(next)))
}

fn list_imports(conn: &mut DatabaseConnection, user_id: i64, source: &str, key: &str) -> Found {
    let of_same_source = imported_rows::source.eq(source).and(imported_rows::source_key.gt(key));
    let rows = imported_rows::table
        .filter(imported_rows::kind.eq("user"))
        .filter(imported_rows::target_id.eq(user_id))
        .filter(imported_rows::source.gt(source).or(of_same_source))
        .order((imported_rows::source, imported_rows::source_key))
        .limit(MOST)
        .select((imported_rows::source, imported_rows::source_key, imported_rows::imported_at))
        .load::<(String, String, NaiveDateTime)>(conn)?;
    let is_full = i64::try_from(rows.len()).is_ok_and(|count| count >= MOST);
    let next = rows.last().filter(|_| is_full).map(|row| Step::Imports(row.0.clone(), row.1.clone()));
    let shown = rows.into_iter().map(|(source, source_key, imported_at)| ImportMark {
        source,
        source_key,
        imported_at: Timestamp::from_naive_utc(imported_at),
    });
    Ok((Part::Imports(shown.collect()), next))
}
