//! The table.

use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use vestibule_domain::id::UserId;
use vestibule_domain::time::Timestamp;
use vestibule_domain::token::{MailPurpose, TokenDigest};

use super::{EphemeralStore, MailedToken};
use crate::database::Database;
use crate::dialect::DatabaseConnection;
use crate::error::StoreError;
use crate::schema::mail_tokens;

/// How often a token is put anew because another was put there for the first time, or cleared away, at the same moment.
const ATTEMPTS: usize = 4;

/// The tokens in the table `mail_tokens`.
pub struct DatabaseStore {
    database: Database,
}

impl DatabaseStore {
    /// In `database`.
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self { database }
    }

    /// Removes up to `limit` that ran out before `now`. Answers how many.
    pub fn delete_expired(&self, now: Timestamp, limit: i64) -> Result<usize, StoreError> {
        self.database.write(|conn| {
            let mut deleted = 0;
            for purpose in MailPurpose::ALL {
                let room = limit.saturating_sub(i64::try_from(deleted).unwrap_or(i64::MAX));
                deleted += delete_expired(conn, now, *purpose, room)?;
            }
            Ok(deleted)
        })
    }

    /// What lies there, whether or not it has run out.
    pub(super) fn lying(
        &self,
        user_id: UserId,
        purpose: MailPurpose,
    ) -> Result<Option<MailedToken>, StoreError> {
        let row = self.database.read(|conn| {
            mail_tokens::table
                .find((user_id.get(), purpose.as_str()))
                .select((
                    mail_tokens::digest,
                    mail_tokens::epoch,
                    mail_tokens::email,
                    mail_tokens::expires_at,
                ))
                .first::<Row>(conn)
                .optional()
                .map_err(StoreError::from)
        })?;
        let corrupt = |what| StoreError::Corrupt { what, row: format!("{user_id} {}", purpose.as_str()) };
        row.map(|(digest, epoch, email, expires_at)| {
            Ok(MailedToken {
                digest: TokenDigest::from_bytes(digest.try_into().map_err(|_| corrupt("digest"))?),
                epoch,
                email: email.parse().map_err(|_| corrupt("email"))?,
                expires_at: Timestamp::from_naive_utc(expires_at),
            })
        })
        .transpose()
    }
}

type Row = (Vec<u8>, i64, String, chrono::NaiveDateTime);

impl EphemeralStore for DatabaseStore {
    fn put(
        &self,
        _: Timestamp,
        user_id: UserId,
        purpose: MailPurpose,
        token: &MailedToken,
    ) -> Result<(), StoreError> {
        let mut outcome = Ok(());
        for _ in 0..ATTEMPTS {
            outcome = self.database.write(|conn| put(conn, user_id, purpose, token));
            if !matches!(outcome, Err(StoreError::Taken(_))) {
                break;
            }
        }
        outcome
    }

    fn find(
        &self,
        now: Timestamp,
        user_id: UserId,
        purpose: MailPurpose,
    ) -> Result<Option<MailedToken>, StoreError> {
        Ok(self.lying(user_id, purpose)?.filter(|token| now < token.expires_at))
    }

    fn delete(&self, user_id: UserId, purpose: MailPurpose) -> Result<(), StoreError> {
        self.database.write(|conn| {
            diesel::delete(mail_tokens::table.find((user_id.get(), purpose.as_str()))).execute(conn)?;
            Ok(())
        })
    }

    fn clear(&self) -> Result<(), StoreError> {
        self.database.write(|conn| {
            diesel::delete(mail_tokens::table).execute(conn)?;
            Ok(())
        })
    }
}

/// Changes the row, or makes it; of two who make it at the same moment one is told that it is taken. An account that is
/// gone is [`StoreError::Missing`].
fn put(
    conn: &mut DatabaseConnection,
    user_id: UserId,
    purpose: MailPurpose,
    token: &MailedToken,
) -> Result<(), StoreError> {
    let values = (
        mail_tokens::digest.eq(token.digest.as_bytes().as_slice()),
        mail_tokens::epoch.eq(token.epoch),
        mail_tokens::email.eq(token.email.as_str()),
        mail_tokens::expires_at.eq(token.expires_at.naive_utc()),
    );
    let place = mail_tokens::table.find((user_id.get(), purpose.as_str()));
    if diesel::update(place).set(values).execute(conn)? > 0 {
        return Ok(());
    }
    let key = (mail_tokens::user_id.eq(user_id.get()), mail_tokens::purpose.eq(purpose.as_str()));
    let inserted = diesel::insert_into(mail_tokens::table).values((key, values)).execute(conn);
    match inserted {
        Err(DieselError::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, _)) => {
            Err(StoreError::Missing)
        }
        outcome => Ok(outcome.map(drop)?),
    }
}

fn delete_expired(
    conn: &mut DatabaseConnection,
    now: Timestamp,
    purpose: MailPurpose,
    limit: i64,
) -> Result<usize, StoreError> {
    let expired = mail_tokens::table
        .filter(mail_tokens::purpose.eq(purpose.as_str()))
        .filter(mail_tokens::expires_at.le(now.naive_utc()))
        .limit(limit.max(0))
        .select(mail_tokens::user_id)
        .load::<i64>(conn)?;
    if expired.is_empty() {
        return Ok(0);
    }
    // The end is asked for again: another may have been put there in the meantime.
    let expired = mail_tokens::table
        .filter(mail_tokens::purpose.eq(purpose.as_str()))
        .filter(mail_tokens::user_id.eq_any(expired))
        .filter(mail_tokens::expires_at.le(now.naive_utc()));
    Ok(diesel::delete(expired).execute(conn)?)
}
