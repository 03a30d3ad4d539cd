//! Where a dry run writes: a database of its own, which is gone when it ends.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use vestibule_auth::hasher::Hasher;
use vestibule_domain::random::Random;
use vestibule_import::run::{Destination, Rehearsal};
use vestibule_persistence::dialect::{DatabaseConnection, Patience};
use vestibule_persistence::migrations::{MigrationError, State};
use vestibule_persistence::{Database, DatabaseUrl, PoolOptions, StoreError, imports};

use super::unhurried;
use crate::files;
use crate::settings::Settings;
use crate::start_error::StartError;
use crate::system::{SystemClock, SystemRandom};

/// A private folder that goes away with its files.
pub(super) struct Room(PathBuf);

impl Room {
    pub(super) fn make() -> io::Result<Self> {
        let mut name = [0; 8];
        SystemRandom.fill(&mut name);
        let folder =
            std::env::temp_dir().join(format!("vestibule-dry-run-{:016x}", u64::from_ne_bytes(name)));
        files::make_private_dir(&folder)?;
        Ok(Self(folder))
    }

    fn file(&self) -> PathBuf {
        self.0.join("rehearsal.sqlite3")
    }

    /// Takes the names of the files away while they are open: whatever ends the run, what is in them goes with it.
    fn vanish(&self) -> io::Result<()> {
        fs::remove_dir_all(&self.0)
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        // As a rule it is gone already.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Where the dry run of an import called `name` goes, and what it looks at. The installation's database is not written to, not even
/// its schema; where there is none, none is made.
pub(super) fn destination(settings: &Settings, room: &Room, name: &str) -> Result<Destination, StartError> {
    let rehearsal = look(settings, name)?;
    let file = room.file();
    files::make_private_file(&file)?;
    // One connection, which stays: there is no opening the files once they have no name.
    let options = PoolOptions { size: 1, patience: Patience::default(), log_queries: false };
    let database = Database::open(&DatabaseUrl::Sqlite(file), options);
    database.migrate()?;
    // A first write opens the log beside the file.
    database.write(imports::settle)?;
    room.vanish()?;
    Ok(Destination {
        database,
        rehearsal: Some(rehearsal),
        hasher: Hasher::new(&settings.passwords.hasher, &SystemRandom)?,
        avatars: None,
        token_ttl: settings.sessions.refresh_token_ttl,
        random: Arc::new(SystemRandom),
        clock: Arc::new(SystemClock),
    })
}

/// What there is where the accounts would go. One of an earlier release has accounts and may not know of imports.
fn look(settings: &Settings, name: &str) -> Result<Rehearsal, StartError> {
    let url = &settings.data.database;
    if let DatabaseUrl::Sqlite(file) = url
        && !holds_anything(file)?
    {
        return Ok(Rehearsal { existing: None, knows_imports: false });
    }
    let database = unhurried(url);
    if let State::Ahead(newer) = database.check()? {
        return Err(MigrationError::Newer(newer).into());
    }
    let has_accounts = is_known(&database, |conn| imports::list_taken(conn, &["-"], &["-"]).map(drop))?;
    let knows_imports = is_known(&database, |conn| imports::find(conn, name).map(drop))?;
    Ok(Rehearsal { existing: has_accounts.then_some(database), knows_imports })
}

/// Asked for a database that is not there, SQLite would make one.
fn holds_anything(file: &Path) -> io::Result<bool> {
    match fs::metadata(file) {
        Ok(found) => Ok(found.len() > 0),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether the database has the tables that `question` is about.
fn is_known(
    database: &Database,
    question: impl FnOnce(&mut DatabaseConnection) -> Result<(), StoreError>,
) -> Result<bool, StoreError> {
    match database.read(question) {
        Ok(()) => Ok(true),
        Err(StoreError::Broken(_)) => Ok(false),
        Err(error) => Err(error),
    }
}
