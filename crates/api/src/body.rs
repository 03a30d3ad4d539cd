//! Bodies, read only after it is known who asks.

mod form;
mod media_type;
mod nul;

use std::marker::PhantomData;

use actix_web::dev::Payload;
use actix_web::error::QueryPayloadError;
use actix_web::{FromRequest, HttpRequest};
use futures_util::StreamExt;
use futures_util::future::{Ready, ready};
use serde::de::DeserializeOwned;
use validator::Validate;
use zeroize::Zeroizing;

use self::media_type::MediaType;
use crate::fields::FieldFaults;
use crate::problem::{Code, Problem};
use crate::query::NoQuery;

/// A body that nobody has read yet, of whatever kind.
///
/// actix runs the extractors of a handler side by side, so one that reads would complain of nonsense before another
/// had found out that the caller may not even ask. This one reads nothing until the handler says so.
struct Unread {
    payload: Payload,
    media_type: Option<MediaType>,
    query: NoQuery,
}

impl Unread {
    fn of(request: &HttpRequest, payload: &mut Payload) -> Self {
        let media_type = MediaType::of(request.headers());
        Self { payload: payload.take(), media_type, query: NoQuery::of(request) }
    }

    /// Reads the body, after a look at the query, which no operation with a body takes. Size and pace of the body are
    /// watched at the front door. Bodies hold passwords, so what is gathered here is wiped in the end.
    async fn read<T: DeserializeOwned + Validate>(mut self, taken: &[MediaType]) -> Result<T, Problem> {
        self.query.check()?;
        let Some(kind) = self.media_type.filter(|kind| taken.contains(kind)) else {
            return Err(unsupported(taken));
        };
        let mut bytes = Zeroizing::new(Vec::new());
        while let Some(chunk) = self.payload.next().await {
            // Where the watch stopped the body, the front door answers for it; else the connection broke.
            append(&mut bytes, &chunk.map_err(|_| Problem::from(Code::BadRequest))?);
        }
        let body: T = match kind {
            MediaType::Json => parse(&bytes)?,
            MediaType::Form => form::parse(&bytes)?,
        };
        body.validate().map_err(|errors| FieldFaults::from(errors).into_problem())?;
        Ok(body)
    }
}

fn unsupported(taken: &[MediaType]) -> Problem {
    let problem = Problem::from(Code::UnsupportedMediaType);
    match taken {
        [MediaType::Form] => problem.saying("Send the body as application/x-www-form-urlencoded."),
        [MediaType::Json] => problem,
        _ => problem.saying("Send the body as application/json or application/x-www-form-urlencoded."),
    }
}

macro_rules! unread {
    ($($(#[$doc:meta])* $name:ident: $taken:expr;)*) => {
        $(
            $(#[$doc])*
            pub(crate) struct $name<T>(Unread, PhantomData<T>);

            impl<T> FromRequest for $name<T> {
                type Error = Problem;
                type Future = Ready<Result<Self, Problem>>;

                fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
                    ready(Ok(Self(Unread::of(request, payload), PhantomData)))
                }
            }

            impl<T: DeserializeOwned + Validate> $name<T> {
                /// Reads the body.
                pub(crate) async fn read(self) -> Result<T, Problem> {
                    self.0.read($taken).await
                }
            }
        )*
    };
}

unread! {
    /// A JSON body that nobody has read yet.
    UnreadJson: &[MediaType::Json];
    /// A form that nobody has read yet.
    UnreadForm: &[MediaType::Form];
    /// A body of either kind that nobody has read yet.
    UnreadJsonOrForm: &[MediaType::Json, MediaType::Form];
}

/// Appends without leaving a copy behind, as a vector that grows by itself would.
fn append(bytes: &mut Zeroizing<Vec<u8>>, chunk: &[u8]) {
    let needed = bytes.len() + chunk.len();
    if needed > bytes.capacity() {
        let mut larger = Zeroizing::new(Vec::with_capacity(needed.max(2 * bytes.capacity())));
        larger.extend_from_slice(bytes);
        *bytes = larger;
    }
    bytes.extend_from_slice(chunk);
}

/// What does not parse is 400; what parses and is not what was asked for is 422 and names the field.
fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let text = std::str::from_utf8(bytes)
        .map_err(|_| Problem::from(Code::MalformedJson).saying("The body is not UTF-8."))?;
    if !is_object(text) {
        return Err(not_an_object(text));
    }
    let mut json = serde_json::Deserializer::from_str(text);
    let body: T = serde_path_to_error::deserialize(&mut json).map_err(|error| wrong_json(text, &error))?;
    json.end()
        .map_err(|_| Problem::from(Code::MalformedJson).saying("Something follows after the JSON value."))?;
    nul::refuse(text)?;
    Ok(body)
}

fn wrong_json(text: &str, error: &serde_path_to_error::Error<serde_json::Error>) -> Problem {
    // A wrong type is noticed before the rest is read; nonsense behind it is still nonsense.
    let is_data = error.inner().classify() == serde_json::error::Category::Data;
    let is_whole = || serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
    if !is_data || !is_whole() {
        return Code::MalformedJson.into();
    }
    let message = error.inner().to_string();
    if let Some((kind, name)) = named_field(&message) {
        return Problem::invalid_field(name, kind);
    }
    Problem::invalid_field(error.path().to_string(), "This has the wrong type.")
}

/// The same of a form or a query, all of whose values are texts.
pub(crate) fn wrong_form(error: &QueryPayloadError) -> Problem {
    // The error's own text begins with words of actix.
    let message = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    match named_field(&message) {
        Some((kind, name)) => Problem::invalid_field(name, kind),
        None => Code::BadRequest.into(),
    }
}

fn is_object(text: &str) -> bool {
    text.trim_start_matches([' ', '\t', '\n', '\r']).starts_with('{')
}

/// serde would fill a struct from an array too, field by field in an order nobody promised.
fn not_an_object(text: &str) -> Problem {
    match serde_json::from_str::<serde::de::IgnoredAny>(text) {
        Ok(_) => Problem::from(Code::InvalidFields).saying("The body must be a JSON object."),
        Err(_) => Code::MalformedJson.into(),
    }
}

/// The field that serde names in its message, and what is to be said of it.
fn named_field(message: &str) -> Option<(&'static str, String)> {
    let kinds = [
        ("unknown field `", "This field is not known here."),
        ("duplicate field `", "This field is given more than once."),
        ("missing field `", "This field is required."),
    ];
    kinds.iter().find_map(|(prefix, sentence)| {
        let name = message.strip_prefix(prefix)?.split('`').next()?;
        Some((*sentence, name.chars().take(100).collect()))
    })
}

/// Tells an absent field (`None`) from one that is `null` (`Some(None)`).
pub(crate) fn given<'de, T, D>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    T: serde::Deserialize<'de>,
    D: serde::Deserializer<'de>,
{
    serde::Deserialize::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests;
