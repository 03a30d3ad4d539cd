//! The documents say what the code does: the OpenAPI file, the table of errors, the promises and their tests.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use reqwest::Method;
use serde_json::Value;
use vestibule_api::Code;

use crate::harness::{Backend, TestApp};

#[test]
fn the_checked_in_openapi_document_is_current() {
    let generated = vestibule_server::app::openapi_json().ok().unwrap();
    let checked_in = read("openapi/openapi.json");
    assert!(
        generated == checked_in,
        "openapi/openapi.json is not current: type `just openapi` and look at the difference"
    );
}

/// S92: what the document names is served, by the methods it names and by no other.
#[test]
fn every_documented_path_answers_and_allows_what_is_documented() {
    crate::harness::run(async {
        let contact = ["--security-contact", "mailto:security@example.org"];
        let app = TestApp::start_with(Backend::Sqlite, &contact).await;
        let stranger = app.anonymous();
        let served = stranger.get("/openapi.json").await;
        let document: Value = serde_json::from_str(&read("openapi/openapi.json")).unwrap();
        assert!(served.assert_status(200).body == document, "/openapi.json is not the checked-in document");
        for (path, methods) in document["paths"].as_object().unwrap() {
            let mut allowed: BTreeSet<_> =
                methods.as_object().unwrap().keys().map(|name| name.to_uppercase()).collect();
            for method in &allowed {
                let request = stranger.request(Method::from_bytes(method.as_bytes()).unwrap(), path);
                let answer = stranger.send(request).await;
                // Nothing is called `{file}` or `{state}`; that the path is known, its 405 says.
                let is_nothing = answer.status == 404 && path.contains("/{");
                assert!(
                    is_nothing || !matches!(answer.status, 404 | 405),
                    "{method} {path}: {}",
                    answer.text
                );
                let documented = &methods[method.to_lowercase()]["responses"][answer.status.to_string()];
                assert!(
                    documented.is_object(),
                    "{method} {path} answers {}, which is not documented",
                    answer.status
                );
            }
            if allowed.contains("GET") {
                allowed.insert("HEAD".to_owned());
            }
            for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] {
                if allowed.contains(method) {
                    continue;
                }
                let request = stranger.request(Method::from_bytes(method.as_bytes()).unwrap(), path);
                let answer = stranger.send(request).await;
                assert_eq!(answer.status, 405, "{method} {path}: {}", answer.text);
                let told: BTreeSet<_> =
                    answer.header("allow").unwrap().split(", ").map(str::to_owned).collect();
                assert_eq!(told, allowed, "{method} {path}");
            }
        }
    });
}

/// S92: a route is made by the attribute that also documents it; those made otherwise are the documents themselves.
#[test]
fn no_route_is_left_out_of_the_document() {
    let document: Value = serde_json::from_str(&read("openapi/openapi.json")).unwrap();
    let operations =
        document["paths"].as_object().unwrap().values().map(|methods| methods.as_object().unwrap().len());
    let sources: Vec<_> = sources("crates/api/src")
        .into_iter()
        .map(|path| (fs::read_to_string(&path).unwrap(), path))
        .collect();
    let (mut routes, mut resources) = (0, BTreeSet::new());
    for (text, path) in &sources {
        for method in ["get", "post", "put", "patch", "delete", "head", "options", "route"] {
            let made = text.matches(&format!("\n#[{method}(\"")).count();
            assert!(
                made == 0 || text.contains("#[utoipa::path("),
                "{}: a route without a document",
                path.display()
            );
            routes += made;
        }
        for mark in ["resource(", ".route("] {
            let named = text
                .split(mark)
                .skip(1)
                .filter_map(|rest| rest.trim_start().strip_prefix('"')?.split('"').next());
            resources.extend(named.map(str::to_owned));
        }
    }
    assert_eq!(routes, operations.sum::<usize>());
    let documents = ["/docs", "/openapi.json", "/redoc", "/redoc/redoc.js"];
    assert_eq!(resources, documents.map(str::to_owned).into());
}

