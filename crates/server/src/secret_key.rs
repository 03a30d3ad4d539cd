//! The key behind all that is signed: where it comes from, and that it stays the one the data was set up with.
//!
//! A key is made only for the SQLite file of an installation that names no database, and only while that is empty;
//! everywhere else a missing key stops the start, for a new one would quietly void what the old one signed. The database keeps a check
//! value, so a wrong key stops the start too.

use std::fmt::Write;
use std::io;
use std::path::{Path, PathBuf};

use subtle::ConstantTimeEq;
use thiserror::Error;
use vestibule_auth::secret_key::check_value;
use vestibule_domain::random::Random;
use vestibule_persistence::{Database, StoreError, installation, users};
use zeroize::Zeroizing;

use crate::files;
use crate::settings::{Secret, Settings};

/// The shortest key in bytes: what HMAC-SHA-256 can use whole (RFC 2104, 3).
pub const MIN_BYTES: usize = 32;

/// What keys of examples, tutorials and generators of skeletons begin with or hold.
const EXAMPLES: [&str; 8] = [
    "changeme",
    "change-me",
    "change_me",
    "change this",
    "django-insecure-",
    "your-secret",
    "your_secret",
    "example-secret",
];

/// Why there is no key to start with.
#[derive(Debug, Error)]
pub enum SecretKeyError {
    /// None is set, and none may be made.
    #[error(
        "SECRET_KEY: is not set; set it to 32 bytes or more (openssl rand -hex 32), the same on every node"
    )]
    Missing,
    /// The file is gone and the data is not.
    #[error(
        "SECRET_KEY: is not set and {0} is gone, but the database was set up with a key; bring the file back"
    )]
    Lost(PathBuf),
    /// The key is another one.
    #[error("SECRET_KEY: is not the key this database was set up with")]
    Wrong,
    /// The key in the file is none.
    #[error("SECRET_KEY: {file} cannot be used: it {why}")]
    Unusable {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The file cannot be read or written.
    #[error("SECRET_KEY: {file}: {error}")]
    File {
        /// The file.
        file: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// The database cannot be asked for the check value.
    #[error("cannot read the database: {0}")]
    Store(#[from] StoreError),
}

/// Whether `text` can be a key: 32 bytes or more, and not out of an example. The answer does not repeat it.
pub(crate) fn judge(text: &str) -> Result<(), &'static str> {
    let lower = Zeroizing::new(text.to_ascii_lowercase());
    if EXAMPLES.iter().any(|example| lower.contains(example)) {
        return Err("is out of an example; make one with: openssl rand -hex 32");
    }
    if text.len() < MIN_BYTES {
        return Err("must be 32 bytes or more; make one with: openssl rand -hex 32");
    }
    Ok(())
}

/// Whether `text` is made of four characters or fewer: a key nobody drew at random.
pub(crate) fn is_monotonous(text: &str) -> bool {
    let mut seen = [false; 256];
    text.bytes().for_each(|byte| seen[usize::from(byte)] = true);
    seen.iter().filter(|seen| **seen).count() <= 4
}

/// The key to start with, after the schema is there. Keeps its check value in a database that has none yet.
pub fn settle(
    settings: &Settings,
    database: &Database,
    random: &dyn Random,
) -> Result<Secret, SecretKeyError> {
    let kept = database.read(installation::find_key_check)?;
    let key = if let Some(key) = &settings.data.secret_key {
        key.clone()
    } else {
        let is_empty = kept.is_none() && is_empty(database)?;
        from_file(settings, is_empty, random)?
    };
    let check = check_value(key.reveal().as_bytes());
    if kept.is_none() {
        database.write(|conn| installation::set_key_check(conn, &check))?;
    }
    // Read again: of two nodes that start together, with different keys, one has to stop.
    let kept = database.read(installation::find_key_check)?.unwrap_or_default();
    if bool::from(kept.as_slice().ct_eq(&check)) { Ok(key) } else { Err(SecretKeyError::Wrong) }
}

/// Whether `settings` bring the key `database` was set up with; `None` where it was not set up yet. Changes nothing.
pub(crate) fn is_right(settings: &Settings, database: &Database) -> Result<Option<bool>, SecretKeyError> {
    let Some(kept) = database.read(installation::find_key_check)? else { return Ok(None) };
    let key = find(settings)?;
    Ok(Some(kept.as_slice().ct_eq(&check_value(key.reveal().as_bytes())).into()))
}

/// The key that `settings` bring. Makes none.
pub(crate) fn find(settings: &Settings) -> Result<Secret, SecretKeyError> {
    match &settings.data.secret_key {
        Some(key) => Ok(key.clone()),
        None if settings.data.is_embedded_default => {
            let file = settings.data.secret_key_file();
            read(&file)?.ok_or(SecretKeyError::Lost(file))
        }
        None => Err(SecretKeyError::Missing),
    }
}

/// Whether no account was ever made in `database`.
pub(crate) fn is_empty(database: &Database) -> Result<bool, StoreError> {
    Ok(database.read(installation::is_untouched)? && database.read(users::count)? == 0)
}

fn from_file(settings: &Settings, is_empty: bool, random: &dyn Random) -> Result<Secret, SecretKeyError> {
    if !settings.data.is_embedded_default {
        return Err(SecretKeyError::Missing);
    }
    let file = settings.data.secret_key_file();
    if let Some(key) = read(&file)? {
        return Ok(key);
    }
    if !is_empty {
        return Err(SecretKeyError::Lost(file));
    }
    if settings.is_production() {
        return Err(SecretKeyError::Missing);
    }
    make(&file, random)?;
    // Read back: two starts at once both end up with the key of the faster one.
    read(&file)?.ok_or(SecretKeyError::Lost(file))
}

fn make(file: &Path, random: &dyn Random) -> Result<(), SecretKeyError> {
    let mut bytes = Zeroizing::new([0_u8; MIN_BYTES]);
    random.fill(bytes.as_mut());
    let mut text = Zeroizing::new(String::with_capacity(2 * MIN_BYTES + 1));
    for byte in bytes.iter() {
        // Writing into a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text.push('\n');
    let folder = file.parent().unwrap_or(Path::new("."));
    let made =
        files::make_private_dir(folder).and_then(|()| files::write_private_once(file, text.as_bytes()));
    made.map(drop).map_err(|error| SecretKeyError::File { file: file.to_owned(), error })
}

fn read(file: &Path) -> Result<Option<Secret>, SecretKeyError> {
    let text = match std::fs::read_to_string(file) {
        Ok(text) => Zeroizing::new(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(SecretKeyError::File { file: file.to_owned(), error }),
    };
    let key = text.trim_end_matches(['\n', '\r']);
    judge(key).map_err(|why| SecretKeyError::Unusable { file: file.to_owned(), why })?;
    Ok(Some(Secret::new(key.to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store;
    use crate::system::SystemRandom;

    const ONE: &str = "0123456789abcdef0123456789abcdef";
    const OTHER: &str = "fedcba9876543210fedcba9876543210";

    fn settings(dir: &Path, more: &[&str]) -> Settings {
        let dir = dir.join("data");
        let arguments = ["--data-dir", dir.to_str().unwrap()].into_iter().chain(more.iter().copied());
        Settings::from_arguments(arguments, &|_| None, None).unwrap()
    }

    fn start(settings: &Settings) -> Result<Secret, SecretKeyError> {
        let database = store::open(settings).unwrap();
        database.migrate().unwrap();
        settle(settings, &database, &SystemRandom)
    }

    fn sentence(outcome: Result<Secret, SecretKeyError>) -> String {
        outcome.unwrap_err().to_string()
    }

    /// S104: made once, private, and found again.
    #[test]
    fn an_empty_default_installation_makes_a_key_and_keeps_it() {
        let dir = tempfile::tempdir().unwrap();
        let settings = settings(dir.path(), &[]);
        let key = start(&settings).unwrap();
        assert!(key.reveal().len() == 64 && key.reveal().bytes().all(|b| b.is_ascii_hexdigit()));
        assert_eq!(files::mode(&settings.data.secret_key_file()).unwrap(), 0o600);
        assert_eq!(files::mode(&settings.data.dir).unwrap(), 0o700);
        // While the database is open its write-ahead log and the index of that lie beside it.
        let database = store::open(&settings).unwrap();
        database.read(installation::find_key_check).unwrap();
        let paths = std::fs::read_dir(&settings.data.dir).unwrap().map(|file| file.unwrap().path());
        let modes: Vec<_> = paths.map(|path| (files::mode(&path).unwrap(), path)).collect();
        assert_eq!(modes.len(), 4, "{modes:?}");
        assert!(modes.iter().all(|(mode, _)| *mode == 0o600), "{modes:?}");
        assert_eq!(start(&settings).unwrap().reveal(), key.reveal());
    }

    /// F18: a lost key stops the start; no new one is made in its place.
    #[test]
    fn a_lost_or_broken_key_stops_the_start() {
        let dir = tempfile::tempdir().unwrap();
        let settings = settings(dir.path(), &[]);
        start(&settings).unwrap();
        let file = settings.data.secret_key_file();
        std::fs::remove_file(&file).unwrap();
        assert!(matches!(start(&settings), Err(SecretKeyError::Lost(_))));
        assert!(!file.exists());
        std::fs::write(&file, "cut sho").unwrap();
        let said = sentence(start(&settings));
        assert!(said.contains("secret.key cannot be used: it must be 32 bytes or more"), "{said}");
    }

    /// F18: a database that was put in another's place is noticed.
    #[test]
    fn another_key_stops_the_start() {
        let dir = tempfile::tempdir().unwrap();
        start(&settings(dir.path(), &["--secret-key", ONE])).unwrap();
        start(&settings(dir.path(), &["--secret-key", ONE])).unwrap();
        let said = sentence(start(&settings(dir.path(), &["--secret-key", OTHER])));
        assert_eq!(said, "SECRET_KEY: is not the key this database was set up with");
        assert!(!said.contains(OTHER));
    }

    /// S11: no key of one's own making where it matters.
    #[test]
    fn a_missing_key_stops_the_start_in_production_and_where_a_database_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}/x.db", dir.path().display());
        for more in [["--public-url", "https://a.example"], ["--database-url", &url]] {
            let settings = settings(dir.path(), &more);
            assert!(matches!(start(&settings), Err(SecretKeyError::Missing)), "{more:?}");
            assert!(!settings.data.secret_key_file().exists(), "{more:?}");
        }
    }

    #[test]
    fn starts_at_the_same_moment_end_up_with_one_key() {
        let dir = tempfile::tempdir().unwrap();
        let settings = settings(dir.path(), &[]);
        let database = store::open(&settings).unwrap();
        database.migrate().unwrap();
        let keys: Vec<String> = std::thread::scope(|scope| {
            let start = || settle(&settings, &database, &SystemRandom).unwrap().reveal().to_owned();
            let starts: Vec<_> = (0..8).map(|_| scope.spawn(start)).collect();
            starts.into_iter().map(|start| start.join().unwrap()).collect()
        });
        assert!(keys.iter().all(|key| *key == keys[0]));
    }
}
