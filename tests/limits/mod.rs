//! How often people may try, seen from outside: guessing, locking out, forged addresses, flooded mailboxes, floods.

mod addresses;
mod floods;
mod guessing;
mod lock_out;
mod mailboxes;

use std::net::SocketAddr;

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::harness::client::{Answer, Client};
use crate::harness::{Backend, TestApp, raw};

/// A node with limits, which believes a test about the address it comes from.
async fn limited(backend: Backend, arguments: &[&str]) -> TestApp {
    let always = ["--rate-limits", "on", "--trusted-proxies", "127.0.0.1/32", "--sessions-per-user", "100"];
    TestApp::start_with(backend, &[&always, arguments].concat()).await
}

/// A request that comes from `ip`.
fn from(client: &Client, ip: &str, path: &str) -> RequestBuilder {
    client.request(Method::POST, path).header("x-forwarded-for", ip)
}

async fn post_from(client: &Client, ip: &str, path: &str, body: &Value) -> Answer {
    client.send(from(client, ip, path).json(body)).await
}

async fn sign_in_from(client: &Client, ip: &str, name: &str, password: &str) -> Answer {
    let body = json!({ "username": name, "password": password });
    post_from(client, ip, "/api/auth/login", &body).await
}

/// A sign-in from `ip`, to be sent among others at one moment.
fn raw_sign_in(node: SocketAddr, ip: &str, name: &str, password: &str) -> raw::Request {
    let body = json!({ "username": name, "password": password }).to_string();
    let length = body.len();
    let head = format!(
        "POST /api/auth/login HTTP/1.1\r\nHost: {node}\r\nX-Forwarded-For: {ip}\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    raw::Request::bytes(node, head + &body)
}

/// The name of the limit an answer is about.
fn policy(answer: &Answer) -> &str {
    answer.header("ratelimit").and_then(|text| text.split('"').nth(1)).unwrap_or_default()
}
