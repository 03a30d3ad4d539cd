//! Panics as values: caught where they happen, described once, never shown to a client.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicU64, Ordering};

/// A message longer than this is cut: it is a hint for the log, and could carry what somebody sent.
const MESSAGE_LIMIT: usize = 200;

thread_local! {
    /// How many [`catch`] this thread stands in; zero means nobody will answer for a panic.
    static CATCHING: Cell<u32> = const { Cell::new(0) };
    /// Where the last caught panic began, between the hook and [`catch`].
    static PLACE: RefCell<Option<Box<str>>> = const { RefCell::new(None) };
}

/// What is known of a panic: its message and, once [`note_places`] was called, the line it began on.
///
/// Its `Debug` form is one line without control characters, fit for a log; it is not for clients.
#[derive(Clone, PartialEq, Eq)]
pub struct Panic {
    message: Box<str>,
    place: Option<Box<str>>,
}

impl Panic {
    fn from_payload(payload: &(dyn Any + Send)) -> Self {
        let message = match (payload.downcast_ref::<&str>(), payload.downcast_ref::<String>()) {
            (Some(text), _) => text,
            (None, Some(text)) => text.as_str(),
            (None, None) => "a panic without words",
        };
        let message = message.chars().take(MESSAGE_LIMIT).collect::<String>().into();
        Self { message, place: PLACE.take() }
    }
}

impl fmt::Debug for Panic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} at {}", self.message, self.place.as_deref().unwrap_or("an unknown place"))
    }
}

/// Keeps the place of panics that are caught, instead of printing them, for the one log line they get.
///
/// All others go to the hook that was there before. It changes the whole process: call it once, when it starts.
pub fn note_places() {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if CATCHING.get() == 0 {
            return before(info);
        }
        PLACE.set(info.location().map(|place| place.to_string().into()));
    }));
}

/// Runs `work`; a panic in it becomes an error and the thread goes on.
///
/// The caller drops or rebuilds whatever `work` may have left half done.
pub(crate) fn catch<T>(work: impl FnOnce() -> T) -> Result<T, Panic> {
    CATCHING.set(CATCHING.get() + 1);
    let caught = panic::catch_unwind(AssertUnwindSafe(work));
    CATCHING.set(CATCHING.get() - 1);
    caught.map_err(|payload| {
        count_panic();
        Panic::from_payload(payload.as_ref())
    })
}

/// How many panics this process has survived.
static PANICS: AtomicU64 = AtomicU64::new(0);

/// Counts a panic that was caught elsewhere.
pub fn count_panic() {
    PANICS.fetch_add(1, Ordering::Relaxed);
}

/// How many panics this process has survived.
#[must_use]
pub fn panics() -> u64 {
    PANICS.load(Ordering::Relaxed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_error_with_its_words() {
        let panic = catch(|| panic!("the cup\nbroke")).unwrap_err();
        assert!(format!("{panic:?}").starts_with(r#""the cup\nbroke" at "#));
        assert_eq!(catch(|| 7), Ok(7));
    }

    /// F16: each is counted, once.
    #[test]
    fn a_panic_is_counted() {
        let before = panics();
        assert!(catch(|| panic!("once more")).is_err());
        assert!(panics() > before);
    }

    #[test]
    fn long_words_are_cut() {
        let panic = catch(|| panic!("{}", "x".repeat(10_000))).unwrap_err();
        assert_eq!(panic.message.len(), MESSAGE_LIMIT);
    }
}
