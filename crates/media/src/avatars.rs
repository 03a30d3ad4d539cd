//! What people do with their pictures.
//!
//! A picture is noted, put into the store, shown, and the one before it removed, in this order. Whatever ends in between
//! leaves the account with the old picture or the new one, and behind it only what is noted and shown by nobody, which is
//! collected an hour later.
//!
//! Each step is a function of its own, for callers that have threads for the database and others for files; [`Avatars::set`]
//! and its like take all of them, for callers with one thread.

use std::time::Duration;

use sha2::{Digest as _, Sha256};
use thiserror::Error;
use vestibule_domain::avatar::AvatarName;
use vestibule_domain::causes;
use vestibule_domain::id::UserId;
use vestibule_domain::random::Random;
use vestibule_domain::time::Timestamp;
use vestibule_persistence::{Database, StoreError, media_files};

use crate::picture::Picture;
use crate::store::{MediaStore, StoreFailure};

/// The pictures of one installation. Cheap to clone.
#[derive(Clone)]
pub struct Avatars {
    /// Where it is noted whose they are.
    pub database: Database,
    /// Where they lie.
    pub store: MediaStore,
}

/// Why a picture was not changed.
#[derive(Debug, Error)]
pub enum AvatarError {
    /// The files.
    #[error(transparent)]
    Files(#[from] StoreFailure),
    /// The note.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// So long a picture may be noted and not shown yet: far longer than putting it into the store takes.
const UNDER_WAY: Duration = Duration::from_hours(1);

impl Avatars {
    /// Shows `picture` as that of `user_id`. Killed anywhere, the account shows the old one or the new, and what is left over
    /// is collected.
    pub fn set(
        &self,
        now: Timestamp,
        random: &dyn Random,
        user_id: UserId,
        picture: &Picture,
    ) -> Result<AvatarName, AvatarError> {
        let name = self.note(now, random, picture)?;
        self.store.put(&name, picture)?;
        if let Some(before) = self.show(now, user_id, Some(&name))? {
            self.remove(&before);
        }
        Ok(name)
    }

    /// Shows no picture of `user_id` any more.
    pub fn clear(&self, now: Timestamp, user_id: UserId) -> Result<(), AvatarError> {
        if let Some(before) = self.show(now, user_id, None)? {
            self.remove(&before);
        }
        Ok(())
    }

    /// Removes the files of `name`, which no account shows any more. What cannot be removed now is collected later.
    pub fn remove(&self, name: &AvatarName) {
        let removed = self.store.delete(name).map_err(AvatarError::from);
        if let Err(error) = removed.and_then(|()| Ok(self.forget(std::slice::from_ref(name))?)) {
            tracing::warn!(target: "media", error = causes::in_one_line(&error), "a picture stays for the next collection");
        }
    }

    /// Removes up to `limit` pictures that no account shows and that were noted more than an hour before `now`, and writes
    /// that were cut off as long ago. Answers how many pictures.
    pub fn collect(&self, now: Timestamp, limit: i64) -> Result<usize, AvatarError> {
        let names = self.unused(now, limit)?;
        self.remove_files(now, &names)?;
        self.forget(&names)?;
        Ok(names.len())
    }

    /// A name for `picture`, noted before it is put into the store. Writes to the database.
    pub fn note(
        &self,
        now: Timestamp,
        random: &dyn Random,
        picture: &Picture,
    ) -> Result<AvatarName, StoreError> {
        let name = AvatarName::new(random, &Sha256::digest(&picture.large).into());
        self.database.write(|conn| media_files::insert(conn, now, &name))?;
        Ok(name)
    }

    /// Shows `name` of `user_id`, or none; answers the one before. Writes to the database.
    pub fn show(
        &self,
        now: Timestamp,
        user_id: UserId,
        name: Option<&AvatarName>,
    ) -> Result<Option<AvatarName>, StoreError> {
        self.database.write(|conn| media_files::set_avatar(conn, now, user_id, name))
    }

    /// Up to `limit` pictures that nobody shows and that are not just being set. Reads the database.
    pub fn unused(&self, now: Timestamp, limit: i64) -> Result<Vec<AvatarName>, StoreError> {
        self.database.read(|conn| media_files::list_unused(conn, now.minus(UNDER_WAY), limit))
    }

    /// Removes the files of `names`, and what writes left that were cut off more than an hour ago.
    pub fn remove_files(&self, now: Timestamp, names: &[AvatarName]) -> Result<(), StoreFailure> {
        self.store.sweep(now.minus(UNDER_WAY))?;
        names.iter().try_for_each(|name| self.store.delete(name))
    }

    /// Forgets `names`, whose files are gone. Writes to the database.
    pub fn forget(&self, names: &[AvatarName]) -> Result<(), StoreError> {
        self.database.write(|conn| names.iter().try_for_each(|name| media_files::delete(conn, name)))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU8, Ordering};

    use tempfile::TempDir;
    use vestibule_domain::avatar::AvatarSize;
    use vestibule_domain::password::PasswordHash;
    use vestibule_domain::username::Username;
    use vestibule_persistence::users::{self, NewUser};
    use vestibule_persistence::{DatabaseUrl, PoolOptions};

    use super::*;
    use crate::store::{MediaUrl, S3Credentials};

    struct Counting(AtomicU8);

    impl Random for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0.fetch_add(1, Ordering::Relaxed));
        }
    }

    /// Pictures in a folder, an account in SQLite, and the moment it was made.
    fn house(folder: &TempDir) -> (Avatars, UserId, Timestamp) {
        let url = DatabaseUrl::Sqlite(folder.path().join("db"));
        let database = Database::open(&url, PoolOptions::default());
        database.migrate().unwrap();
        let media = MediaUrl::Folder(folder.path().join("media"));
        let store = MediaStore::open(&media, &S3Credentials::default()).unwrap();
        let now = Timestamp::from_unix_seconds(1_800_000_000).unwrap();
        let alice = NewUser {
            username: Some(Username::choose("alice").unwrap()),
            email: None,
            full_name: None,
            password_hash: PasswordHash::unusable(),
        };
        let alice = database.write(|conn| users::insert(conn, now, &alice)).unwrap();
        (Avatars { database, store }, alice, now)
    }

    fn picture(text: &'static str) -> Picture {
        Picture { large: text.into(), small: text.into() }
    }

    #[test]
    fn the_one_before_goes_when_the_next_is_shown() {
        let (folder, random) = (TempDir::new().unwrap(), Counting(0.into()));
        let (avatars, alice, now) = house(&folder);
        let is_there = |name: &AvatarName| avatars.store.get(name, AvatarSize::Large).unwrap().is_some();
        let first = avatars.set(now, &random, alice, &picture("one")).unwrap();
        let same = avatars.set(now, &random, alice, &picture("one")).unwrap();
        assert!(same != first && is_there(&same) && !is_there(&first));
        avatars.clear(now, alice).unwrap();
        avatars.clear(now, alice).unwrap();
        assert!(!is_there(&same));
        assert!(
            avatars.unused(now.plus(Duration::from_hours(2)), 10).unwrap().is_empty(),
            "nothing is left to collect"
        );
    }

    /// F7, S28: what a broken store keeps from being put is not shown, and what it keeps from being removed is collected.
    #[test]
    fn a_broken_store_costs_nobody_their_picture_and_hides_nothing_for_ever() {
        let (folder, random) = (TempDir::new().unwrap(), Counting(0.into()));
        let (avatars, alice, now) = house(&folder);
        let first = avatars.set(now, &random, alice, &picture("one")).unwrap();
        let (media, aside) = (folder.path().join("media"), folder.path().join("aside"));
        std::fs::rename(&media, &aside).unwrap();
        std::fs::write(&media, "no folder").unwrap();
        let refused = avatars.set(now, &random, alice, &picture("two"));
        assert!(matches!(refused, Err(AvatarError::Files(StoreFailure::Unavailable(_)))));
        let shown = avatars.database.read(|conn| users::find(conn, alice)).unwrap().unwrap().profile.avatar;
        assert_eq!(shown.as_ref(), Some(&first));
        avatars.clear(now, alice).unwrap();
        let later = now.plus(Duration::from_mins(61));
        assert!(avatars.collect(later, 10).is_err(), "it is not forgotten before it is gone");
        std::fs::remove_file(&media).unwrap();
        std::fs::rename(&aside, &media).unwrap();
        assert_eq!(avatars.collect(now, 10).unwrap(), 0, "not while it may be under way");
        assert_eq!(avatars.collect(later, 10).unwrap(), 2);
        assert_eq!(avatars.store.get(&first, AvatarSize::Small).unwrap(), None);
        assert_eq!(avatars.collect(later, 10).unwrap(), 0);
    }
}
