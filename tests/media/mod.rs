//! The pictures of people: on their way in, where they lie, on their way out.

mod away;
mod bombs;
mod corpus;
mod full;
mod killed;
mod lives;
mod names;
mod refusals;
mod serving;

use std::path::{Path, PathBuf};
use std::process::Command;

use reqwest::Method;
use reqwest::header::HeaderMap;
use reqwest::multipart::{Form, Part};
use serde_json::Value;
use tempfile::TempDir;

use crate::harness::client::{Answer, Client};

/// Where a picture is sent to.
pub(crate) const AVATAR: &str = "/api/auth/profile/avatar";

/// Pictures that others have written, in a folder of one test.
pub(crate) struct Pictures(TempDir);

impl Pictures {
    /// Those of these names; see `tests/media/pictures.py` for what there is.
    pub(crate) fn make(names: &[&str]) -> Self {
        let folder = TempDir::new().unwrap();
        pillow(&[&["make", folder.path().to_str().unwrap()], names].concat());
        Self(folder)
    }

    /// The bytes of one of them.
    pub(crate) fn bytes(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.0.path().join(name)).unwrap()
    }
}

/// What others see in these files: format, size, metadata and the colours of four places.
fn seen(files: &[&[u8]]) -> Vec<Value> {
    let folder = TempDir::new().unwrap();
    let names: Vec<PathBuf> = (0..files.len()).map(|n| folder.path().join(n.to_string())).collect();
    for (name, bytes) in names.iter().zip(files) {
        std::fs::write(name, bytes).unwrap();
    }
    let names = names.iter().map(|name| name.to_str().unwrap());
    serde_json::from_str(&pillow(&["look"].into_iter().chain(names).collect::<Vec<_>>())).unwrap()
}

fn pillow(arguments: &[&str]) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let python = root.join("target/venv/bin/python");
    assert!(python.is_file(), "the Python of the tests is missing; type `just setup`");
    let output =
        Command::new(python).arg(root.join("tests/media/pictures.py")).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Sends `bytes` as the picture of `caller`.
pub(crate) async fn upload(caller: &Client, bytes: Vec<u8>) -> Answer {
    caller.send(caller.request(Method::PUT, AVATAR).multipart(form(bytes))).await
}

/// What a browser would send.
pub(crate) fn form(bytes: Vec<u8>) -> Form {
    Form::new().part("avatar", Part::bytes(bytes).file_name("me.png"))
}

/// Where the picture of the account in `answer` is, below the server's address.
fn path_of(answer: &Answer) -> String {
    let url =
        answer.body["profile"]["avatar_url"].as_str().unwrap_or_else(|| panic!("a picture: {}", answer.text));
    url.find("/media/").map(|at| url[at..].to_owned()).expect("a path below /media/")
}

/// The path of the smaller size.
fn small(path: &str) -> String {
    path.replace("-512.webp", "-128.webp")
}

/// An answer with its bytes.
struct File {
    status: u16,
    headers: HeaderMap,
    bytes: Vec<u8>,
}

impl File {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }
}

/// Fetches a file, with the headers given.
async fn fetch(caller: &Client, path: &str, headers: &[(&str, &str)]) -> File {
    let mut request = caller.request(Method::GET, path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let bytes = response.bytes().await.unwrap().to_vec();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Answer::new(status, headers.clone(), text).assert_invariants(&Method::GET, path);
    File { status, headers, bytes }
}

/// S26, S29: one picture in WebP and nothing else, as far as its own table of contents goes.
fn assert_plain(file: &[u8]) {
    assert!(file.starts_with(b"RIFF") && file.get(8..12) == Some(b"WEBP"), "not WebP");
    let (mut rest, mut names) = (&file[12..], Vec::new());
    while rest.len() >= 8 {
        let length = u32::from_le_bytes(*rest[4..].first_chunk().unwrap()) as usize;
        names.push(String::from_utf8_lossy(&rest[..4]).into_owned());
        rest = rest.get(8 + length + length % 2..).expect("a chunk within the file");
    }
    assert!(rest.is_empty(), "something follows the last chunk");
    assert!(names == ["VP8 "] || names == ["VP8X", "ALPH", "VP8 "], "{names:?}");
    for canary in ["canary", "Canary", "<script", "GPS", "http"] {
        assert!(
            !file.windows(canary.len()).any(|bytes| bytes == canary.as_bytes()),
            "{canary} is in the file"
        );
    }
}

/// Whether a colour that was seen is nearly this one.
fn is_like(seen: &Value, colour: [u64; 3]) -> bool {
    let near =
        |(place, wanted): (usize, &u64)| seen[place].as_u64().is_some_and(|seen| seen.abs_diff(*wanted) < 30);
    colour.iter().enumerate().all(near)
}

const RED: [u64; 3] = [220, 20, 20];
const BLUE: [u64; 3] = [20, 20, 220];

/// The files below a folder, of whatever kind.
pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut files = Vec::new();
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() { files.extend(files_below(&path)) } else { files.push(path) }
    }
    files.sort();
    files
}
