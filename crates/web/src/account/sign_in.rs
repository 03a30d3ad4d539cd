//! Signing in.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, WWW_AUTHENTICATE};
use askama::Template;
use vestibule_auth::limits::LimitedAction;
use vestibule_auth::sign_in::{SignInError, SignedIn};
use vestibule_auth::sign_out::sign_out;
use vestibule_domain::password::Password;
use vestibule_domain::permission::Permission;
use vestibule_domain::sign_in_name::SignInName;
use vestibule_domain::token::{TokenFormat, TokenGrant};
use vestibule_http::{Undone, conduct};

use crate::cookies::{self, Name};
use crate::fields::{Faults, Fields};
use crate::form::Form;
use crate::page::{DASHBOARD, Layout};
use crate::problem::PageProblem;
use crate::redirect;
use crate::texts::{ENGLISH, Notice};
use crate::visitor::Visitor;

/// The field that says where to go afterwards, in the address and hidden in the form.
pub(super) const REDIRECT: &str = "redirect";

#[derive(Template)]
#[template(path = "account/sign_in.html")]
struct SignInPage<'a> {
    layout: Layout,
    csrf: String,
    username: &'a str,
    /// Empty where nothing was asked for.
    redirect: &'a str,
    faults: Faults,
}

/// Shows the form. Whoever is signed in goes on at once, and is told there what was done: a mailed link may be another account's
/// than the one that is signed in, and a session that it ended may be remembered for a moment more on another node.
pub(super) async fn show_sign_in(visitor: Visitor) -> Result<HttpResponse, PageProblem> {
    let query = Fields::of_query(visitor.request.query_string());
    if visitor.caller.is_some() {
        let target = redirect::local(query.text(REDIRECT));
        let notice = Notice::of_query(visitor.request.query_string());
        return Ok(
            notice.map_or_else(|| visitor.lead_to(target), |notice| visitor.lead_to_saying(target, notice))
        );
    }
    show(&visitor, StatusCode::OK, &query, Faults::default())
}

fn show(
    visitor: &Visitor,
    status: StatusCode,
    fields: &Fields,
    faults: Faults,
) -> Result<HttpResponse, PageProblem> {
    let page = SignInPage {
        layout: visitor.layout(ENGLISH.account.sign_in.title),
        csrf: visitor.csrf(),
        username: fields.text("username"),
        redirect: redirect::wanted(fields.text(REDIRECT)).unwrap_or_default(),
        faults,
    };
    visitor.show(status, &page)
}

/// Signs in. The form is looked at before the try is counted, so that no other site uses up a person's tries.
pub(super) async fn sign_in_by_form(visitor: Visitor, form: Form) -> Result<HttpResponse, PageProblem> {
    let fields = form.read(&visitor).await?;
    conduct::admit(&visitor.shell, &visitor.request, LimitedAction::SignIn).await?;
    let mut faults = Faults::default();
    let Some((name, password)) = parse(&fields, &mut faults) else {
        return show(&visitor, StatusCode::UNPROCESSABLE_ENTITY, &fields, faults);
    };
    match open_session(&visitor, name, password).await {
        Ok(signed_in) => welcome(&visitor, &signed_in, fields.text(REDIRECT), None).await,
        Err(Undone::Failed(error)) => refuse(&visitor, &fields, error),
        Err(Undone::Refused(refusal)) => Err(refusal.into()),
    }
}

fn parse(fields: &Fields, faults: &mut Faults) -> Option<(SignInName, Password)> {
    let words = &ENGLISH.account.sign_in;
    let name = fields.given("username").map(SignInName::of);
    if name.is_none() {
        faults.note("username", words.name_missing);
    }
    if fields.text("password").is_empty() {
        faults.note("password", words.password_missing);
        return None;
    }
    name.zip(faults.take("password", fields.password("password")))
}

/// A session whose access token is a cookie, and which ends with it.
pub(super) async fn open_session(
    visitor: &Visitor,
    name: SignInName,
    password: Password,
) -> Result<SignedIn, Undone<SignInError>> {
    let grant = TokenGrant::AccessAlone(TokenFormat::Opaque);
    conduct::sign_in(&visitor.shell, name, password, grant, visitor.client()).await
}

/// Gives the browser its new session, ends the one it had (S20), and leads where `wanted` says or where such people begin.
/// `notice` is the query for what is said there.
pub(super) async fn welcome(
    visitor: &Visitor,
    signed_in: &SignedIn,
    wanted: &str,
    notice: Option<&str>,
) -> Result<HttpResponse, PageProblem> {
    if let Some(former) = visitor.caller.clone() {
        let (now, client) = (visitor.shell.now(), visitor.client());
        visitor.shell.database_write(move |accounts| sign_out(accounts, now, &former, &client)).await??;
    }
    let may = |permission: &Permission| signed_in.user.permissions.contains(*permission);
    let beginning = if DASHBOARD.iter().any(may) { "/admin" } else { "/" };
    let target = redirect::wanted(wanted).map_or_else(
        || notice.map_or_else(|| beginning.to_owned(), |notice| format!("{beginning}?{notice}")),
        str::to_owned,
    );
    let ttl = signed_in.expires_at.since(visitor.shell.now());
    let token = signed_in.token.reveal();
    let session = cookies::set(Name::Session, &token, visitor.face.is_https, Some(ttl));
    Ok(visitor.lead_to_with_session(&target, session))
}

/// Says why not: all that is to be done by typing again at the form.
fn refuse(visitor: &Visitor, fields: &Fields, error: SignInError) -> Result<HttpResponse, PageProblem> {
    let words = &ENGLISH.account.sign_in;
    let (status, sentence) = match error {
        SignInError::InvalidCredentials | SignInError::Stale => (StatusCode::UNAUTHORIZED, words.wrong),
        SignInError::Suspended => (StatusCode::FORBIDDEN, words.suspended),
        SignInError::Unverified => (StatusCode::FORBIDDEN, words.unverified),
        SignInError::TooMany(hit) => return Err(hit.into()),
        SignInError::Keys(error) => return Err(PageProblem::internal(error)),
        SignInError::Hasher(error) => return Err(PageProblem::internal(error)),
        SignInError::Store(error) => return Err(error.into()),
    };
    let mut faults = Faults::default();
    faults.note_whole(sentence);
    let mut response = show(visitor, status, fields, faults)?;
    if status == StatusCode::UNAUTHORIZED {
        // Every 401 has to name a way in; browsers ask nothing for a way they do not know.
        response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Cookie"));
    }
    Ok(response)
}
