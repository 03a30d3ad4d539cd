//! Where the pictures of people lie.

use super::{Row, row, show};
use crate::settings::{Secret, Settings};

/// A part of a key, which may be any text but none.
const fn key(name: &'static str, read: fn(&Settings) -> String) -> Row {
    row(
        name,
        "wJalrXUtnFEMI/K7MDENG",
        read,
        "wJalrXUtnFEMI/K7MDENG",
        &["", " "],
        "is empty; leave it out, or give it a value",
    )
}

fn told(secret: Option<&Secret>) -> String {
    secret.map(|secret| secret.reveal().to_owned()).unwrap_or_default()
}

pub(super) const ROWS: &[Row] = &[
    row(
        "MEDIA_URL",
        "/srv/pictures",
        |s| s.media.url.to_string(),
        "/srv/pictures",
        &["s3://", "s3://Big/x", "https://example.org/x", "file:///srv"],
        "must be a folder, or s3://bucket/prefix",
    ),
    key("AWS_ACCESS_KEY_ID", |s| told(s.media.access_key_id.as_ref())),
    key("AWS_SECRET_ACCESS_KEY", |s| told(s.media.secret_access_key.as_ref())),
    key("AWS_SESSION_TOKEN", |s| told(s.media.session_token.as_ref())),
    row(
        "AWS_REGION",
        "eu-central-1",
        |s| s.media.region.clone(),
        "eu-central-1",
        &["Frankfurt", "eu/central", "eu central"],
        "must be a region such as eu-central-1",
    ),
    row(
        "AWS_ENDPOINT_URL",
        "https://s3.example.org:9000",
        |s| show(s.media.endpoint.as_ref().unwrap().as_str()),
        "\"https://s3.example.org:9000/\"",
        &["s3.example.org", "ftp://s3.example.org", "https://a:b@s3.example.org", "https://s3.example.org?x"],
        "must be an address such as https://s3.example.org",
    ),
];
