//! Between the async faces and the synchronous core: one pool of threads for the database, one for hashing,
//! one for pictures, one for texts and one for files.

use std::fmt;
use std::future::Future;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::available_parallelism;
use std::time::Duration;

use vestibule_auth::accounts::Accounts;
use vestibule_auth::hasher::{Hasher, Scratch};
use vestibule_domain::random::Random;
use vestibule_domain::time::{Clock, Timestamp};
use vestibule_media::{Avatars, Picture, PictureError};

use crate::figures::Figures;
use crate::refusal::Refusal;
use crate::threads::{QueueFigures, QueueLimits, Threads};
use crate::uploads::{UPLOADS, Uploads};

/// How much work may wait, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct ShellLimits {
    /// Threads that hash; as many as cores.
    pub hash_threads: usize,
    /// Password checks that wait for one of them.
    pub hash_queue: usize,
    /// Bytes that running password checks may use together; one that needs more runs alone.
    pub hash_memory: u64,
    /// Requests that wait for the database.
    pub database_queue: usize,
}

impl Default for ShellLimits {
    /// 512 sign-ins are about three seconds of work for two cores at the default cost.
    fn default() -> Self {
        let hash_threads = available_parallelism().map_or(2, usize::from);
        Self { hash_threads, hash_queue: 512, hash_memory: 256 << 20, database_queue: 4096 }
    }
}

/// A request waits this long for a thread of the database; with the pool's own second it has its 503 within three.
const DATABASE_WAIT: Duration = Duration::from_secs(2);

/// Nobody waits longer than this for the database: a hung one must not gather requests. It is more than a statement may
/// take, so that what the database gives up is told as that.
const DEADLINE: Duration = Duration::from_secs(4);

/// A password waits this long for a thread that hashes.
const HASH_WAIT: Duration = Duration::from_secs(5);

/// Pictures are decoded one at a time, whatever the machine has: each may take a hundred megabytes. So many may wait, which is
/// as many as are uploaded at once.
const PICTURE_QUEUE: usize = UPLOADS;

/// A picture waits this long for its turn.
const PICTURE_WAIT: Duration = Duration::from_secs(10);

/// Requests that wait for a text to be made of another: the longest takes some ten milliseconds.
const TEXT_QUEUE: usize = 512;

/// A text waits this long for its turn.
const TEXT_WAIT: Duration = Duration::from_secs(5);

/// Threads that read and write files, in a folder or over the network.
const FILE_THREADS: usize = 4;

/// Requests that wait for files.
const FILE_QUEUE: usize = 256;

/// Nobody waits longer than this for a file.
const FILE_DEADLINE: Duration = Duration::from_secs(10);

/// What handlers reach the core through. Cheap to clone.
#[derive(Clone)]
pub struct Shell(Arc<Inner>);

struct Inner {
    accounts: Accounts,
    database: Threads<()>,
    /// Where few may write at once, they wait in a queue of their own, else they would keep the readers' threads.
    writing: Option<Threads<()>>,
    hashing: Threads<Scratch>,
    avatars: Avatars,
    uploads: Arc<Uploads>,
    pictures: Threads<()>,
    texts: Threads<()>,
    files: Threads<()>,
    figures: Figures,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    stopping: Arc<AtomicBool>,
}

impl Shell {
    /// Starts the threads; `stopping` is raised by whoever stops the server. It fails where the system gives none.
    pub fn new(
        accounts: Accounts,
        avatars: Avatars,
        limits: ShellLimits,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        stopping: Arc<AtomicBool>,
    ) -> io::Result<Self> {
        let database = QueueLimits {
            entries: limits.database_queue,
            wait: DATABASE_WAIT,
            deadline: DEADLINE,
            memory: u64::MAX,
        };
        let hashing = QueueLimits {
            entries: limits.hash_queue,
            wait: HASH_WAIT,
            deadline: HASH_WAIT * 2,
            memory: limits.hash_memory,
        };
        let pictures = QueueLimits {
            entries: PICTURE_QUEUE,
            wait: PICTURE_WAIT,
            deadline: PICTURE_WAIT * 2,
            memory: u64::MAX,
        };
        let files = QueueLimits {
            entries: FILE_QUEUE,
            wait: DATABASE_WAIT,
            deadline: FILE_DEADLINE,
            memory: u64::MAX,
        };
        let texts =
            QueueLimits { entries: TEXT_QUEUE, wait: TEXT_WAIT, deadline: TEXT_WAIT * 2, memory: u64::MAX };
        let text_threads = available_parallelism().map_or(1, usize::from);
        let [connections, writers] = [accounts.database.pool_size(), accounts.database.writers()]
            .map(|count| usize::try_from(count).unwrap_or(1));
        // Together as many threads as connections, so that none waits for one.
        let apart = if writers < connections { writers } else { 0 };
        let writing = (apart > 0).then(|| Threads::new("writer", apart, database, || ()));
        Ok(Self(Arc::new(Inner {
            database: Threads::new("database", connections - apart, database, || ())?,
            writing: writing.transpose()?,
            hashing: Threads::new("hash", limits.hash_threads, hashing, Scratch::default)?,
            pictures: Threads::new("picture", 1, pictures, || ())?,
            texts: Threads::new("text", text_threads, texts, || ())?,
            files: Threads::new("file", FILE_THREADS, files, || ())?,
            uploads: Arc::new(Uploads::new()),
            figures: Figures::default(),
            accounts,
            avatars,
            clock,
            random,
            stopping,
        })))
    }

