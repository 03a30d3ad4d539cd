//! Threads for the synchronous core: few, named, with a bounded queue before them.

mod memory;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use thiserror::Error;
use tokio::sync::oneshot;
use tokio::time::timeout;

use self::memory::MemoryBudget;
use crate::panics::{Panic, catch};

/// What a queue may hold, and how long anybody waits for it.
#[derive(Clone, Copy, Debug)]
pub struct QueueLimits {
    /// Jobs that wait, those already running not counted; one more is refused at once.
    pub entries: usize,
    /// How long a job may wait for a thread.
    pub wait: Duration,
    /// How long its caller waits in all; then the answer is lost, though the job goes on.
    pub deadline: Duration,
    /// Bytes that running jobs may hold together, as declared to [`Threads::run_weighing`].
    pub memory: u64,
}

/// Why there is no answer.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Refused {
    /// The queue was full. Nothing was done.
    #[error("the queue is full")]
    Full,
    /// No thread came free in time. Nothing was done, nor will be.
    #[error("no thread came free in time")]
    Waited,
    /// The job began and has not ended: what it does may yet come true.
    #[error("no answer in time")]
    Deadline,
    /// The job panicked. What it had written by then may stand.
    #[error("the job panicked")]
    Panicked(Panic),
    /// The threads are stopping. Nothing was done.
    #[error("the threads are stopping")]
    Closing,
}

/// A fixed number of threads, each with a state `S` of its own (memory to hash in, say), and one queue, served in
/// the order of arrival.
///
/// Dropping it lets running jobs end, for up to five seconds.
pub struct Threads<S: 'static> {
    line: Arc<Line<S>>,
    limits: QueueLimits,
    handles: Vec<JoinHandle<()>>,
}

struct Line<S> {
    waiting: Mutex<Waiting<S>>,
    ready: Condvar,
    /// Whether a waiting job was given up since the queue was last swept.
    litter: AtomicBool,
    memory: MemoryBudget,
    running: AtomicUsize,
    refused: AtomicU64,
}

/// How busy some threads are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueueFigures {
    /// Jobs that wait, given-up ones included until they are swept.
    pub waiting: usize,
    /// Jobs that run.
    pub running: usize,
    /// Jobs that were never begun, since the start: the queue was full, or no thread came free in time.
    pub refused: u64,
}

struct Waiting<S> {
    jobs: VecDeque<Queued<S>>,
    closed: bool,
}

/// A job that says whether the state is still sound after it.
type Work<S> = Box<dyn FnOnce(&mut S) -> bool + Send>;

struct Queued<S> {
    ticket: Arc<Ticket>,
    bytes: u64,
    work: Work<S>,
}

/// Decides between the thread that would start a job and the caller who would give it up.
struct Ticket(AtomicU8);

/// The caller's end of a ticket: gives the job up when the caller goes away.
struct Claim<'a, S> {
    ticket: Arc<Ticket>,
    line: &'a Line<S>,
}

/// How long a drop waits for running jobs: a write may be committing.
const FAREWELL: Duration = Duration::from_secs(5);

