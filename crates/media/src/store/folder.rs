//! A folder: made when the first file comes, private from its first moment.

use std::fs::{self, DirBuilder, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::UNIX_EPOCH;

use object_store::ObjectStore;
use object_store::local::LocalFileSystem;
use vestibule_domain::time::Timestamp;

use super::{StoreFailure, unavailable};

/// A folder that may not be there yet.
pub(super) struct Folder {
    path: PathBuf,
    opened: OnceLock<Arc<LocalFileSystem>>,
}

impl Folder {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, opened: OnceLock::new() }
    }

    /// The folder, made with what is missing above it. Nobody else may enter it, so it does not matter that its files are
    /// made with whatever mode the process gives them.
    pub(super) fn made(&self) -> Result<Arc<dyn ObjectStore>, StoreFailure> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.path).map_err(unavailable)?;
        self.open()
    }

    /// The folder, where there is one.
    pub(super) fn found(&self) -> Result<Option<Arc<dyn ObjectStore>>, StoreFailure> {
        if self.opened.get().is_some() || self.path.try_exists().map_err(unavailable)? {
            self.open().map(Some)
        } else {
            Ok(None)
        }
    }

    fn open(&self) -> Result<Arc<dyn ObjectStore>, StoreFailure> {
        if let Some(opened) = self.opened.get() {
            return Ok(opened.clone());
        }
        // What was acknowledged is on the disk.
        let opened = LocalFileSystem::new_with_prefix(&self.path).map_err(unavailable)?.with_fsync(true);
        Ok(self.opened.get_or_init(|| Arc::new(opened)).clone())
    }

    /// Takes the file `name` from everybody else, for a folder that was made by another hand and lets others in.
    pub(super) fn make_private(&self, name: &str) -> Result<(), StoreFailure> {
        fs::set_permissions(self.path.join(name), Permissions::from_mode(0o600)).map_err(unavailable)
    }

    /// Removes the beginnings of files, which have a `#` in their names, that nobody has written to since `before`.
    pub(super) fn sweep(&self, before: Timestamp) -> io::Result<usize> {
        let entries = match fs::read_dir(&self.path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(0),
            entries => entries?,
        };
        let mut removed = 0;
        for entry in entries {
            let entry = entry?;
            if !entry.file_name().to_string_lossy().contains('#') {
                continue;
            }
            match entry.metadata().and_then(|found| found.modified()) {
                Ok(at)
                    if at
                        .duration_since(UNIX_EPOCH)
                        .is_ok_and(|since| is_before(since.as_secs(), before)) =>
                {
                    fs::remove_file(entry.path())?;
                    removed += 1;
                }
                // Renamed in between: it was no leftover.
                _ => {}
            }
        }
        Ok(removed)
    }
}

fn is_before(seconds: u64, before: Timestamp) -> bool {
    i64::try_from(seconds).is_ok_and(|seconds| seconds < before.unix_seconds())
}
