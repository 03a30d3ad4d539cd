//! Changing the picture of an account: each step on the threads it belongs to, so that a slow store of files keeps no
//! connection of the database, and a slow database no file.

use std::time::Duration;

use tokio::time::timeout;
use vestibule_domain::avatar::AvatarName;
use vestibule_domain::id::UserId;
use vestibule_media::{AvatarError, Picture};

use crate::refusal::Refusal;
use crate::shell::Shell;
use crate::undone::Undone;
use crate::uploads::{SOON, UploadPlace};

/// Five megabytes at 350 kbit/s. A longer one would keep its place from others.
const LONGEST_UPLOAD: Duration = Duration::from_mins(2);

impl Shell {
    /// Waits for a place among the uploads, of which `user_id` has two at most, and then for `reading`, which reads one. The
    /// place is to be kept for as long as what was read is.
    pub async fn receive<T>(
        &self,
        user_id: UserId,
        reading: impl Future<Output = T>,
    ) -> Result<(UploadPlace, T), Refusal> {
        let place = self.uploads().enter(user_id).await?;
        let read = timeout(LONGEST_UPLOAD, reading).await.map_err(|_| Refusal::BodyTooSlow)?;
        Ok((place, read))
    }

    /// Shows `picture` of `user_id`, or none any more. It goes on to its end even where its caller goes away.
    pub async fn set_picture(
        &self,
        user_id: UserId,
        picture: Option<Picture>,
    ) -> Result<(), Undone<AvatarError>> {
        let setting = tokio::spawn(set(self.clone(), user_id, picture));
        // Cancelled with its runtime: it may have come true.
        let unknown = |_| Refusal::OutcomeUnknown { retry_after: SOON };
        setting.await.map_err(unknown)?
    }

    /// Removes a picture that no account shows any more. What cannot be removed now is collected later.
    pub async fn remove_picture(&self, name: AvatarName) {
        if let Err(error) = remove(self, name).await {
            tracing::warn!(target: "media", %error, "a picture stays for the next collection");
        }
    }
}

async fn set(shell: Shell, user_id: UserId, picture: Option<Picture>) -> Result<(), Undone<AvatarError>> {
    let name = match picture {
        Some(picture) => Some(put(&shell, picture).await?),
        None => None,
    };
    let (avatars, now) = (shell.avatars().clone(), shell.now());
    let shown = shell.database_write(move |accounts| {
        let before = avatars.show(now, user_id, name.as_ref());
        accounts.callers.forget(user_id);
        before.map_err(AvatarError::from)
    });
    if let Some(before) = shown.await?.map_err(Undone::Failed)? {
        shell.remove_picture(before).await;
    }
    Ok(())
}

/// Notes `picture` and puts it into the store, under a name of its own.
async fn put(shell: &Shell, picture: Picture) -> Result<AvatarName, Undone<AvatarError>> {
    let (avatars, now, random) = (shell.avatars().clone(), shell.now(), shell.random());
    let noting = shell.database_write(move |_| {
        let name = avatars.note(now, &*random, &picture)?;
        Ok::<_, AvatarError>((name, picture))
    });
    let (name, picture) = noting.await?.map_err(Undone::Failed)?;
    let putting = shell.files(move |avatars| {
        avatars.store.put(&name, &picture)?;
        Ok::<_, AvatarError>(name)
    });
    putting.await?.map_err(Undone::Failed)
}

async fn remove(shell: &Shell, name: AvatarName) -> Result<(), Undone<AvatarError>> {
    let removing = shell.files(move |avatars| {
        avatars.store.delete(&name)?;
        Ok::<_, AvatarError>(name)
    });
    let name = removing.await?.map_err(Undone::Failed)?;
    let avatars = shell.avatars().clone();
    let forgetting = shell.database_write(move |_| avatars.forget(&[name]).map_err(AvatarError::from));
    forgetting.await?.map_err(Undone::Failed)
}
