//! Behind a real nginx, with the file of `deploy/`.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use rcgen::generate_simple_self_signed;
use serde_json::json;
use tempfile::TempDir;

use super::containers::{must, read};
use crate::harness::client::Answer;
use crate::harness::kept::{Kept, program};
use crate::harness::postgres::free_port;
use crate::harness::{Process, given, raw, run};

/// An nginx of a test's own before one server.
pub(super) struct Nginx {
    pub(super) address: SocketAddr,
    _running: Kept,
    folder: TempDir,
}

/// nginx keeps what it may, for whoever asks next; so the test shows that it may not.
const CACHE: &str = "proxy_cache_path cache keys_zone=all:1m; proxy_cache all; add_header X-Cache $upstream_cache_status always;";

/// And writes down what it hands on, with a dash before what it answers itself.
const TOLD: &str =
    "log_format told '$upstream_status $request_method $request_uri'; access_log requests told;";

/// The file of `deploy/` in a frame that lets anybody run it, with `address` for 443, and `node` behind.
fn configuration(address: SocketAddr, node: SocketAddr, is_plain: bool) -> String {
    let own = read("deploy/nginx.conf")
        .replace("listen 80;", &format!("listen {};", SocketAddr::from(([127, 0, 0, 1], free_port()))))
        .replace("listen [::]:80;", "")
        .replace("listen [::]:443 ssl http2;", "")
        .replace(
            "listen 443 ssl http2;",
            &format!("listen {address}{};", if is_plain { "" } else { " ssl http2" }),
        )
        .replace("server 127.0.0.1:8080;", &format!("server {node};"))
        .replace("/etc/letsencrypt/live/accounts.example.org/fullchain.pem", "cert.pem")
        .replace("/etc/letsencrypt/live/accounts.example.org/privkey.pem", "key.pem");
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|what| format!("{what}_temp_path {what};"))
        .concat();
    // One process, so that nothing is left behind.
    format!(
        "daemon off; master_process off; pid nginx.pid; error_log stderr warn;\n\
         events {{ worker_connections 256; }}\n\
         http {{ {TOLD} {temporary} {}\n{own}\n}}\n",
        if is_plain { CACHE } else { "" }
    )
}

fn written(text: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    let certificate = generate_simple_self_signed(["accounts.example.org".to_owned()]).unwrap();
    for (name, text) in [
        ("nginx.conf", text),
        ("cert.pem", &certificate.cert.pem()),
        ("key.pem", &certificate.signing_key.serialize_pem()),
    ] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

impl Nginx {
    pub(super) fn before(node: &Process) -> Self {
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
        let folder = written(&configuration(address, node.address(), true));
        let prefix = folder.path().to_str().unwrap();
        let running =
            Kept::start(&program("nginx", "nginx"), &["-p", prefix, "-c", "nginx.conf"], folder.path());
        let ask = "GET /health/ready HTTP/1.1\r\nHost: accounts.example.org\r\nConnection: close\r\n\r\n";
        let ready = || raw::Request::bytes(address, ask).send().is_ok_and(|answer| answer.status == 200);
        Kept::wait_until("nginx", folder.path(), ready);
        Self { address, _running: running, folder }
    }

    /// Where it works, and writes what it hands on.
    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Asks through it, without what a client of the server itself expects: nginx says who it is.
    fn ask(&self, method: &str, path: &str, token: &str, headers: &str, body: &str) -> Answer {
        let bearer =
            if token.is_empty() { String::new() } else { format!("Authorization: Bearer {token}\r\n") };
        let length = body.len();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: accounts.example.org\r\n{bearer}{headers}\
             Content-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
        );
        raw::Request::bytes(self.address, head + body).send().unwrap()
    }

    fn get(&self, path: &str, token: &str) -> Answer {
        self.ask("GET", path, token, "", "")
    }
}

