//! Places for uploads: so many in all, and no more than two of them for one account.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use vestibule_domain::id::UserId;

use crate::refusal::Refusal;

/// Uploads that are received or wait to be decoded at once, each up to five megabytes of memory.
pub(crate) const UPLOADS: usize = 16;

/// Uploads of one account that are received, or wait for a place, at once: the one on its way, and the one its owner likes
/// better by now.
const UPLOADS_PER_ACCOUNT: usize = 2;

/// An upload waits this long for a place; its bytes wait in the network meanwhile.
const PLACE_WAIT: Duration = Duration::from_secs(10);

/// When to come back for a place: uploads take seconds.
pub(crate) const SOON: Duration = Duration::from_secs(2);

/// The places. Who waits for one is served in turn.
#[derive(Debug)]
pub(crate) struct Uploads {
    places: Arc<Semaphore>,
    taken: Mutex<HashMap<UserId, usize>>,
}

/// A place among the uploads, given back when dropped.
#[derive(Debug)]
pub struct UploadPlace {
    _permit: OwnedSemaphorePermit,
    _share: Share,
}

/// One account's claim to a place, from before it waits for it.
#[derive(Debug)]
struct Share {
    uploads: Arc<Uploads>,
    user_id: UserId,
}

impl Uploads {
    /// All of them free.
    pub(crate) fn new() -> Self {
        Self { places: Arc::new(Semaphore::new(UPLOADS)), taken: Mutex::default() }
    }

    /// Waits for a place for an upload of `user_id`. Who has two already is refused at once, and keeps nobody waiting.
    pub(crate) async fn enter(self: Arc<Self>, user_id: UserId) -> Result<UploadPlace, Refusal> {
        let share = Share::of(&self, user_id)?;
        let Ok(Ok(permit)) = timeout(PLACE_WAIT, Arc::clone(&self.places).acquire_owned()).await else {
            return Err(Refusal::Overloaded { retry_after: SOON });
        };
        Ok(UploadPlace { _permit: permit, _share: share })
    }

    fn taken(&self) -> MutexGuard<'_, HashMap<UserId, usize>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Share {
    fn of(uploads: &Arc<Uploads>, user_id: UserId) -> Result<Self, Refusal> {
        let mut taken = uploads.taken();
        let count = taken.entry(user_id).or_default();
        if *count >= UPLOADS_PER_ACCOUNT {
            return Err(Refusal::TooManyUploads { retry_after: SOON });
        }
        *count += 1;
        Ok(Self { uploads: Arc::clone(uploads), user_id })
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        if let Entry::Occupied(mut count) = self.uploads.taken().entry(self.user_id) {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_web::test]
    async fn an_account_has_two_places_and_leaves_the_others() {
        let uploads = Arc::new(Uploads::new());
        let [alice, bob] = [1, 2].map(|id| UserId::try_from(id).unwrap());
        let enter = async |user_id| Arc::clone(&uploads).enter(user_id).await;
        let first = enter(alice).await.unwrap();
        let _second = enter(alice).await.unwrap();
        assert_eq!(enter(alice).await.unwrap_err(), Refusal::TooManyUploads { retry_after: SOON });
        drop(enter(bob).await.unwrap());
        drop(first);
        drop(enter(alice).await.unwrap());
        assert_eq!(*uploads.taken(), HashMap::from([(alice, 1)]), "nothing is kept of who has left");
    }
}
