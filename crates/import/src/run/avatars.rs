//! Pictures, out of the folder of the other system's uploads.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Component, Path, PathBuf};

use sha2::{Digest, Sha256};
use vestibule_domain::avatar::AvatarName;
use vestibule_domain::id::UserId;
use vestibule_domain::random::Random;
use vestibule_domain::time::Timestamp;
use vestibule_media::{AvatarError, Avatars, Picture};
use vestibule_persistence::dialect::DatabaseConnection;
use vestibule_persistence::imports::{self, ImportedRow, RowKind};
use vestibule_persistence::media_files;

use super::feed::feed;
use super::lookup::{Owner, View};
use super::parallel::in_parallel;
use super::users::{Rows, can_be_kept};
use super::{Destination, Phase, Run, RunError};
use crate::report::Finding;
use crate::source::{Source, SourceError};

/// Accounts whose pictures are kept in one transaction: each takes some milliseconds to decode.
const AVATARS_AT_ONCE: usize = 200;

/// A picture to be looked for.
struct Wanted {
    key: String,
    place: String,
    /// Its path below the folder.
    path: String,
}

/// A picture and whose it is to be.
struct Task {
    wanted: Wanted,
    user_id: UserId,
    /// What was taken before, and what the account shows now.
    known: Option<ImportedRow>,
    shown: Option<AvatarName>,
}

/// A picture that lies in the store, and that nobody shows yet.
struct Ready {
    task: Task,
    digest: [u8; 32],
    /// None in a dry run.
    name: Option<AvatarName>,
}

impl Run<'_> {
    pub(super) fn take_avatars(&mut self, source: &mut dyn Source) -> Result<(), RunError> {
        let Some(root) = self.options.media_root.clone() else { return Ok(()) };
        let root = fs::canonicalize(&root).map_err(SourceError::from)?;
        let of = source.count(Phase::Avatars.step())?;
        let after = self.position.last_key.clone();
        let mut rows = Rows { source, after, batch: self.options.batch.min(AVATARS_AT_ONCE) };
        let read = || {
            let fetched = rows.next()?;
            Ok(fetched.map(|(rows, last_key)| {
                let count = rows.len();
                let wanted = rows.into_iter().filter_map(|row| {
                    let path = row.avatar.filter(|path| !path.is_empty())?;
                    Some(Wanted { key: row.key, place: row.place, path })
                });
                (wanted.filter(|wanted| can_be_kept(&wanted.key)).collect::<Vec<_>>(), last_key, count)
            }))
        };
        let mut done = 0;
        feed(read, |(wanted, last_key, count)| {
            self.take_batch(&root, wanted, last_key.as_deref())?;
            done += u64::try_from(count).unwrap_or(0);
            self.audience.progress(Phase::Avatars.name(), done, of);
            Ok(())
        })
    }

    fn take_batch(
        &mut self,
        root: &Path,
        wanted: Vec<Wanted>,
        last_key: Option<&str>,
    ) -> Result<(), RunError> {
        let now = self.to.clock.now().max(self.started_at);
        let tasks = self.tasks(wanted)?;
        let (mut ready, mut findings) = (Vec::new(), Vec::new());
        let to = self.to;
        let prepared =
            in_parallel(self.options.hash_threads, tasks, || (), |(), task| prepare(to, root, now, task))?;
        for outcome in prepared {
            match outcome {
                Ok(Some(picture)) => ready.push(picture),
                Ok(None) => {}
                Err(finding) => findings.push(finding),
            }
        }
        let (view, mut replaced) = (self.view(), Vec::new());
        self.keep(last_key, &mut |conn, outcome| {
            replaced.clear();
            for picture in &ready {
                outcome.summary.avatars += 1;
                let Some(name) = &picture.name else { continue };
                replaced.extend(media_files::set_avatar(conn, now, picture.task.user_id, Some(name))?);
                let row = picture.row(name, now);
                match &picture.task.known {
                    Some(_) => imports::set_row(conn, &view.source, RowKind::Avatar, &row)?,
                    None => imports::insert_rows(conn, &view.source, RowKind::Avatar, &[row])?,
                }
            }
            outcome.summary.avatars_skipped += u64::try_from(findings.len()).unwrap_or(0);
            outcome.findings.extend(findings.iter().cloned());
            Ok(())
        })?;
        if let Some(avatars) = &self.to.avatars {
            for name in &replaced {
                avatars.remove(name);
            }
        }
        Ok(())
    }

    /// Whose the pictures are, and what was there before. Those of accounts that were not taken or are gone are left alone.
    fn tasks(&self, wanted: Vec<Wanted>) -> Result<Vec<Task>, RunError> {
        let view = self.view();
        let keys: Vec<&str> = wanted.iter().map(|wanted| wanted.key.as_str()).collect();
        let (owners, mut known, shown) = self.to.database.read(|conn| {
            let owners = view.owners(conn, &keys)?;
            let known = view.known_rows(conn, RowKind::Avatar, &keys)?;
            let shown = view.shown(conn, &keys)?;
            Ok::<_, RunError>((owners, known, shown))
        })?;
        let task = |wanted: Wanted| {
            let Some(Owner::Account(user_id)) = owners.get(&wanted.key) else { return None };
            // Of two rows with one key the second is no account.
            if known.in_this_run.contains_key(&wanted.key) {
                return None;
            }
            let known = known.before.remove(&wanted.key);
            Some(Task { known, shown: shown.get(&wanted.key).cloned(), user_id: *user_id, wanted })
        };
        Ok(wanted.into_iter().filter_map(task).collect())
    }
}

