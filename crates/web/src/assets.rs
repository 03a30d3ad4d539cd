//! Styles, scripts and pictures of our own, carried in the binary, named by their content and compressed beforehand.
//!
//! A name that holds the content's digest is kept for ever: another content is another name. Under its plain name a file is
//! only there where somebody else's pages rely on it, and is asked for anew each time.

use actix_web::http::header::{self, AcceptEncoding, ContentEncoding, Encoding, Header as _, HeaderValue};
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use vestibule_http::is_held;

use crate::problem::PageProblem;

/// Where they are on this site.
pub(crate) const PLACE: &str = "/assets";

/// What people's own pages load by its plain name.
const STABLE: [&str; 1] = ["auth.js"];

const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// A day: the icon may change, and then has another address.
const FOR_A_DAY: HeaderValue = HeaderValue::from_static("public, max-age=86400");

/// A file, in all its forms.
#[derive(Debug)]
struct Asset {
    name: &'static str,
    /// Its name with the digest in it.
    file: &'static str,
    digest: &'static str,
    kind: &'static str,
    /// For browsers, to tell whether they were given this very file.
    integrity: &'static str,
    plain: &'static [u8],
    brotli: &'static [u8],
    gzip: &'static [u8],
}

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

fn find(name: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.name == name)
}

/// The name of the asset `name` with its digest in it, `style-0123456789abcdef.css`; `name` itself where there is no such asset.
pub(crate) fn file(name: &str) -> &str {
    find(name).map_or(name, |asset| asset.file)
}

/// Where the asset `name` is on this site, to be kept for ever.
pub(crate) fn href(name: &str) -> String {
    format!("{PLACE}/{}", file(name))
}

/// The asset's digest as the attribute `integrity` takes it; empty where there is no such asset.
pub(crate) fn integrity(name: &str) -> &'static str {
    find(name).map_or("", |asset| asset.integrity)
}

/// Everything below `/assets/`, and the icon browsers ask for unasked.
pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/assets/{file}").route(web::get().to(show_asset)))
        .service(web::resource("/favicon.ico").route(web::get().to(lead_to_icon)));
}

async fn show_asset(request: HttpRequest, file: web::Path<String>) -> Result<HttpResponse, PageProblem> {
    let fingerprinted = ASSETS.iter().find(|asset| *asset.file == **file).map(|asset| (asset, FOR_EVER));
    let stable = || STABLE.contains(&file.as_str()).then(|| find(&file)).flatten();
    // Whoever keeps it asks whether it is still that one.
    let found = fingerprinted.or_else(|| stable().map(|asset| (asset, HeaderValue::from_static("no-cache"))));
    let (asset, keeping) = found.ok_or(PageProblem::NotFound)?;
    Ok(asset.answer(&request, keeping))
}

async fn lead_to_icon() -> HttpResponse {
    HttpResponse::Found()
        .insert_header((header::LOCATION, href("icon.svg")))
        .insert_header((header::CACHE_CONTROL, FOR_A_DAY))
        .finish()
}

impl Asset {
    fn answer(&self, request: &HttpRequest, keeping: HeaderValue) -> HttpResponse {
        let (encoding, bytes) = self.form(request);
        let tag = format!("\"{}-{}\"", self.digest, encoding.as_str());
        let is_known = is_held(request.headers(), &tag);
        let mut response = if is_known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
        response
            .insert_header((header::CACHE_CONTROL, keeping))
            .insert_header((header::ETAG, tag))
            .insert_header((header::VARY, "Accept-Encoding"))
            // They are nobody's secret, and an operator's cache of them has a name of its own.
            .insert_header((header::CROSS_ORIGIN_RESOURCE_POLICY, "cross-origin"))
            .insert_header((header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"));
        if is_known {
            return response.finish();
        }
        if encoding != ContentEncoding::Identity {
            response.insert_header((header::CONTENT_ENCODING, encoding.as_str()));
        }
        response.content_type(self.kind).body(Bytes::from_static(bytes))
    }

    /// The form this client likes best; the plain one where it takes no other, or cannot say what it takes.
    fn form(&self, request: &HttpRequest) -> (ContentEncoding, &'static [u8]) {
        let forms =
            [ContentEncoding::Brotli, ContentEncoding::Gzip, ContentEncoding::Identity].map(Encoding::Known);
        let taken = AcceptEncoding::parse(request).ok().and_then(|taken| taken.negotiate(forms.iter()));
        match taken {
            Some(Encoding::Known(ContentEncoding::Brotli)) => (ContentEncoding::Brotli, self.brotli),
            Some(Encoding::Known(ContentEncoding::Gzip)) => (ContentEncoding::Gzip, self.gzip),
            _ => (ContentEncoding::Identity, self.plain),
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use flate2::read::GzDecoder;
    use std::io::Read as _;

    use super::*;

    #[test]
    fn every_form_is_the_same_file() {
        assert!(ASSETS.len() > 2, "{ASSETS:?}");
        for asset in ASSETS {
            let (mut from_brotli, mut from_gzip) = (Vec::new(), Vec::new());
            brotli::Decompressor::new(asset.brotli, 4096).read_to_end(&mut from_brotli).unwrap();
            GzDecoder::new(asset.gzip).read_to_end(&mut from_gzip).unwrap();
            assert_eq!(from_brotli, asset.plain, "{}", asset.name);
            assert_eq!(from_gzip, asset.plain, "{}", asset.name);
            assert!(
                asset.brotli.len() < asset.plain.len() && asset.gzip.len() < asset.plain.len(),
                "{}",
                asset.name
            );
        }
    }

    #[test]
    fn a_client_gets_the_form_it_likes_best() {
        let style = find("style.css").unwrap();
        for (taken, expected) in [
            (None, ContentEncoding::Identity),
            (Some("gzip, deflate, br, zstd"), ContentEncoding::Brotli),
            (Some("gzip"), ContentEncoding::Gzip),
            (Some("br;q=0, gzip;q=0.5"), ContentEncoding::Gzip),
            (Some("br;q=0.1, gzip;q=1"), ContentEncoding::Gzip),
            (Some("identity"), ContentEncoding::Identity),
            (Some("*;q=0"), ContentEncoding::Identity),
            (Some("zstd"), ContentEncoding::Identity),
            (Some(";;;"), ContentEncoding::Identity),
        ] {
            let mut request = TestRequest::default();
            if let Some(taken) = taken {
                request = request.insert_header((header::ACCEPT_ENCODING, taken));
            }
            assert_eq!(style.form(&request.to_http_request()).0, expected, "{taken:?}");
        }
    }
}
