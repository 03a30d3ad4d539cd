//! A picture on its way in: `multipart/form-data` with the one part `avatar`.
//!
//! What the part calls itself, its file name and its media type, is not looked at. Nothing is read before it is known who
//! asks, and nothing beyond the limit.

use actix_multipart::{Field, Multipart, MultipartError};
use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_TYPE, HeaderMap};
use actix_web::{FromRequest, HttpRequest};
use futures_util::StreamExt as _;
use futures_util::future::{Ready, ready};
use utoipa::ToSchema;
use vestibule_media::Picture;

use crate::problem::{Code, Problem};
use crate::query::NoQuery;

/// The part's name.
const FIELD: &str = "avatar";

/// The most characters of a part's name that are said back.
const MAX_NAME_CHARS: usize = 100;

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
    payload: Payload,
    headers: HeaderMap,
    query: NoQuery,
}

impl FromRequest for UnreadPicture {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let mut headers = HeaderMap::new();
        for value in request.headers().get_all(CONTENT_TYPE) {
            headers.append(CONTENT_TYPE, value.clone());
        }
        ready(Ok(Self { payload: payload.take(), headers, query: NoQuery::of(request) }))
    }
}

impl UnreadPicture {
    /// Looks at what can be known before anything is read.
    pub(super) fn check(self) -> Result<Parts, Problem> {
        self.query.check()?;
        let mut types = self.headers.get_all(CONTENT_TYPE).map(|value| value.to_str().unwrap_or_default());
        let essence = |text: &str| {
            text.split(';').next().is_some_and(|it| it.trim().eq_ignore_ascii_case("multipart/form-data"))
        };
        if !types.next().is_some_and(essence) || types.next().is_some() {
            let sentence = "Send the picture as multipart/form-data, in a part that is called avatar.";
            return Err(Problem::from(Code::UnsupportedMediaType).saying(sentence));
        }
        Ok(Parts(Multipart::new(&self.headers, self.payload)))
    }
}

/// An upload that is known to be one by its headers.
pub(super) struct Parts(Multipart);

impl Parts {
    /// Reads it to its end.
    pub(super) async fn read(mut self) -> Result<Vec<u8>, Problem> {
        let mut picture = None;
        while let Some(part) = self.0.next().await {
            let part = part.map_err(|error| malformed(&error))?;
            match part.name() {
                Some(FIELD) if picture.is_none() => picture = Some(collect(part).await?),
                Some(FIELD) => {
                    return Err(Problem::invalid_field(FIELD, "This field is given more than once."));
                }
                Some(name) => {
                    let name: String = name.chars().take(MAX_NAME_CHARS).collect();
                    return Err(Problem::invalid_field(name, "This field is not known here."));
                }
                None => return Err(not_multipart()),
            }
        }
        picture.ok_or_else(|| Problem::invalid_field(FIELD, "This field is required."))
    }
}

async fn collect(mut part: Field) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    while let Some(chunk) = part.next().await {
        let chunk = chunk.map_err(|error| malformed(&error))?;
        if bytes.len() + chunk.len() > Picture::MAX_BYTES {
            let sentence = format!("The picture is longer than {} bytes.", Picture::MAX_BYTES);
            return Err(Problem::from(Code::BodyTooLarge).saying(sentence));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// Where the watch at the front door stopped the body, that answers for it; else the connection broke.
fn malformed(error: &MultipartError) -> Problem {
    match error {
        MultipartError::Payload(_) => Code::BadRequest.into(),
        _ => not_multipart(),
    }
}

fn not_multipart() -> Problem {
    Problem::from(Code::BadRequest).saying("The body is not valid multipart/form-data.")
}
