//! Every code a client may see, in one table.

use actix_web::http::StatusCode;
use serde::Serialize;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $status:ident, $sentence:literal;)*) => {
        /// What went wrong, for programs.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Code { $($(#[$doc])* $variant,)* }

        impl Code {
            /// Every code there is.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The word clients match on.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The status it is answered with.
            #[must_use]
            pub fn status(self) -> StatusCode {
                match self { $(Self::$variant => StatusCode::$status,)* }
            }

            /// What is said to people where nothing better is known.
            #[must_use]
            pub fn sentence(self) -> &'static str {
                match self { $(Self::$variant => $sentence,)* }
            }
        }
    };
}

impl Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// Written by hand: the words stand in the table above, not in attributes the derive could read.
impl PartialSchema for Code {
    fn schema() -> RefOr<Schema> {
        let words = Self::ALL.iter().copied().map(Self::as_str);
        let description = "What went wrong, for programs. New codes may be added.";
        ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(words))
            .description(Some(description))
            .into()
    }
}

impl ToSchema for Code {}

codes! {
    /// The request as a whole cannot be understood.
    BadRequest = "bad_request", BAD_REQUEST, "The request cannot be understood.";
    /// The body is not JSON, or not UTF-8.
    MalformedJson = "malformed_json", BAD_REQUEST, "The body is not valid JSON.";
    /// The host asked for is not one of `ALLOWED_HOSTS`.
    HostNotAllowed = "host_not_allowed", BAD_REQUEST, "This host is not served here.";
    /// There is no token.
    AuthenticationRequired = "authentication_required", UNAUTHORIZED, "Sign in first.";
    /// The token is unknown, expired or ended.
    InvalidToken = "invalid_token", UNAUTHORIZED, "The access token is not valid any more.";
    /// The name or the password is wrong; which one is not said.
    InvalidCredentials = "invalid_credentials", UNAUTHORIZED, "The name or the password is wrong.";
    /// The password is right, but the account may not sign in.
    AccountSuspended = "account_suspended", FORBIDDEN, "This account is suspended.";
    /// The password is right, but the address has to be proven first.
    EmailUnverified = "email_unverified", FORBIDDEN, "Prove your e-mail address first: follow the link in the mail.";
    /// Nobody may register by themselves here.
    RegistrationClosed = "registration_closed", FORBIDDEN, "Registration is closed.";
    /// The setup token is not the operator's, or was used already.
    SetupTokenInvalid = "setup_token_invalid", FORBIDDEN, "The setup token is not valid.";
    /// A browser's page from an origin that is not listed asked whether it may call.
    OriginNotAllowed = "origin_not_allowed", FORBIDDEN, "This origin may not call from a browser.";
    /// The caller may not do this.
    Forbidden = "forbidden", FORBIDDEN, "You may not do this.";
    /// Nothing is here, or nothing of yours.
    NotFound = "not_found", NOT_FOUND, "There is nothing here.";
    /// The path exists, the method does not; `Allow` lists those that do.
    MethodNotAllowed = "method_not_allowed", METHOD_NOT_ALLOWED, "This method is not allowed here.";
    /// The body did not arrive in time.
    RequestTimeout = "request_timeout", REQUEST_TIMEOUT, "The body arrived too slowly.";
    /// Somebody has this username.
    UsernameTaken = "username_taken", CONFLICT, "This username is taken.";
    /// Somebody has this address.
    EmailTaken = "email_taken", CONFLICT, "This e-mail address is taken.";
    /// There is a role of this name.
    RoleTaken = "role_taken", CONFLICT, "There is a role of this name already.";
    /// The role came with the program.
    BuiltInRole = "built_in_role", CONFLICT, "This role is built in and stays as it is.";
    /// Without this account nobody could look after the installation.
    LastAdmin = "last_admin", CONFLICT, "This is the last admin: make somebody else one first.";
    /// It is the caller's own account, and the call for that asks for the password.
    OwnAccount = "own_account", CONFLICT, "This is your own account: change it where your password is asked for.";
    /// A link is sent to an address, and the account has none.
    NoEmail = "no_email", CONFLICT, "This account has no e-mail address to send a link to.";
    /// Something else has this name in addresses.
    SlugTaken = "slug_taken", CONFLICT, "This name in addresses is taken.";
    /// What is to be changed is not of the version named in `If-Match` any more.
    Stale = "stale", PRECONDITION_FAILED, "This has changed since you read it.";
    /// The body is longer than this call takes.
    BodyTooLarge = "body_too_large", PAYLOAD_TOO_LARGE, "The body is too large.";
    /// The body is not `application/json`, or compressed.
    UnsupportedMediaType = "unsupported_media_type", UNSUPPORTED_MEDIA_TYPE, "Send the body as application/json.";
    /// The range asked for lies beyond the end.
    RangeNotSatisfiable = "range_not_satisfiable", RANGE_NOT_SATISFIABLE, "The range lies beyond the end of the file.";
    /// The body parses, but a field is wrong; `fields` says which and why.
    InvalidFields = "invalid_fields", UNPROCESSABLE_ENTITY, "Some fields need another look.";
    /// The person's own password, asked for again, is another.
    WrongPassword = "wrong_password", UNPROCESSABLE_ENTITY, "The password is wrong.";
    /// The token of a mailed link opens nothing.
    InvalidLink = "invalid_link", UNPROCESSABLE_ENTITY, "This link is not valid any more.";
    /// The account would have neither a username nor an address.
    NoWayIn = "no_way_in", UNPROCESSABLE_ENTITY, "The account would have nothing left to sign in by.";
    /// There is no role of the name given.
    UnknownRole = "unknown_role", UNPROCESSABLE_ENTITY, "There is no role of this name.";
    /// The `Idempotency-Key` came before, with another body.
    KeyReused = "key_reused", UNPROCESSABLE_ENTITY, "This Idempotency-Key was used for something else.";
    /// A limit was hit; `Retry-After` says when to come back.
    TooManyRequests = "too_many_requests", TOO_MANY_REQUESTS, "Too many attempts, try again later.";
    /// A fault of ours; the log has it under the request id.
    Internal = "internal_error", INTERNAL_SERVER_ERROR, "Something went wrong here.";
    /// More work than can be done now; nothing was done.
    Overloaded = "overloaded", SERVICE_UNAVAILABLE, "The server is busy, try again shortly.";
    /// Something the server depends on is away.
    Unavailable = "unavailable", SERVICE_UNAVAILABLE, "The server cannot answer at the moment, try again shortly.";
    /// The work began and did not end in time; it may yet come true.
    OutcomeUnknown = "outcome_unknown", SERVICE_UNAVAILABLE, "The server did not finish in time. Look again before you repeat this.";
}