impl<S: 'static> Threads<S> {
    /// Starts `count` threads (at least one) called `name-0` and up, each on a state made on it by `make_state`.
    ///
    /// The state is made anew after a panic. It fails where the system gives no more threads.
    pub fn new(
        name: &str,
        count: usize,
        limits: QueueLimits,
        make_state: impl Fn() -> S + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let waiting = Waiting { jobs: VecDeque::new(), closed: false };
        let line = Arc::new(Line {
            waiting: Mutex::new(waiting),
            ready: Condvar::new(),
            litter: AtomicBool::new(false),
            memory: MemoryBudget::new(limits.memory),
            running: AtomicUsize::new(0),
            refused: AtomicU64::new(0),
        });
        let make_state = Arc::new(make_state);
        let mut threads = Self { line, limits, handles: Vec::with_capacity(count.max(1)) };
        for number in 0..count.max(1) {
            let (line, make_state) = (Arc::clone(&threads.line), Arc::clone(&make_state));
            let thread = thread::Builder::new().name(format!("{name}-{number}"));
            threads.handles.push(thread.spawn(move || line.serve(&*make_state))?);
        }
        Ok(threads)
    }

    /// Runs `job` on one of the threads.
    ///
    /// Dropping the returned future gives up a job that has not begun; one that has begun runs to its end.
    pub async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut S) -> T + Send + 'static,
    ) -> Result<T, Refused> {
        self.run_weighing(0, job).await
    }

    /// Like [`run`](Self::run), for a job that holds `bytes` of memory while it runs: it waits until so much of
    /// [`QueueLimits::memory`] is free. One that asks for more than all of it runs alone.
    pub async fn run_weighing<T: Send + 'static>(
        &self,
        bytes: u64,
        job: impl FnOnce(&mut S) -> T + Send + 'static,
    ) -> Result<T, Refused> {
        let (answer, mut reply) = oneshot::channel();
        let work = move |state: &mut S| {
            let outcome = catch(|| job(state));
            let sound = outcome.is_ok();
            // Nobody listens any more: the caller has gone or given up waiting.
            let _unheard = answer.send(outcome);
            sound
        };
        let claim = self.enqueue(bytes, Box::new(work))?;
        let wait = self.limits.wait.min(self.limits.deadline);
        if let Ok(reply) = timeout(wait, &mut reply).await {
            return settle(reply);
        }
        if claim.ticket.give_up() {
            self.line.litter.store(true, Ordering::Relaxed);
            self.line.refused.fetch_add(1, Ordering::Relaxed);
            return Err(Refused::Waited);
        }
        match timeout(self.limits.deadline.saturating_sub(wait), reply).await {
            Ok(reply) => settle(reply),
            Err(_elapsed) => Err(Refused::Deadline),
        }
    }

    /// How busy they are.
    #[must_use]
    pub fn figures(&self) -> QueueFigures {
        QueueFigures {
            waiting: self.line.lock().jobs.len(),
            running: self.line.running.load(Ordering::Relaxed),
            refused: self.line.refused.load(Ordering::Relaxed),
        }
    }

    fn enqueue(&self, bytes: u64, work: Work<S>) -> Result<Claim<'_, S>, Refused> {
        let mut waiting = self.line.lock();
        if waiting.closed {
            return Err(Refused::Closing);
        }
        if waiting.jobs.len() >= self.limits.entries && self.line.litter.swap(false, Ordering::Relaxed) {
            waiting.jobs.retain(|queued| queued.ticket.is_waiting());
        }
        if waiting.jobs.len() >= self.limits.entries {
            self.line.refused.fetch_add(1, Ordering::Relaxed);
            return Err(Refused::Full);
        }
        let ticket = Arc::new(Ticket(AtomicU8::new(Ticket::WAITING)));
        waiting.jobs.push_back(Queued { ticket: Arc::clone(&ticket), bytes, work });
        drop(waiting);
        self.line.ready.notify_one();
        Ok(Claim { ticket, line: &self.line })
    }
}

/// The sender goes away unused only when the queue is cleared at the end.
fn settle<T>(reply: Result<Result<T, Panic>, oneshot::error::RecvError>) -> Result<T, Refused> {
    reply.map_err(|_gone| Refused::Closing)?.map_err(Refused::Panicked)
}

impl<S> Line<S> {
    fn lock(&self) -> MutexGuard<'_, Waiting<S>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The life of a thread.
    fn serve(&self, make_state: &dyn Fn() -> S) {
        let mut state = make_state();
        while let Some(queued) = self.next() {
            if !queued.ticket.is_waiting() {
                continue;
            }
            let _share = self.memory.hold(queued.bytes);
            if !queued.ticket.start() {
                continue;
            }
            self.running.fetch_add(1, Ordering::Relaxed);
            let is_sound = (queued.work)(&mut state);
            self.running.fetch_sub(1, Ordering::Relaxed);
            if !is_sound {
                state = make_state();
            }
        }
    }

    fn next(&self) -> Option<Queued<S>> {
        let mut waiting = self.lock();
        loop {
            if let Some(queued) = waiting.jobs.pop_front() {
                return Some(queued);
            }
            if waiting.closed {
                return None;
            }
            waiting = self.ready.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Ticket {
    const WAITING: u8 = 0;
    const STARTED: u8 = 1;
    const GIVEN_UP: u8 = 2;

    fn is_waiting(&self) -> bool {
        self.0.load(Ordering::Relaxed) == Self::WAITING
    }

    fn start(&self) -> bool {
        self.leave(Self::STARTED)
    }

    fn give_up(&self) -> bool {
        self.leave(Self::GIVEN_UP)
    }

    /// Whether the job was still waiting and is `now` no more.
    fn leave(&self, now: u8) -> bool {
        self.0.compare_exchange(Self::WAITING, now, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}

impl<S> Drop for Claim<'_, S> {
    fn drop(&mut self) {
        if self.ticket.give_up() {
            self.line.litter.store(true, Ordering::Relaxed);
        }
    }
}

impl<S: 'static> Drop for Threads<S> {
    fn drop(&mut self) {
        let mut waiting = self.line.lock();
        waiting.closed = true;
        waiting.jobs.clear();
        drop(waiting);
        self.line.ready.notify_all();
        let end = Instant::now() + FAREWELL;
        for handle in self.handles.drain(..) {
            while !handle.is_finished() && Instant::now() < end {
                thread::sleep(Duration::from_millis(1));
            }
            if handle.is_finished() {
                // A thread that panicked outside a job has nothing left to tell.
                let _ended = handle.join();
            } else {
                tracing::warn!(thread = handle.thread().name(), "a job still runs; leaving it behind");
            }
        }
    }
}
