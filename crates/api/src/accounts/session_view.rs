//! A session that was opened or refreshed, shown once.

use actix_web::HttpResponse;
use serde::Serialize;
use utoipa::ToSchema;
use vestibule_auth::sign_in::SignedIn;
use vestibule_domain::token::RefreshToken;

use super::{Instant, UserView};
use crate::face::Face;

/// A session.
#[derive(Serialize, ToSchema)]
pub(crate) struct SessionOpened<'a> {
    /// To be sent as `Authorization: Bearer <token>`: 64 lower-case hexadecimal characters, or a JWT where one was asked
    /// for. Shown this once.
    #[schema(min_length = 64, max_length = 2048)]
    access_token: &'a str,
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// When the access token ends by itself.
    #[schema(format = DateTime)]
    expires_at: Instant,
    /// For `/api/auth/refresh` and nothing else: `vrt_` and 64 characters, shown this once.
    #[schema(value_type = String, required, min_length = 68, max_length = 68, pattern = "^vrt_[0-9a-f]{64}$")]
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a str>,
    /// When the refresh token ends by itself.
    #[schema(format = DateTime)]
    refresh_expires_at: Instant,
    user: UserView<'a>,
}

impl SessionOpened<'_> {
    /// `signed_in` as its owner gets it.
    pub(crate) fn respond(face: &Face, signed_in: &SignedIn) -> HttpResponse {
        let refresh_token = signed_in.refresh_token.as_ref().map(RefreshToken::reveal);
        HttpResponse::Ok().json(SessionOpened {
            access_token: &signed_in.token.reveal(),
            token_type: "Bearer",
            expires_at: Instant(signed_in.expires_at),
            refresh_token: refresh_token.as_ref().map(|token| token.as_str()),
            refresh_expires_at: Instant(signed_in.refresh_expires_at),
            user: UserView::new(face, &signed_in.user),
        })
    }
}
