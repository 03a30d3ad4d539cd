//! HTTPS without a proxy.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::version::{TLS12, TLS13};
use rustls::{
    ClientConfig, ClientConnection, ProtocolVersion, RootCertStore, StreamOwned, SupportedProtocolVersion,
};
use tempfile::TempDir;

use crate::harness::{Backend, TestApp, raw, run};

type Stream = StreamOwned<ClientConnection, TcpStream>;

const BOTH: &[&SupportedProtocolVersion] = &[&TLS12, &TLS13];

/// A certificate for `localhost` and its key, lying in two files.
struct Certificate {
    der: CertificateDer<'static>,
    cert: String,
    key: String,
}

impl Certificate {
    fn new() -> Self {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        Self { der: cert.der().clone(), cert: cert.pem(), key: signing_key.serialize_pem() }
    }

    fn write(&self, folder: &Path) {
        fs::write(folder.join("cert.pem"), &self.cert).unwrap();
        fs::write(folder.join("key.pem"), &self.key).unwrap();
    }

    /// A connection of a client that trusts this certificate and no other.
    fn connect(
        &self,
        address: SocketAddr,
        versions: &[&'static SupportedProtocolVersion],
        protocol: &[u8],
    ) -> io::Result<Stream> {
        let mut roots = RootCertStore::empty();
        roots.add(self.der.clone()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let config = config.with_protocol_versions(versions).unwrap().with_root_certificates(roots);
        let mut config = config.with_no_client_auth();
        config.alpn_protocols = vec![protocol.to_vec()];
        let name = ServerName::try_from("localhost").unwrap();
        let connection = ClientConnection::new(Arc::new(config), name).unwrap();
        let mut stream = StreamOwned::new(connection, raw::connect(address)?);
        stream.conn.complete_io(&mut stream.sock)?;
        Ok(stream)
    }
}

async fn app(folder: &TempDir, arguments: &[&str]) -> TestApp {
    let path = |name| folder.path().join(name).to_str().unwrap().to_owned();
    let (cert, key) = (path("cert.pem"), path("key.pem"));
    let tls = ["--tls-cert", &cert, "--tls-key", &key];
    TestApp::start_with(Backend::Sqlite, &[&tls, arguments].concat()).await
}

/// Asks over HTTP/1.1 and reads to the end.
fn ask(stream: &mut Stream, path: &str, headers: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut said = Vec::new();
    match stream.read_to_end(&mut said) {
        // Closed without a goodbye.
        Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => panic!("{error}"),
        _ => String::from_utf8(said).unwrap(),
    }
}

/// S85: TLS 1.2 and 1.3, with a certificate that verifies, and answers that ask to stay with it.
#[test]
fn https_is_served_over_tls_1_2_and_1_3() {
    let folder = TempDir::new().unwrap();
    let certificate = Certificate::new();
    certificate.write(folder.path());
    run(async {
        let app = app(&folder, &[]).await;
        let versions: [(&'static SupportedProtocolVersion, ProtocolVersion); 2] =
            [(&TLS12, ProtocolVersion::TLSv1_2), (&TLS13, ProtocolVersion::TLSv1_3)];
        for (version, name) in versions {
            let mut stream = certificate.connect(app.address(), &[version], b"http/1.1").unwrap();
            assert_eq!(stream.conn.protocol_version(), Some(name));
            for path in ["/health/live", "/api/auth/profile", "/nothing", "/docs/"] {
                let mut stream = certificate.connect(app.address(), &[version], b"http/1.1").unwrap();
                let said = ask(&mut stream, path, "").to_lowercase();
                assert!(
                    said.contains("\r\nstrict-transport-security: max-age=31536000\r\n"),
                    "{path}: {said}"
                );
            }
            assert!(ask(&mut stream, "/health/live", "").starts_with("HTTP/1.1 200 OK\r\n"));
        }
    });
}

/// A greeting of a client that knows `version` and nothing later, but all else it takes (ECDHE, ECDSA on P-256).
fn hello(version: [u8; 2]) -> Vec<u8> {
    let suites = [0xc0, 0x2b, 0xc0, 0x2c, 0xc0, 0x0a, 0xc0, 0x09, 0x00, 0x35, 0x00, 0x2f, 0x00, 0x0a];
    let groups = [0, 10, 0, 4, 0, 2, 0, 23];
    let points = [0, 11, 0, 2, 1, 0];
    let signatures = [0, 13, 0, 4, 0, 2, 4, 3];
    let extensions = [&groups[..], &points, &signatures].concat();
    let mut hello = version.to_vec();
    hello.extend([7; 32]);
    hello.push(0);
    hello.extend([0, u8::try_from(suites.len()).unwrap()]);
    hello.extend(suites);
    hello.extend([1, 0, 0, u8::try_from(extensions.len()).unwrap()]);
    hello.extend(extensions);
    let length = u8::try_from(hello.len()).unwrap();
    [&[0x16, 3, 1, 0, length + 4, 1, 0, 0, length][..], &hello].concat()
}

/// S85: what is older is refused at the greeting.
#[test]
fn older_protocols_are_refused() {
    let folder = TempDir::new().unwrap();
    Certificate::new().write(folder.path());
    run(async {
        let app = app(&folder, &[]).await;
        for version in [[3, 0], [3, 1], [3, 2]] {
            let mut socket = raw::connect(app.address()).unwrap();
            socket.write_all(&hello(version)).unwrap();
            let mut said = Vec::new();
            socket.read_to_end(&mut said).unwrap();
            // An alert (21), fatal (2): protocol version (70).
            assert_eq!(
                (said.first(), said.get(5..7)),
                (Some(&21), Some(&[2, 70][..])),
                "{version:?}: {said:?}"
            );
        }
        // The same greeting from a client of TLS 1.2 is returned (22), so it was the version.
        let mut socket = raw::connect(app.address()).unwrap();
        socket.write_all(&hello([3, 3])).unwrap();
        let mut kind = [0];
        socket.read_exact(&mut kind).unwrap();
        assert_eq!(kind, [22]);
        let plain = "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n";
        let mut socket = raw::connect(app.address()).unwrap();
        socket.write_all(plain.as_bytes()).unwrap();
        let mut said = Vec::new();
        let _reset = socket.read_to_end(&mut said);
        assert!(!String::from_utf8_lossy(&said).contains("HTTP/"), "nothing is said in the clear: {said:?}");
    });
}

/// S48: a handshake that never ends is given up.
#[test]
fn a_silent_handshake_is_given_up() {
    let folder = TempDir::new().unwrap();
    Certificate::new().write(folder.path());
    run(async {
        let app = app(&folder, &[]).await;
        let mut socket = raw::connect(app.address()).unwrap();
        socket.write_all(&[0x16, 3, 1]).unwrap();
        let begun = Instant::now();
        let _reset = socket.read_to_end(&mut Vec::new());
        assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
    });
}

/// A certificate lives for months and a server for longer.
#[test]
fn a_new_certificate_is_served_within_seconds_and_a_broken_one_never() {
    let folder = TempDir::new().unwrap();
    let (old, new) = (Certificate::new(), Certificate::new());
    old.write(folder.path());
    run(async {
        let app = app(&folder, &[]).await;
        let mut before = old.connect(app.address(), BOTH, b"http/1.1").unwrap();
        assert!(new.connect(app.address(), BOTH, b"http/1.1").is_err(), "a client trusts only what it knows");

        fs::write(folder.path().join("cert.pem"), "half a certificate").unwrap();
        std::thread::sleep(Duration::from_millis(1200));
        old.connect(app.address(), BOTH, b"http/1.1").unwrap();

        new.write(folder.path());
        let begun = Instant::now();
        while new.connect(app.address(), BOTH, b"http/1.1").is_err() {
            assert!(begun.elapsed() < Duration::from_secs(5), "the new certificate is not served");
            std::thread::sleep(Duration::from_millis(100));
        }
        assert!(old.connect(app.address(), BOTH, b"http/1.1").is_err());
        assert!(
            ask(&mut before, "/health/live", "").starts_with("HTTP/1.1 200 OK\r\n"),
            "who was there stays"
        );
    });
}

/// S85: a stranger's word changes nothing about what the connection is.
#[test]
fn tls_is_tls_whatever_a_header_says() {
    let folder = TempDir::new().unwrap();
    let certificate = Certificate::new();
    certificate.write(folder.path());
    run(async {
        let app = app(&folder, &[]).await;
        let mut stream = certificate.connect(app.address(), BOTH, b"http/1.1").unwrap();
        let said = ask(&mut stream, "/health/live", "X-Forwarded-Proto: http\r\nX-Forwarded-Ssl: off\r\n");
        assert!(said.to_lowercase().contains("\r\nstrict-transport-security: "), "{said}");
    });
}

/// A frame of HTTP/2 (RFC 9113, 4.1).
fn frame(kind: u8, flags: u8, stream: u8, payload: &[u8]) -> Vec<u8> {
    let length = u8::try_from(payload.len()).unwrap();
    [&[0, 0, length, kind, flags, 0, 0, 0, stream][..], payload].concat()
}

/// `GET path` on stream 1: the static table of HPACK (RFC 7541, appendix A) and plain texts.
fn get(path: &str, authority: Option<&str>) -> Vec<u8> {
    let text =
        |index: u8, text: &str| [&[index, u8::try_from(text.len()).unwrap()][..], text.as_bytes()].concat();
    let authority = authority.map(|authority| text(0x01, authority)).unwrap_or_default();
    let fields = [vec![0x82, 0x87], text(0x04, path), authority].concat();
    frame(1, 0x5, 1, &fields)
}

/// Speaks HTTP/2 and hands back the first byte of the answer's fields, which is its status, and its body.
fn ask_over_2(stream: &mut Stream, request: &[u8]) -> (u8, String) {
    let begin =
        [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(), frame(4, 0, 0, &[]), request.to_vec()].concat();
    stream.write_all(&begin).unwrap();
    let (mut status, mut body) = (0, Vec::new());
    loop {
        let mut head = [0; 9];
        stream.read_exact(&mut head).unwrap();
        let mut payload = vec![0; usize::from(head[1]) << 8 | usize::from(head[2])];
        stream.read_exact(&mut payload).unwrap();
        match (head[3], head[8]) {
            // A change of the table's size may stand before the first field.
            (1, 1) => status = *payload.iter().find(|byte| **byte >= 0x80).unwrap(),
            (0, 1) => body.extend_from_slice(&payload),
            (3 | 7, _) => panic!("the server hung up: {payload:?}"),
            _ => {}
        }
        if matches!(head[3], 0 | 1) && head[8] == 1 && head[4] & 1 == 1 {
            return (status, String::from_utf8(body).unwrap());
        }
    }
}

/// The same rules over HTTP/2: who asks by a name that is not ours, or by none, is refused.
#[test]
fn http_2_is_spoken_over_tls() {
    let folder = TempDir::new().unwrap();
    let certificate = Certificate::new();
    certificate.write(folder.path());
    run(async {
        let app = app(&folder, &[]).await;
        // The static table's numbers for 200, 400 and 404.
        for (path, authority, status, says) in [
            ("/health/live", Some("localhost"), 0x88, r#"{"ok":true}"#),
            ("/nothing", Some("localhost"), 0x8d, "not_found"),
            ("/openapi.json", Some("localhost"), 0x88, "openapi"),
            ("/openapi.json", Some("evil.com"), 0x8c, "host_not_allowed"),
            ("/openapi.json", None, 0x8c, "host_not_allowed"),
        ] {
            let mut stream = certificate.connect(app.address(), BOTH, b"h2").unwrap();
            assert_eq!(stream.conn.alpn_protocol(), Some(&b"h2"[..]));
            let (given, body) = ask_over_2(&mut stream, &get(path, authority));
            assert_eq!(given, status, "{path} of {authority:?}: {body}");
            assert!(body.contains(says), "{path}: {body}");
        }
    });
}
