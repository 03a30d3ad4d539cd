//! Files and folders that only the server's own user can read.
//!
//! The mode is given when a file is made, so there is no moment at which others could open it, whatever the umask
//! of the process is (a umask can only take rights away). SQLite gives its `-wal` and `-shm` files the mode of the
//! database file, so that is made here, empty, before SQLite opens it.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

/// Makes the folder `path` and what is missing above it, with mode 0700. A folder that exists keeps its mode.
pub fn make_private_dir(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Makes the file `path` with mode 0600, empty, unless it exists. One that exists keeps its mode.
pub fn make_private_file(path: &Path) -> io::Result<()> {
    match create_private(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        made => made.map(drop),
    }
}

/// Writes a new file `path` with mode 0600. `false` where another was faster; nobody ever sees it half written.
pub fn write_private_once(path: &Path, bytes: &[u8]) -> io::Result<bool> {
    static DRAFTS: AtomicU32 = AtomicU32::new(0);
    let mut draft = path.to_owned();
    draft.add_extension(format!("{}-{}.new", std::process::id(), DRAFTS.fetch_add(1, Ordering::Relaxed)));
    let outcome = write_draft(&draft, bytes).and_then(|()| match std::fs::hard_link(&draft, path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        // Some file systems know no links; there a reader may meet a file not yet filled, and says so.
        Err(_) => write_directly(path, bytes),
    });
    // What matters is written by now; a draft left behind is replaced by the next start with the same process id.
    let _ = std::fs::remove_file(&draft);
    outcome
}

/// The permission bits of `path`.
pub fn mode(path: &Path) -> io::Result<u32> {
    Ok(std::fs::metadata(path)?.permissions().mode() & 0o777)
}

fn create_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

fn write_draft(draft: &Path, bytes: &[u8]) -> io::Result<()> {
    // A draft of this name was left by a process that has died: process ids are used again.
    let _ = std::fs::remove_file(draft);
    let mut file = create_private(draft)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn write_directly(path: &Path, bytes: &[u8]) -> io::Result<bool> {
    match create_private(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        made => {
            let mut file = made?;
            file.write_all(bytes)?;
            file.sync_all().map(|()| true)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// S104: the modes hold from the first moment.
    #[test]
    fn folders_and_files_are_private() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("a/b");
        make_private_dir(&data).unwrap();
        make_private_file(&data.join("db")).unwrap();
        assert!(write_private_once(&data.join("key"), b"secret").unwrap());
        let modes = ["", "db", "key"].map(|name| mode(&data.join(name)).unwrap());
        assert_eq!(modes, [0o700, 0o600, 0o600]);
        assert_eq!(std::fs::read_dir(&data).unwrap().count(), 2, "no draft is left");
    }

    #[test]
    fn what_exists_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("key");
        std::fs::write(&file, "old").unwrap();
        make_private_file(&file).unwrap();
        assert!(!write_private_once(&file, b"new").unwrap());
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "old");
    }
}
