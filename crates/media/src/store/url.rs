//! Where files are kept, as a setting says it.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use thiserror::Error;

/// Where files are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MediaUrl {
    /// In a folder.
    Folder(PathBuf),
    /// In S3 or what speaks like it.
    S3 {
        /// The bucket.
        bucket: String,
        /// What all names in it begin with; may be empty.
        prefix: String,
    },
}

/// Neither a folder nor a bucket.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("must be a folder, or s3://bucket/prefix")]
pub struct MediaUrlError;

impl FromStr for MediaUrl {
    type Err = MediaUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        match text.split_once("://") {
            Some(("s3", rest)) => {
                let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
                let prefix = prefix.trim_end_matches('/');
                if is_bucket(bucket) && is_prefix(prefix) {
                    Ok(Self::S3 { bucket: bucket.to_owned(), prefix: prefix.to_owned() })
                } else {
                    Err(MediaUrlError)
                }
            }
            None if !text.is_empty() && !text.contains('\0') => Ok(Self::Folder(text.into())),
            // Another scheme is a misunderstanding and no folder's name.
            _ => Err(MediaUrlError),
        }
    }
}

/// The names S3 gives out: 3 to 63 lower-case letters, digits, dots and dashes, the ends a letter or digit.
fn is_bucket(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let inner = |byte: u8| fits(byte) || byte == b'.' || byte == b'-';
    let ends = name.bytes().next().is_some_and(fits) && name.bytes().last().is_some_and(fits);
    (3..=63).contains(&name.len()) && name.bytes().all(inner) && ends
}

/// Parts that mean the same in every program: plain characters, none of them empty, `.` or `..`.
fn is_prefix(prefix: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    let part =
        |part: &str| !part.is_empty() && part.bytes().all(plain) && part.bytes().any(|byte| byte != b'.');
    prefix.is_empty() || prefix.split('/').all(part)
}

impl fmt::Display for MediaUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(folder) => write!(f, "{}", folder.display()),
            Self::S3 { bucket, prefix } if prefix.is_empty() => write!(f, "s3://{bucket}"),
            Self::S3 { bucket, prefix } => write!(f, "s3://{bucket}/{prefix}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_or_a_bucket_is_read_and_shown() {
        for text in ["/var/lib/pictures", "media", "./a b", "s3://abc", "s3://my-bucket.eu/a/b_c"] {
            assert_eq!(text.parse::<MediaUrl>().unwrap().to_string(), text);
        }
        let with_slash: MediaUrl = " s3://abc/p/ ".parse().unwrap();
        assert_eq!(with_slash, MediaUrl::S3 { bucket: "abc".to_owned(), prefix: "p".to_owned() });
    }

    #[test]
    fn what_is_neither_is_refused() {
        for text in [
            "",
            "s3://",
            "s3://ab",
            "s3://Ab-c",
            "s3://-abc",
            "s3://abc//p",
            "s3://abc/../p",
            "s3://abc/a b",
            "s3://me@abc",
        ] {
            assert_eq!(text.parse::<MediaUrl>(), Err(MediaUrlError), "{text}");
        }
        for text in ["file:///tmp", "https://example.org", "gs://abc", "S3://abc"] {
            assert_eq!(text.parse::<MediaUrl>(), Err(MediaUrlError), "{text}");
        }
    }
}
