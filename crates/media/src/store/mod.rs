//! The store itself: `object_store` on a folder or on S3, behind functions that block.
//!
//! Nobody waits longer than `PATIENCE` for one of them, whatever the network does; who calls says whether that is worth a
//! second try. A file is there whole or not at all: in S3 by itself, in a folder by being written beside and renamed.

mod bucket;
mod folder;
#[cfg(test)]
mod tests;
mod url;

use std::sync::{Arc, mpsc};
use std::time::Duration;

use bytes::Bytes;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use thiserror::Error;
use tokio::runtime::Runtime;
use tokio::time::timeout;
use vestibule_domain::avatar::{AvatarName, AvatarSize};
use vestibule_domain::time::Timestamp;

use self::folder::Folder;
use crate::picture::Picture;

pub use self::bucket::S3Credentials;
pub use self::url::{MediaUrl, MediaUrlError};

/// The longest one call may take, its retries included: less than callers wait.
const PATIENCE: Duration = Duration::from_secs(8);

/// No file of ours is as large as this, in bytes; one that is was put there by somebody else.
const MAX_FILE: u64 = 4 << 20;

/// Where the pictures of people lie within the store.
const AVATARS: &str = "avatars";

/// Why the store did not do it.
#[derive(Debug, Error)]
pub enum StoreFailure {
    /// The settings cannot be.
    #[error("{0}")]
    Settings(String),
    /// It is away, full or refuses: the same may work in a moment.
    #[error("the store of files is not available")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// The store. Cheap to clone. Every function blocks, from whatever thread it is called.
#[derive(Clone)]
pub struct MediaStore(Arc<Inner>);

struct Inner {
    place: Place,
    runtime: Background,
}

enum Place {
    Folder(Folder),
    Bucket { objects: Arc<dyn ObjectStore>, prefix: Path },
}

/// A runtime that may be dropped anywhere, within another one too.
struct Background(Option<Runtime>);

impl Drop for Background {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

impl MediaStore {
    /// Opens it; connects to nothing and makes no folder.
    pub fn open(url: &MediaUrl, credentials: &S3Credentials) -> Result<Self, StoreFailure> {
        let place = match url {
            MediaUrl::Folder(folder) => Place::Folder(Folder::new(folder.join(AVATARS))),
            MediaUrl::S3 { bucket, prefix } => {
                let prefix = Path::parse(prefix).map_err(|why| StoreFailure::Settings(why.to_string()))?;
                Place::Bucket { objects: bucket::open(bucket, credentials)?, prefix: prefix.join(AVATARS) }
            }
        };
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .max_blocking_threads(4)
            .thread_name("media")
            .enable_all()
            .build()
            .map_err(unavailable)?;
        Ok(Self(Arc::new(Inner { place, runtime: Background(Some(runtime)) })))
    }

    /// Keeps both files of a picture; where that fails, one of them may lie there.
    pub fn put(&self, name: &AvatarName, picture: &Picture) -> Result<(), StoreFailure> {
        let objects = self.objects_to_write()?;
        let files = AvatarSize::ALL.map(|size| (self.path(name, size), picture.file(size).clone()));
        self.wait_for(async move {
            let [large, small] = files.map(|(path, bytes)| {
                let objects = Arc::clone(&objects);
                async move { objects.put(&path, bytes.into()).await }
            });
            futures_util::try_join!(large, small).map(|_| ())
        })?;
        match &self.0.place {
            Place::Folder(folder) => {
                AvatarSize::ALL.into_iter().try_for_each(|size| folder.make_private(&name.file(size)))
            }
            Place::Bucket { .. } => Ok(()),
        }
    }

    /// One file; `None` where there is none.
    pub fn get(&self, name: &AvatarName, size: AvatarSize) -> Result<Option<Bytes>, StoreFailure> {
        let Some(objects) = self.objects_to_read()? else { return Ok(None) };
        let path = self.path(name, size);
        self.wait_for(async move {
            match objects.get(&path).await {
                Ok(found) if found.meta.size > MAX_FILE => Ok(None),
                Ok(found) => found.bytes().await.map(Some),
                Err(object_store::Error::NotFound { .. }) => Ok(None),
                Err(error) => Err(error),
            }
        })
    }

    /// Removes both files of a picture; where they are gone already, nothing.
    pub fn delete(&self, name: &AvatarName) -> Result<(), StoreFailure> {
        let Some(objects) = self.objects_to_read()? else { return Ok(()) };
        let paths = AvatarSize::ALL.map(|size| self.path(name, size));
        self.wait_for(async move {
            let [large, small] = paths.map(|path| {
                let objects = Arc::clone(&objects);
                async move {
                    match objects.delete(&path).await {
                        Err(object_store::Error::NotFound { .. }) => Ok(()),
                        outcome => outcome,
                    }
                }
            });
            futures_util::try_join!(large, small).map(|_| ())
        })
    }

    /// Removes what writes left half done that were begun before `before` and cut off. Answers how many there were; in S3
    /// there are none.
    pub fn sweep(&self, before: Timestamp) -> Result<usize, StoreFailure> {
        match &self.0.place {
            Place::Folder(folder) => folder.sweep(before).map_err(unavailable),
            Place::Bucket { .. } => Ok(0),
        }
    }

    fn path(&self, name: &AvatarName, size: AvatarSize) -> Path {
        match &self.0.place {
            Place::Folder(_) => Path::from(name.file(size)),
            Place::Bucket { prefix, .. } => prefix.clone().join(name.file(size)),
        }
    }

    fn objects_to_write(&self) -> Result<Arc<dyn ObjectStore>, StoreFailure> {
        match &self.0.place {
            Place::Folder(folder) => folder.made(),
            Place::Bucket { objects, .. } => Ok(Arc::clone(objects)),
        }
    }

    /// Nothing where nobody has put anything yet.
    fn objects_to_read(&self) -> Result<Option<Arc<dyn ObjectStore>>, StoreFailure> {
        match &self.0.place {
            Place::Folder(folder) => folder.found(),
            Place::Bucket { objects, .. } => Ok(Some(Arc::clone(objects))),
        }
    }

    /// Does `work` on the store's own runtime and waits for it here.
    fn wait_for<T: Send + 'static>(
        &self,
        work: impl Future<Output = object_store::Result<T>> + Send + 'static,
    ) -> Result<T, StoreFailure> {
        let runtime = self.0.runtime.0.as_ref().ok_or_else(|| unavailable("the store is closed"))?;
        let (tell, told) = mpsc::sync_channel(1);
        runtime.spawn(async move {
            // Whoever waits is there until it hears.
            let _heard = tell.send(timeout(PATIENCE, work).await);
        });
        // Nothing is told where the work panicked.
        told.recv().map_err(unavailable)?.map_err(unavailable)?.map_err(unavailable)
    }
}

fn unavailable(why: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> StoreFailure {
    StoreFailure::Unavailable(why.into())
}
