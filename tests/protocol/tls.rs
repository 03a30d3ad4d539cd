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
    AlertDescription, ClientConfig, ClientConnection, ProtocolVersion, RootCertStore, StreamOwned,
    SupportedProtocolVersion,
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
    ) -> io::Result<Stream> {
        self.offer(address, versions, &[b"http/1.1"])
    }

    /// The same, with the protocols that the client offers (ALPN).
    fn offer(
        &self,
        address: SocketAddr,
        versions: &[&'static SupportedProtocolVersion],
        protocols: &[&[u8]],
    ) -> io::Result<Stream> {
        let mut roots = RootCertStore::empty();
        roots.add(self.der.clone()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let config = config.with_protocol_versions(versions).unwrap().with_root_certificates(roots);
        let mut config = config.with_no_client_auth();
        config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
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
            let mut stream = certificate.connect(app.address(), &[version]).unwrap();
            assert_eq!(stream.conn.protocol_version(), Some(name));
            for path in ["/health/live", "/api/auth/profile", "/nothing", "/docs/"] {
                let mut stream = certificate.connect(app.address(), &[version]).unwrap();
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
        let mut before = old.connect(app.address(), BOTH).unwrap();
        assert!(new.connect(app.address(), BOTH).is_err(), "a client trusts only what it knows");

        fs::write(folder.path().join("cert.pem"), "half a certificate").unwrap();
        std::thread::sleep(Duration::from_millis(1200));
        old.connect(app.address(), BOTH).unwrap();

        new.write(folder.path());
        let begun = Instant::now();
        while new.connect(app.address(), BOTH).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(5), "the new certificate is not served");
            std::thread::sleep(Duration::from_millis(100));
        }
        assert!(old.connect(app.address(), BOTH).is_err());
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
        let mut stream = certificate.connect(app.address(), BOTH).unwrap();
        let said = ask(&mut stream, "/health/live", "X-Forwarded-Proto: http\r\nX-Forwarded-Ssl: off\r\n");
        assert!(said.to_lowercase().contains("\r\nstrict-transport-security: "), "{said}");
    });
}

/// S48: one connection of HTTP/2 could hold streams without number, so that a proxy has to speak it.
#[test]
fn http_1_1_alone_is_spoken() {
    let folder = TempDir::new().unwrap();
    let certificate = Certificate::new();
    certificate.write(folder.path());
    run(async {
        let app = app(&folder, &[]).await;
        let offer = |protocols: &[&[u8]]| certificate.offer(app.address(), BOTH, protocols);
        let mut stream = offer(&[b"h2", b"http/1.1"]).unwrap();
        assert_eq!(stream.conn.alpn_protocol(), Some(&b"http/1.1"[..]), "whoever knows both gets HTTP/1.1");
        assert!(ask(&mut stream, "/health/live", "").starts_with("HTTP/1.1 200 OK\r\n"));

        let refused = offer(&[b"h2"]).unwrap_err();
        let reason = refused.get_ref().and_then(|error| error.downcast_ref::<rustls::Error>());
        let alert = rustls::Error::AlertReceived(AlertDescription::NoApplicationProtocol);
        assert_eq!(reason, Some(&alert), "whoever insists on HTTP/2 is refused at the greeting");

        for protocols in [&[b"http/1.1".as_slice()][..], &[]] {
            let mut stream = offer(protocols).unwrap();
            stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").unwrap();
            let mut said = Vec::new();
            let _reset = stream.read_to_end(&mut said);
            // A frame of settings is the first that HTTP/2 says.
            let said = String::from_utf8_lossy(&said);
            assert!(said.starts_with("HTTP/1.1 400 "), "whoever begins it unasked: {said:?}");
        }
    });
}
