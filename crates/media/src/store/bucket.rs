//! S3, and what speaks like it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use object_store::aws::AmazonS3Builder;
use object_store::{BackoffConfig, ClientOptions, ObjectStore, RetryConfig};

use super::StoreFailure;

/// A server that is there answers a connection at once.
const CONNECT: Duration = Duration::from_secs(2);

/// Files are some 30 KB.
const REQUEST: Duration = Duration::from_secs(5);

/// What a broken connection or a busy server costs is tried this often again; whoever waits for the answer can do so, too.
const RETRIES: usize = 2;

/// How S3 is reached. Prints no secret.
#[derive(Clone, Default)]
pub struct S3Credentials {
    /// `AWS_ACCESS_KEY_ID`
    pub access_key_id: Option<String>,
    /// `AWS_SECRET_ACCESS_KEY`
    pub secret_access_key: Option<String>,
    /// `AWS_SESSION_TOKEN`
    pub session_token: Option<String>,
    /// `AWS_REGION`; without it `us-east-1`.
    pub region: Option<String>,
    /// `AWS_ENDPOINT_URL`, for what speaks like S3 and is not.
    pub endpoint: Option<String>,
}

impl fmt::Debug for S3Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S3Credentials")
            .field("region", &self.region)
            .field("endpoint", &self.endpoint)
            .finish_non_exhaustive()
    }
}

/// The bucket. Credentials are those that are given: nobody is asked for others, no service of the machine's cloud either.
pub(super) fn open(bucket: &str, credentials: &S3Credentials) -> Result<Arc<dyn ObjectStore>, StoreFailure> {
    let (Some(id), Some(secret)) = (&credentials.access_key_id, &credentials.secret_access_key) else {
        let why = "S3 needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";
        return Err(StoreFailure::Settings(why.to_owned()));
    };
    // The client below takes the process's own; where somebody chose one before, that stays.
    let _chosen = rustls::crypto::ring::default_provider().install_default();
    let is_plain = credentials.endpoint.as_ref().is_some_and(|url| url.starts_with("http://"));
    let client = ClientOptions::new()
        .with_allow_http(is_plain)
        .with_connect_timeout(CONNECT)
        .with_timeout(REQUEST)
        .with_default_content_type("image/webp");
    let backoff = BackoffConfig {
        init_backoff: Duration::from_millis(50),
        max_backoff: Duration::from_millis(500),
        base: 2.0,
    };
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(bucket)
        .with_region(credentials.region.as_deref().unwrap_or("us-east-1"))
        .with_access_key_id(id)
        .with_secret_access_key(secret)
        .with_client_options(client)
        .with_retry(RetryConfig { backoff, max_retries: RETRIES, retry_timeout: REQUEST })
        // One request a file: not everything that speaks like S3 knows how to remove several.
        .with_disable_bulk_delete(true);
    if let Some(token) = &credentials.session_token {
        builder = builder.with_token(token);
    }
    if let Some(endpoint) = &credentials.endpoint {
        builder = builder.with_endpoint(endpoint.trim_end_matches('/'));
    }
    let store = builder.build().map_err(|why| StoreFailure::Settings(format!("S3 cannot be used: {why}")))?;
    Ok(Arc::new(store))
}
