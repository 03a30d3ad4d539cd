//! Showing a picture of oneself, or none.
//!
//! The form carries its token in a part of its own before the picture. It is looked at before the picture is (S23).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use vestibule_http::conduct::{SetPictureError, set_own_picture};
use vestibule_http::{Undone, UnreadUpload, Upload, UploadError, UploadParts};
use vestibule_media::AvatarError;

use super::profile::{self, show_picture_faults};
use crate::entry::SignedIn;
use crate::fields::Faults;
use crate::form::{CSRF, Form, ensure_from_here, ensure_token};
use crate::problem::PageProblem;
use crate::texts::{ENGLISH, Notice};
use crate::visitor::Visitor;

/// Why no picture was read.
enum Unread {
    Upload(UploadError),
    NotOurs(PageProblem),
}

impl From<UploadError> for Unread {
    fn from(error: UploadError) -> Self {
        Self::Upload(error)
    }
}

/// Shows the picture that came.
pub(super) async fn set_picture(
    visitor: SignedIn,
    upload: UnreadUpload,
) -> Result<HttpResponse, PageProblem> {
    ensure_from_here(&visitor)?;
    let Ok(parts) = upload.check() else { return Err(PageProblem::UnsupportedMediaType) };
    let setting = set_own_picture(&visitor.shell, visitor.caller.user.id, read(parts, &visitor));
    match setting.await {
        Ok(()) => Ok(visitor.lead_to_saying(profile::PATH, Notice::PictureSet)),
        Err(Undone::Refused(refusal)) => Err(refusal.into()),
        Err(Undone::Failed(SetPictureError::Unread(Unread::NotOurs(problem)))) => Err(problem),
        Err(Undone::Failed(SetPictureError::Kept(error))) => Err(kept(error)),
        Err(Undone::Failed(SetPictureError::Picture(fault))) => {
            refuse(&visitor, StatusCode::UNPROCESSABLE_ENTITY, format!("This {fault}."))
        }
        Err(Undone::Failed(SetPictureError::Unread(Unread::Upload(error)))) => unread(&visitor, &error),
    }
}

async fn read(parts: UploadParts, visitor: &Visitor) -> Result<Vec<u8>, Unread> {
    let upload = parts.read(&[CSRF]).await?;
    ensure_token(visitor, upload.text(CSRF).unwrap_or_default()).map_err(Unread::NotOurs)?;
    // Browsers send a field in which no file was chosen with no bytes.
    let picture = upload.picture.filter(|bytes| !bytes.is_empty());
    Ok(picture.ok_or(UploadError::MissingPicture)?)
}

fn unread(visitor: &SignedIn, error: &UploadError) -> Result<HttpResponse, PageProblem> {
    let words = &ENGLISH.profile.picture;
    let (status, sentence) = match error {
        UploadError::MissingPicture => (StatusCode::UNPROCESSABLE_ENTITY, words.missing),
        UploadError::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, words.too_large),
        // Where the watch stopped the body, the front door answers for it.
        UploadError::Broken => return Err(PageProblem::BadRequest),
        _ => (StatusCode::BAD_REQUEST, words.unreadable),
    };
    refuse(visitor, status, sentence.to_owned())
}

fn refuse(visitor: &SignedIn, status: StatusCode, sentence: String) -> Result<HttpResponse, PageProblem> {
    let mut faults = Faults::default();
    faults.note(Upload::PICTURE, sentence);
    show_picture_faults(visitor, status, faults)
}

/// Shows none.
pub(super) async fn remove_picture(visitor: SignedIn, form: Form) -> Result<HttpResponse, PageProblem> {
    form.read(&visitor).await?;
    match visitor.shell.set_picture(visitor.caller.user.id, None).await {
        Ok(()) => Ok(visitor.lead_to_saying(profile::PATH, Notice::PictureRemoved)),
        Err(Undone::Refused(refusal)) => Err(refusal.into()),
        Err(Undone::Failed(error)) => Err(kept(error)),
    }
}

fn kept(error: AvatarError) -> PageProblem {
    match error {
        AvatarError::Store(error) => error.into(),
        AvatarError::Files(error) => PageProblem::Unavailable(Box::new(error)),
    }
}
