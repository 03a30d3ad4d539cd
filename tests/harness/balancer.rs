//! A real `HAProxy` of a test's own, between its clients and the nodes.

use std::fmt::Write as _;
use std::fs;
use std::net::SocketAddr;

use tempfile::TempDir;

use super::client::Client;
use super::kept::{Kept, program};
use super::postgres::free_port;
use super::{Process, raw};

/// A node that refuses the connection has not seen the request, so another gets it; nothing else is sent twice. Each
/// request has connections of its own: one that is kept to a node may be gone by the time it is used, and where a node is
/// lost on one that is kept to a client, the client is told nothing and nothing is written down.
///
/// What is written down is which node a request went to, and the status that came back.
const CONFIGURATION: &str = "
global
    log stdout format raw local0
defaults
    mode http
    log global
    log-format %s|%ST
    timeout connect 1s
    timeout check 1s
    timeout client 40s
    timeout server 40s
    retries 3
    retry-on conn-failure
    option redispatch 1
    option httpclose
    option forwardfor
    option httpchk
    http-check send meth GET uri /health/ready hdr Host localhost
    http-check expect status 200
    default-server check inter 50ms fall 3 rise 1
listen door
    balance roundrobin
";

/// One balancer; it goes with the test.
pub(crate) struct Balancer {
    port: u16,
    folder: TempDir,
    _running: Kept,
}

impl Balancer {
    /// A balancer that lets requests through to `nodes`.
    pub(crate) fn before(nodes: &[&Process]) -> Self {
        let (port, folder) = (free_port(), TempDir::new().unwrap());
        let mut configuration = format!("{CONFIGURATION}    bind 127.0.0.1:{port}\n");
        for (number, node) in nodes.iter().enumerate() {
            writeln!(configuration, "    server node{number} {}", node.address()).unwrap();
        }
        let file = folder.path().join("haproxy.cfg");
        fs::write(&file, configuration).unwrap();
        let arguments = ["-db", "-f", file.to_str().unwrap()];
        let running = Kept::start(&program("haproxy", "haproxy"), &arguments, folder.path());
        let balancer = Self { port, folder, _running: running };
        let ready = || {
            let ask = "GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
            raw::Request::bytes(balancer.address(), ask).send().is_ok_and(|answer| answer.status == 200)
        };
        Kept::wait_until("the balancer", balancer.folder.path(), ready);
        balancer
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port))
    }

    /// The nodes to which requests went that came to nothing, in order.
    pub(crate) fn lost(&self) -> Vec<String> {
        let log = fs::read_to_string(self.folder.path().join("log")).unwrap();
        let answers = log.lines().filter_map(|line| line.split_once('|'));
        let lost = answers.filter(|(_, status)| matches!(*status, "-1" | "502" | "503" | "504"));
        lost.map(|(node, _)| node.to_owned()).collect()
    }

    /// A stranger who comes through it.
    pub(crate) fn anonymous(&self) -> Client {
        Client::anonymous(&format!("http://{}", self.address()))
    }
}
