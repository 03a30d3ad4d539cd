//! A picture on its way in: `multipart/form-data` with the one part `avatar`, and small texts beside it where a form has them.
//!
//! What a part calls itself, its file name and its media type, is not looked at. Nothing is read before it is known who
//! asks, and nothing beyond the limit.

use std::convert::Infallible;

use actix_multipart::{Field, Multipart, MultipartError};
use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_TYPE, HeaderMap};
use actix_web::{FromRequest, HttpRequest};
use futures_util::StreamExt as _;
use futures_util::future::{Ready, ready};
use thiserror::Error;
use vestibule_media::Picture;

/// The most characters of a part's name that are said back.
const MAX_NAME_CHARS: usize = 100;

/// Why no picture was read.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum UploadError {
    /// By its headers it is something else, or several things.
    #[error("the content type is not multipart/form-data")]
    NotMultipart,
    /// It is called multipart and is none, or a text in it is longer than [`Upload::MAX_TEXT_BYTES`] or no UTF-8.
    #[error("the body is not valid multipart/form-data")]
    Malformed,
    /// A part nobody asked for; its name, cut to 100 characters.
    #[error("the part {0:?} is not known here")]
    UnknownPart(String),
    /// A part that stands in it twice.
    #[error("the part {0:?} is given more than once")]
    RepeatedPart(String),
    /// There is no picture in it. Said by the face, which may do without one: see [`Upload::picture`].
    #[error("there is no picture in it")]
    MissingPicture,
    /// The picture is longer than [`Picture::MAX_BYTES`].
    #[error("the picture is longer than {max} bytes", max = Picture::MAX_BYTES)]
    TooLarge,
    /// The body ended early. Where the front door stopped it, its own answer goes out in place of this.
    #[error("the body broke off")]
    Broken,
}

/// An upload that nobody has read or looked at yet.
pub struct UnreadUpload {
    payload: Payload,
    headers: HeaderMap,
}

/// An upload that is known to be one by its headers.
pub struct UploadParts(Multipart);

/// What an upload brought.
#[derive(Debug, Default)]
pub struct Upload {
    /// The bytes of the part `avatar`, unlooked at. A form in which no file was chosen sends it with no bytes.
    pub picture: Option<Vec<u8>>,
    /// The texts that came beside it, by name, each once.
    pub texts: Vec<(&'static str, String)>,
}

impl Upload {
    /// The name of the part that is the picture.
    pub const PICTURE: &'static str = "avatar";

    /// The most bytes of a text beside it.
    pub const MAX_TEXT_BYTES: usize = 4096;

    /// The text called `name`, if it came.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.texts.iter().find(|(known, _)| *known == name).map(|(_, text)| text.as_str())
    }
}

impl FromRequest for UnreadUpload {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        ready(Ok(Self::of(request, payload)))
    }
}

impl UnreadUpload {
    /// Takes the body of `request` away, for later.
    #[must_use]
    pub fn of(request: &HttpRequest, payload: &mut Payload) -> Self {
        let mut headers = HeaderMap::new();
        for value in request.headers().get_all(CONTENT_TYPE) {
            headers.append(CONTENT_TYPE, value.clone());
        }
        Self { payload: payload.take(), headers }
    }

    /// Looks at what can be known before anything is read.
    pub fn check(self) -> Result<UploadParts, UploadError> {
        let mut types = self.headers.get_all(CONTENT_TYPE).map(|value| value.to_str().unwrap_or_default());
        let essence = |text: &str| {
            text.split(';').next().is_some_and(|it| it.trim().eq_ignore_ascii_case("multipart/form-data"))
        };
        if !types.next().is_some_and(essence) || types.next().is_some() {
            return Err(UploadError::NotMultipart);
        }
        Ok(UploadParts(Multipart::new(&self.headers, self.payload)))
    }
}

