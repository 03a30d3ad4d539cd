//! Signing up.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use vestibule_auth::limits::LimitedAction;
use vestibule_auth::next_account::{NextAccount, next_account};
use vestibule_auth::register::{RegisterError, Registered, Registration};
use vestibule_domain::sign_in_name::SignInName;
use vestibule_domain::username::Username;
use vestibule_http::Undone;
use vestibule_http::conduct::{self, NewcomerError};
use zeroize::Zeroizing;

use super::sign_in::{REDIRECT, open_session, welcome};
use crate::fields::{Faults, Fields};
use crate::form::Form;
use crate::page::Layout;
use crate::problem::PageProblem;
use crate::redirect;
use crate::texts::{ENGLISH, Notice};
use crate::visitor::Visitor;

/// Where those are led who have to look into their mail now.
const SENT: &str = "/signup/sent";

#[derive(Template)]
#[template(path = "account/sign_up.html")]
struct SignUpPage<'a> {
    layout: Layout,
    csrf: String,
    fields: &'a Fields,
    redirect: &'a str,
    password_hint: String,
    becomes_admin: bool,
    takes_setup_token: bool,
    faults: Faults,
}

#[derive(Template)]
#[template(path = "account/sign_up_closed.html")]
struct ClosedPage {
    layout: Layout,
}

#[derive(Template)]
#[template(path = "account/sign_up_sent.html")]
struct SentPage {
    layout: Layout,
}

/// Shows the form, or says that there is none. Whoever is signed in has an account.
pub(super) async fn show_sign_up(visitor: Visitor) -> Result<HttpResponse, PageProblem> {
    let query = Fields::of_query(visitor.request.query_string());
    if visitor.caller.is_some() {
        return Ok(visitor.lead_to(redirect::local(query.text(REDIRECT))));
    }
    if !visitor.shell.accounts().rules.registration_open {
        return show_closed(&visitor);
    }
    show(&visitor, StatusCode::OK, &query, Faults::default()).await
}

async fn show(
    visitor: &Visitor,
    status: StatusCode,
    fields: &Fields,
    faults: Faults,
) -> Result<HttpResponse, PageProblem> {
    let next = visitor.shell.database(next_account).await??;
    let (words, rules) = (&ENGLISH.account.sign_up, &visitor.shell.accounts().rules);
    let page = SignUpPage {
        layout: visitor.layout(words.title),
        csrf: visitor.csrf(),
        fields,
        redirect: redirect::wanted(fields.text(REDIRECT)).unwrap_or_default(),
        password_hint: (words.password_hint)(rules.password.min_length()),
        becomes_admin: next == NextAccount::Admin,
        takes_setup_token: matches!(next, NextAccount::AdminByToken),
        faults,
    };
    visitor.show(status, &page)
}

fn show_closed(visitor: &Visitor) -> Result<HttpResponse, PageProblem> {
    let layout = visitor.layout(ENGLISH.account.sign_up.closed_title);
    visitor.show(StatusCode::FORBIDDEN, &ClosedPage { layout })
}

/// Says where to look now. Whether the address was known is not said (S38).
pub(super) async fn show_sent(visitor: Visitor) -> Result<HttpResponse, PageProblem> {
    let layout = visitor.layout(ENGLISH.account.sign_up.sent_title);
    visitor.show_public(&SentPage { layout })
}

/// Makes an account, and opens a session with it where that may be.
pub(super) async fn sign_up(visitor: Visitor, form: Form) -> Result<HttpResponse, PageProblem> {
    let fields = form.read(&visitor).await?;
    let client = match conduct::admit_newcomer(&visitor.shell, &visitor.request).await {
        Ok(client) => client,
        Err(Undone::Failed(NewcomerError::Register(RegisterError::Closed))) => return show_closed(&visitor),
        Err(Undone::Failed(NewcomerError::TooMany(hit))) => return Err(hit.into()),
        Err(Undone::Failed(error)) => return Err(PageProblem::internal(error)),
        Err(Undone::Refused(refusal)) => return Err(refusal.into()),
    };
    let mut faults = Faults::default();
    let Some(registration) = parse(&fields, &mut faults) else {
        return show(&visitor, StatusCode::UNPROCESSABLE_ENTITY, &fields, faults).await;
    };
    match conduct::register(&visitor.shell, registration, client).await {
        Ok(Registered::Made(_)) => enter(&visitor, &fields).await,
        Ok(Registered::Pending) => Ok(visitor.lead_to(SENT)),
        Err(Undone::Failed(error)) => refuse(&visitor, &fields, error).await,
        Err(Undone::Refused(refusal)) => Err(refusal.into()),
    }
}

fn parse(fields: &Fields, faults: &mut Faults) -> Option<Registration> {
    if !fields.is_same("password", "password_confirm") {
        faults.note("password_confirm", ENGLISH.account.sign_up.differ);
    }
    let username = faults.take_given("username", fields.given("username").map(Username::choose));
    let email = faults.take("email", fields.text("email").trim().parse());
    let password = faults.take("password", fields.password("password"));
    let full_name = faults.take_given("full_name", fields.given("full_name").map(str::parse));
    let setup_token = fields.text("setup_token");
    let setup_token = (!setup_token.is_empty()).then(|| Zeroizing::new(setup_token.to_owned()));
    let registration = Registration {
        username: username?,
        email: email?,
        full_name: full_name?,
        password: password?,
        setup_token,
    };
    faults.is_empty().then_some(registration)
}

/// Signs in with the password just chosen, as far as the limits of signing in allow. Where it cannot be, the account is made all
/// the same, and the rest is for the page where people sign in.
async fn enter(visitor: &Visitor, fields: &Fields) -> Result<HttpResponse, PageProblem> {
    let later = || Ok(visitor.lead_to_saying("/login", Notice::AccountMade));
    let Ok(password) = fields.password("password") else { return later() };
    if conduct::admit(&visitor.shell, &visitor.request, LimitedAction::SignIn).await.is_err() {
        return later();
    }
    match open_session(visitor, SignInName::of(fields.text("email")), password).await {
        Ok(signed_in) => {
            let notice = Notice::Welcome.parameter();
            welcome(visitor, &signed_in, fields.text(REDIRECT), Some(&notice)).await
        }
        Err(_) => later(),
    }
}

/// Says what is to be put right.
async fn refuse(
    visitor: &Visitor,
    fields: &Fields,
    error: RegisterError,
) -> Result<HttpResponse, PageProblem> {
    let (words, mut faults) = (&ENGLISH.account.sign_up, Faults::default());
    let status = match error {
        RegisterError::Closed => return show_closed(visitor),
        RegisterError::SetupToken => {
            faults.note("setup_token", words.setup_token_wrong);
            StatusCode::FORBIDDEN
        }
        RegisterError::UsernameTaken => {
            faults.note("username", words.username_taken);
            StatusCode::CONFLICT
        }
        RegisterError::EmailTaken => {
            faults.note("email", words.email_taken);
            StatusCode::CONFLICT
        }
        RegisterError::WeakPassword(weak) => {
            for rule in &weak {
                faults.note("password", rule.to_string());
            }
            StatusCode::UNPROCESSABLE_ENTITY
        }
        RegisterError::Hasher(error) => return Err(PageProblem::internal(error)),
        RegisterError::Store(error) => return Err(error.into()),
    };
    show(visitor, status, fields, faults).await
}
