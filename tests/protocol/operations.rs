//! Every operation there is, as the document lists them, so that a new one is met by these tests unasked.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::client::{Answer, Client};

/// One operation of the API.
pub(super) struct Operation {
    /// How it is asked for.
    pub(super) method: Method,
    /// Where, with `1` for every parameter.
    pub(super) path: String,
    /// Whether it reads a JSON body.
    pub(super) takes_json: bool,
    /// Whether it wants a token.
    pub(super) wants_token: bool,
}

impl Operation {
    /// Whether it answers errors as clients of a FastAPI backend expect them: without a code.
    pub(super) fn is_compatible(&self) -> bool {
        self.path.starts_with("/auth/")
    }

    /// Calls it with `body` as the bytes of a JSON body.
    pub(super) async fn call(&self, client: &Client, body: impl Into<Vec<u8>>) -> Answer {
        let request = client.request(self.method.clone(), &self.path);
        client.send(request.header("content-type", "application/json").body(body.into())).await
    }
}

/// All operations.
pub(super) fn all() -> Vec<Operation> {
    let document = vestibule_server::app::openapi_json().unwrap();
    let document: Value = serde_json::from_str(&document).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let operations = paths.iter().flat_map(|(path, item)| {
        item.as_object().unwrap().iter().map(move |(method, operation)| Operation {
            method: method.to_uppercase().parse().unwrap(),
            path: without_parameters(path),
            takes_json: operation["requestBody"]["content"].get("application/json").is_some(),
            wants_token: operation["security"].as_array().is_some_and(|rules| !rules.contains(&json!({}))),
        })
    });
    operations.collect()
}

/// Those that read a JSON body, and nothing but a JSON body. The compatible routes have rules of their own.
pub(super) fn with_json() -> Vec<Operation> {
    let mut operations = all();
    operations.retain(|operation| operation.takes_json && !operation.is_compatible());
    assert!(operations.len() >= 3, "the document lists too few");
    operations
}

fn without_parameters(path: &str) -> String {
    let part = |part: &str| if part.starts_with('{') { "1".to_owned() } else { part.to_owned() };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}
