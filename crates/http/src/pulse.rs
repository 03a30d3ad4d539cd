//! Which connections are being used, and the end of those that are not.

use std::io;
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

use actix_web::rt::net::TcpStream as ServedStream;

/// All connections of a server, watched by a thread that ends with them.
#[derive(Clone)]
pub(crate) struct Pulses(Arc<Watched>);

struct Watched {
    began: Instant,
    limit: Duration,
    pulses: Mutex<Vec<Weak<Pulse>>>,
}

/// One connection, kept among its extensions until it closes.
pub(crate) struct Pulse {
    /// A second handle, by which it can be shut from outside.
    stream: TcpStream,
    began: Instant,
    /// How many of its requests are being answered, in the low 16 bits; above them the milliseconds from `began` to
    /// its last answer. One word, so that both are read at one moment. Zero until its first request: the first head
    /// has a deadline of its own.
    state: AtomicU64,
}

/// Stands for one request from its arrival until its answer is on its way.
pub(crate) struct Busy(Arc<Pulse>);

const COUNT_BITS: u32 = 16;
const COUNT_MASK: u64 = (1 << COUNT_BITS) - 1;

impl Pulses {
    /// Starts to watch for connections on which nothing was asked for `limit`.
    pub(crate) fn watch(limit: Duration) -> io::Result<Self> {
        let watched = Arc::new(Watched { began: Instant::now(), limit, pulses: Mutex::default() });
        let others = Arc::downgrade(&watched);
        let rest = (limit / 4).clamp(Duration::from_millis(50), Duration::from_secs(1));
        thread::Builder::new().name("connections".into()).spawn(move || {
            while let Some(watched) = others.upgrade() {
                watched.cut_idle();
                drop(watched);
                thread::sleep(rest);
            }
        })?;
        Ok(Self(watched))
    }

    /// Puts a connection under watch; nothing where the system gives no second handle.
    pub(crate) fn take(&self, stream: &ServedStream) -> Option<Arc<Pulse>> {
        let stream = second_handle(stream).ok()?;
        let pulse = Arc::new(Pulse { stream, began: self.0.began, state: AtomicU64::new(0) });
        self.0.pulses.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::downgrade(&pulse));
        Some(pulse)
    }
}

impl Watched {
    fn cut_idle(&self) {
        let mut pulses = self.pulses.lock().unwrap_or_else(PoisonError::into_inner);
        pulses.retain(|pulse| {
            let Some(pulse) = pulse.upgrade() else { return false };
            if pulse.idle().is_some_and(|idle| idle > self.limit) {
                // It may have closed by itself just now.
                let _closed = pulse.stream.shutdown(Shutdown::Both);
                return false;
            }
            true
        });
    }
}

impl Pulse {
    /// How long ago it was answered last; nothing before its first request and while one is being answered.
    fn idle(&self) -> Option<Duration> {
        let state = self.state.load(Ordering::Relaxed);
        let idle = state != 0 && state & COUNT_MASK == 0;
        idle.then(|| self.began.elapsed().saturating_sub(Duration::from_millis(state >> COUNT_BITS)))
    }
}

impl Busy {
    pub(crate) fn new(pulse: &Arc<Pulse>) -> Self {
        pulse.state.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(pulse))
    }
}

impl Clone for Busy {
    fn clone(&self) -> Self {
        Self::new(&self.0)
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        // Never zero again, even in the first millisecond.
        let now = u64::try_from(self.0.began.elapsed().as_millis()).unwrap_or(0).max(1) << COUNT_BITS;
        let leave = |state: u64| Some((state & COUNT_MASK).saturating_sub(1) | now);
        let _always = self.0.state.fetch_update(Ordering::Relaxed, Ordering::Relaxed, leave);
    }
}

#[cfg(unix)]
fn second_handle(stream: &ServedStream) -> io::Result<TcpStream> {
    use std::os::fd::AsFd;
    stream.as_fd().try_clone_to_owned().map(TcpStream::from)
}

#[cfg(windows)]
fn second_handle(stream: &ServedStream) -> io::Result<TcpStream> {
    use std::os::windows::io::AsSocket;
    stream.as_socket().try_clone_to_owned().map(TcpStream::from)
}
