//! A real S3-compatible server of a test's own, on loopback, keeping everything in memory.

use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use tempfile::TempDir;

use super::kept::Kept;
use super::postgres::free_port;
use super::raw;

/// The bucket that is there from the start.
const BUCKET: &str = "pictures";

/// One such server; it goes with the test.
pub(crate) struct S3 {
    port: u16,
    folder: TempDir,
    running: Mutex<Option<Kept>>,
}

impl S3 {
    /// A server that answers, with an empty bucket.
    pub(crate) fn start() -> Self {
        let s3 = Self { port: free_port(), folder: TempDir::new().unwrap(), running: Mutex::new(None) };
        s3.start_again();
        s3
    }

    /// The same, speaking TLS alone, with a certificate for `localhost` that nobody knows.
    pub(crate) fn encrypted() -> Self {
        let s3 = Self { port: free_port(), folder: TempDir::new().unwrap(), running: Mutex::new(None) };
        let signed = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let (certificate, key) = (s3.certificate(), s3.folder.path().join("key.pem"));
        std::fs::write(&certificate, signed.cert.pem()).unwrap();
        std::fs::write(&key, signed.signing_key.serialize_pem()).unwrap();
        s3.launch(&["-s", "-c", certificate.to_str().unwrap(), "-k", key.to_str().unwrap()]);
        let program = "import boto3, sys; boto3.client('s3', endpoint_url=sys.argv[1], verify=sys.argv[2], region_name='us-east-1', \
                       aws_access_key_id='a', aws_secret_access_key='b').create_bucket(Bucket=sys.argv[3])";
        let mut creation = Command::new(python());
        creation.args([
            "-c",
            program,
            &s3.address("https", "localhost"),
            certificate.to_str().unwrap(),
            BUCKET,
        ]);
        assert!(creation.status().unwrap().success());
        s3
    }

    /// The certificate of [`S3::encrypted`], in PEM.
    pub(crate) fn certificate(&self) -> PathBuf {
        self.folder.path().join("cert.pem")
    }

    /// Starts it again, empty, after [`S3::stop`].
    pub(crate) fn start_again(&self) {
        self.launch(&[]);
        assert_eq!(self.ask("PUT", BUCKET).0, 200);
    }

    fn launch(&self, more: &[&str]) {
        let port = self.port.to_string();
        let arguments = [&["-m", "moto.server", "-H", "127.0.0.1", "-p", &port], more].concat();
        let kept = Kept::start(&python(), &arguments, self.folder.path());
        Kept::wait_until("the S3 server", self.folder.path(), || {
            TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_ok()
        });
        *self.running.lock().unwrap() = Some(kept);
    }

    /// Where it listens.
    pub(crate) fn address(&self, scheme: &str, host: &str) -> String {
        format!("{scheme}://{host}:{}", self.port)
    }

    /// The settings that lead a server to it.
    pub(crate) fn arguments(&self) -> Vec<String> {
        [
            "--media-url=s3://pictures/of/people".to_owned(),
            "--aws-access-key-id=AKIDEXAMPLE".to_owned(),
            "--aws-secret-access-key=wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned(),
            format!("--aws-endpoint-url={}", self.address("http", "127.0.0.1")),
        ]
        .into()
    }

    /// The names of all that lies in the bucket.
    pub(crate) fn names(&self) -> Vec<String> {
        let (status, list) = self.ask("GET", &format!("{BUCKET}?list-type=2"));
        assert_eq!(status, 200, "{list}");
        list.split("<Key>")
            .skip(1)
            .filter_map(|rest| rest.split("</Key>").next())
            .map(str::to_owned)
            .collect()
    }

    /// Ends it at once, and all it kept is gone.
    pub(crate) fn stop(&self) {
        drop(self.running.lock().unwrap().take());
    }

    /// Freezes it: connections stay open and nothing answers.
    pub(crate) fn pause(&self) {
        self.running.lock().unwrap().as_ref().expect("it runs").pause();
    }

    /// Lets it go on.
    pub(crate) fn resume(&self) {
        self.running.lock().unwrap().as_ref().expect("it runs").resume();
    }

    /// It believes whatever name a request is signed with.
    fn ask(&self, method: &str, path: &str) -> (u16, String) {
        let signed = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0";
        let request = format!(
            "{method} /{path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nAuthorization: {signed}\r\nContent-Length: 0\r\n\
             Connection: close\r\n\r\n",
            self.port
        );
        let address = (Ipv4Addr::LOCALHOST, self.port).into();
        let answer = raw::Request::bytes(address, request).send().unwrap();
        (answer.status, answer.text)
    }
}

fn python() -> PathBuf {
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/venv/bin/python");
    assert!(python.is_file(), "the Python of the tests is missing; type `just setup`");
    python
}
