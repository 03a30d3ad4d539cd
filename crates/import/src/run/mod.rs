//! One run: from a source into the accounts.
//!
//! A run goes through its phases in their order, and through each in batches. A batch is read and taken through the doors on one
//! thread while others write the ones before. What is written of a batch, and how far the run is with it, is one
//! transaction: a run that was killed goes on behind the last batch that was kept, and nothing is lost or there twice. What it
//! kept may have changed there meanwhile, or rows may have moved: so once the rest is here, it goes through everything.
//!
//! A dry run does all the same with a database that is thrown away afterwards, and only looks at the one there is. So it finds
//! what a real one would find, holds no lock and leaves nothing behind.

mod accounts;
mod ahead;
mod avatars;
mod batch;
mod clash;
mod feed;
mod lookup;
mod parallel;
mod phase;
mod plain;
mod roles;
mod sorter;
mod texts;
mod tokens;
mod users;

use std::collections::HashSet;
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

use crate::report::{self, Audience, Finding, Summary};
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
    /// When the run began: everything that was taken before is older.
    started_at: Timestamp,
    /// Where it stands.
    position: Position,
    summary: Summary,
    /// Whether nothing of this source was ever taken when the run began.
    is_first: bool,
    /// Whether no batch is written beside another any more.
    writes_alone: bool,
    /// Whether the database has looked at what the rows are like.
    is_counted: bool,
    /// Since when, and what, it took of the rest that an earlier run had left.
    rest: Option<Rest>,
    /// The keys of accounts that are somebody else's there now: what else belongs to these does not go to who had them.
    strangers: Arc<HashSet<String>>,
}

/// The accounts that an earlier run had left when it ended early.
#[derive(Clone, Copy)]
struct Rest {
    since: Timestamp,
    /// How many they were; none while they are being taken.
    taken: Option<u64>,
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
    if run.takes_rest() {
        run.take_users(source, &roles)?;
        run.begin_again()?;
    }
    for phase in Phase::ALL.iter().copied() {
        run.enter(phase)?;
        match phase {
            Phase::Users => {
                run.take_users(source, &roles)?;
                run.forget_rest();
            }
            Phase::Avatars => run.take_avatars(source)?,
            Phase::Tokens => run.take_tokens(source)?,
            Phase::Posts | Phase::Comments | Phase::ContactMessages => run.take_texts(source, phase)?,
        }
    }
    run.finish()
}

/// Begins anew, or goes on where an earlier run from this source ended early.
///
/// Among the accounts, that is: a password may have to be hashed for each. What else it kept is looked at again in little time.
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
    let mut position = beginning(String::new());
    position.last_key = unfinished
        .map(|import| import.position)
        .filter(|left| left.step == position.step)
        .and_then(|left| left.last_key);
    let begun = to.database.write(|conn| imports::insert(conn, now, &name, &position));
    let started_at = begun.map_err(|error| match error {
        StoreError::Taken(_) => RunError::Elsewhere,
        error => RunError::Store(error),
    })?;
    let rest = position.last_key.is_some().then_some(Rest { since: started_at, taken: None });
    let is_first = to.rehearsal.is_none() && !to.database.read(|conn| imports::exists(conn, &name))?;
    // What earlier runs kept it may not have counted.
    to.database.read(imports::count)?;
    let (summary, strangers) = (Summary::default(), Arc::default());
    let is_counted = false;
    Ok(Run {
        to,
        options,
        audience,
        name,
        started_at,
        position,
        summary,
        is_first,
        writes_alone: false,
        is_counted,
        rest,
        strangers,
    })
}

/// Where every run begins.
fn beginning(tally: String) -> Position {
    Position { step: Phase::Users.name().to_owned(), last_key: None, tally }
}

impl Run<'_> {
    /// Whether it is at the rows behind those an earlier run kept. It takes those that are new, and tells of nothing else.
    fn takes_rest(&self) -> bool {
        self.rest.is_some_and(|rest| rest.taken.is_none())
    }

    /// Stands at the beginning, once the rest is taken.
    fn begin_again(&mut self) -> Result<(), RunError> {
        let (next, now) = (beginning(self.summary.tally()), self.to.clock.now());
        self.started_at = self.to.database.clone().write(|conn| {
            self.move_to(conn, &next)?;
            Ok::<_, RunError>(imports::insert(conn, now, &self.name, &next)?)
        })?;
        self.position = next;
        self.is_first = false;
        self.rest = self.rest.map(|rest| Rest { taken: Some(self.summary.taken), ..rest });
        Ok(())
    }

    /// What it took of the rest it has met again, the same: that was not taken by an earlier run.
    fn forget_rest(&mut self) {
        let taken = self.rest.take().and_then(|rest| rest.taken).unwrap_or(0);
        self.summary.unchanged = self.summary.unchanged.saturating_sub(taken);
    }

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
            let mut outcome =
                Outcome { summary: self.summary.clone(), findings: Vec::new(), strangers: Vec::new() };
            let kept = self.try_keep(last_key, work, &mut outcome);
            match kept {
                Ok(position) => {
                    self.position = position;
                    self.summary = outcome.summary;
                    if !outcome.strangers.is_empty() {
                        Arc::make_mut(&mut self.strangers).extend(outcome.strangers);
                    }
                    return self.count();
                }
                Err(RunError::Store(StoreError::Taken(_) | StoreError::Missing)) if tries < MOST_TRIES => {
                    tries += 1;
                }
                Err(error) => return Err(error),
            }
        }
    }

    fn count(&mut self) -> Result<(), RunError> {
        if !self.is_counted {
            self.to.database.read(imports::count)?;
            self.is_counted = true;
        }
        Ok(())
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
            if self.takes_rest() {
                outcome.leave_to_whole_run(&self.summary);
            }
            let next = self.behind(last_key, &outcome.summary);
            self.move_to(conn, &next)?;
            if !outcome.findings.is_empty() {
                self.audience.findings(&outcome.findings)?;
            }
            Ok(next)
        })
    }

    /// Where the run stands with the batch that ends in `last_key` behind it.
    fn behind(&self, last_key: Option<&str>, summary: &Summary) -> Position {
        Position {
            step: self.position.step.clone(),
            last_key: last_key.map(str::to_owned).or_else(|| self.position.last_key.clone()),
            tally: summary.tally(),
        }
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
#[derive(Default)]
struct Outcome {
    summary: Summary,
    findings: Vec<Finding>,
    /// The keys of accounts that are somebody else's there.
    strangers: Vec<String>,
}

impl Outcome {
    /// Tells only of what was taken: whatever was not is looked at once more.
    fn leave_to_whole_run(&mut self, before: &Summary) {
        self.summary.skipped = before.skipped;
        self.findings.retain(|finding| finding.outcome == report::Outcome::Reduced);
    }
}
