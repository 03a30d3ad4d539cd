//! The database of an installation, the accounts in it, and what writes to their owners.

use std::path::Path;
use std::sync::Arc;

use url::Url;
use vestibule_auth::accounts::Accounts;
use vestibule_auth::caller_cache::CallerCache;
use vestibule_auth::hasher::Hasher;
use vestibule_auth::keys::KeyRing;
use vestibule_auth::limits::Limits;
use vestibule_auth::rules::{AccountRules, FirstAdmin, SetupToken};
use vestibule_auth::secret_key::installation_name;
use vestibule_domain::random::Random;
use vestibule_mail::{Folder, Mailer, MailerOptions, Smtp, SmtpUrl, Transport};
use vestibule_media::{Avatars, MediaStore, S3Credentials};
use vestibule_persistence::ephemeral::{MailTokens, RedisOptions, RedisStore};
use vestibule_persistence::{Database, DatabaseUrl, PoolOptions};

use crate::files;
use crate::settings::{Secret, Settings, SettingsError};
use crate::start_error::StartError;

/// Names the database of `settings`. The folder of a SQLite file is made where it is missing, and the file itself,
/// empty, so that both are private from the first moment. Connects to nothing.
pub fn open(settings: &Settings) -> Result<Database, StartError> {
    let setting = if settings.data.is_embedded_default { "DATA_DIR" } else { "DATABASE_URL" };
    make_room(setting, &settings.data.database)?;
    Ok(connect(settings))
}

/// Makes the folder and the file of a SQLite database that `setting` named, empty and private, where they are missing.
pub(crate) fn make_room(setting: &'static str, database: &DatabaseUrl) -> Result<(), StartError> {
    if let DatabaseUrl::Sqlite(file) = database {
        let failed = |path: &Path, error| StartError::Data { setting, path: path.to_owned(), error };
        if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            files::make_private_dir(folder).map_err(|error| failed(folder, error))?;
        }
        files::make_private_file(file).map_err(|error| failed(file, error))?;
    }
    Ok(())
}

/// Names the database of `settings` and makes nothing.
pub(crate) fn connect(settings: &Settings) -> Database {
    let log_queries = tracing::enabled!(target: "database", tracing::Level::DEBUG);
    let options = PoolOptions { size: settings.data.pool_size, log_queries, ..PoolOptions::default() };
    Database::open(&settings.data.database, options)
}

/// The accounts in `database`, under the rules of `settings`: the one place where they are put together. `address` is
/// where people reach the server; it stands in links and in signed tokens.
pub fn accounts(
    settings: &Settings,
    database: Database,
    secret_key: &Secret,
    address: &str,
    random: &dyn Random,
) -> Result<Accounts, StartError> {
    let secret_key = secret_key.reveal().as_bytes();
    let redis = redis(settings, secret_key)?;
    Ok(Accounts {
        hasher: Hasher::new(&settings.passwords.hasher, random)?,
        callers: Arc::new(CallerCache::new(settings.sessions.session_cache_ttl)),
        rules: Arc::new(rules(settings)),
        limits: Arc::new(Limits::new(settings.limits, redis.clone())),
        mail_tokens: MailTokens::new(database.clone(), redis),
        keys: Arc::new(KeyRing::new(database.clone(), secret_key, address, settings.sessions.jwt_ttl)),
        refusals: Arc::default(),
        sightings: Arc::default(),
        database,
    })
}

/// The Redis of `settings`, if they name one. Connects to nothing.
pub(crate) fn redis(settings: &Settings, secret_key: &[u8]) -> Result<Option<Arc<RedisStore>>, StartError> {
    let Some(url) = &settings.data.redis else { return Ok(None) };
    let options = RedisOptions {
        url: url.reveal().to_owned(),
        // Two installations may share a Redis: their keys begin differently.
        prefix: format!("vestibule:{}:", installation_name(secret_key)),
        // As many as there are threads that ask it, so that none waits for another's.
        pool_size: settings.data.pool_size,
    };
    Ok(Some(Arc::new(RedisStore::open(options)?)))
}

/// What the operator decided about accounts.
pub(crate) fn rules(settings: &Settings) -> AccountRules {
    let (accounts, sessions) = (&settings.accounts, &settings.sessions);
    let first_admin = match &accounts.setup_token {
        _ if !accounts.first_user_is_admin => FirstAdmin::Nobody,
        Some(token) => FirstAdmin::Holder(SetupToken::new(token.reveal())),
        None => FirstAdmin::FirstAccount,
    };
    AccountRules {
        registration_open: accounts.registration_is_open,
        password: settings.passwords.rules,
        first_admin,
        access_token_ttl: sessions.access_token_ttl,
        jwt_ttl: sessions.jwt_ttl,
        refresh_token_ttl: sessions.refresh_token_ttl,
        refresh_idle_ttl: sessions.refresh_idle_ttl,
        reset_token_ttl: sessions.reset_token_ttl,
        verify_token_ttl: sessions.verify_token_ttl,
        email_verification: accounts.email_verification,
        sessions_per_user: sessions.sessions_per_user,
    }
}

/// The pictures of the accounts in `database`. Connects to nothing.
pub fn avatars(settings: &Settings, database: Database) -> Result<Avatars, StartError> {
    let media = &settings.media;
    let reveal = |secret: &Option<Secret>| secret.as_ref().map(|secret| secret.reveal().to_owned());
    let credentials = S3Credentials {
        access_key_id: reveal(&media.access_key_id),
        secret_access_key: reveal(&media.secret_access_key),
        session_token: reveal(&media.session_token),
        region: Some(media.region.clone()),
        endpoint: media.endpoint.as_ref().map(ToString::to_string),
    };
    let store = MediaStore::open(&media.url, &credentials);
    let store = store.map_err(|why| SettingsError::unusable("MEDIA_URL", why))?;
    Ok(Avatars { database, store })
}

/// What writes and sends the mails of `accounts`, whose links lead to `address`.
pub fn mailer(settings: &Settings, accounts: &Accounts, address: &str) -> Result<Mailer, StartError> {
    let transport: Box<dyn Transport> = match &settings.mail.smtp {
        Some(server) => Box::new(smtp(settings, server)?),
        None => Box::new(Folder::new(settings.data.mail_dir())),
    };
    let options = MailerOptions {
        public_url: Url::parse(address).map_err(|why| SettingsError::unusable("PUBLIC_URL", why))?,
        from: settings.mail.from.clone(),
        reset_token_ttl: settings.sessions.reset_token_ttl,
        verify_token_ttl: settings.sessions.verify_token_ttl,
    };
    Ok(Mailer::new(options, accounts.database.clone(), accounts.mail_tokens.clone(), transport))
}

/// The mail server of `settings`. Connects to nothing.
pub(crate) fn smtp(settings: &Settings, server: &SmtpUrl) -> Result<Smtp, StartError> {
    let own_host = settings.listening.public_url.as_ref().and_then(Url::host_str).unwrap_or("localhost");
    Ok(Smtp::new(server.clone(), own_host)?)
}
