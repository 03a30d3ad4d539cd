//! Stopping: first told to whoever balances load, then done, never hurried unless asked twice.

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_web::dev::ServerHandle;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Whether the server is about to stop. Clones are one flag; readiness looks at it.
#[derive(Clone, Debug, Default)]
pub struct ShutdownFlag(Arc<AtomicBool>);

impl ShutdownFlag {
    /// Whether the server is about to stop.
    #[must_use]
    pub fn is_up(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    /// Tells that the server is about to stop.
    pub fn raise(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// The flag as those know it who do not know this room.
    #[must_use]
    pub fn shared(&self) -> Arc<AtomicBool> {
        self.0.clone()
    }
}

/// The signals that stop a server: SIGTERM and SIGINT.
#[derive(Debug)]
pub struct StopSignals {
    terminate: Signal,
    interrupt: Signal,
}

impl StopSignals {
    /// From here on the signals no longer end the process by themselves. Needs a running tokio runtime.
    pub fn catch() -> io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    /// Waits for the next one and names it.
    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}

/// Runs `server` until it ends or is told to stop.
///
/// At the first signal `flag` is raised, so that readiness answers 503; after `grace` the server stops listening and
/// finishes what it has begun, as long as its own time-out allows. The second signal ends it at once.
pub async fn run_until_stopped(
    server: impl Future<Output = io::Result<()>>,
    handle: ServerHandle,
    flag: ShutdownFlag,
    grace: Duration,
    mut signals: StopSignals,
) -> io::Result<()> {
    let told_twice = async {
        let first = signals.next().await;
        tracing::info!(target: "shutdown", signal = first, ?grace, "stopping; a second signal stops at once");
        flag.raise();
        let stopped = async {
            tokio::time::sleep(grace).await;
            handle.stop(true).await;
            // The server's own future ends now and with it everything here.
            std::future::pending::<()>().await;
        };
        tokio::select! {
            () = stopped => {}
            second = signals.next() => tracing::warn!(target: "shutdown", signal = second, "stopping at once"),
        }
    };
    tokio::select! {
        outcome = server => outcome,
        () = told_twice => Ok(()),
    }
}
