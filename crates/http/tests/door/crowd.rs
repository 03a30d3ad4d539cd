//! A thousand connections that want nothing but to be held.

use std::io::Write;
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::harness::{Server, rules};

/// S48: slow heads, stalled bodies and idle connections, a thousand together, cost others nothing they notice.
///
/// It runs in a process of its own that may open enough files: many systems allow a thousand by default.
#[test]
fn a_thousand_slow_connections_do_not_slow_down_others() {
    let program = std::env::current_exe().unwrap();
    let run = r#"ulimit -n 4096 && exec "$0" --ignored --exact crowd::a_thousand_slow_connections"#;
    let output = Command::new("sh").arg("-c").arg(run).arg(program).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

#[test]
#[ignore = "the test above runs it with enough files"]
fn a_thousand_slow_connections() {
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
