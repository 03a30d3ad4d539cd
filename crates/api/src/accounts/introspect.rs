//! Telling another service what a token is (RFC 7662).

use actix_web::post;
use actix_web::web::{Data, Json};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;
use vestibule_auth::introspect::{ActiveToken, introspect as look_at};
use vestibule_domain::time::Timestamp;
use vestibule_domain::username::Username;
use vestibule_http::Shell;

use crate::body::UnreadForm;
use crate::caller::{Can, TokensIntrospect};
use crate::documents::responses::{Common, WithBody, WithPermission};
use crate::problem::Problem;
use crate::secret::PostedSecret;

/// The token in question.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct IntrospectForm {
    /// An access token of either kind, or a refresh token.
    #[schema(value_type = String, format = Password, max_length = 4096)]
    #[validate(length(max = 4096, message = "This is too long."))]
    token: PostedSecret,
    /// What it may be; every kind is looked for, whatever this says.
    #[expect(dead_code, reason = "taken, since clients send it, and not needed")]
    token_type_hint: Option<String>,
}

/// What a token is. Only `active` is there where it opens nothing.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct Introspected {
    /// Whether it is good now.
    active: bool,
    /// The id of the account, as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "1")]
    sub: Option<String>,
    /// The account's name for signing in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "john")]
    username: Option<String>,
    /// The session it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = "uuid")]
    sid: Option<String>,
    /// When it ends by itself, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<u64>,
    /// When it was issued, in seconds since 1970, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    iat: Option<u64>,
    /// `Bearer` for access tokens. A refresh token has no type: it opens nothing but the next pair.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Bearer")]
    token_type: Option<&'static str>,
    /// `access` or `refresh`. Take only `access` where somebody wants in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "access")]
    token_use: Option<&'static str>,
}

/// What is this token?
///
/// For services that take our tokens and cannot, or do not want to, check signatures themselves (RFC 7662). Looking
/// spends nothing.
#[utoipa::path(
    tag = "tokens",
    operation_id = "introspect",
    security(("bearer" = [])),
    request_body(content = IntrospectForm, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "What is known of it", body = Introspected),
        WithBody,
        WithPermission,
        Common,
    ),
)]
#[post("/introspect")]
pub(crate) async fn introspect(
    _: Can<TokensIntrospect>,
    shell: Data<Shell>,
    form: UnreadForm<IntrospectForm>,
) -> Result<Json<Introspected>, Problem> {
    let (now, token) = (shell.now(), form.read().await?.token.into_text());
    let found = shell.database(move |accounts| look_at(accounts, now, &token)).await??;
    Ok(Json(found.map_or_else(Introspected::default, Introspected::from)))
}

impl From<ActiveToken> for Introspected {
    fn from(token: ActiveToken) -> Self {
        let is_access = token.format.is_some();
        Self {
            active: true,
            sub: Some(token.user.id.to_string()),
            username: token.user.username.as_ref().map(Username::to_string),
            sid: Some(token.session_id.to_string()),
            exp: Some(seconds(token.expires_at)),
            iat: token.issued_at.map(seconds),
            token_type: is_access.then_some("Bearer"),
            token_use: Some(if is_access { "access" } else { "refresh" }),
        }
    }
}

fn seconds(at: Timestamp) -> u64 {
    at.unix_millis() / 1000
}
