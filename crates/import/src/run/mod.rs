//! One run: from a source into the accounts.
//!
//! A run goes through its phases in their order, and through each in batches. A batch is read and taken through the doors on one
//! thread while another writes the one before. What is written of a batch, and how far the run is with it, is one
//! transaction: a run that was killed goes on behind the last batch that was kept, and nothing is lost or there twice.
//!
//! A dry run does all the same with a database that is thrown away afterwards, and only looks at the one there is. So it finds
//! what a real one would find, holds no lock and leaves nothing behind.

mod accounts;
mod avatars;
mod batch;
mod clash;
mod feed;
mod lookup;
mod parallel;
mod phase;
mod plain;
mod roles;
mod texts;
mod tokens;
mod users;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use vestibule_auth::hasher::{Hasher, HasherError};
use vestibule_domain::audit::{AuditEvent, AuditRecord};
use vestibule_domain::caller::ClientInfo;
use vestibule_domain::random::Random;
use vestibule_domain::time::{Clock, Timestamp};
use vestibule_media::{AvatarError, Avatars};
use vestibule_persistence::dialect::DatabaseConnection;
use vestibule_persistence::imports::{self, Position};
use vestibule_persistence::{Database, StoreError, audit};

use crate::report::{Audience, Finding, Summary};
use crate::source::{Source, SourceError};
use phase::Phase;

/// What a run is to do.
pub struct RunOptions {
    /// Rows in one transaction.
    pub batch: usize,
    /// Threads that hash plaintext passwords.
    pub hash_threads: usize,
    /// The folder of the other system's uploads, where its pictures are to be taken.
    pub media_root: Option<PathBuf>,
}

/// What a run works with.
pub struct Destination {
    /// Where the accounts go; in a dry run a database that is thrown away.
    pub database: Database,
    /// The database a dry run looks at and does not touch; `None` in one that is no dry run.
    pub rehearsal: Option<Rehearsal>,
    /// What makes and knows password hashes.
    pub hasher: Hasher,
    /// Where their pictures go; nowhere in a dry run.
    pub avatars: Option<Avatars>,
    /// How long a token may be good at most.
    pub token_ttl: Duration,
    /// Randomness.
    pub random: Arc<dyn Random>,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

/// What there is where a dry run would go.
pub struct Rehearsal {
    /// The database, if there is one and it holds accounts.
    pub existing: Option<Database>,
    /// Whether it knows of imports: one of an earlier release does not.
    pub knows_imports: bool,
}

/// Why a run ended early. What was taken stays, and the next run goes on from there.
#[derive(Debug, Error)]
pub enum RunError {
    /// The source.
    #[error("the source: {0}")]
    Source(#[from] SourceError),
    /// The report cannot be written.
    #[error("the report: {0}")]
    Report(#[from] std::io::Error),
    /// The hasher.
    #[error(transparent)]
    Hasher(#[from] HasherError),
    /// The pictures.
    #[error(transparent)]
    Avatar(#[from] AvatarError),
    /// The accounts.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// Somebody else takes over from the same source just now.
    #[error("another import from this source is going on")]
    Elsewhere,
}

/// A run that is going on.
struct Run<'a> {
    to: &'a Destination,
    options: &'a RunOptions,
    audience: &'a mut dyn Audience,
    /// What the source is called.
    name: String,
    /// When the run began, possibly in another process.
    started_at: Timestamp,
    /// Where it stands.
    position: Position,
    summary: Summary,
    /// How many accounts there have to be until the database is told to count again.
    next_count: u64,
}

/// Takes everything `source` has that was not taken before.
pub fn run(
    to: &Destination,
    source: &mut dyn Source,
    options: &RunOptions,
    audience: &mut dyn Audience,
) -> Result<Summary, RunError> {
    let mut run = begin(to, source, options, audience)?;
    let roles = run.settle_roles(source)?;
    let first = run.position.phase();
    for phase in Phase::ALL.iter().copied().filter(|phase| *phase >= first) {
        run.enter(phase)?;
        match phase {
            Phase::Users => run.take_users(source, &roles)?,
            Phase::Avatars => run.take_avatars(source)?,
            Phase::Tokens => run.take_tokens(source)?,
            Phase::Posts | Phase::Comments | Phase::ContactMessages => run.take_texts(source, phase)?,
        }
    }
    run.finish()
}

/// Begins anew, or goes on where an earlier run from this source ended early.
fn begin<'a>(
    to: &'a Destination,
    source: &dyn Source,
    options: &'a RunOptions,
    audience: &'a mut dyn Audience,
) -> Result<Run<'a>, RunError> {
    let (name, now) = (source.name().to_owned(), to.clock.now());
    let unfinished = to.database.read(|conn| imports::find(conn, &name))?;
    let unfinished = unfinished.filter(|import| import.finished_at.is_none());
    audience.begun(unfinished.is_some())?;
    let (position, started_at) = if let Some(import) = unfinished {
        (import.position, import.started_at)
    } else {
        let position =
            Position { step: Phase::Users.name().to_owned(), last_key: None, tally: String::new() };
        to.database.write(|conn| imports::insert(conn, now, &name, &position))?;
        (position, now)
    };
    let summary = Summary::of_tally(&position.tally);
    // What earlier runs kept it may not have counted.
    to.database.read(imports::count)?;
    Ok(Run { to, options, audience, name, started_at, position, summary, next_count: 1 })
}

/// Where a run stands, in our words.
trait Standing {
    fn phase(&self) -> Phase;
}

impl Standing for Position {
    /// A step of another release begins from the beginning, which costs time and nothing else.
    fn phase(&self) -> Phase {
        Phase::ALL.iter().copied().find(|phase| phase.name() == self.step).unwrap_or(Phase::Users)
    }
}

impl Run<'_> {
    /// Stands at the beginning of `phase`, or where an earlier run stood within it.
    fn enter(&mut self, phase: Phase) -> Result<(), RunError> {
        if self.position.step == phase.name() {
            return Ok(());
        }
        let next = Position { step: phase.name().to_owned(), last_key: None, tally: self.summary.tally() };
        self.to.database.write(|conn| self.move_to(conn, &next))?;
        self.position = next;
        Ok(())
    }

