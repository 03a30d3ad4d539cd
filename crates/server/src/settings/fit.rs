//! What no single setting shows.

use vestibule_auth::rules::EmailVerification;

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
    settings.warnings.append(&mut warnings);
    Ok(())
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
    if settings.is_production() && is_repeated(settings) {
        return Err(SettingsError::unusable("SECRET_KEY", REPEATED));
    }
    Ok(())
}
