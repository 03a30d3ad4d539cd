//! A picture on its way in, as the document describes it, and what is answered where there is none.

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::{Ready, ready};
use utoipa::ToSchema;
use vestibule_http::{UnreadUpload, Upload, UploadError, UploadParts};
use vestibule_media::Picture;

use crate::problem::{Code, Problem};
use crate::query::NoQuery;

/// A new picture.
#[derive(ToSchema)]
#[schema(as = SetAvatarBody)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "documentation: the parts are read one by one")]
pub(crate) struct SetAvatarBody {
    /// A picture in PNG, JPEG, WebP or GIF (of which the first frame is taken), at most 5 MiB, 16,777,216 pixels (4096 by
    /// 4096), 16,384 a side, and 96 MiB of memory to unpack it, which GIF and WebP reach at about 12.5 megapixels. What it
    /// is is seen from its content.
    #[schema(value_type = String, format = Binary, content_media_type = "image/*")]
    avatar: Vec<u8>,
}

/// An upload that nobody has read yet.
pub(super) struct UnreadPicture {
    upload: UnreadUpload,
    query: NoQuery,
}

impl FromRequest for UnreadPicture {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        ready(Ok(Self { upload: UnreadUpload::of(request, payload), query: NoQuery::of(request) }))
    }
}

impl UnreadPicture {
    /// Looks at what can be known before anything is read.
    pub(super) fn check(self) -> Result<UploadParts, Problem> {
        self.query.check()?;
        Ok(self.upload.check()?)
    }
}

/// Reads the picture, beside which nothing may stand.
pub(super) async fn read_picture(parts: UploadParts) -> Result<Vec<u8>, UploadError> {
    parts.read(&[]).await?.picture.ok_or(UploadError::MissingPicture)
}

impl From<UploadError> for Problem {
    fn from(error: UploadError) -> Self {
        match error {
            UploadError::NotMultipart => Self::from(Code::UnsupportedMediaType)
                .saying("Send the picture as multipart/form-data, in a part that is called avatar."),
            UploadError::Malformed => {
                Self::from(Code::BadRequest).saying("The body is not valid multipart/form-data.")
            }
            UploadError::UnknownPart(name) => Self::invalid_field(name, "This field is not known here."),
            UploadError::RepeatedPart(name) => {
                Self::invalid_field(name, "This field is given more than once.")
            }
            UploadError::MissingPicture => Self::invalid_field(Upload::PICTURE, "This field is required."),
            UploadError::TooLarge => Self::from(Code::BodyTooLarge)
                .saying(format!("The picture is longer than {} bytes.", Picture::MAX_BYTES)),
            UploadError::Broken => Code::BadRequest.into(),
        }
    }
}
