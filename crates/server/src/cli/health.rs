//! `vestibule health`: whether the server on this machine is ready, for containers that have nothing else to ask with.

use std::io::{self, Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::process::ExitCode;
use std::time::Duration;

use crate::settings::Settings;

/// The server has its answer within three seconds, whatever is away.
const PATIENCE: Duration = Duration::from_secs(4);

/// Only its beginning is looked at.
const LONGEST_ANSWER: u64 = 64;

pub(super) fn run(settings: &Settings) -> ExitCode {
    let address = reachable(settings.listening.bind);
    let outcome = match settings.listening.tls {
        None => ask(address),
        // With a certificate of its own: that it takes calls is all that can be told from here.
        Some(_) => TcpStream::connect_timeout(&address, PATIENCE).map(|_| true),
    };
    let word = match outcome {
        Ok(true) => return ExitCode::SUCCESS,
        Ok(false) => "not ready".to_owned(),
        Err(error) => format!("no answer from {address}: {error}"),
    };
    // Nobody is left to tell where even that output is closed.
    let _ = writeln!(io::stderr(), "vestibule: {word}");
    ExitCode::FAILURE
}

/// Where a server that listens on `bind` is reached from its own machine.
fn reachable(bind: SocketAddr) -> SocketAddr {
    let loopback = match bind.ip() {
        IpAddr::V4(address) if address.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(address) if address.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        address => address,
    };
    SocketAddr::new(loopback, bind.port())
}

fn ask(address: SocketAddr) -> io::Result<bool> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let request = format!("GET /health/ready HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.take(LONGEST_ANSWER).read_to_end(&mut answer)?;
    Ok(answer.starts_with(b"HTTP/1.1 200 "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_addresses_are_reached_on_this_machine() {
        let reached = |bind: &str| reachable(bind.parse().unwrap()).to_string();
        assert_eq!(reached("0.0.0.0:80"), "127.0.0.1:80");
        assert_eq!(reached("[::]:80"), "[::1]:80");
        assert_eq!(reached("192.0.2.1:80"), "192.0.2.1:80");
    }

    #[test]
    fn a_server_that_is_not_there_or_not_ready_is_told() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let answers = ["HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 503 Service Unavailable\r\n\r\n", ""];
        let server = std::thread::spawn(move || {
            for answer in answers {
                let (mut stream, _) = listener.accept().unwrap();
                let mut head = [0; 256];
                let _read = stream.read(&mut head).unwrap();
                stream.write_all(answer.as_bytes()).unwrap();
            }
        });
        assert_eq!(
            [ask(address).unwrap(), ask(address).unwrap(), ask(address).unwrap()],
            [true, false, false]
        );
        server.join().unwrap();
        assert!(ask(address).is_err());
    }
}
