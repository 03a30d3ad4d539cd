//! A fresh installation holds no account and no secret that another one has.

use std::fs;
use std::net::{Ipv4Addr, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};

use super::{count, sign_in};
use crate::harness::{Backend, Process, TestApp};

on_both!(nobody_is_there_before_the_first_registration);

/// S11: and a key that was given is not written to the disk.
async fn nobody_is_there_before_the_first_registration(backend: Backend) {
    let app = TestApp::start(backend).await;
    assert!(!app.data_dir().join("secret.key").exists());
    for table in ["users", "user_roles", "sessions"] {
        assert_eq!(count(&app.database, &format!("select count(*) from {table}")), 0, "{table}");
    }
    for name in ["admin", "root", "vestibule", "test", "guest", "keeper"] {
        for password in ["admin", "password", "changeme", "vestibule", "root", "test", "guest", name] {
            sign_in(&app.anonymous(), name, password).await.assert_error(401, "invalid_credentials");
        }
    }
}

/// S11: in production a missing, short or copied key stops the start with one sentence that names the setting.
#[test]
fn a_production_start_wants_a_key_of_its_own() {
    let keys = [
        None,
        Some(""),
        Some("changeme"),
        Some("short but not so sweet a key"),
        Some("changeme-changeme-changeme-changeme-changeme"),
        Some("django-insecure-0123456789abcdefghijklmnopqrstuvwxyz"),
        Some("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
    ];
    for key in keys {
        let mut environment = vec![("PUBLIC_URL", "https://accounts.example.org")];
        environment.extend(key.map(|key| ("SECRET_KEY", key)));
        let process = Process::prepare(&environment);
        let output = process.command(&["serve"]).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success(), "{key:?}: {told}");
        assert!(told.contains("SECRET_KEY"), "{key:?}: {told}");
        if let Some(key) = key.filter(|key| !key.is_empty()) {
            assert!(!told.contains(key), "the key is repeated: {told}");
        }
    }
}

/// S11: the key that is made at the first start is made anew for each installation, and listens to this machine only.
#[test]
fn two_fresh_installations_share_no_key_and_listen_at_home_only() {
    let (one, other) = (Process::start(&[]), Process::start(&[]));
    let key = |process: &Process| fs::read(process.folder().join("data/secret.key")).unwrap();
    assert!(key(&one).len() >= 32);
    assert_ne!(key(&one), key(&other));
    drop((one, other));

    let process = Process::prepare(&[]);
    let output = process.command(&["check-config"]).env_remove("BIND").output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(told.contains("127.0.0.1:8080"), "{told}");

    // The harness binds to loopback as the default does; from any other address of this machine nobody gets in.
    let server = Process::start(&[]);
    if let Some(address) = other_address() {
        assert!(TcpStream::connect((address, server.address().port())).is_err(), "reachable at {address}");
    }
}

/// S11: no private key lies in the repository.
#[test]
fn no_private_key_is_checked_in() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut folders = vec![root];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() && !["target", ".git", "data"].contains(&&*name) {
                folders.push(path);
            } else if path.is_file() {
                seen += 1;
                assert_no_key(&path);
            }
        }
    }
    assert!(seen > 200, "{seen} files");
}

fn assert_no_key(path: &PathBuf) {
    let text = String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned();
    // Put together here, so that this file is not taken for one.
    for begin in
        ["", "RSA ", "EC ", "OPENSSH ", "ENCRYPTED "].map(|kind| format!("-----BEGIN {kind}PRIVATE KEY-----"))
    {
        let holds_one = text
            .split(&begin)
            .skip(1)
            .any(|rest| rest.trim_start().bytes().take(40).filter(u8::is_ascii_alphanumeric).count() == 40);
        assert!(!holds_one, "{} holds a private key", path.display());
    }
}

/// The address this machine would speak to others from, if it has one.
fn other_address() -> Option<std::net::IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
    let address = socket.local_addr().ok()?.ip();
    (!address.is_loopback() && !address.is_unspecified()).then_some(address)
}
