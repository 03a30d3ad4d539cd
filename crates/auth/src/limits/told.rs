//! What was told of a moment ago.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use vestibule_domain::id::UserId;
use vestibule_domain::time::Timestamp;

/// What happened, to or by whom, and from where.
type News = (&'static str, Option<UserId>, IpAddr);

/// Which refusals were told of a moment ago.
#[derive(Debug, Default)]
pub(super) struct Told(Mutex<HashMap<News, Timestamp>>);

impl Told {
    /// One is told of again after this long.
    const EVERY: Duration = Duration::from_mins(1);
    /// So many are remembered; while there are more, further ones are not told of.
    const CAPACITY: usize = 4096;

    /// Whether `news` were not told lately; from now on they were.
    pub(super) fn is_news(&self, now: Timestamp, news: News) -> bool {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A clock that was set back must not silence anything for longer.
        let is_recent = |at: &Timestamp| now.since(*at) < Self::EVERY && *at <= now;
        if told.get(&news).is_some_and(is_recent) {
            return false;
        }
        if told.len() >= Self::CAPACITY {
            told.retain(|_, at| is_recent(at));
        }
        let has_room = told.len() < Self::CAPACITY;
        if has_room {
            told.insert(news, now);
        }
        has_room
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_unix_seconds(1_795_132_800 + second).unwrap()
    }

    fn from(number: u32) -> IpAddr {
        Ipv4Addr::from(number).into()
    }

    #[test]
    fn one_thing_is_told_of_once_a_minute_for_each_person_and_address() {
        let (told, somebody) = (Told::default(), UserId::try_from(7).ok());
        assert!(told.is_news(at(100), ("sign-in", None, from(1))));
        assert!(!told.is_news(at(159), ("sign-in", None, from(1))));
        assert!(told.is_news(at(159), ("sign-in", None, from(2))));
        assert!(told.is_news(at(159), ("register", None, from(1))));
        assert!(told.is_news(at(159), ("sign-in", somebody, from(1))));
        assert!(told.is_news(at(160), ("sign-in", None, from(1))));
        assert!(told.is_news(at(0), ("sign-in", None, from(1))));
    }

    #[test]
    fn a_flood_from_everywhere_is_not_remembered_without_end() {
        let told = Told::default();
        let flood = (0..10_000).filter(|number| told.is_news(at(1), ("sign-in", None, from(*number))));
        assert_eq!(flood.count(), Told::CAPACITY);
        assert!(told.is_news(at(61), ("sign-in", None, from(9_999))));
    }
}
