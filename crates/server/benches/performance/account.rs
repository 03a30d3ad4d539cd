//! People with accounts, over the plainest of HTTP clients.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::thread;

use serde_json::{Value, json};

/// What everybody's password is.
pub(crate) const PASSWORD: &str = "a quiet green harbour";

/// Somebody who is signed in and told what there is to tell.
pub(crate) struct Account {
    pub(crate) token: String,
    /// A signed one, of another session.
    pub(crate) jwt: String,
    /// How long their profile is as JSON.
    pub(crate) profile_bytes: usize,
}

/// Registers `count` people, eight at a time: `person0` and on.
pub(crate) fn register_many(address: SocketAddr, count: usize) {
    thread::scope(|scope| {
        for first in 0..8 {
            scope.spawn(move || (first..count).step_by(8).for_each(|number| register(address, number)));
        }
    });
}

fn register(address: SocketAddr, number: usize) {
    let body = json!({
        "username": format!("person{number}"),
        "email": format!("person{number}@example.org"),
        "password": PASSWORD,
        "full_name": "Somebody of Somewhere",
    });
    ask(address, "POST", "/api/auth/register", None, Some(&body));
}

impl Account {
    /// Registers the first person, fills in their profile and signs them in.
    pub(crate) fn open(address: SocketAddr) -> Self {
        register(address, 0);
        let token = sign_in(address, 0, "opaque").access;
        let jwt = sign_in(address, 0, "jwt").access;
        let profile = json!({
            "nickname": "Some", "phone": "+91 98765 43210", "dob": "1990-01-31",
            "metadata": { "theme": "dark", "language": "en" },
        });
        ask(address, "PATCH", "/api/auth/profile", Some(&token), Some(&profile));
        let profile = ask(address, "GET", "/api/auth/profile", Some(&token), None);
        Self { token, jwt, profile_bytes: profile.len() }
    }
}

/// What a sign-in hands out.
pub(crate) struct Pair {
    pub(crate) access: String,
    pub(crate) refresh: String,
}

/// Signs the person of this number in.
pub(crate) fn sign_in(address: SocketAddr, number: usize, format: &str) -> Pair {
    let body = json!({ "username": format!("person{number}"), "password": PASSWORD, "format": format });
    Pair::read(&ask(address, "POST", "/api/auth/login", None, Some(&body)))
}

impl Pair {
    /// Out of the answer's body.
    pub(crate) fn read(body: &str) -> Self {
        let session: Value = serde_json::from_str(body).unwrap();
        let text = |name: &str| session[name].as_str().unwrap().to_owned();
        Self { access: text("access_token"), refresh: text("refresh_token") }
    }
}

/// Asks once and hands back the body; panics where the answer is not a 2xx.
pub(crate) fn ask(
    address: SocketAddr,
    method: &str,
    path: &str,
    token: Option<&str>,
    body: Option<&Value>,
) -> String {
    let body = body.map(Value::to_string).unwrap_or_default();
    let bearer = token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{bearer}\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut socket = TcpStream::connect(address).unwrap();
    socket.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 2"), "{method} {path}: {answer}");
    answer.split_once("\r\n\r\n").unwrap().1.to_owned()
}
