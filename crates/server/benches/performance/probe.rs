//! Somebody who looks at their profile a hundred times a second while others sign in.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

const EVERY: Duration = Duration::from_millis(10);

/// Asks until `stop` is raised; answers how long each answer took, in milliseconds.
///
/// A late answer delays the next question, so the figures are those of a person, not of a crowd.
pub(crate) fn watch(address: SocketAddr, token: &str, stop: &AtomicBool) -> Vec<f64> {
    let request =
        format!("GET /api/auth/profile HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\r\n");
    let mut socket = TcpStream::connect(address).unwrap();
    socket.set_nodelay(true).unwrap();
    let (mut times, mut answer) = (Vec::new(), [0; 16 * 1024]);
    while !stop.load(Ordering::Relaxed) {
        let begun = Instant::now();
        socket.write_all(request.as_bytes()).unwrap();
        // The answer is one write of some hundred bytes.
        let length = socket.read(&mut answer).unwrap();
        times.push(begun.elapsed().as_secs_f64() * 1000.0);
        assert!(
            answer[..length].starts_with(b"HTTP/1.1 200"),
            "{}",
            String::from_utf8_lossy(&answer[..length])
        );
        thread::sleep(EVERY.saturating_sub(begun.elapsed()));
    }
    times
}

/// The time that 99 in 100 stay below.
pub(crate) fn p99(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() * 99 / 100]
}
