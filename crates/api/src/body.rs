//! JSON bodies, read only after it is known who asks.

mod nul;

use std::marker::PhantomData;

use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_TYPE, HeaderMap};
use actix_web::{FromRequest, HttpRequest};
use futures_util::StreamExt;
use futures_util::future::{Ready, ready};
use serde::de::DeserializeOwned;
use validator::Validate;
use zeroize::Zeroizing;

use crate::fields::FieldFaults;
use crate::problem::{Code, Problem};
use crate::query::NoQuery;

/// A JSON body that nobody has read yet.
///
/// actix runs the extractors of a handler side by side, so one that reads would complain of nonsense before another
/// had found out that the caller may not even ask. This one reads nothing until the handler says so.
pub(crate) struct UnreadJson<T> {
    payload: Payload,
    is_json: bool,
    query: NoQuery,
    _body: PhantomData<T>,
}

impl<T> FromRequest for UnreadJson<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        ready(Ok(Self {
            payload: payload.take(),
            is_json: is_json(request.headers()),
            query: NoQuery::of(request),
            _body: PhantomData,
        }))
    }
}

impl<T: DeserializeOwned + Validate> UnreadJson<T> {
    /// Reads the body, after a look at the query, which no operation with a body takes. Size and pace of the body are
    /// watched at the front door. Bodies hold passwords, so what is gathered here is wiped in the end.
    pub(crate) async fn read(mut self) -> Result<T, Problem> {
        self.query.check()?;
        if !self.is_json {
            return Err(Code::UnsupportedMediaType.into());
        }
        let mut bytes = Zeroizing::new(Vec::new());
        while let Some(chunk) = self.payload.next().await {
            // Where the watch stopped the body, the front door answers for it; else the connection broke.
            append(&mut bytes, &chunk.map_err(|_| Problem::from(Code::BadRequest))?);
        }
        let body = parse::<T>(&bytes)?;
        body.validate().map_err(|errors| FieldFaults::from(errors).into_problem())?;
        Ok(body)
    }
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

fn is_json(headers: &HeaderMap) -> bool {
    let mut given = headers.get_all(CONTENT_TYPE);
    let (Some(value), None) = (given.next(), given.next()) else { return false };
    let Ok(value) = value.to_str() else { return false };
    let mut parts = value.split(';');
    let essence = parts.next().unwrap_or_default().trim();
    let charset_fits = parts.all(|part| match part.trim().split_once('=') {
        Some((name, value)) if name.eq_ignore_ascii_case("charset") => {
            value.trim_matches('"').eq_ignore_ascii_case("utf-8")
        }
        _ => true,
    });
    essence.eq_ignore_ascii_case("application/json") && charset_fits
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
