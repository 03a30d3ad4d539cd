//! The OpenAPI document and the two pages that show it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{browser, operations};
use crate::harness::client::Answer;
use crate::harness::{Backend, TestApp, run};

async fn document(app: &TestApp) -> Value {
    let answer = app.anonymous().get("/openapi.json").await;
    answer.assert_status(200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    answer.body
}

/// Opens a page in a browser: every operation stands there, and nothing came from elsewhere or was refused.
async fn assert_shows_all_operations(path: &str) {
    let app = TestApp::start_with(Backend::Sqlite, &["--allowed-hosts", "accounts.test,127.0.0.1"]).await;
    let origin = format!("http://{}:{}", browser::HOST, app.address().port());
    let page = browser::open(&origin, path);
    let document = document(&app).await;
    let paths = document["paths"].as_object().unwrap();
    let operations = paths.values().flat_map(|item| item.as_object().unwrap().values());
    let mut shown = 0;
    for operation in operations {
        let summary = operation["summary"].as_str().unwrap();
        assert!(page.dom.contains(&format!(">{summary}<")), "{path} does not show {summary:?}");
        shown += 1;
    }
    assert!(shown >= 7, "{shown} operations");
    assert!(page.asked.contains(&format!("{origin}/openapi.json")), "{:?}", page.asked);
    let foreign = page.asked.iter().find(|url| !url.starts_with(&format!("{origin}/")));
    assert_eq!(foreign, None, "{path} asks another host");
    assert!(page.complaints.is_empty(), "{:#?}", page.complaints);
}

/// S92, S93: Swagger UI works under its policy and without any other host.
#[test]
fn swagger_ui_shows_every_operation() {
    run(assert_shows_all_operations("/docs/"));
}

/// S92, S93: and so does ReDoc.
#[test]
fn redoc_shows_every_operation() {
    run(assert_shows_all_operations("/redoc"));
}

#[test]
fn docs_lead_to_their_folder() {
    run(async {
        let app = TestApp::start(Backend::Sqlite).await;
        let answer = app.anonymous().get("/docs").await;
        answer.assert_status(308);
        assert_eq!(answer.header("location"), Some("/docs/"));
    });
}

/// S93, S53: the pages name no other host, run no script of their own text, and may not be framed.
#[test]
fn the_pages_load_only_what_is_ours() {
    run(async {
        let app = TestApp::start(Backend::Sqlite).await;
        for path in ["/docs/", "/redoc"] {
            let page = app.anonymous().get(path).await;
            page.assert_status(200);
            assert!(page.header("content-type").unwrap().starts_with("text/html"), "{path}");
            let attributes = page.text.split(['"', '\'']).collect::<Vec<_>>();
            let named =
                attributes.windows(2).filter(|pair| pair[0].ends_with("src=") || pair[0].ends_with("href="));
            let named: Vec<&str> = named.map(|pair| pair[1]).collect();
            assert!(!named.is_empty(), "{path}");
            for address in named.iter().filter(|address| !address.starts_with("data:")) {
                assert!(!address.contains("//"), "{path} names {address}");
                let address =
                    if address.starts_with('/') { (*address).to_owned() } else { format!("/docs/{address}") };
                app.anonymous().get(&address.replace("/./", "/")).await.assert_status(200);
            }
            assert_policy(&page);
        }
        let script = app.anonymous().get("/redoc/redoc.js").await;
        assert_eq!(script.header("content-type"), Some("text/javascript; charset=utf-8"));
        assert!(!script.text.contains("cdn.redoc"), "the bundle loads a picture from elsewhere");
    });
}

fn assert_policy(page: &Answer) {
    let policy = page.header("content-security-policy").unwrap();
    let rules: BTreeMap<&str, &str> =
        policy.split(';').map(|rule| rule.trim().split_once(' ').unwrap_or((rule.trim(), ""))).collect();
    assert_eq!(rules["default-src"], "'none'");
    assert_eq!(rules["script-src"], "'self'");
    assert_eq!(rules["connect-src"], "'self'");
    assert_eq!(rules["frame-ancestors"], "'none'");
    assert!(!page.headers.contains_key("set-cookie"));
}

/// S92: the document lists what is served, and shows no secret.
#[test]
fn every_listed_operation_is_served() {
    run(async {
        let app = TestApp::start(Backend::Sqlite).await;
        let text = document(&app).await.to_string();
        assert_eq!(text.matches("$argon2").count(), 0);
        // How refresh tokens begin is told, and none is shown.
        let is_token = |rest: &str| rest.starts_with(|letter: char| letter.is_ascii_hexdigit());
        assert!(!text.split("vrt_").skip(1).any(is_token));
        for operation in operations::all() {
            let answer = operation.call(&app.anonymous(), "{}").await;
            // Nothing is called as is asked for there.
            let names_one = ["/media/", "/api/posts/", "/api/states/", "/.well-known/security.txt"];
            let is_none =
                answer.status == 404 && names_one.iter().any(|path| operation.path.starts_with(path));
            let is_served = is_none || !matches!(answer.status, 404 | 405 | 500..);
            assert!(is_served, "{}: {}", operation.path, answer.status);
        }
    });
}

on_both!(what_the_document_proposes_works);

/// S92: the bodies shown as examples can be sent as they stand, which is what the page's button does.
async fn what_the_document_proposes_works(backend: Backend) {
    let app = TestApp::start(backend).await;
    let document = document(&app).await;
    let example = |schema: &str| {
        let example = &document["components"]["schemas"][schema]["example"];
        assert!(example.is_object(), "{schema} has no example of its own");
        example.clone()
    };
    let stranger = app.anonymous();
    stranger.post("/api/auth/register", example("RegisterBody")).await.assert_status(201);
    let session = stranger.post("/api/auth/login", example("LoginBody")).await;
    session.assert_status(200);
    let john = stranger.with_token(session.body["access_token"].as_str().unwrap());
    john.patch("/api/auth/profile", example("UpdateProfileBody")).await.assert_status(200);
    let problem = stranger.post("/api/auth/login", json!({})).await;
    let shown = example("Problem");
    let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&problem.body), names(&shown));
    assert_eq!(problem.body["code"], shown["code"]);
}
