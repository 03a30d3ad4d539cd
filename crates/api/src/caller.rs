//! Who may enter, as a type in a handler's signature.

mod can;

use std::pin::Pin;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::header::{AUTHORIZATION, HeaderValue, WWW_AUTHENTICATE};
use actix_web::{FromRequest, HttpRequest, web};
use futures_util::future::{Either, Ready, ready};
use vestibule_auth::authenticate::{AuthenticateError, Presented};
use vestibule_domain::caller::Caller;
use vestibule_http::{Shell, conduct, request_id};

pub(crate) use vestibule_http::{
    AuditRead, CommentsWrite, ContactRead, MailManage, PostsWrite, RolesManage, StatesWrite,
    TokensIntrospect, UsersRead, UsersWrite,
};

pub(crate) use self::can::{Can, refuse};
use crate::problem::{Code, Problem};

/// Everybody may call this; said aloud so that no handler is open by oversight.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Anyone;

impl FromRequest for Anyone {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(_: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self))
    }
}

/// A signed-in person with an active account, by either kind of access token.
#[derive(Clone, Debug)]
pub(crate) struct SignedIn(pub(crate) Arc<Caller>);

/// Ready at once where the token is in the cache: the hot path allocates no future.
type Checking =
    Either<Ready<Result<SignedIn, Problem>>, Pin<Box<dyn Future<Output = Result<SignedIn, Problem>>>>>;

impl FromRequest for SignedIn {
    type Error = Problem;
    type Future = Checking;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let shell = match request.app_data::<web::Data<Shell>>() {
            Some(shell) => shell.clone(),
            None => return Either::Left(ready(Err(Code::Internal.into()))),
        };
        let presented = match bearer(request) {
            Ok(presented) => presented,
            Err(problem) => return Either::Left(ready(Err(problem))),
        };
        if let Some(caller) = conduct::recall_caller(&shell, request, &presented) {
            return Either::Left(ready(Ok(Self(caller))));
        }
        let request = request.clone();
        Either::Right(Box::pin(async move { Ok(Self(conduct::caller(&shell, &request, presented).await?)) }))
    }
}

/// Whoever calls, by name where they are signed in. A token that opens nothing is refused as everywhere: whoever sends one means to
/// be known.
#[derive(Clone, Debug)]
pub(crate) struct MaybeSignedIn(pub(crate) Option<Arc<Caller>>);

impl FromRequest for MaybeSignedIn {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        if !request.headers().contains_key(AUTHORIZATION) {
            return Box::pin(ready(Ok(Self(None))));
        }
        let checking = SignedIn::from_request(request, payload);
        Box::pin(async move { checking.await.map(|SignedIn(caller)| Self(Some(caller))) })
    }
}

/// The token in `Authorization: Bearer <token>`, the only place a token is looked for. Clients of a Django REST framework
/// send what they got there as `Token <token>`; in that form nothing else is taken.
fn bearer(request: &HttpRequest) -> Result<Presented, Problem> {
    let header =
        request.headers().get(AUTHORIZATION).ok_or(Code::AuthenticationRequired).map_err(challenge)?;
    let (scheme, token) = header.to_str().ok().and_then(|text| text.split_once(' ')).unwrap_or_default();
    let is_ours = scheme.eq_ignore_ascii_case("bearer");
    let is_foreign = scheme.eq_ignore_ascii_case("token") && is_imported(token);
    if !is_ours && !is_foreign {
        return Err(challenge(Code::AuthenticationRequired));
    }
    Presented::of(token.trim_matches(' ')).ok_or_else(|| {
        let request_id = request_id(request).map(tracing::field::display);
        tracing::warn!(target: "auth", request_id, reason = "the token is malformed", "token refused");
        challenge(Code::InvalidToken)
    })
}

/// Whether `token` looks as the Django REST framework makes them: 40 lower-case hexadecimal characters.
fn is_imported(token: &str) -> bool {
    token.len() == 40 && token.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

/// RFC 6750, 3: without a token no error is named, with a bad one `invalid_token`.
pub(crate) fn challenge(code: Code) -> Problem {
    let value = match code {
        Code::InvalidToken => {
            r#"Bearer realm="vestibule", error="invalid_token", error_description="The access token is unknown, expired or ended""#
        }
        _ => r#"Bearer realm="vestibule""#,
    };
    Problem::from(code).with(WWW_AUTHENTICATE, HeaderValue::from_static(value))
}

/// To the client all three are the same: a token that opens nothing.
impl From<AuthenticateError> for Problem {
    fn from(error: AuthenticateError) -> Self {
        match error {
            AuthenticateError::Unknown
            | AuthenticateError::Expired
            | AuthenticateError::Suspended
            | AuthenticateError::Unverified => challenge(Code::InvalidToken),
            AuthenticateError::Store(error) => error.into(),
        }
    }
}
