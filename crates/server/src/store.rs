//! The database of an installation, and the accounts in it.

use std::path::Path;
use std::sync::Arc;

use vestibule_auth::accounts::Accounts;
use vestibule_auth::caller_cache::CallerCache;
use vestibule_auth::hasher::Hasher;
use vestibule_auth::rules::{AccountRules, FirstAdmin, SetupToken};
use vestibule_domain::random::Random;
use vestibule_persistence::{Database, DatabaseUrl, PoolOptions};

use crate::files;
use crate::settings::Settings;
use crate::start_error::StartError;

/// Names the database of `settings`. The folder of a SQLite file is made where it is missing, and the file itself,
/// empty, so that both are private from the first moment. Connects to nothing.
pub fn open(settings: &Settings) -> Result<Database, StartError> {
    if let DatabaseUrl::Sqlite(file) = &settings.data.database {
        let setting = if settings.data.is_embedded_default { "DATA_DIR" } else { "DATABASE_URL" };
        let failed = |path: &Path, error| StartError::Data { setting, path: path.to_owned(), error };
        if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            files::make_private_dir(folder).map_err(|error| failed(folder, error))?;
        }
        files::make_private_file(file).map_err(|error| failed(file, error))?;
    }
    Ok(connect(settings))
}

/// Names the database of `settings` and makes nothing.
pub(crate) fn connect(settings: &Settings) -> Database {
    let log_queries = tracing::enabled!(target: "database", tracing::Level::DEBUG);
    let options = PoolOptions { size: settings.data.pool_size, log_queries, ..PoolOptions::default() };
    Database::open(&settings.data.database, options)
}

/// The accounts in `database`, under the rules of `settings`.
pub fn accounts(
    settings: &Settings,
    database: Database,
    random: &dyn Random,
) -> Result<Accounts, StartError> {
    let accounts = &settings.accounts;
    let first_admin = match &accounts.setup_token {
        _ if !accounts.first_user_is_admin => FirstAdmin::Nobody,
        Some(token) => FirstAdmin::Holder(SetupToken::new(token.reveal())),
        None => FirstAdmin::FirstAccount,
    };
    let rules = AccountRules {
        registration_open: accounts.registration_is_open,
        password: settings.passwords.rules,
        first_admin,
        access_token_ttl: accounts.access_token_ttl,
        sessions_per_user: accounts.sessions_per_user,
    };
    Ok(Accounts {
        database,
        hasher: Hasher::new(&settings.passwords.hasher, random)?,
        callers: Arc::new(CallerCache::new(accounts.session_cache_ttl)),
        rules: Arc::new(rules),
    })
}
