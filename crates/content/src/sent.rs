//! What was sent, and whether it was sent before.

use vestibule_domain::time::Timestamp;
use vestibule_persistence::StoreError;
use vestibule_persistence::dialect::DatabaseConnection;
use vestibule_persistence::submissions::{self, Claim, Submission};

use crate::error::ContentError;

/// What an attempt to make something came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent<T> {
    /// It was made.
    Made(T),
    /// It had been made by an earlier attempt with the same key; nothing was made now.
    Repeated(T),
}

impl<T> Sent<T> {
    /// What there is now.
    #[must_use]
    pub fn into_inner(self) -> T {
        match self {
            Self::Made(made) | Self::Repeated(made) => made,
        }
    }

    /// The same attempt, of which something else is told.
    pub(crate) fn try_map<U, E>(self, tell: impl FnOnce(T) -> Result<U, E>) -> Result<Sent<U>, E> {
        Ok(match self {
            Self::Made(made) => Sent::Made(tell(made)?),
            Self::Repeated(made) => Sent::Repeated(tell(made)?),
        })
    }
}

/// Has `make` make something once under the key of `submission`, and answers its number; without a submission it is made each
/// time. The first thing in a transaction: a second attempt waits here for the first one's end.
pub(crate) fn once(
    conn: &mut DatabaseConnection,
    now: Timestamp,
    submission: Option<&Submission<'_>>,
    make: impl FnOnce(&mut DatabaseConnection) -> Result<i64, ContentError>,
) -> Result<Sent<i64>, ContentError> {
    let Some(submission) = submission else { return make(conn).map(Sent::Made) };
    match submissions::claim(conn, now, submission)? {
        Claim::New(claimed) => {
            let made_id = make(conn)?;
            submissions::settle(conn, &claimed, made_id)?;
            Ok(Sent::Made(made_id))
        }
        Claim::Repeat(made_id) => Ok(Sent::Repeated(made_id)),
        Claim::Reused => Err(ContentError::KeyReused),
    }
}

/// A stored number as the id of something called `what`.
pub(crate) fn parse_id<I: TryFrom<i64>>(what: &'static str, id: i64) -> Result<I, StoreError> {
    I::try_from(id).map_err(|_| StoreError::Corrupt { what, row: id.to_string() })
}
