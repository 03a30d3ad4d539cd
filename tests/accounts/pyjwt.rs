//! `PyJWT`, a library of another language, asked what it thinks of our tokens.

use std::path::Path;
use std::process::Command;

use super::jwt;
use crate::harness::{Process, given};

const PYTHON: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/venv/bin/python");

const PUBLIC_URL: &str = "http://accounts.example.org";

/// S18: it finds the key in the published set by itself, and takes the token for what it is and for nothing else.
#[test]
fn pyjwt_verifies_our_tokens_by_the_published_keys() {
    let server = Process::start(&[("DATA_DIR", "data"), ("PUBLIC_URL", PUBLIC_URL)]);
    let (token, user) = crate::harness::run(async {
        let stranger = server.anonymous();
        stranger.post("/api/auth/register", given::registration("alice")).await.assert_status(201);
        let opened = jwt::opened(&stranger, "alice").await;
        (opened["access_token"].as_str().unwrap().to_owned(), opened["user"]["id"].to_string())
    });
    let script = r"
import sys
import jwt
url, token, address, user = sys.argv[1:]
key = jwt.PyJWKClient(url).get_signing_key_from_jwt(token)
required = ['iss', 'aud', 'sub', 'sid', 'client_id', 'iat', 'exp', 'jti']

def check(token, audience=address, issuer=address, algorithms=['EdDSA']):
    try:
        return jwt.decode(token, key, algorithms=algorithms, audience=audience, issuer=issuer, options={'require': required})
    except jwt.InvalidTokenError as error:
        return type(error).__name__

claims = check(token)
print(jwt.get_unverified_header(token)['typ'], claims['sub'] == user, claims['exp'] - claims['iat'])
head, body, signature = token.split('.')
other = ('B' if signature[0] == 'A' else 'A') + signature[1:]
print(check(f'{head}.{body}.{other}'), check(token, audience='x'), check(token, issuer='x'), check(token, algorithms=['HS256']))
";
    let url = format!("http://{}/.well-known/jwks.json", server.address());
    let told = python(script, &[&url, &token, PUBLIC_URL, &user]);
    let [good, bad] = *told.lines().collect::<Vec<_>>() else { panic!("{told}") };
    assert_eq!(good, "at+jwt True 1800");
    assert_eq!(bad, "InvalidSignatureError InvalidAudienceError InvalidIssuerError InvalidAlgorithmError");
}

/// What the script prints.
fn python(script: &str, arguments: &[&str]) -> String {
    let install = "PyJWT was not found in target/venv; type `just setup`";
    assert!(Path::new(PYTHON).is_file(), "{install}");
    let mut command = Command::new(PYTHON);
    // The server is on this machine, whatever proxy the machine has.
    let output = command.args(["-c", script]).args(arguments).env("no_proxy", "*").output().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{install}: {complaint}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
