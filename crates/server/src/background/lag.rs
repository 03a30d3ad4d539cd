//! Telling when what should be cleared away is not.

use std::time::Duration;

use vestibule_auth::purge::Leftovers;
use vestibule_domain::time::Timestamp;
use vestibule_http::Shell;
use vestibule_persistence::jobs::{self, JobState};

use super::purge::EVERY;
use super::trouble::Trouble;

/// A job that succeeded on no node for so long is told of.
const LONG: Duration = EVERY.saturating_mul(5);

/// Warns of each job that has not succeeded on any node for long. This node has watched since `started_at`.
pub(super) async fn watch(shell: Shell, started_at: Timestamp) -> Result<(), Trouble> {
    let states = shell.database(|accounts| accounts.database.read(jobs::list)).await??;
    for (job, lag) in late(&states, started_at, shell.now()) {
        tracing::warn!(target: "background", job, lag_seconds = lag.as_secs(), "a job has not succeeded for long");
    }
    Ok(())
}

fn late(states: &[JobState], started_at: Timestamp, now: Timestamp) -> Vec<(&'static str, Duration)> {
    let lag = |what: Leftovers| {
        let job = what.job_name();
        let state = states.iter().find(|state| state.name == job);
        let succeeded_at = state.and_then(|state| state.succeeded_at);
        (job, now.since(succeeded_at.map_or(started_at, |at| at.max(started_at))))
    };
    Leftovers::ALL.into_iter().map(lag).filter(|(_, lag)| *lag > LONG).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::SystemClock;
    use vestibule_domain::time::Clock;

    #[test]
    fn what_succeeded_on_some_node_in_time_is_not_told_of() {
        let start = SystemClock.now();
        let after = |seconds| start.plus(Duration::from_secs(seconds));
        let state = |what: Leftovers, succeeded_at| JobState {
            name: what.job_name().to_owned(),
            started_at: Some(after(600)),
            succeeded_at,
            last_error: None,
        };
        assert_eq!(late(&[], start, after(300)), []);
        assert_eq!(late(&[], start, after(301)).len(), Leftovers::ALL.len());
        let mut states: Vec<_> = Leftovers::ALL.map(|what| state(what, Some(after(500)))).into();
        assert_eq!(late(&states, start, after(700)), []);
        states[0].succeeded_at = Some(after(1));
        let late_one = (Leftovers::ALL[0].job_name(), Duration::from_secs(699));
        assert_eq!(late(&states, start, after(700)), [late_one]);
        // A node that has just begun gives the others time.
        assert_eq!(late(&states, after(690), after(700)), []);
    }
}
