//! Where the pictures of people lie.

use crate::settings::catalogue::Fallback::{Value, Words};
use crate::settings::catalogue::Setting;

const GROUP: &str = "Pictures";

pub(super) const ROWS: &[Setting] = &[
    Setting::plain(
        GROUP,
        "MEDIA_URL",
        "FOLDER|URL",
        Words("the folder media in DATA_DIR"),
        "Where the pictures of people lie: a folder, or s3://bucket/prefix for S3 and what speaks like it; several nodes need the same",
    ),
    Setting::secret(
        GROUP,
        "AWS_ACCESS_KEY_ID",
        "none",
        "The name of the key that S3 is reached with; needed where MEDIA_URL is s3://. No other place is searched for keys",
    ),
    Setting::secret(GROUP, "AWS_SECRET_ACCESS_KEY", "none", "The key itself"),
    Setting::secret(
        GROUP,
        "AWS_SESSION_TOKEN",
        "none",
        "What goes with a key that is lent for a while; it is not renewed",
    ),
    Setting::plain(GROUP, "AWS_REGION", "REGION", Value("us-east-1"), "The region of the bucket"),
    Setting::plain(
        GROUP,
        "AWS_ENDPOINT_URL",
        "URL",
        Words("Amazon's, in AWS_REGION"),
        "Where S3 is, if it is not Amazon's: http or https; buckets are named in the path",
    ),
];
