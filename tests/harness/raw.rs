//! Requests as bytes on sockets: for what no decent client sends, and for many that must arrive at one moment.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

use super::client::Answer;

/// How long an answer may take before the test fails.
const PATIENCE: Duration = Duration::from_secs(30);

/// One request, byte for byte, and where it goes.
pub(crate) struct Request {
    address: SocketAddr,
    bytes: Vec<u8>,
}

impl Request {
    /// Any bytes at all.
    pub(crate) fn bytes(address: SocketAddr, bytes: impl Into<Vec<u8>>) -> Self {
        Self { address, bytes: bytes.into() }
    }

    /// A well-formed request with JSON in it, after which the connection closes.
    pub(crate) fn json(
        address: SocketAddr,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: &Value,
    ) -> Self {
        let body = body.to_string();
        let length = body.len();
        let bearer = token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {address}\r\n{bearer}Content-Type: application/json\r\n\
             Content-Length: {length}\r\nConnection: close\r\n\r\n"
        );
        Self::bytes(address, head + &body)
    }

    /// Sends the request and reads the answer until the server closes the connection.
    pub(crate) fn send(&self) -> io::Result<Answer> {
        let mut socket = connect(self.address)?;
        socket.write_all(&self.bytes)?;
        read_answer(&mut socket)
    }
}

/// Sends all requests but for their last bytes, then all last bytes together, and reads the answers in order.
///
/// The server has parsed everything and waits by then, so the use cases start within microseconds of each other.
pub(crate) fn at_once(requests: &[Request]) -> Vec<io::Result<Answer>> {
    let begin = |request: &Request| {
        let mut socket = connect(request.address)?;
        socket.write_all(&request.bytes[..request.bytes.len() - 1])?;
        Ok(socket)
    };
    let mut sockets: Vec<io::Result<TcpStream>> = requests.iter().map(begin).collect();
    std::thread::sleep(Duration::from_millis(50));
    for (socket, request) in sockets.iter_mut().zip(requests) {
        if let (Ok(socket), Some(last)) = (socket, request.bytes.last()) {
            // A server that has hung up says so when its answer is read.
            let _ = socket.write_all(&[*last]);
        }
    }
    sockets.into_iter().map(|socket| read_answer(&mut socket?)).collect()
}

/// A connection whose reads and writes fail after a while instead of hanging the test.
pub(crate) fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let socket = TcpStream::connect_timeout(&address, PATIENCE)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    socket.set_write_timeout(Some(PATIENCE))?;
    socket.set_nodelay(true)?;
    Ok(socket)
}

/// Reads until the server closes, and takes the first answer apart.
pub(crate) fn read_answer(socket: &mut TcpStream) -> io::Result<Answer> {
    let mut bytes = Vec::new();
    socket.read_to_end(&mut bytes)?;
    parse(&bytes).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "not an HTTP answer"))
}

fn parse(bytes: &[u8]) -> Option<Answer> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&bytes[..end]).ok()?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let mut headers = HeaderMap::new();
    for line in lines {
        let (name, value) = line.split_once(':')?;
        headers.append(name.parse::<HeaderName>().ok()?, HeaderValue::from_str(value.trim()).ok()?);
    }
    let rest = &bytes[end + 4..];
    let chunked = headers.get("transfer-encoding").is_some_and(|value| value == "chunked");
    let body = if chunked { join_chunks(rest)? } else { rest.to_vec() };
    Some(Answer::new(status, headers, String::from_utf8_lossy(&body).into_owned()))
}

fn join_chunks(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line = rest.windows(2).position(|window| window == b"\r\n")?;
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..line]).ok()?, 16).ok()?;
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(rest.get(line + 2..line + 2 + size)?);
        rest = rest.get(line + 4 + size..)?;
    }
}
