//! What was sent under a key of the sender's choice, so that sending it again makes nothing twice.
//!
//! Whoever makes something claims the key first, in the same transaction, and settles it with the number of what was made.
//! A second one with the same key waits for the first to end, and then hears what it made; where the first one failed, the key
//! is free again. A transaction that claims does so before it touches anything else.

use std::time::Duration;

use diesel::prelude::*;
use sha2::{Digest, Sha256};
use vestibule_domain::submission::SubmissionKey;
use vestibule_domain::time::Timestamp;

use crate::dialect::{DatabaseConnection, load_free, on_its_own};
use crate::error::StoreError;
use crate::schema::submissions;

/// How long a key is remembered at least; a job removes what is older.
pub const KEPT: Duration = Duration::from_hours(24);

/// Something to be made once.
#[derive(Clone, Copy, Debug)]
pub struct Submission<'a> {
    /// What is made, and of what: `post`, or `comment/5`.
    pub operation: &'a str,
    /// Who sends it: `account/7`, or `address/203.0.113.9`. The same key of somebody else is another key.
    pub sender: &'a str,
    /// What the sender calls the attempt.
    pub key: &'a SubmissionKey,
    /// What is sent, part by part.
    pub body: &'a [&'a str],
}

/// What a claim came to.
#[derive(Debug)]
pub enum Claim {
    /// It is the first: make it, then [`settle`].
    New(Claimed),
    /// An earlier one with the same body made the thing of this number, which may be gone by now.
    Repeat(i64),
    /// An earlier one had another body.
    Reused,
}

/// A key that waits for the number of what is made under it.
#[derive(Debug)]
#[must_use = "a claim is settled with the number of what was made"]
pub struct Claimed {
    digest: String,
}

/// Claims the key of `submission` at `now`.
pub fn claim(
    conn: &mut DatabaseConnection,
    now: Timestamp,
    submission: &Submission<'_>,
) -> Result<Claim, StoreError> {
    let digest = digest(&[submission.operation, submission.sender, submission.key.as_str()]);
    let sent = self::digest(submission.body);
    let row = (
        submissions::digest.eq(&digest),
        submissions::body_digest.eq(&sent),
        submissions::made_id.eq(0),
        submissions::created_at.eq(now.naive_utc()),
    );
    let inserted = on_its_own!(conn, |conn| {
        let insert = diesel::insert_into(submissions::table).values(row);
        insert.on_conflict(submissions::digest).do_nothing().execute(conn)
    })?;
    if inserted == 1 {
        return Ok(Claim::New(Claimed { digest }));
    }
    let earlier = submissions::table.find(&digest).select((submissions::body_digest, submissions::made_id));
    // A purge may have taken it in this very moment: the next attempt is a new one.
    let (before, made_id) = earlier.first::<(String, i64)>(conn).optional()?.ok_or_else(purged)?;
    let is_same = before == sent;
    Ok(if is_same { Claim::Repeat(made_id) } else { Claim::Reused })
}

/// Notes that `made_id` is what was made under the key.
pub fn settle(conn: &mut DatabaseConnection, claimed: &Claimed, made_id: i64) -> Result<(), StoreError> {
    let row = submissions::table.find(&claimed.digest);
    diesel::update(row).set(submissions::made_id.eq(made_id)).execute(conn)?;
    Ok(())
}

/// Removes up to `limit` keys claimed before `moment`, the oldest first, but those that somebody else holds just now. Answers
/// how many went.
pub fn delete_before(
    conn: &mut DatabaseConnection,
    moment: Timestamp,
    limit: i64,
) -> Result<usize, StoreError> {
    let old = submissions::table
        .filter(submissions::created_at.lt(moment.naive_utc()))
        .order(submissions::created_at)
        .limit(limit)
        .select(submissions::digest);
    let old: Vec<String> = load_free!(conn, old)?;
    if old.is_empty() {
        return Ok(0);
    }
    Ok(diesel::delete(submissions::table.filter(submissions::digest.eq_any(old))).execute(conn)?)
}

/// Each part with its length before it, so that no two lists of parts read alike.
fn digest(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    base16ct::lower::encode_string(&hash.finalize())
}

fn purged() -> StoreError {
    StoreError::Unavailable("the key was being purged".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_told_apart() {
        let digests = [&["ab", "c"][..], &["a", "bc"], &["abc"], &["abc", ""], &[]].map(digest);
        for (n, one) in digests.iter().enumerate() {
            assert_eq!(one.len(), 64);
            assert!(!digests[n + 1..].contains(one), "{n}");
        }
    }
}
