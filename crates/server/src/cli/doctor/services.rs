//! What the server works with besides its database: Redis, the mail server, the keys it signs with.

use vestibule_auth::keys::KeyRing;
use vestibule_domain::avatar::{AvatarName, AvatarSize};
use vestibule_persistence::Database;

use super::{Finding, Health, found};
use crate::settings::Settings;
use crate::system::SystemRandom;
use crate::{secret_key, store};

/// What lies outside of the database.
pub(super) fn examine(settings: &Settings) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(settings.data.redis.is_some().then(|| examine_redis(settings)));
    findings.push(examine_mail(settings));
    findings
}

/// Without Redis each node counts by itself, so nothing fails.
fn examine_redis(settings: &Settings) -> Finding {
    const WHAT: &str = "redis";
    let Some(url) = &settings.data.redis else { return found(Health::Ok, WHAT, "is not used") };
    // The prefix of the keys does not matter for a greeting.
    match store::redis(settings, b"") {
        Ok(Some(redis)) => match redis.ping() {
            Ok(()) => found(Health::Ok, WHAT, format!("{url}: answers")),
            Err(error) => found(Health::Warn, WHAT, format!("{url}: {}", chain(&error))),
        },
        Ok(None) => found(Health::Ok, WHAT, "is not used"),
        Err(error) => found(Health::Fail, WHAT, error),
    }
}

/// Greets the mail server and sends nothing.
fn examine_mail(settings: &Settings) -> Finding {
    const WHAT: &str = "mail";
    let Some(server) = &settings.mail.smtp else {
        let words = format!("is written to {} (SMTP_URL is not set)", settings.data.mail_dir().display());
        let health = if settings.is_production() { Health::Warn } else { Health::Ok };
        return found(health, WHAT, words);
    };
    let greeted = match store::smtp(settings, server) {
        Ok(smtp) => smtp.greet(),
        Err(error) => return found(Health::Fail, WHAT, error),
    };
    match greeted {
        Ok(()) => found(Health::Ok, WHAT, format!("{server}: takes mails, from {}", settings.mail.from)),
        Err(error) => found(Health::Warn, WHAT, format!("{server}: {error}")),
    }
}

/// Asks for a picture that nobody can have, and writes nothing.
pub(super) fn examine_media(settings: &Settings, database: &Database) -> Finding {
    const WHAT: &str = "media";
    let avatars = match store::avatars(settings, database.clone()) {
        Ok(avatars) => avatars,
        Err(error) => return found(Health::Fail, WHAT, error),
    };
    let nobodys = AvatarName::new(&SystemRandom, &[0; 32]);
    match avatars.store.get(&nobodys, AvatarSize::Small) {
        Ok(_) => found(Health::Ok, WHAT, format!("{}: answers", settings.media.url)),
        Err(error) => found(Health::Fail, WHAT, format!("{}: {}", settings.media.url, chain(&error))),
    }
}

/// Whether the signing keys open with the secret key.
pub(super) fn examine_keys(settings: &Settings, database: &Database) -> Finding {
    const WHAT: &str = "signing keys";
    let Ok(key) = secret_key::find(settings) else {
        return found(Health::Warn, WHAT, "cannot be looked at without the secret key");
    };
    let keys = KeyRing::new(database.clone(), key.reveal().as_bytes(), "", settings.sessions.jwt_ttl);
    match keys.check() {
        Ok(0) => found(Health::Ok, WHAT, "there is none yet; the next start makes it"),
        Ok(count) => found(Health::Ok, WHAT, format!("{count} can be used")),
        Err(error) => found(Health::Fail, WHAT, error),
    }
}

/// An error with what caused it, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        words = format!("{words}: {error}");
        cause = error.source();
    }
    words
}
