//! Seeing a picture.

use actix_web::http::header::{self, HeaderValue};
use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse, get};
use utoipa::ToSchema;
use vestibule_domain::avatar::AvatarName;
use vestibule_http::Shell;

use super::conditions::{Wanted, wanted};
use crate::caller::Anyone;
use crate::documents::responses::{Common, WithName, WithoutQuery};
use crate::problem::{Code, Problem};
use crate::query::NoQuery;

/// What is kept under a name never changes.
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// Whoever opens it as a page gets a page that can do nothing.
const SANDBOX: HeaderValue = HeaderValue::from_static("default-src 'none'; sandbox");

/// A picture.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
#[expect(dead_code, reason = "documentation: the bytes are answered as they lie")]
pub(crate) struct PictureFile(Vec<u8>);

/// A person's picture
///
/// The address is in `avatar_url` of the account; it is another one whenever the picture changes, so what is under one may be
/// kept for ever. Conditions (`If-None-Match`) and single ranges (`Range`, `If-Range`) are answered.
#[utoipa::path(
    tag = "media",
    operation_id = "get_avatar",
    params(("file" = String, Path, description = "The last part of `avatar_url`, or that with `-128` for `-512`",
        example = "0123456789abcdef-0123456789abcdef0123456789abcdef-512.webp")),
    responses(
        (status = 200, description = "The picture, 512 or 128 pixels wide and high", body = PictureFile,
            content_type = "image/webp"),
        (status = 206, description = "The range that was asked for", body = PictureFile, content_type = "image/webp"),
        (status = 304, description = "It is what the caller has already"),
        (status = 416, description = "The range lies beyond the end; `Content-Range` has the length",
            body = crate::problem::ProblemBody<'static>),
        WithName,
        WithoutQuery,
        Common,
    ),
)]
#[get("/avatars/{file}")]
pub(crate) async fn get_avatar(
    _: Anyone,
    request: HttpRequest,
    shell: Data<Shell>,
    file: Path<String>,
    query: NoQuery,
) -> Result<HttpResponse, Problem> {
    query.check()?;
    let (name, size) = AvatarName::of_file(&file).ok_or(Code::NotFound)?;
    let tag = format!("\"{name}-{}\"", size.pixels());
    let found = shell.files(move |avatars| avatars.store.get(&name, size)).await??;
    let bytes = found.ok_or(Code::NotFound)?;
    answer(&tag, bytes, &request)
}

fn answer(tag: &str, bytes: Bytes, request: &HttpRequest) -> Result<HttpResponse, Problem> {
    let whole = bytes.len();
    let mut response = match wanted(request.headers(), tag, whole) {
        Wanted::Nothing => HttpResponse::NotModified().finish(),
        Wanted::Everything => HttpResponse::Ok().body(bytes),
        Wanted::Part(range) => {
            let told = format!("bytes {}-{}/{whole}", range.start, range.end.saturating_sub(1));
            let mut response = HttpResponse::PartialContent();
            response.insert_header((header::CONTENT_RANGE, told)).body(bytes.slice(range))
        }
        Wanted::Beyond => {
            let told = HeaderValue::from_str(&format!("bytes */{whole}")).map_err(Problem::internal)?;
            return Err(Problem::from(Code::RangeNotSatisfiable).with(header::CONTENT_RANGE, told));
        }
    };
    let tag = HeaderValue::from_str(tag).map_err(Problem::internal)?;
    let headers = response.headers_mut();
    headers.insert(header::ETAG, tag);
    headers.insert(header::CACHE_CONTROL, FOR_EVER);
    headers.insert(header::CONTENT_SECURITY_POLICY, SANDBOX);
    headers.insert(header::CROSS_ORIGIN_RESOURCE_POLICY, HeaderValue::from_static("cross-origin"));
    if !matches!(response.status().as_u16(), 304) {
        let headers = response.headers_mut();
        headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("image/webp"));
    }
    Ok(response)
}
