//! A form on its way in, read only after it is known who sends it, and only where it came from a page of ours.

use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use futures_util::StreamExt as _;
use futures_util::future::{Ready, ready};
use zeroize::Zeroizing;

use crate::csrf;
use crate::face::Face;
use crate::fields::Fields;
use crate::problem::PageProblem;
use crate::visitor::Visitor;
use crate::written::Written;

/// The name of the hidden field.
pub(crate) const CSRF: &str = "csrf";

/// A form that nobody has read yet. Its length and pace are watched at the front door.
pub(crate) struct Form(());

/// Its bytes, which wait with the request: whoever does not let its sender in hands back what was written.
struct Unread(Payload);

impl FromRequest for Form {
    type Error = PageProblem;
    type Future = Ready<Result<Self, PageProblem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        request.extensions_mut().insert(Unread(payload.take()));
        ready(Ok(Self(())))
    }
}

impl Form {
    /// Reads it, where it is `visitor`'s.
    pub(crate) async fn read(self, visitor: &Visitor) -> Result<Fields, PageProblem> {
        ensure_from_here(visitor)?;
        let fields = read(&visitor.request).await?;
        let is_ours = ensure_token(visitor, fields.text(CSRF));
        if is_ours.is_ok() || is_surely_from_here(&visitor.request) {
            Written::among(&fields).keep(&visitor.request);
        }
        is_ours.and(Ok(fields))
    }
}

/// Keeps what was written into a form that will not be read, where it is sure that it was written here and not too many are
/// at it.
pub(crate) async fn keep_written(request: &HttpRequest) {
    let may_be_kept = request.method() == Method::POST && is_surely_from_here(request);
    let Some(face) = request.app_data::<Data<Face>>() else { return };
    let Ok(_turn) = face.handed_back.try_acquire() else { return };
    if may_be_kept && let Ok(fields) = read(request).await {
        Written::among(&fields).keep(request);
    }
}

async fn read(request: &HttpRequest) -> Result<Fields, PageProblem> {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let is_form = kind
        .and_then(|kind| kind.split(';').next())
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded"));
    if !is_form {
        return Err(PageProblem::UnsupportedMediaType);
    }
    let Some(Unread(mut payload)) = request.extensions_mut().remove() else {
        return Err(PageProblem::broken("a form was read twice"));
    };
    let mut bytes = Zeroizing::new(Vec::with_capacity(4096));
    while let Some(chunk) = payload.next().await {
        // Where the watch stopped the body, the front door answers for it; else the connection broke.
        bytes.extend_from_slice(&chunk.map_err(|_| PageProblem::BadRequest)?);
    }
    let mut fields = Fields::default();
    for pair in bytes.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
        let mut halves = pair.splitn(2, |byte| *byte == b'=');
        let name = decode(halves.next().unwrap_or_default())?;
        let value = decode(halves.next().unwrap_or_default())?;
        fields.push(name.to_string(), value);
    }
    Ok(fields)
}

/// The text that browsers wrote so, with line breaks of one character in the place of their two. What is no text is refused,
/// instead of being kept with holes in it; so is NUL, which PostgreSQL cannot keep.
fn decode(encoded: &[u8]) -> Result<Zeroizing<String>, PageProblem> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(encoded.len()));
    let mut rest = encoded;
    while let [first, after @ ..] = rest {
        let (byte, after) = match (first, after) {
            (b'+', after) => (b' ', after),
            (b'%', [high, low, behind @ ..]) => match (digit(*high), digit(*low)) {
                (Some(high), Some(low)) => (high * 16 + low, behind),
                _ => (b'%', after),
            },
            (byte, after) => (*byte, after),
        };
        bytes.push(byte);
        rest = after;
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| PageProblem::BadRequest)?;
    if text.contains('\0') { Err(PageProblem::BadRequest) } else { Ok(text.replace("\r\n", "\n").into()) }
}

fn digit(hexadecimal: u8) -> Option<u8> {
    char::from(hexadecimal).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// Refuses what a browser says came from another site.
pub(crate) fn ensure_from_here(visitor: &Visitor) -> Result<(), PageProblem> {
    let is_elsewhere = csrf::is_from_elsewhere(&visitor.request, &visitor.face.address);
    if is_elsewhere { Err(PageProblem::NotOurForm) } else { Ok(()) }
}

fn is_surely_from_here(request: &HttpRequest) -> bool {
    let face = request.app_data::<Data<Face>>();
    face.is_some_and(|face| csrf::is_surely_from_here(request, &face.address))
}

/// Refuses a form that was not made for this visitor.
pub(crate) fn ensure_token(visitor: &Visitor, token: &str) -> Result<(), PageProblem> {
    if visitor.is_csrf(token) { Ok(()) } else { Err(PageProblem::NotOurForm) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_no_text_is_refused() {
        for (encoded, text) in [
            ("a+b%20c", "a b c"),
            ("%E2%82%AC", "\u{20ac}"),
            ("%EF%BF%BD", "\u{fffd}"),
            ("1%0D%0A2", "1\n2"),
            ("100%", "100%"),
            ("%zz%4", "%zz%4"),
        ] {
            assert_eq!(decode(encoded.as_bytes()).unwrap().as_str(), text);
        }
        for refused in [&b"%00"[..], b"\0", b"%FF", b"%C0%80", b"\xED\xA0\x80", b"%ED%A0%80"] {
            assert!(decode(refused).is_err(), "{refused:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_browsers_write_is_read(text in "[^\0\r]{0,80}") {
            let written: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
            let read = decode(written.as_bytes()).unwrap();
            prop_assert_eq!(read.as_str(), text.as_str());
        }

        #[test]
        fn whatever_is_read_is_what_others_read(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let bytes: Vec<u8> = bytes.into_iter().filter(|byte| !b"&=\r".contains(byte)).collect();
            if let Ok(text) = decode(&bytes) {
                let (name, _) = url::form_urlencoded::parse(&bytes).next().unwrap_or_default();
                prop_assert_eq!(text.as_str(), name.replace("\r\n", "\n"));
            }
        }
    }
}