impl UploadParts {
    /// Reads it to its end: the picture, and the parts called as one of `texts`.
    pub async fn read(mut self, texts: &[&'static str]) -> Result<Upload, UploadError> {
        let mut upload = Upload::default();
        while let Some(part) = self.0.next().await {
            let part = part.map_err(|error| broken(&error))?;
            let name = part.name().ok_or(UploadError::Malformed)?;
            if name == Upload::PICTURE {
                upload.take_picture(part).await?;
            } else if let Some(name) = texts.iter().copied().find(|known| *known == name) {
                upload.take_text(name, part).await?;
            } else {
                return Err(UploadError::UnknownPart(name.chars().take(MAX_NAME_CHARS).collect()));
            }
        }
        Ok(upload)
    }
}

impl Upload {
    async fn take_picture(&mut self, part: Field) -> Result<(), UploadError> {
        if self.picture.is_some() {
            return Err(UploadError::RepeatedPart(Self::PICTURE.to_owned()));
        }
        self.picture = Some(collect(part, Picture::MAX_BYTES).await?.ok_or(UploadError::TooLarge)?);
        Ok(())
    }

    async fn take_text(&mut self, name: &'static str, part: Field) -> Result<(), UploadError> {
        if self.text(name).is_some() {
            return Err(UploadError::RepeatedPart(name.to_owned()));
        }
        let bytes = collect(part, Self::MAX_TEXT_BYTES).await?.ok_or(UploadError::Malformed)?;
        self.texts.push((name, String::from_utf8(bytes).map_err(|_| UploadError::Malformed)?));
        Ok(())
    }
}

/// The bytes of `part`, or nothing where they are more than `max`; what is beyond that is not read.
async fn collect(mut part: Field, max: usize) -> Result<Option<Vec<u8>>, UploadError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = part.next().await {
        let chunk = chunk.map_err(|error| broken(&error))?;
        if bytes.len() + chunk.len() > max {
            return Ok(None);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(Some(bytes))
}

/// Where the watch at the front door stopped the body, that answers for it; else the connection broke.
fn broken(error: &MultipartError) -> UploadError {
    match error {
        MultipartError::Payload(_) => UploadError::Broken,
        _ => UploadError::Malformed,
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    async fn read(parts: &[(&str, &str)]) -> Result<Upload, UploadError> {
        let part = |(name, text): &(&str, &str)| {
            format!("--line\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n")
        };
        let body = parts.iter().map(part).collect::<String>() + "--line--\r\n";
        let (request, mut payload) = TestRequest::post()
            .insert_header((CONTENT_TYPE, "multipart/form-data; boundary=line"))
            .set_payload(body)
            .to_http_parts();
        UnreadUpload::of(&request, &mut payload).check()?.read(&["csrf"]).await
    }

    #[actix_web::test]
    async fn a_picture_comes_with_the_texts_that_may_stand_beside_it() {
        let upload = read(&[("csrf", "a word"), ("avatar", "bytes")]).await.unwrap();
        assert_eq!(upload.picture.as_deref(), Some(&b"bytes"[..]));
        assert_eq!((upload.text("csrf"), upload.text("avatar")), (Some("a word"), None));
        let upload = read(&[("csrf", "a word")]).await.unwrap();
        assert_eq!((upload.picture.as_deref(), upload.text("csrf")), (None, Some("a word")));
    }

    #[actix_web::test]
    async fn what_is_not_asked_for_is_refused() {
        let long = "x".repeat(Upload::MAX_TEXT_BYTES + 1);
        for (parts, expected) in [
            (&[("picture", "")][..], UploadError::UnknownPart("picture".into())),
            (&[("csrf", ""), ("csrf", "")], UploadError::RepeatedPart("csrf".into())),
            (&[("avatar", ""), ("avatar", "")], UploadError::RepeatedPart("avatar".into())),
            (&[("csrf", &long)], UploadError::Malformed),
        ] {
            assert_eq!(read(parts).await.unwrap_err(), expected, "{parts:?}");
        }
        assert!(read(&[("csrf", &long[1..])]).await.is_ok());
    }

    #[test]
    fn only_one_content_type_that_fits_is_taken() {
        for (types, is_taken) in [
            (&["multipart/form-data; boundary=line"][..], true),
            (&["Multipart/Form-Data;boundary=line"], true),
            (&["image/png"], false),
            (&["multipart/mixed; boundary=line"], false),
            (&[], false),
            (&["multipart/form-data; boundary=line"; 2], false),
        ] {
            let request = types
                .iter()
                .fold(TestRequest::post(), |request, it| request.append_header((CONTENT_TYPE, *it)));
            let (request, mut payload) = request.to_http_parts();
            let checked = UnreadUpload::of(&request, &mut payload).check();
            assert_eq!(checked.is_ok(), is_taken, "{types:?}");
        }
    }
}
