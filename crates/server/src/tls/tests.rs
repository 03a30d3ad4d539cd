use rcgen::{CertifiedKey as Made, generate_simple_self_signed};

use super::*;

struct Pair {
    cert: String,
    key: String,
    der: Vec<u8>,
}

fn pair() -> Pair {
    let Made { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    Pair { cert: cert.pem(), key: signing_key.serialize_pem(), der: cert.der().to_vec() }
}

fn write(dir: &Path, cert: &str, key: &str) -> TlsFiles {
    let files = TlsFiles { cert: dir.join("cert.pem"), key: dir.join("key.pem") };
    std::fs::write(&files.cert, cert).unwrap();
    std::fs::write(&files.key, key).unwrap();
    files
}

fn served(certificates: &Certificates) -> Vec<u8> {
    certificates.current().cert[0].to_vec()
}

fn load(files: &TlsFiles) -> Certificates {
    Certificates::load(files, Arc::new(ring::default_provider()), Duration::ZERO).unwrap()
}

/// S85: 1.2 and 1.3 only, which is all rustls knows.
#[test]
fn a_pair_is_served_over_http_1_1_alone() {
    let (dir, made) = (tempfile::tempdir().unwrap(), pair());
    let config = server_config(&write(dir.path(), &made.cert, &made.key)).unwrap();
    assert_eq!(config.alpn_protocols, [b"http/1.1".to_vec()]);
}

#[test]
fn a_changed_pair_is_taken_over() {
    let dir = tempfile::tempdir().unwrap();
    let (old, new) = (pair(), pair());
    let certificates = load(&write(dir.path(), &old.cert, &old.key));
    assert_eq!(served(&certificates), old.der);
    write(dir.path(), &new.cert, &new.key);
    assert_eq!(served(&certificates), new.der);
}

#[test]
fn a_broken_pair_leaves_the_old_one_and_a_mended_one_is_taken_over() {
    let dir = tempfile::tempdir().unwrap();
    let (old, new) = (pair(), pair());
    let files = write(dir.path(), &old.cert, &old.key);
    let certificates = load(&files);
    write(dir.path(), "not a certificate", &old.key);
    assert_eq!(served(&certificates), old.der);
    write(dir.path(), &new.cert, &old.key);
    assert_eq!(served(&certificates), old.der, "the key is not the new certificate's");
    std::fs::remove_file(&files.key).unwrap();
    assert_eq!(served(&certificates), old.der);
    write(dir.path(), &new.cert, &new.key);
    assert_eq!(served(&certificates), new.der);
}

#[test]
fn the_files_are_looked_at_only_now_and_then() {
    let dir = tempfile::tempdir().unwrap();
    let (old, new) = (pair(), pair());
    let files = write(dir.path(), &old.cert, &old.key);
    let hour = Duration::from_hours(1);
    let certificates = Certificates::load(&files, Arc::new(ring::default_provider()), hour).unwrap();
    write(dir.path(), &new.cert, &new.key);
    assert_eq!(served(&certificates), old.der);
}

#[test]
fn files_that_cannot_be_used_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let (one, other) = (pair(), pair());
    let sentence =
        |files: &TlsFiles| check(files).unwrap_err().to_string().replace(dir.path().to_str().unwrap(), "D");
    let gone = TlsFiles { cert: dir.path().join("gone.pem"), key: dir.path().join("gone.pem") };
    assert_eq!(sentence(&gone), "TLS_CERT: D/gone.pem does not exist");
    assert_eq!(
        sentence(&write(dir.path(), "", &one.key)),
        "TLS_CERT: D/cert.pem holds no certificate in PEM"
    );
    assert_eq!(
        sentence(&write(dir.path(), &one.cert, "hunter2")),
        "TLS_KEY: D/key.pem holds no private key in PEM"
    );
    let swapped = sentence(&write(dir.path(), &one.cert, &other.key));
    assert!(
        swapped.starts_with("TLS_KEY: D/key.pem is not a usable key of the certificate in TLS_CERT"),
        "{swapped}"
    );
}

#[test]
fn a_chain_of_several_certificates_is_served_whole() {
    let dir = tempfile::tempdir().unwrap();
    let (leaf, above) = (pair(), pair());
    let files = write(dir.path(), &format!("{}{}", leaf.cert, above.cert), &leaf.key);
    assert_eq!(load(&files).current().cert.len(), 2);
}
