//! What it takes to be there: memory when nobody asks, and the time a start takes.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::figures::{Aim, Row, median};
use crate::served::Served;

const STARTS: usize = 9;

pub(crate) fn measure() -> Vec<Row> {
    let folder = TempDir::new().unwrap();
    // The first start makes the database.
    drop(Served::vestibule(folder.path(), &[]));
    let idle: Vec<f64> = (0..STARTS).map(|_| idle_memory(folder.path())).collect();
    let starts: Vec<f64> = (0..STARTS).map(|_| start(folder.path())).collect();
    vec![
        Row::alone("memory after a start, before any request", median(&idle), "MiB", Aim::Below(40.0, "MiB")),
        Row::alone(
            "start until `/health/ready`, database exists",
            median(&starts),
            "ms",
            Aim::Below(200.0, "ms"),
        ),
    ]
}

fn idle_memory(folder: &Path) -> f64 {
    let mut served = Served::begin_vestibule(folder, &[]);
    served.wait_for_words();
    // Its workers come up after it has spoken.
    thread::sleep(Duration::from_millis(200));
    served.memory("VmRSS")
}

fn start(folder: &Path) -> f64 {
    let begun = Instant::now();
    let served = Served::begin_vestibule(folder, &[]);
    while !is_ready(served.address()) {
        assert!(begun.elapsed() < Duration::from_secs(30), "the server is not ready");
        thread::sleep(Duration::from_millis(1));
    }
    begun.elapsed().as_secs_f64() * 1000.0
}

fn is_ready(address: SocketAddr) -> bool {
    let Ok(mut socket) = TcpStream::connect(address) else { return false };
    let request = format!("GET /health/ready HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    let mut answer = String::new();
    let asked = socket.write_all(request.as_bytes()).and_then(|()| socket.read_to_string(&mut answer));
    asked.is_ok() && answer.starts_with("HTTP/1.1 200")
}