impl View {
    /// What the accounts show here that the users `keys` of the source became.
    fn shown(
        &self,
        conn: &mut DatabaseConnection,
        keys: &[&str],
    ) -> Result<HashMap<String, AvatarName>, RunError> {
        let rows = self.known_rows(conn, RowKind::User, keys)?;
        let mut ids: HashMap<String, i64> =
            rows.before.into_iter().map(|(key, row)| (key, row.target_id)).collect();
        // What a dry run makes shows nothing.
        if !self.is_rehearsal {
            ids.extend(rows.in_this_run.into_iter().map(|(key, row)| (key, row.target_id)));
        }
        let wanted: Vec<i64> = ids.values().copied().collect();
        let shown = self.look(conn, |conn| imports::list_avatars(conn, &wanted))?.unwrap_or_default();
        let shown = ids.into_iter().filter_map(|(key, id)| Some((key, shown.get(&id)?.clone())));
        Ok(shown.collect())
    }
}

/// Decodes a picture and puts it into the store; or tells why it is not taken, or nothing where it was before.
fn prepare(
    to: &Destination,
    root: &Path,
    now: Timestamp,
    task: Task,
) -> Result<Result<Option<Ready>, Finding>, RunError> {
    let skipped = |task: &Task, reason: &str| {
        Ok(Err(Finding::skipped(&task.wanted.place, format!("picture: {reason}"))))
    };
    let bytes = match read_below(root, &task.wanted.path) {
        Ok(bytes) => bytes,
        Err(reason) => return skipped(&task, &reason),
    };
    let digest = Sha256::digest(&bytes).into();
    match (&task.known, &task.shown) {
        (Some(known), _) if known.digest == digest => return Ok(Ok(None)),
        (Some(known), Some(shown)) if known.kept_digest == Some(digest_of(shown)) => {}
        (None, None) => {}
        _ => {
            let reason = "picture: the account has another here, or wants none";
            return Ok(Err(Finding::kept(&task.wanted.place, reason)));
        }
    }
    let picture = match Picture::of(&bytes) {
        Ok(picture) => picture,
        Err(error) => return skipped(&task, &error.to_string()),
    };
    let name = match &to.avatars {
        Some(avatars) => Some(put(avatars, now, &*to.random, &picture)?),
        None => None,
    };
    Ok(Ok(Some(Ready { task, digest, name })))
}

/// Noted before it is put there: what no account shows in the end is collected.
fn put(
    avatars: &Avatars,
    now: Timestamp,
    random: &dyn Random,
    picture: &Picture,
) -> Result<AvatarName, RunError> {
    let name = avatars.note(now, random, picture)?;
    avatars.store.put(&name, picture).map_err(AvatarError::from)?;
    Ok(name)
}

impl Ready {
    fn row(&self, name: &AvatarName, now: Timestamp) -> ImportedRow {
        ImportedRow {
            source_key: self.task.wanted.key.clone(),
            target_id: self.task.user_id.get(),
            digest: self.digest,
            kept_digest: Some(digest_of(name)),
            imported_at: now,
        }
    }
}

fn digest_of(name: &AvatarName) -> [u8; 32] {
    Sha256::digest(name.as_str()).into()
}

/// The file at `path` below `root`, which is canonical: what lies elsewhere, also by a link, is not read.
fn read_below(root: &Path, path: &str) -> Result<Vec<u8>, String> {
    let relative = PathBuf::from(path);
    let stays = relative.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    if !stays || path.contains('\0') {
        return Err("its path leaves the folder".to_owned());
    }
    let unreadable = |error: std::io::Error| format!("cannot be read: {error}");
    let file = fs::canonicalize(root.join(relative)).map_err(unreadable)?;
    if !file.starts_with(root) {
        return Err("its path leaves the folder".to_owned());
    }
    if !fs::metadata(&file).map_err(unreadable)?.is_file() {
        return Err("is no file".to_owned());
    }
    let limit = u64::try_from(Picture::MAX_BYTES).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    let file = File::open(&file).map_err(unreadable)?;
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() > Picture::MAX_BYTES {
        return Err(format!("has more than {} bytes", Picture::MAX_BYTES));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    /// S26: what lies outside of the folder is not taken for a picture.
    #[test]
    fn only_files_below_the_folder_are_read() {
        let outer = tempfile::tempdir().unwrap();
        let root = outer.path().canonicalize().unwrap().join("media");
        fs::create_dir_all(root.join("avatars")).unwrap();
        fs::write(outer.path().join("secret"), "secret").unwrap();
        fs::write(root.join("avatars/a.png"), "picture").unwrap();
        symlink(outer.path().join("secret"), root.join("avatars/link.png")).unwrap();
        symlink(root.join("avatars/a.png"), root.join("inside.png")).unwrap();
        for path in ["avatars/a.png", "./avatars/a.png", "inside.png"] {
            assert_eq!(read_below(&root, path).as_deref(), Ok(&b"picture"[..]), "{path}");
        }
        let absolute = outer.path().join("secret").display().to_string();
        for path in [
            "../secret",
            "avatars/../../secret",
            &absolute,
            "avatars/link.png",
            "avatars",
            "missing.png",
            "",
            "a\0b",
        ] {
            assert!(read_below(&root, path).is_err(), "{path:?}");
        }
    }

    #[test]
    fn a_file_that_is_too_large_is_not_read_to_its_end() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path().canonicalize().unwrap();
        File::create(root.join("a.png")).unwrap().set_len(6 << 20).unwrap();
        assert!(read_below(&root, "a.png").unwrap_err().contains("more than"));
    }
}
