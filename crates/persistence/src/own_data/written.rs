//! What one person wrote.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use vestibule_domain::time::Timestamp;

use super::{Found, Part, Step, behind};
use crate::dialect::DatabaseConnection;
use crate::schema::{comments, contact_messages, posts};

/// The most rows of a part. Each may be as long as a request: a part then has a megabyte and a half at most of what was written
/// here.
const MOST: i64 = 20;

/// A post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenPost {
    /// Its number.
    pub id: i64,
    /// Its title.
    pub title: String,
    /// Its name in addresses.
    pub slug: String,
    /// Its text, in Markdown.
    pub content: String,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Since when others can read it.
    pub published_at: Option<Timestamp>,
}

/// A comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenComment {
    /// Its number.
    pub id: i64,
    /// The post it is to.
    pub post_id: i64,
    /// Its text.
    pub content: String,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// A message to those who run the installation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentMessage {
    /// Its number.
    pub id: i64,
    /// The name given in it.
    pub name: String,
    /// The address given in it.
    pub email: String,
    /// What it is about.
    pub subject: String,
    /// Its text.
    pub message: String,
    /// When it was sent.
    pub created_at: Timestamp,
    /// When somebody was done with it.
    pub handled_at: Option<Timestamp>,
}

pub(super) fn list_posts(conn: &mut DatabaseConnection, user_id: i64, after: i64) -> Found {
    type Row = (i64, String, String, String, NaiveDateTime, NaiveDateTime, Option<NaiveDateTime>);
    let rows: Vec<Row> = posts::table
        .filter(posts::author_id.eq(user_id))
        .filter(posts::id.gt(after))
        .order(posts::id)
        .limit(MOST)
        .select((
            posts::id,
            posts::title,
            posts::slug,
            posts::content,
            posts::created_at,
            posts::updated_at,
            posts::published_at,
        ))
        .load(conn)?;
    let next = behind(&rows, MOST, |row| Step::Posts(row.0), Step::Comments(0));
    let shown = rows.into_iter().map(|(id, title, slug, content, created_at, updated_at, published_at)| {
        let created_at = Timestamp::from_naive_utc(created_at);
        let updated_at = Timestamp::from_naive_utc(updated_at);
        let published_at = published_at.map(Timestamp::from_naive_utc);
        WrittenPost { id, title, slug, content, created_at, updated_at, published_at }
    });
    Ok((Part::Posts(shown.collect()), Some(next)))
}

pub(super) fn list_comments(conn: &mut DatabaseConnection, user_id: i64, after: i64) -> Found {
    let rows = comments::table
        .filter(comments::author_id.eq(user_id))
        .filter(comments::id.gt(after))
        .order(comments::id)
        .limit(MOST)
        .select((
            comments::id,
            comments::post_id,
            comments::content,
            comments::created_at,
            comments::updated_at,
        ))
        .load::<(i64, i64, String, NaiveDateTime, NaiveDateTime)>(conn)?;
    let next = behind(&rows, MOST, |row| Step::Comments(row.0), Step::ContactMessages(0));
    let shown = rows.into_iter().map(|(id, post_id, content, created_at, updated_at)| WrittenComment {
        id,
        post_id,
        content,
        created_at: Timestamp::from_naive_utc(created_at),
        updated_at: Timestamp::from_naive_utc(updated_at),
    });
    Ok((Part::Comments(shown.collect()), Some(next)))
}

pub(super) fn list_contact_messages(conn: &mut DatabaseConnection, user_id: i64, after: i64) -> Found {
    type Row = (i64, String, String, String, String, NaiveDateTime, Option<NaiveDateTime>);
    let rows: Vec<Row> = contact_messages::table
        .filter(contact_messages::user_id.eq(user_id))
        .filter(contact_messages::id.gt(after))
        .order(contact_messages::id)
        .limit(MOST)
        .select((
            contact_messages::id,
            contact_messages::name,
            contact_messages::email,
            contact_messages::subject,
            contact_messages::message,
            contact_messages::created_at,
            contact_messages::handled_at,
        ))
        .load(conn)?;
    let first_import = Step::Imports(String::new(), String::new());
    let next = behind(&rows, MOST, |row| Step::ContactMessages(row.0), first_import);
    let shown = rows.into_iter().map(|(id, name, email, subject, message, created_at, handled_at)| {
        let created_at = Timestamp::from_naive_utc(created_at);
        let handled_at = handled_at.map(Timestamp::from_naive_utc);
        SentMessage { id, name, email, subject, message, created_at, handled_at }
    });
    Ok((Part::ContactMessages(shown.collect()), Some(next)))
}
