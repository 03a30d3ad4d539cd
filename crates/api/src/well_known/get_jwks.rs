//! The public halves of the keys that sign tokens.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use serde::Serialize;
use utoipa::ToSchema;
use vestibule_http::Shell;

use crate::caller::Anyone;
use crate::documents::responses::{Common, WithoutQuery};
use crate::problem::Problem;
use crate::query::NoQuery;

/// What the answer is (RFC 7517, 8.5.2).
const MEDIA_TYPE: &str = "application/jwk-set+json";

/// Nothing in between keeps it: a new key signs two seconds after it was made, and who verifies must find it then.
const FRESH: &str = "no-cache";

/// The keys, for the document; the answer itself is written by whoever keeps them.
#[derive(Serialize, ToSchema)]
#[schema(as = JwkSet)]
pub(crate) struct JwkSetView {
    keys: Vec<JwkView>,
}

/// A public key (RFC 8037).
#[derive(Serialize, ToSchema)]
#[schema(as = Jwk)]
pub(crate) struct JwkView {
    #[schema(example = "OKP")]
    kty: String,
    #[schema(example = "Ed25519")]
    crv: String,
    #[schema(example = "EdDSA")]
    alg: String,
    #[serde(rename = "use")]
    #[schema(example = "sig")]
    usage: String,
    /// What a token's header calls it.
    kid: String,
    /// The key, in base64url.
    x: String,
}

/// The keys that verify our JWTs
///
/// All that sign or signed tokens which may still be good (RFC 7517). Look again when a token names a key you do not know.
#[utoipa::path(
    tag = "tokens",
    operation_id = "get_jwks",
    responses(
        (status = 200, description = "The keys", body = JwkSetView, content_type = "application/jwk-set+json"),
        WithoutQuery,
        Common,
    ),
)]
#[get("/jwks.json")]
pub(crate) async fn get_jwks(_: Anyone, shell: Data<Shell>, query: NoQuery) -> Result<HttpResponse, Problem> {
    query.check()?;
    let now = shell.now();
    let keys = shell.database(move |accounts| accounts.keys.jwks(now)).await??;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, MEDIA_TYPE))
        .insert_header((CACHE_CONTROL, FRESH))
        .body(keys))
}