/// A server to stand behind it.
pub(super) fn node(more: &[(&str, &str)]) -> Process {
    let known = [("TRUSTED_PROXIES", "127.0.0.1"), ("ALLOWED_HOSTS", HOSTS), ("RATE_LIMITS", "off")];
    Process::start(&[&known, more].concat())
}

const HOSTS: &str = "accounts.example.org,localhost,127.0.0.1";

/// The file as it is, certificates and all, is one to nginx.
#[test]
fn the_file_is_understood() {
    let (address, node) =
        (SocketAddr::from(([127, 0, 0, 1], free_port())), SocketAddr::from(([127, 0, 0, 1], 8080)));
    let folder = written(&configuration(address, node, false));
    let mut command = Command::new(program("nginx", "nginx"));
    command.args(["-t", "-p", folder.path().to_str().unwrap(), "-c", "nginx.conf"]);
    let output = must(&mut command, "nginx -t");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!said.contains("[warn]") || said.contains("http2"), "{said}");
}

/// S37: who calls is who nginx saw, whatever a stranger writes; S51: what is one person's never reaches another, though
/// nginx keeps what it may.
#[test]
fn people_are_kept_apart_behind_it() {
    run(async {
        let node = node(&[]);
        let nginx = Nginx::before(&node);
        let mut tokens = Vec::new();
        for name in ["keeper", "alice", "bob"] {
            let registration = given::registration(name).to_string();
            nginx.ask("POST", "/api/auth/register", "", "", &registration).assert_status(201);
            let lies = "X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: https\r\n";
            let answer =
                nginx.ask("POST", "/api/auth/login", "", lies, &given::credentials(name).to_string());
            answer.assert_status(200);
            tokens.push(answer.body["access_token"].as_str().unwrap().to_owned());
        }
        let [_, alice, bob] = &tokens[..] else { unreachable!() };
        let sessions = nginx.get("/api/auth/sessions", alice);
        assert_eq!(sessions.body["data"][0]["ip"], "127.0.0.1", "{}", sessions.text);
        assert_eq!(sessions.header("strict-transport-security"), None, "{:?}", sessions.headers);
        let theirs = [
            "/api/auth/profile",
            "/api/auth/sessions",
            "/api/auth/export",
            "/api/auth/profile/x.css",
            "/profile",
        ];
        for path in theirs {
            for _ in 0..2 {
                assert_ne!(nginx.get(path, alice).header("x-cache"), Some("HIT"), "{path}");
            }
            let answer = nginx.get(path, bob);
            assert!(!answer.text.contains("alice"), "{path}: {}", answer.text);
            assert_ne!(answer.header("x-cache"), Some("HIT"), "{path}");
            let answer = nginx.get(path, "");
            assert!(matches!(answer.status, 303 | 401 | 404), "{path}: {}", answer.status);
            assert!(!answer.text.contains("alice"), "{path}: {}", answer.text);
        }
        // It does keep what it may: else all this would show nothing.
        nginx.get("/redoc/redoc.js", "").assert_status(200);
        assert_eq!(nginx.get("/redoc/redoc.js", "").header("x-cache"), Some("HIT"));
    });
}

/// The largest picture gets through, and what is larger than any body is refused before it reaches the server.
#[test]
fn bodies_have_the_room_they_need() {
    run(async {
        let node = node(&[]);
        let nginx = Nginx::before(&node);
        // Ours, in our form: nginx let it pass.
        let large = json!({ "username": "x".repeat(2 * 1024 * 1024) }).to_string();
        nginx.ask("POST", "/api/auth/login", "", "", &large).assert_error(413, "body_too_large");
        let request = format!(
            "POST /api/auth/login HTTP/1.1\r\nHost: accounts.example.org\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            7 * 1024 * 1024
        );
        let refused = raw::Request::bytes(nginx.address, request).send().unwrap();
        assert!(refused.status == 413 && refused.text.contains("nginx"), "{}", refused.text);
    });
}
