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

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{SocketAddr, TcpListener, TcpStream};
    use std::thread::JoinHandle;
    use std::time::Instant;

    use actix_web::{App, HttpServer, web};
    use rustix::process::{Signal as Kind, getpid, kill_process};

    use super::*;

    /// A server whose `/slow` takes a while, run to its end; `meanwhile` gets its address and flag.
    fn run(
        grace: Duration,
        slow: Duration,
        meanwhile: impl FnOnce(SocketAddr, ShutdownFlag) + Send + 'static,
    ) {
        actix_web::rt::System::new().block_on(async move {
            let signals = StopSignals::catch().unwrap();
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let address = listener.local_addr().unwrap();
            let app = move || {
                let handler = move || async move {
                    tokio::time::sleep(slow).await;
                    "done"
                };
                App::new().route("/slow", web::get().to(handler))
            };
            let server = HttpServer::new(app).workers(1).disable_signals().shutdown_timeout(30);
            let server = server.listen(listener).unwrap().run();
            let (handle, flag) = (server.handle(), ShutdownFlag::default());
            let seen = flag.clone();
            let other = std::thread::spawn(move || meanwhile(address, seen));
            run_until_stopped(server, handle, flag, grace, signals).await.unwrap();
            other.join().unwrap();
        });
    }

    fn ask(address: SocketAddr) -> JoinHandle<String> {
        std::thread::spawn(move || {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.write_all(b"GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
            let mut answer = String::new();
            // A server that stops at once cuts the connection: then there is no answer, or an error.
            let _ = stream.read_to_string(&mut answer);
            answer
        })
    }

    fn raise(kind: Kind) {
        kill_process(getpid(), kind).unwrap();
    }

    fn wait() {
        std::thread::sleep(Duration::from_millis(200));
    }

    /// F11: told first, then no new work, what was begun is finished; the second signal does not wait. One test, for
    /// signals reach every server of the process.
    #[test]
    fn a_signal_lets_requests_finish_and_a_second_one_does_not() {
        run(2 * Duration::from_millis(300), Duration::from_secs(1), |address, flag| {
            wait();
            assert!(!flag.is_up());
            raise(Kind::TERM);
            wait();
            assert!(flag.is_up(), "readiness is told before the server stops listening");
            let answer = ask(address);
            wait();
            wait();
            wait();
            assert!(TcpStream::connect(address).is_err(), "no new connection after the grace");
            let answer = answer.join().unwrap();
            assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.ends_with("done"), "{answer}");
            assert!(answer.to_ascii_lowercase().contains("connection: close"), "{answer}");
        });
        let started = Instant::now();
        run(Duration::ZERO, Duration::from_hours(1), |address, _| {
            let answer = ask(address);
            wait();
            raise(Kind::INT);
            wait();
            raise(Kind::TERM);
            assert_eq!(answer.join().unwrap(), "");
        });
        assert!(started.elapsed() < Duration::from_secs(5));
    }
}