/// S92, S93: the readers of the document load nothing from another host.
#[test]
fn the_documentation_pages_load_nothing_from_elsewhere() {
    crate::harness::run(async {
        let app = TestApp::start(Backend::Sqlite).await;
        let stranger = app.anonymous();
        let mut waiting = vec!["/docs/".to_owned(), "/redoc".to_owned()];
        let mut seen = BTreeSet::new();
        while let Some(path) = waiting.pop() {
            let answer = stranger.get(&path).await;
            answer.assert_status(200);
            let policy = answer.header("content-security-policy").unwrap().to_owned();
            for directive in policy.split(';').map(str::trim) {
                assert!(!directive.contains("http") && !directive.contains('*'), "{path}: {directive}");
            }
            seen.insert(path.clone());
            let is_page = answer.header("content-type").unwrap().starts_with("text/html");
            for address in if is_page { addresses(&answer.text) } else { Vec::new() } {
                assert!(!address.contains("//"), "{path} loads {address}");
                let whole = if address.starts_with('/') {
                    address
                } else {
                    format!("/docs/{}", address.trim_start_matches("./"))
                };
                if !whole.contains("data:") && !seen.contains(&whole) {
                    waiting.push(whole);
                }
            }
        }
        assert!(seen.len() >= 6, "{seen:?}");
    });
}

#[test]
fn every_error_code_stands_in_the_table_of_errors() {
    let page = read("docs/errors.md");
    let rows: BTreeSet<_> =
        page.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    let codes: BTreeSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(&codes - &rows, BTreeSet::new(), "add a row `| `code` | status | ... |` to docs/errors.md");
    assert_eq!(&rows - &codes, BTreeSet::new(), "docs/errors.md explains codes that do not exist");
    for code in Code::ALL {
        let row = page
            .lines()
            .find(|line| line.starts_with(&format!("| `{}` |", code.as_str())))
            .unwrap_or_default();
        assert!(
            row.contains(code.status().as_str()),
            "{}: the row does not say {}",
            code.as_str(),
            code.status()
        );
    }
}

/// Each promise that docs/security.md says is proven is named by a test.
#[test]
fn every_promise_is_named_by_a_test() {
    let page = read("docs/security.md");
    let promises: BTreeSet<_> = page.lines().filter_map(|line| id(line.strip_prefix("| ")?)).collect();
    assert!(promises.len() >= 30, "{promises:?}");
    let tests: String = ["tests", "crates"]
        .into_iter()
        .flat_map(sources)
        .map(|path| fs::read_to_string(path).unwrap())
        .flat_map(|text| {
            text.lines()
                .filter(|line| line.trim_start().starts_with("//"))
                .map(|line| format!("{line}\n"))
                .collect::<Vec<_>>()
        })
        .collect();
    let named: BTreeSet<_> = tests.split(|c: char| !c.is_ascii_alphanumeric()).filter_map(id).collect();
    assert_eq!(&promises - &named, BTreeSet::new(), "docs/security.md promises what no test names");
}

/// The id a text begins with: `S01` to `S106`, `F1` to `F18`.
fn id(text: &str) -> Option<String> {
    let text = text.trim_matches(['`', ' ', '*']);
    let end = text.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(text.len());
    let number = text[..end].strip_prefix(['S', 'F'])?;
    let is_id = (1..=3).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
    is_id.then(|| text[..end].to_owned())
}

/// What a page asks a browser to load.
fn addresses(page: &str) -> Vec<String> {
    let after = |mark: &str| {
        let quoted = page.split(mark).skip(1).filter_map(|rest| rest.split('"').next().map(str::to_owned));
        quoted.collect::<Vec<_>>()
    };
    [after("src=\""), after("href=\""), after("spec-url=\"")].concat()
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every Rust file below a folder.
fn sources(folder: &str) -> Vec<PathBuf> {
    let (mut folders, mut files) = (vec![root().join(folder)], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files
}