    /// The moment it is.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// Where randomness comes from.
    #[must_use]
    pub fn random(&self) -> Arc<dyn Random> {
        Arc::clone(&self.0.random)
    }

    /// The accounts, for what waits for nothing. What asks the database goes through [`Shell::database`].
    #[must_use]
    pub fn accounts(&self) -> &Accounts {
        &self.0.accounts
    }

    /// Runs `job`, which only reads, where it may wait for the database.
    pub fn database<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Accounts) -> T + Send + 'static,
    ) -> impl Future<Output = Result<T, Refusal>> {
        let shell = self.clone();
        async move {
            let accounts = shell.0.accounts.clone();
            Ok(shell.0.database.run(move |()| job(&accounts)).await?)
        }
    }

    /// Runs `job`, which will write, where it may wait for the database and for others who write.
    pub fn database_write<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Accounts) -> T + Send + 'static,
    ) -> impl Future<Output = Result<T, Refusal>> {
        let shell = self.clone();
        async move {
            let accounts = shell.0.accounts.clone();
            let threads = shell.0.writing.as_ref().unwrap_or(&shell.0.database);
            Ok(threads.run(move |()| job(&accounts)).await?)
        }
    }

    /// Runs `job`, which will use `bytes` of memory, where it may hash.
    pub fn hash<T: Send + 'static>(
        &self,
        bytes: usize,
        job: impl FnOnce(&Hasher, &mut Scratch) -> T + Send + 'static,
    ) -> impl Future<Output = Result<T, Refusal>> {
        let shell = self.clone();
        async move {
            let hasher = shell.0.accounts.hasher.clone();
            let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
            Ok(shell.0.hashing.run_weighing(bytes, move |scratch| job(&hasher, scratch)).await?)
        }
    }

    /// Decodes `bytes` and makes a picture of it, where that may take its time.
    pub fn picture(
        &self,
        bytes: Vec<u8>,
    ) -> impl Future<Output = Result<Result<Picture, PictureError>, Refusal>> {
        let shell = self.clone();
        async move { Ok(shell.0.pictures.run(move |()| Picture::of(&bytes)).await?) }
    }

    /// Runs `job`, which makes a text of another, where that may take its time and keeps nobody from the database.
    pub fn text<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> impl Future<Output = Result<T, Refusal>> {
        let shell = self.clone();
        async move { Ok(shell.0.texts.run(move |()| job()).await?) }
    }

    /// Runs `job`, which reads or writes files, where it may wait for them.
    pub fn files<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Avatars) -> T + Send + 'static,
    ) -> impl Future<Output = Result<T, Refusal>> {
        let shell = self.clone();
        async move {
            let avatars = shell.0.avatars.clone();
            Ok(shell.0.files.run(move |()| job(&avatars)).await?)
        }
    }

    /// Places for uploads.
    pub(crate) fn uploads(&self) -> Arc<Uploads> {
        Arc::clone(&self.0.uploads)
    }

    /// The figures that were counted last.
    pub(crate) fn last_figures(&self) -> Figures {
        self.0.figures.clone()
    }

    /// The pictures, for jobs of the shell's own.
    #[must_use]
    pub fn avatars(&self) -> &Avatars {
        &self.0.avatars
    }

    /// How busy the threads are, by name.
    #[must_use]
    pub fn queues(&self) -> Vec<(&'static str, QueueFigures)> {
        let mut queues = vec![
            ("database", self.0.database.figures()),
            ("hash", self.0.hashing.figures()),
            ("picture", self.0.pictures.figures()),
            ("text", self.0.texts.figures()),
            ("file", self.0.files.figures()),
        ];
        queues.extend(self.0.writing.as_ref().map(|threads| ("writer", threads.figures())));
        queues
    }

    /// Whether the server is going down.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.0.stopping.load(Ordering::SeqCst)
    }
}

impl fmt::Debug for Shell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shell").field("database", &self.0.accounts.database).finish_non_exhaustive()
    }
}
