//! Paths that are not there, and methods they do not have.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;
use reqwest::header::HeaderMap;

use super::operations;
use crate::harness::{Backend, TestApp, raw, run};

const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/// S59: what is not there is answered in the one form errors have, whatever is asked of it: a page where people look, the
/// envelope where programs ask.
#[test]
fn an_unknown_path_is_not_found_in_the_envelope() {
    run(async {
        let app = TestApp::start(Backend::Sqlite).await;
        let paths = [
            "/api",
            "/api/",
            "/api/nothing",
            "/api/auth",
            "/api/auth/profile/",
            "/api/auth/profile/x",
            "/API/auth/profile",
            "/api//auth/profile",
            "//api/auth/profile",
            "/api/auth/../auth/profile",
            "/api/auth/%2e%2e/auth/profile",
            "/api%2fauth%2fprofile",
            "/api/auth/profile%00",
            "/api/auth/profile;x=1",
            "/health",
            "/nothing",
            "/docs/nothing",
            "/docs/../Cargo.toml",
            "/%ff%fe",
            "/%",
        ];
        for path in paths {
            for method in METHODS {
                // Sent as it stands: a decent client would tidy the path up.
                let head =
                    format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
                let answer = raw::Request::bytes(app.address(), head).send().unwrap();
                answer.assert_invariants(&method.parse().unwrap(), path);
                // The documentation has files, which can only be fetched.
                let code = if path.starts_with("/docs/") && method != "GET" && !path.contains("..") {
                    (405, "method_not_allowed")
                } else {
                    (404, "not_found")
                };
                answer.assert_error(code.0, code.1);
            }
        }
    });
}

/// S72: a path that exists refuses what it does not serve and says what it does.
#[test]
fn an_undeclared_method_is_refused_with_those_declared() {
    run(async {
        let app = TestApp::start(Backend::Sqlite).await;
        let stranger = app.anonymous();
        for (path, declared) in declared() {
            for method in METHODS.into_iter().chain(["PROPFIND", "XYZZY", "get"]) {
                if declared.contains(method) {
                    continue;
                }
                let method: Method = method.parse().unwrap();
                let answer = stranger.send(stranger.request(method.clone(), &path)).await;
                answer.assert_error(405, if path.starts_with("/auth/") { "" } else { "method_not_allowed" });
                assert_eq!(list(&answer.headers), declared, "{method} {path}");
            }
        }
    });
}

/// Every path and its methods, HEAD included.
fn declared() -> BTreeMap<String, BTreeSet<String>> {
    let files = ["/openapi.json", "/docs", "/docs/", "/docs/swagger-ui.css", "/redoc", "/redoc/redoc.js"];
    let mut declared: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let operations = operations::all().into_iter().map(|operation| (operation.path, operation.method));
    for (path, method) in operations.chain(files.map(|path| (path.to_owned(), Method::GET))) {
        let methods = declared.entry(path).or_default();
        if method == Method::GET {
            methods.insert("HEAD".to_owned());
        }
        methods.insert(method.to_string());
    }
    declared
}

fn list(headers: &HeaderMap) -> BTreeSet<String> {
    headers["allow"].to_str().unwrap().split(", ").map(str::to_owned).collect()
}

/// S72: TRACE would show a script the headers it may not see, CONNECT would make a proxy of us.
#[test]
fn trace_and_connect_are_refused_everywhere() {
    run(async {
        let app = TestApp::start(Backend::Sqlite).await;
        for request in
            ["TRACE /api/auth/profile", "TRACE /nothing", "CONNECT localhost:22", "TRACE /health/live"]
        {
            let head = format!(
                "{request} HTTP/1.1\r\nHost: localhost\r\nX-Canary: seen\r\nConnection: close\r\n\r\n"
            );
            let answer = raw::Request::bytes(app.address(), head).send().unwrap();
            answer.assert_error(405, "method_not_allowed").assert_invariants(&Method::TRACE, "/");
            assert!(!answer.text.contains("seen"), "{request}: {}", answer.text);
        }
    });
}

on_both!(options_tells_the_methods_and_does_nothing);

/// S72.
async fn options_tells_the_methods_and_does_nothing(backend: Backend) {
    let app = TestApp::start(backend).await;
    let member = app.signed_in("alice").await;
    for (path, declared) in declared() {
        let answer = member.send(member.request(Method::OPTIONS, &path)).await;
        assert_eq!((answer.status, answer.text.as_str()), (204, ""), "{path}");
        assert_eq!(list(&answer.headers), declared, "{path}");
    }
    member.send(member.request(Method::OPTIONS, "/nothing")).await.assert_error(404, "not_found");
    member.get("/api/auth/profile").await.assert_status(200);
}

on_both!(head_is_get_without_the_body);

/// S72: the same status and the same headers, the length of what is left out among them.
async fn head_is_get_without_the_body(backend: Backend) {
    let app = TestApp::start(backend).await;
    let callers = [app.anonymous(), app.signed_in("alice").await];
    let reads = declared().into_iter().filter(|(_, methods)| methods.contains("GET"));
    for path in reads.map(|(path, _)| path).chain(["/nothing".to_owned()]) {
        for caller in &callers {
            let get = caller.get(&path).await;
            let head = caller.send(caller.request(Method::HEAD, &path)).await;
            assert_eq!((head.status, head.text.as_str()), (get.status, ""), "{path}");
            let length = get.text.len().to_string();
            // What is sent as it is read has no length that could be told before.
            let is_streamed = get.header("transfer-encoding").is_some();
            let expected = (!is_streamed).then_some(&*length);
            assert_eq!(head.header("content-length"), expected, "{path}");
            assert_eq!(lasting(&head.headers), lasting(&get.headers), "{path}");
        }
    }
}

/// What does not differ from one request to the next.
fn lasting(headers: &HeaderMap) -> BTreeSet<(String, String)> {
    let named = headers
        .iter()
        .filter(|(name, _)| !["date", "x-request-id", "transfer-encoding"].contains(&name.as_str()));
    named.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect()
}
