//! Showing a picture of oneself.

use thiserror::Error;
use vestibule_domain::id::UserId;
use vestibule_media::{AvatarError, PictureError};

use crate::shell::Shell;
use crate::undone::Undone;

/// Why a picture is not shown.
#[derive(Debug, Error)]
pub enum SetPictureError<E> {
    /// It could not be read, in the words of whoever reads.
    #[error(transparent)]
    Unread(E),
    /// What was read is no picture for us.
    #[error("it {0}")]
    Picture(PictureError),
    /// The files or the database.
    #[error(transparent)]
    Kept(AvatarError),
}

/// Shows what `reading` reads as the picture of `user_id`. It is begun once there is a place among the uploads, which is kept
/// until the picture is decoded.
pub async fn set_own_picture<E>(
    shell: &Shell,
    user_id: UserId,
    reading: impl Future<Output = Result<Vec<u8>, E>>,
) -> Result<(), Undone<SetPictureError<E>>> {
    let picture = {
        let (_place, bytes) = shell.receive(user_id, reading).await?;
        let bytes = bytes.map_err(|error| Undone::Failed(SetPictureError::Unread(error)))?;
        shell.picture(bytes).await?
    };
    let picture = picture.map_err(|error| Undone::Failed(SetPictureError::Picture(error)))?;
    let set = shell.set_picture(user_id, Some(picture)).await;
    set.map_err(|undone| undone.map(SetPictureError::Kept))
}
