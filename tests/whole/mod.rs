//! What makes a product of it: figures for operators, files to deploy it by, a front end of one's own.

mod containers;
mod deployed;
mod frontend;
mod metrics;
mod rights;
mod security_txt;
mod smuggling;

use std::net::SocketAddr;

use crate::harness::client::Answer;
use crate::harness::raw;

/// Asks without a client's expectations; `headers` end each with a line break.
fn ask(address: SocketAddr, method: &str, path: &str, headers: &str) -> Answer {
    let head = format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\n{headers}Connection: close\r\n\r\n");
    raw::Request::bytes(address, head).send().unwrap()
}
