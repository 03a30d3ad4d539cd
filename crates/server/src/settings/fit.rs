//! What no single setting shows.

use std::net::SocketAddr;

use url::{Host, Url};
use vestibule_auth::rules::EmailVerification;
use vestibule_media::MediaUrl;

use super::Settings;
use super::error::SettingsError;
use crate::secret_key;

/// Refuses what contradicts itself, and adds a warning for what is likely not meant.
pub(super) fn check(settings: &mut Settings) -> Result<(), SettingsError> {
    refuse(settings)?;
    let mut warnings = Vec::new();
    let mut warn = |holds: bool, words: &str| {
        if holds {
            warnings.push(words.to_owned());
        }
    };
    let is_production = settings.is_production();
    warn(settings.debug, "DEBUG: is on; pages show details of errors, so let no stranger near");
    let is_repeated = is_repeated(settings);
    warn(is_repeated, &format!("SECRET_KEY: {REPEATED}"));
    let nobody_gets_in =
        settings.accounts.email_verification == EmailVerification::Required && settings.mail.smtp.is_none();
    warn(
        is_production && nobody_gets_in,
        "EMAIL_VERIFICATION: is required, but without SMTP_URL mails only land in a folder, so nobody can follow their link",
    );
    warn(
        is_production && !settings.limits.is_on,
        "RATE_LIMITS: is off, so passwords can be guessed as fast as they are checked",
    );
    let is_readable =
        settings.mail.smtp.as_ref().is_some_and(|smtp| !smtp.is_encrypted() && !smtp.is_loopback());
    warn(
        is_readable,
        "SMTP_URL: asks for no TLS, so mails, their links and the password can be read on the way",
    );
    warn(
        is_in_s3(settings) && settings.media.endpoint.as_ref().is_some_and(is_readable_on_the_way),
        "AWS_ENDPOINT_URL: asks for no TLS, so pictures can be read and changed on the way",
    );
    let is_open = |bind: SocketAddr| !bind.ip().is_loopback() && settings.metrics.token.is_none();
    warn(
        settings.metrics.bind.is_some_and(is_open),
        "METRICS_BIND: takes calls from elsewhere, and without METRICS_TOKEN whoever gets there reads the figures",
    );
    warn(
        is_production && settings.listening.security_contact.is_empty(),
        "SECURITY_CONTACT: is not set, so whoever finds a vulnerability is told nowhere whom to tell",
    );
    settings.warnings.append(&mut warnings);
    Ok(())
}

fn is_in_s3(settings: &Settings) -> bool {
    matches!(settings.media.url, MediaUrl::S3 { .. })
}

/// Plain, and not of this machine.
fn is_readable_on_the_way(url: &Url) -> bool {
    let is_loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    url.scheme() == "http" && !is_loopback
}

const REPEATED: &str = "repeats a few characters; make one with: openssl rand -hex 32";

fn is_repeated(settings: &Settings) -> bool {
    settings.data.secret_key.as_ref().is_some_and(|key| secret_key::is_monotonous(key.reveal()))
}

fn refuse(settings: &Settings) -> Result<(), SettingsError> {
    if settings.debug && settings.is_production() {
        return Err(SettingsError::unusable("DEBUG", "must be off where PUBLIC_URL is https"));
    }
    let is_plain = settings.listening.public_url.as_ref().is_some_and(|url| url.scheme() == "http");
    if is_plain && settings.listening.tls.is_some() {
        return Err(SettingsError::unusable("PUBLIC_URL", "must be https where TLS_CERT is set"));
    }
    let keys = [
        ("AWS_ACCESS_KEY_ID", &settings.media.access_key_id),
        ("AWS_SECRET_ACCESS_KEY", &settings.media.secret_access_key),
    ];
    if let Some((name, _)) = keys.into_iter().find(|(_, key)| is_in_s3(settings) && key.is_none()) {
        return Err(SettingsError::unusable(name, "is needed where MEDIA_URL is s3://"));
    }
    if settings.is_production() && is_repeated(settings) {
        return Err(SettingsError::unusable("SECRET_KEY", REPEATED));
    }
    Ok(())
}
