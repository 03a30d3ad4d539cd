//! What the server does by itself: the jobs that clear away, and the mails that wait.

use std::time::Duration;

use vestibule_auth::purge::Leftovers;
use vestibule_domain::page::PageSize;
use vestibule_domain::time::Timestamp;
use vestibule_persistence::jobs::{self, JobState};
use vestibule_persistence::{Database, StoreError, outbox};

use crate::background::media;

use super::{Finding, Health, found};

/// A job that did not succeed for so long lags; it should every minute.
const JOB_LATE: Duration = Duration::from_mins(5);

/// A mail leaves within seconds; one that waits for so long was refused a few times, or nobody sends it.
const MAIL_LATE: Duration = Duration::from_mins(15);

/// How each job stands.
pub(super) fn examine_jobs(database: &Database, now: Timestamp) -> Vec<Finding> {
    match database.read(jobs::list) {
        Ok(states) => {
            let names = Leftovers::ALL.map(Leftovers::job_name);
            names.into_iter().chain([media::JOB]).map(|name| judge(name, &states, now)).collect()
        }
        Err::<_, StoreError>(error) => vec![found(Health::Fail, "jobs", error)],
    }
}

fn judge(name: &str, states: &[JobState], now: Timestamp) -> Finding {
    const WHAT: &str = "jobs";
    let Some(state) = states.iter().find(|state| state.name == name) else {
        return found(Health::Ok, WHAT, format!("{name}: not begun yet; the server does it"));
    };
    let last = match state.succeeded_at {
        Some(at) => format!("last done at {at}"),
        None => "never done".to_owned(),
    };
    if let Some(why) = &state.last_error {
        return found(Health::Warn, WHAT, format!("{name}: {last}, failed since: {why}"));
    }
    let is_late = state.succeeded_at.or(state.started_at).is_some_and(|at| now.since(at) > JOB_LATE);
    if is_late {
        return found(Health::Warn, WHAT, format!("{name}: {last}; does a server run?"));
    }
    found(Health::Ok, WHAT, format!("{name}: {last}"))
}

/// Whether mails leave.
pub(super) fn examine_outbox(database: &Database, now: Timestamp) -> Finding {
    const WHAT: &str = "outbox";
    let counted = |conn: &mut _| {
        let oldest = outbox::find_oldest(conn)?;
        let dead = outbox::list(conn, Some(true), None, PageSize::default())?.total.get();
        Ok::<_, StoreError>((oldest, dead))
    };
    match database.read(counted) {
        Ok((oldest, dead)) => judge_outbox(oldest, dead, now),
        Err(error) => found(Health::Fail, WHAT, error),
    }
}

fn judge_outbox(oldest: Option<Timestamp>, dead: u64, now: Timestamp) -> Finding {
    let waiting = match oldest {
        Some(at) => format!("the oldest mail that waits was ordered at {at}"),
        None => "no mail waits".to_owned(),
    };
    let given_up = if dead > 0 { format!(", {dead} were given up") } else { String::new() };
    let is_late = oldest.is_some_and(|at| now.since(at) > MAIL_LATE);
    let health = if is_late || dead > 0 { Health::Warn } else { Health::Ok };
    found(health, "outbox", waiting + &given_up)
}

#[cfg(test)]
mod tests {
    use vestibule_domain::time::Clock;

    use super::*;
    use crate::system::SystemClock;

    #[test]
    fn a_job_that_fails_or_lags_is_told_of() {
        let now = SystemClock.now();
        let before = |minutes| Some(now.minus(Duration::from_mins(minutes)));
        let state = |succeeded_at, last_error: Option<&str>| JobState {
            name: Leftovers::Sessions.job_name().to_owned(),
            started_at: before(1),
            succeeded_at,
            last_error: last_error.map(str::to_owned),
        };
        let health = |states: &[JobState]| judge(Leftovers::Sessions.job_name(), states, now).health;
        assert_eq!(health(&[]), Health::Ok);
        assert_eq!(health(&[state(None, None)]), Health::Ok);
        assert_eq!(health(&[state(before(4), None)]), Health::Ok);
        assert_eq!(health(&[state(before(6), None)]), Health::Warn);
        assert_eq!(health(&[state(before(1), Some("it panicked"))]), Health::Warn);
    }

    #[test]
    fn a_mail_that_does_not_leave_is_told_of() {
        let now = SystemClock.now();
        let before = |minutes| Some(now.minus(Duration::from_mins(minutes)));
        let health = |oldest, dead| judge_outbox(oldest, dead, now).health;
        assert_eq!(
            [health(None, 0), health(before(14), 0), health(before(16), 0), health(None, 1)],
            [Health::Ok, Health::Ok, Health::Warn, Health::Warn]
        );
    }
}
