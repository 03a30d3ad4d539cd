//! What things are called by.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;
use uuid::{Builder, Uuid, Variant};

use crate::random::Random;
use crate::time::Timestamp;

/// Numbers of one kind of thing, 1 and up, which only the database gives.
macro_rules! numbered {
    ($(#[$doc:meta])* $id:ident, $(#[$error_doc:meta])* $error:ident, $text:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $id(i64);

        $(#[$error_doc])*
        #[derive(Debug, Error, PartialEq, Eq)]
        #[error($text)]
        pub struct $error;

        impl $id {
            /// The number itself.
            #[must_use]
            pub fn get(self) -> i64 {
                self.0
            }
        }

        impl TryFrom<i64> for $id {
            type Error = $error;

            fn try_from(id: i64) -> Result<Self, Self::Error> {
                if id > 0 { Ok(Self(id)) } else { Err($error) }
            }
        }

        impl fmt::Display for $id {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

numbered!(
    /// The number of an account.
    UserId,
    /// Not a number an account can have.
    UserIdError,
    "not an account id"
);
numbered!(
    /// The number of a post.
    PostId,
    /// Not a number a post can have.
    PostIdError,
    "not a post id"
);
numbered!(
    /// The number of a comment.
    CommentId,
    /// Not a number a comment can have.
    CommentIdError,
    "not a comment id"
);
numbered!(
    /// The number of a message of the contact form.
    ContactMessageId,
    /// Not a number a message can have.
    ContactMessageIdError,
    "not a message id"
);

/// The name of a session, public to its owner: a UUID of version 7, never the token itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(Uuid);

/// Not the name of a session.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("not a session id")]
pub struct SessionIdError;

impl SessionId {
    /// A new id that sorts by `now`.
    #[must_use]
    pub fn new(now: Timestamp, random: &dyn Random) -> Self {
        let mut tail = [0; 10];
        random.fill(&mut tail);
        Self(Builder::from_unix_timestamp_millis(now.unix_millis(), &tail).into_uuid())
    }
}

impl FromStr for SessionId {
    type Err = SessionIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let id = Uuid::try_parse(text).map_err(|_| SessionIdError)?;
        let is_ours = id.get_version_num() == 7 && id.get_variant() == Variant::RFC4122;
        if is_ours && text.len() == 36 { Ok(Self(id)) } else { Err(SessionIdError) }
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use proptest::prelude::*;

    use super::*;

    /// Fills with one byte.
    struct Constant(u8);

    impl Random for Constant {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_datetime(DateTime::from_timestamp_millis(millis).expect("within the calendar"))
    }

    #[test]
    fn account_ids_begin_at_one() {
        assert_eq!(UserId::try_from(1).map(UserId::get), Ok(1));
        assert_eq!(UserId::try_from(i64::MAX).map(|id| id.to_string()).as_deref(), Ok("9223372036854775807"));
        for id in [0, -1, i64::MIN] {
            assert_eq!(UserId::try_from(id), Err(UserIdError));
        }
    }

    #[test]
    fn only_a_hyphenated_uuid_of_version_7_names_a_session() {
        let id = "01890a5d-ac96-774b-bcce-b302099a8057";
        assert_eq!(id.parse::<SessionId>().map(|id| id.to_string()).as_deref(), Ok(id));
        for text in [
            "",
            "01890a5dac96774bbcceb302099a8057",
            "{01890a5d-ac96-774b-bcce-b302099a8057}",
            "01890a5d-ac96-474b-bcce-b302099a8057",
            "01890a5d-ac96-774b-ccce-b302099a8057",
            "01890a5d-ac96-774b-bcce-b302099a805",
            "01890a5d-ac96-774b-bcce-b302099a8057 ",
        ] {
            assert_eq!(text.parse::<SessionId>(), Err(SessionIdError), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn a_new_id_reads_back_and_sorts_by_time(millis in 0..4_000_000_000_000_i64, later in 1..1_000_000_i64, byte in any::<u8>()) {
            let id = SessionId::new(at(millis), &Constant(byte));
            prop_assert_eq!(id.to_string().parse::<SessionId>(), Ok(id));
            prop_assert!(SessionId::new(at(millis + later), &Constant(!byte)) > id);
        }

        #[test]
        fn no_text_is_too_odd_to_be_refused(text in any::<String>()) {
            prop_assert_eq!(text.parse::<SessionId>().is_ok(), false);
        }
    }
}
