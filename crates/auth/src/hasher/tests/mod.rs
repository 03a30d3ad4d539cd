//! What the hashers promise, at a cost that lets us ask by the thousand.

mod bounds;
mod imports;
mod peppers;
mod settings;
mod today;

use std::sync::atomic::{AtomicU64, Ordering};

use super::*;

/// Bytes that differ each time and come out alike each run.
#[derive(Default)]
struct Counter(AtomicU64);

impl Random for Counter {
    fn fill(&self, bytes: &mut [u8]) {
        for byte in bytes {
            let step = self.0.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed);
            *byte = (step.wrapping_mul(0xD6E8_FEB8_6659_FD93) >> 56) as u8;
        }
    }
}

/// The password of every vector.
const HORSE: &str = "correct horse";

fn cheap() -> HasherSettings {
    HasherSettings {
        argon2: Argon2Cost::cheap_for_tests(),
        pbkdf2_iterations: 1000,
        ..HasherSettings::default()
    }
}

fn hasher(settings: &HasherSettings) -> Hasher {
    Hasher::new(settings, &Counter::default()).unwrap()
}

fn password(text: &str) -> Password {
    Password::new(text.to_owned()).unwrap()
}

fn stored(text: &str) -> PasswordHash {
    PasswordHash::try_from(text.to_owned()).unwrap()
}

fn hash(hasher: &Hasher, text: &str) -> PasswordHash {
    hasher.hash(&mut Scratch::default(), &Counter::default(), &password(text)).unwrap()
}

fn verify(hasher: &Hasher, text: &str, stored: &PasswordHash) -> Verdict {
    hasher.verify(&mut Scratch::default(), &password(text), Some(stored)).unwrap()
}

const CURRENT: Verdict = Verdict::Accepted { renew: false };
const OUTDATED: Verdict = Verdict::Accepted { renew: true };
