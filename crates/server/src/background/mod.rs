//! What happens without being asked for.
//!
//! Some of it every node does for itself ([`own`]), some is done once among all nodes ([`purge`]). Either is repeated for
//! as long as the server runs ([`repeat`]): a turn that fails or panics is told and tried again, later and later.
//!
//! To add something: an async function that does one turn, and its line in [`start`].

mod failures;
mod lag;
mod leases;
pub(crate) mod mail;
pub(crate) mod media;
mod own;
mod purge;
mod repeat;
mod trouble;

use std::time::Duration;

use vestibule_auth::purge::Leftovers;
use vestibule_http::Shell;

pub(crate) use self::failures::JobFailures;
use self::purge::Turn;
use self::repeat::{Rhythm, repeat};

/// Refusals wait this long for others to be written with.
const REFUSALS_EVERY: Duration = Duration::from_secs(1);

/// How often it is written who was seen; what a kill can lose is that much.
const SIGHTINGS_EVERY: Duration = Duration::from_secs(15);

/// The first purge comes soon after the start, for a server that never runs for long, and each kind a moment after the
/// one before it, so that they do not take all connections at once.
const PURGES_APART: Duration = Duration::from_millis(250);

/// Starts the background work on the current runtime; it ends with it.
pub(crate) fn start(shell: &Shell, failures: &JobFailures, audit_retention: Duration) {
    let mut first = Duration::ZERO;
    for what in Leftovers::ALL {
        first += PURGES_APART;
        let turn = Turn::default();
        let rhythm = Rhythm::new(first, purge::EVERY);
        let clear = move |shell| purge::clear(shell, turn.clone(), what, audit_retention);
        spawn(shell, failures, what.job_name(), rhythm, clear);
    }
    first += PURGES_APART;
    let turn = Turn::default();
    let collect = move |shell| media::collect(shell, turn.clone());
    spawn(shell, failures, media::JOB, Rhythm::new(first, purge::EVERY), collect);
    let started_at = shell.now();
    let watch = move |shell| lag::watch(shell, started_at);
    spawn(shell, failures, "lag", Rhythm::new(purge::EVERY, purge::EVERY), watch);
    spawn(shell, failures, "refusals", Rhythm::new(REFUSALS_EVERY, REFUSALS_EVERY), own::flush_refusals);
    spawn(shell, failures, "sightings", Rhythm::new(SIGHTINGS_EVERY, SIGHTINGS_EVERY), own::flush_sightings);
}

/// Writes what still waits, when the server has answered its last request.
pub(crate) async fn finish(shell: Shell) {
    let outcomes = [own::flush_refusals(shell.clone()).await, own::flush_sightings(shell).await];
    for trouble in outcomes.into_iter().filter_map(Result::err) {
        tracing::warn!(target: "background", error = trouble.told(), "not everything could be written at the end");
    }
}

fn spawn<F>(
    shell: &Shell,
    failures: &JobFailures,
    name: &'static str,
    rhythm: Rhythm,
    turn: impl Fn(Shell) -> F + 'static,
) where
    F: Future<Output = Result<(), trouble::Trouble>> + 'static,
{
    failures.begin(name);
    let (shell, failures) = (shell.clone(), failures.clone());
    actix_web::rt::spawn(repeat(name, rhythm, failures, move || turn(shell.clone())));
}

#[cfg(test)]
mod tests;
