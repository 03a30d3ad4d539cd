//! A thousand connections that want nothing but to be held.

use std::io::Write;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::harness::{Server, rules};

/// S48: slow heads, stalled bodies and idle connections, a thousand together, cost others nothing they notice.
#[test]
fn a_thousand_slow_connections_do_not_slow_down_others() {
    allow_files(4096);
    let server = Server::start(rules());
    let begun = Instant::now();
    let crowd: Vec<TcpStream> = (0..1000).map(|number| join_crowd(&server, number)).collect();
    let mut slowest = Duration::ZERO;
    for round in 0..20 {
        for stream in crowd.iter().skip(round % 10).step_by(10) {
            // Those that were cut off meanwhile cannot be written to.
            let _cut_off = (&*stream).write_all(b"x");
        }
        let asked = Instant::now();
        assert_eq!(server.ask("GET /ok", "").body, "fine");
        slowest = slowest.max(asked.elapsed());
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(slowest < Duration::from_millis(500), "{slowest:?}");
    println!("slowest {slowest:?}, in all {:?}", begun.elapsed());
}

/// Both ends of each connection are in this process, and many systems begin with a thousand open files.
fn allow_files(count: u64) {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current.is_some_and(|current| current < count) {
        setrlimit(Resource::Nofile, Rlimit { current: Some(count), maximum }).expect("4,096 open files");
    }
}

fn join_crowd(server: &Server, number: usize) -> TcpStream {
    let mut stream = server.connect();
    let words = match number % 4 {
        0 => "",
        1 => "GET /ok HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
        2 => "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n",
        _ => "POST /unread HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n",
    };
    stream.write_all(words.as_bytes()).unwrap();
    stream
}
