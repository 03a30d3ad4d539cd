//! What a request makes its answer depend on: the version it was written for (`If-Match`), the copy its sender has
//! (`If-None-Match`), and the name of the attempt (`Idempotency-Key`).

use actix_web::http::header::{
    self, CACHE_CONTROL, ETAG, EntityTag, HeaderMap, HeaderName, HeaderValue, IF_MATCH, VARY,
};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use sha2::{Digest, Sha256};
use vestibule_domain::submission::SubmissionKey;
use vestibule_http::is_held;

use crate::problem::{Code, Problem};

/// What a client calls one attempt to make something (draft-ietf-httpapi-idempotency-key-header).
pub(crate) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// No thing has this version, so whoever asks for it has an old copy.
const NO_VERSION: i64 = 0;

/// The versions that `If-Match` names, any of which will do; no condition where there is no such header, or `*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WantedVersions(Option<Vec<i64>>);

impl WantedVersions {
    /// What `request` says in one line or in several. A tag that is none of ours, a weak one too, is that of no version.
    pub(crate) fn of(request: &HttpRequest) -> Result<Self, Problem> {
        let mut versions = None;
        for value in request.headers().get_all(&IF_MATCH) {
            let text = value.to_str().map_err(|_| Problem::from(Code::BadRequest))?;
            if text.trim() == "*" {
                return Ok(Self(None));
            }
            versions.get_or_insert_with(Vec::new).extend(text.split(',').map(parse_version));
        }
        Ok(Self(versions))
    }

    /// The one that has to be current. Where several are named, that is the `current` one if it is among them; the use case looks
    /// again when it writes.
    pub(crate) fn settle<E>(&self, current: impl FnOnce() -> Result<i64, E>) -> Result<Option<i64>, E> {
        match self.0.as_deref() {
            None => Ok(None),
            Some([]) => Ok(Some(NO_VERSION)),
            Some([version]) => Ok(Some(*version)),
            Some(several) => {
                let current = current()?;
                Ok(Some(if several.contains(&current) { current } else { NO_VERSION }))
            }
        }
    }
}

fn parse_version(tag: &str) -> i64 {
    let tag = tag.trim().parse::<EntityTag>().ok().filter(|tag| !tag.weak);
    let version =
        tag.and_then(|tag| tag.tag().parse::<i64>().ok().filter(|version| version.to_string() == tag.tag()));
    version.unwrap_or(NO_VERSION)
}

/// The key in `Idempotency-Key`, where there is one.
pub(crate) fn submission_key(request: &HttpRequest) -> Result<Option<SubmissionKey>, Problem> {
    let Some(text) = only(request.headers(), &IDEMPOTENCY_KEY)? else { return Ok(None) };
    let key = text.parse::<SubmissionKey>();
    key.map(Some).map_err(|fault| {
        Problem::from(Code::BadRequest).saying(format!("The header Idempotency-Key {fault}."))
    })
}

/// The tag of something of this version.
pub(crate) fn version_tag(version: i64) -> String {
    format!("\"{version}\"")
}

/// `body` with its `tag`, for a copy that is asked about each time it is used, or nothing but 304 where the caller has it.
pub(crate) fn fresh(
    request: &HttpRequest,
    tag: &str,
    body: &impl Serialize,
) -> Result<HttpResponse, Problem> {
    if is_held(request.headers(), tag) {
        return tagged(HttpResponse::NotModified().finish(), tag);
    }
    tagged(HttpResponse::Ok().json(body), tag)
}

/// The same for what has no version: its tag is a digest of it.
pub(crate) fn fresh_by_digest(request: &HttpRequest, body: &impl Serialize) -> Result<HttpResponse, Problem> {
    let json = serde_json::to_vec(body).map_err(Problem::internal)?;
    let digest = base16ct::lower::encode_string(&Sha256::digest(&json)[..16]);
    fresh(request, &format!("\"{digest}\""), body)
}

/// What is asked with a token may be answered differently without one.
fn tagged(mut response: HttpResponse, tag: &str) -> Result<HttpResponse, Problem> {
    let tag = HeaderValue::from_str(tag).map_err(Problem::internal)?;
    let headers = response.headers_mut();
    headers.insert(ETAG, tag);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(VARY, HeaderValue::from_name(header::AUTHORIZATION));
    Ok(response)
}

/// The value of a header that may be there once.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>, Problem> {
    let wrong = |what: &str| Problem::from(Code::BadRequest).saying(format!("The header {name} {what}."));
    let mut values = headers.get_all(name);
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value.to_str().map(Some).map_err(|_| wrong("is not ASCII")),
        _ => Err(wrong("is given twice")),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    /// Which version of a thing that is of the version 7 may be changed.
    fn version(tags: &[&str]) -> Option<i64> {
        let request = tags
            .iter()
            .fold(TestRequest::default(), |request, tag| request.append_header((IF_MATCH, *tag)))
            .to_http_request();
        WantedVersions::of(&request).unwrap().settle(|| Ok::<_, Problem>(7)).unwrap()
    }

    #[test]
    fn a_change_is_written_for_some_versions_or_for_any() {
        assert_eq!((version(&[]), version(&["*"])), (None, None));
        assert_eq!((version(&[&version_tag(7)]), version(&[&version_tag(6)])), (Some(7), Some(6)));
        for tag in ["W/\"7\"", "7", "\"07\"", "\"+7\"", "\"seven\"", "\"\"", "", "\"9223372036854775808\""] {
            assert_eq!(version(&[tag]), Some(NO_VERSION), "{tag}");
        }
        for tags in [&["\"7\", \"8\""][..], &["\"6\"", "\"7\""]] {
            assert_eq!(version(tags), Some(7), "{tags:?}");
        }
        assert_eq!(version(&["\"5\", W/\"7\""]), Some(NO_VERSION));
    }

    #[test]
    fn a_key_is_short_and_given_once() {
        let key = |keys: &[&str]| {
            let request = keys
                .iter()
                .fold(TestRequest::default(), |request, key| request.append_header((IDEMPOTENCY_KEY, *key)));
            let key = submission_key(&request.to_http_request());
            key.map(|key| key.map(|key| key.as_str().to_owned())).map_err(|problem| problem.code())
        };
        assert_eq!(key(&[]), Ok(None));
        assert_eq!(key(&["\"8e03978e\""]), Ok(Some("\"8e03978e\"".to_owned())));
        for keys in [&[""][..], &["a b"], &["a", "a"], &["\u{e9}"], &[&"a".repeat(129)]] {
            assert_eq!(key(keys), Err(Code::BadRequest), "{keys:?}");
        }
    }

    #[test]
    fn who_has_it_gets_nothing_and_both_are_tagged() {
        let answer = |tag: &str| {
            let request =
                TestRequest::default().insert_header((header::IF_NONE_MATCH, tag)).to_http_request();
            fresh(&request, &version_tag(3), &"body").unwrap()
        };
        for (tag, status) in
            [("\"3\"", 304), ("W/\"3\"", 304), ("*", 304), ("\"2\", \"3\"", 304), ("\"2\"", 200)]
        {
            let answer = answer(tag);
            assert_eq!(answer.status().as_u16(), status, "{tag}");
            assert_eq!(answer.headers().get(ETAG).unwrap(), "\"3\"");
            assert_eq!(answer.headers().get(CACHE_CONTROL).unwrap(), "no-cache");
        }
    }
}