    /// Notes within the transaction of a batch that the run stands at `next` once it is kept.
    fn move_to(&self, conn: &mut DatabaseConnection, next: &Position) -> Result<(), RunError> {
        if imports::set_position(conn, &self.name, self.started_at, &self.position, next)? {
            Ok(())
        } else {
            Err(RunError::Elsewhere)
        }
    }

    /// Keeps a batch: all that `work` writes, the lines it tells of, and that the run stands behind `last_key`, together.
    ///
    /// Where somebody signed up meanwhile with a name of this batch, or deleted what it belongs to, it is tried again.
    fn keep(
        &mut self,
        last_key: Option<&str>,
        work: &mut dyn FnMut(&mut DatabaseConnection, &mut Outcome) -> Result<(), RunError>,
    ) -> Result<(), RunError> {
        let mut tries = 0;
        loop {
            let mut outcome = Outcome { summary: self.summary.clone(), findings: Vec::new() };
            let kept = self.try_keep(last_key, work, &mut outcome);
            match kept {
                Ok(position) => {
                    self.position = position;
                    self.summary = outcome.summary;
                    return self.count_now_and_then();
                }
                Err(RunError::Store(StoreError::Taken(_) | StoreError::Missing)) if tries < MOST_TRIES => {
                    tries += 1;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Each time twice as many accounts are there: seldom enough to cost next to nothing.
    fn count_now_and_then(&mut self) -> Result<(), RunError> {
        if self.summary.taken < self.next_count {
            return Ok(());
        }
        self.next_count = self.summary.taken * 2;
        Ok(self.to.database.read(imports::count)?)
    }

    fn try_keep(
        &mut self,
        last_key: Option<&str>,
        work: &mut dyn FnMut(&mut DatabaseConnection, &mut Outcome) -> Result<(), RunError>,
        outcome: &mut Outcome,
    ) -> Result<Position, RunError> {
        let database = self.to.database.clone();
        database.write(|conn| {
            // Another run may have kept this very batch: what it kept must not look like rows that are there twice.
            let here = imports::find(conn, &self.name)?;
            if here.is_none_or(|here| here.started_at != self.started_at || here.position != self.position) {
                return Err(RunError::Elsewhere);
            }
            work(conn, outcome)?;
            let next = Position {
                step: self.position.step.clone(),
                last_key: last_key.map(str::to_owned).or_else(|| self.position.last_key.clone()),
                tally: outcome.summary.tally(),
            };
            self.move_to(conn, &next)?;
            if !outcome.findings.is_empty() {
                self.audience.findings(&outcome.findings)?;
            }
            Ok(next)
        })
    }

    /// Tells the audit trail, and leaves the tables in order.
    fn finish(self) -> Result<Summary, RunError> {
        let now = self.to.clock.now();
        self.to.database.write(|conn| {
            let record = AuditRecord::success(now, AuditEvent::Imported, &ClientInfo::default());
            audit::insert(conn, &record.saying(format!("{}: {}", self.name, self.summary.tally())))?;
            imports::set_finished(conn, now, &self.name)
        })?;
        self.to.database.read(imports::settle)?;
        Ok(self.summary)
    }
}

/// How often a batch is tried again that met somebody else's change.
const MOST_TRIES: u32 = 10;

/// What a batch comes to, told and counted only where it is kept.
struct Outcome {
    summary: Summary,
    findings: Vec<Finding>,
}
