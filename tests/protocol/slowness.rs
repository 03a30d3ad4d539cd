//! Clients that take their time.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use crate::harness::{Backend, TestApp, raw, run};

/// When a head or the next byte of a body is given up, and when a body that trickles.
const STALLED: Duration = Duration::from_secs(5);
const TRICKLING: Duration = Duration::from_secs(10);
/// What the server's timers and the wait for the client's own goodbye may add, on a machine with other work.
const SLACK: Duration = Duration::from_secs(4);

/// How a slow client is slow.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    /// It sends a header line now and then, and never the last.
    Head,
    /// It sends a byte of its body now and then.
    Trickle,
    /// It sends the first byte of its body and no more.
    Stall,
}

struct Slow {
    kind: Kind,
    socket: TcpStream,
    begun: Instant,
    said: Vec<u8>,
    ended: Option<Duration>,
}

impl Slow {
    fn new(address: SocketAddr, kind: Kind) -> Self {
        let mut socket = raw::connect(address).unwrap();
        let head = "POST /api/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
        socket.write_all(head.as_bytes()).unwrap();
        if kind != Kind::Head {
            socket.write_all(b"Content-Length: 1000\r\n\r\n{").unwrap();
        }
        socket.set_nonblocking(true).unwrap();
        Self { kind, socket, begun: Instant::now(), said: Vec::new(), ended: None }
    }

    /// Sends its next bit, and takes in what the server says.
    fn go_on(&mut self) {
        if self.ended.is_some() {
            return;
        }
        let bit: &[u8] = match self.kind {
            Kind::Head => b"X-More: y\r\n",
            Kind::Trickle => b" ",
            Kind::Stall => b"",
        };
        let _refused = self.socket.write_all(bit);
        let mut chunk = [0; 4096];
        loop {
            match self.socket.read(&mut chunk) {
                Ok(count) if count > 0 => self.said.extend_from_slice(&chunk[..count]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Ok(_) | Err(_) => {
                    self.ended = Some(self.begun.elapsed());
                    break;
                }
            }
        }
    }

    fn assert_ended(&self) {
        let ended = self.ended.unwrap_or_else(|| panic!("{:?}: still open", self.kind));
        let limit = if self.kind == Kind::Trickle { TRICKLING } else { STALLED };
        let on_time = ended + Duration::from_millis(500) > limit && ended < limit + SLACK;
        assert!(on_time, "{:?} after {ended:?}", self.kind);
        let said = String::from_utf8_lossy(&self.said);
        assert!(said.starts_with("HTTP/1.1 408 "), "{:?}: {said}", self.kind);
        if self.kind != Kind::Head {
            assert!(said.contains(r#""code":"request_timeout""#), "{:?}: {said}", self.kind);
        }
    }
}

/// S48: 300 clients that send as slowly as they may hold nobody else up, and none is waited for longer than the
/// deadlines of heads and bodies.
#[test]
fn three_hundred_slow_clients_hold_nobody_up() {
    run(async {
        let app = TestApp::start_with(Backend::Sqlite, &["--max-connections-per-address", "400"]).await;
        let member = app.signed_in("alice").await;
        let kinds = [Kind::Head, Kind::Trickle, Kind::Stall];
        let mut slow: Vec<Slow> =
            (0..300).map(|number| Slow::new(app.address(), kinds[number % kinds.len()])).collect();
        let begun = Instant::now();
        let mut slowest = Duration::ZERO;
        while begun.elapsed() < TRICKLING + SLACK && slow.iter().any(|slow| slow.ended.is_none()) {
            slow.iter_mut().for_each(Slow::go_on);
            let asked = Instant::now();
            member.get("/api/auth/profile").await.assert_status(200);
            slowest = slowest.max(asked.elapsed());
            thread::sleep(Duration::from_millis(100));
        }
        assert!(slowest < Duration::from_millis(500), "the probe took {slowest:?}");
        slow.iter().for_each(Slow::assert_ended);
    });
}
