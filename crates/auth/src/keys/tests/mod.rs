mod forged;
mod rotation;
mod shapes;

use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use ring::signature::Ed25519KeyPair;
use serde_json::{Value, json};
use tempfile::TempDir;
use vestibule_domain::id::{SessionId, UserId};
use vestibule_domain::random::Random;
use vestibule_domain::time::Timestamp;
use vestibule_persistence::{Database, PoolOptions, signing_keys};

use super::seal::Sealer;
use super::{Claims, KeyRing, SignedToken, VerifyError, jws};

/// Fills with other bytes each time, and with the same ones in the same order.
#[derive(Default)]
pub(super) struct Counting(AtomicU8);

impl Random for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(self.0.fetch_add(1, Ordering::Relaxed));
    }
}

const SECRET_KEY: &[u8] = b"a secret key of thirty-two bytes";
const ISSUER: &str = "https://accounts.example.org";
const TTL: Duration = Duration::from_mins(30);
const SLACK: Duration = Duration::from_mins(5);

/// Keys in a database of their own, and the hand of somebody who has them.
struct Forge {
    ring: KeyRing,
    database: Database,
    random: Counting,
    dir: TempDir,
}

impl Forge {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}/x.sqlite3", dir.path().display());
        let database = Database::open(&url.parse().unwrap(), PoolOptions::default());
        database.migrate().unwrap();
        let random = Counting::default();
        let ring = ring_on(&database, SECRET_KEY);
        ring.load(noon(), &random).unwrap();
        Self { ring, database, random, dir }
    }

    /// The names of the keys that are kept, the newest first.
    fn kids(&self) -> Vec<String> {
        self.database.read(signing_keys::list).unwrap().into_iter().map(|key| key.kid).collect()
    }

    /// The newest key, both halves.
    fn stolen(&self) -> Ed25519KeyPair {
        let key = self.database.read(signing_keys::list).unwrap().remove(0);
        let seed = Sealer::new(SECRET_KEY, "signing-keys").open(&key.kid, &key.sealed_seed).unwrap();
        Ed25519KeyPair::from_seed_and_public_key(&seed, &key.public_key).unwrap()
    }

    /// The header and the payload, signed by our own key: whatever is refused is refused for what it says.
    fn sign(&self, header: &str, payload: &str) -> String {
        signed(&self.stolen(), header, payload)
    }

    /// The header we write.
    fn header(&self) -> String {
        String::from_utf8(jws::decode(&jws::header(&self.kids()[0])).unwrap()).unwrap()
    }

    fn issue(&self, now: Timestamp) -> SignedToken {
        self.ring.sign(now, &self.random, alice(), session(), now.plus(TTL)).unwrap()
    }

    fn verify(&self, text: &str) -> Result<Claims, VerifyError> {
        self.ring.verify(noon(), text)
    }

    #[track_caller]
    fn assert_refused(&self, text: &str) {
        let outcome = self.verify(text);
        assert!(matches!(outcome, Err(VerifyError::Invalid)), "{outcome:?}: {text}");
    }
}

fn ring_on(database: &Database, secret_key: &[u8]) -> KeyRing {
    KeyRing::new(database.clone(), secret_key, ISSUER, TTL)
}

fn signed(pair: &Ed25519KeyPair, header: &str, payload: &str) -> String {
    let text = format!("{}.{}", jws::encode(header.as_bytes()), jws::encode(payload.as_bytes()));
    let signature = jws::encode(pair.sign(text.as_bytes()).as_ref());
    format!("{text}.{signature}")
}

/// What a good token says.
fn payload() -> Value {
    json!({
        "iss": ISSUER,
        "aud": ISSUER,
        "sub": "7",
        "sid": session().to_string(),
        "client_id": "vestibule",
        "iat": noon().unix_seconds(),
        "exp": noon().plus(TTL).unix_seconds(),
        "jti": "00112233445566778899aabbccddeeff",
    })
}

/// The same with another value for one claim.
fn payload_with(name: &str, value: &Value) -> String {
    let mut payload = payload();
    payload[name] = value.clone();
    payload.to_string()
}

fn noon() -> Timestamp {
    Timestamp::from_unix_seconds(1_795_132_800).unwrap()
}

fn later(seconds: u64) -> Timestamp {
    noon().plus(Duration::from_secs(seconds))
}

fn alice() -> UserId {
    UserId::try_from(7).unwrap()
}

fn session() -> SessionId {
    "01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap()
}
