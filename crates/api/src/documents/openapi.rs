//! The document, put together from the handlers.

use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi, openapi};
use utoipa_actix_web::AppExt;

use crate::routes;

/// What stands above all operations.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Vestibule",
        description = "Accounts for other people's applications.\n\nSign in at `/api/auth/login` and send the token as \
            `Authorization: Bearer <token>`. Times are RFC 3339 in UTC. Unknown fields are refused. Every error has the \
            form of `Problem`; its `code` is for programs, its `error` for people, and its `request_id` for whoever \
            reads the server's log.",
        license(name = "MIT OR Apache-2.0"),
    ),
    tags(
        (name = "accounts", description = "Registering, signing in and out"),
        (name = "profile", description = "One's own account"),
        (name = "media", description = "The pictures of people"),
        (name = "sessions", description = "Where one is signed in"),
        (name = "passwords", description = "Changing and resetting them"),
        (name = "email", description = "Proving and changing addresses"),
        (name = "own data", description = "Taking all that is kept about oneself, and leaving"),
        (name = "users", description = "Looking after other people's accounts"),
        (name = "roles", description = "What roles there are and what they allow"),
        (name = "posts", description = "The blog, and what people say about it"),
        (name = "states", description = "The guides to the states and union territories of India"),
        (name = "contact", description = "Writing to those who run the site, and their inbox"),
        (name = "tokens", description = "For services that check our tokens"),
        (name = "admin", description = "For those who run the installation"),
        (name = "compatible", description = "For clients of a FastAPI backend: errors are `{\"detail\": \"...\"}`, and what \
            a body names beyond what is documented is ignored"),
        (name = "health", description = "For load balancers and operators"),
    ),
    modifiers(&Bearer),
)]
struct Head;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut openapi::OpenApi) {
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some(
                "The `access_token` that a sign-in answers, of either kind. A token taken over from a Django REST framework \
                is also taken as `Authorization: Token <token>`.",
            ))
            .build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    }
}

/// The document of every operation this room serves.
#[must_use]
pub fn document() -> openapi::OpenApi {
    let app = actix_web::App::new().into_utoipa_app().openapi(Head::openapi()).configure(routes::operations);
    app.split_for_parts().1
}

/// The same as JSON text, ending in a line break: what `openapi/openapi.json` holds.
pub fn json() -> Result<String, serde_json::Error> {
    document().to_pretty_json().map(|text| text + "\n")
}
