//! One's own account: seeing it, and telling more or less about oneself.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use vestibule_auth::change_profile::change_profile;
use vestibule_auth::limits::LimitedAction;
use vestibule_auth::verify_email::request_verification;
use vestibule_domain::avatar::AvatarSize;
use vestibule_domain::birth_date::BirthDate;
use vestibule_domain::time::Timestamp;
use vestibule_domain::user::User;
use vestibule_http::conduct::admit;
use vestibule_persistence::StoreError;
use vestibule_persistence::users::ProfileChange;

use crate::entry::SignedIn;
use crate::face::Face;
use crate::fields::{Faults, Fields};
use crate::form::Form;
use crate::page::Layout;
use crate::problem::PageProblem;
use crate::texts::{ENGLISH, Notice};

/// Where it is.
pub(super) const PATH: &str = "/profile";

#[derive(Template)]
#[template(path = "account/profile.html")]
struct ProfilePage<'a> {
    layout: Layout,
    csrf: String,
    user: &'a User,
    since: String,
    avatar: Option<String>,
    avatar_alt: String,
    about: About,
    faults: Faults,
}

/// What stands in the form.
struct About {
    full_name: String,
    nickname: String,
    phone: String,
    dob: String,
}

impl About {
    fn of(user: &User) -> Self {
        let profile = &user.profile;
        Self {
            full_name: user.full_name.as_ref().map(ToString::to_string).unwrap_or_default(),
            nickname: profile.nickname.as_ref().map(ToString::to_string).unwrap_or_default(),
            phone: profile.phone.as_ref().map(ToString::to_string).unwrap_or_default(),
            dob: profile.dob.map(|dob| dob.to_string()).unwrap_or_default(),
        }
    }

    fn typed(fields: &Fields) -> Self {
        let text = |name| fields.text(name).to_owned();
        Self {
            full_name: text("full_name"),
            nickname: text("nickname"),
            phone: text("phone"),
            dob: text("dob"),
        }
    }
}

/// Shows it.
pub(super) async fn show_profile(visitor: SignedIn) -> Result<HttpResponse, PageProblem> {
    show(&visitor, StatusCode::OK, About::of(&visitor.caller.user), Faults::default())
}

/// Shows it again after a picture was not taken.
pub(super) fn show_picture_faults(
    visitor: &SignedIn,
    status: StatusCode,
    faults: Faults,
) -> Result<HttpResponse, PageProblem> {
    show(visitor, status, About::of(&visitor.caller.user), faults)
}

fn show(
    visitor: &SignedIn,
    status: StatusCode,
    about: About,
    faults: Faults,
) -> Result<HttpResponse, PageProblem> {
    let (user, words) = (&visitor.caller.user, &ENGLISH.profile);
    let layout = visitor.layout(words.title);
    let name = layout.account.as_ref().map_or("", |account| account.name.as_str());
    let page = ProfilePage {
        csrf: visitor.csrf(),
        since: ENGLISH.dates.day(&user.created_at),
        avatar: user.profile.avatar.as_ref().map(|avatar| Face::avatar_path(avatar, AvatarSize::Large)),
        avatar_alt: (words.picture.alt)(name),
        layout,
        user,
        about,
        faults,
    };
    visitor.show(status, &page)
}

/// Keeps what was typed: an empty field clears what there was, one that did not come leaves it.
pub(super) async fn save_profile(visitor: SignedIn, form: Form) -> Result<HttpResponse, PageProblem> {
    let fields = form.read(&visitor).await?;
    let (now, user_id) = (visitor.shell.now(), visitor.caller.user.id);
    // Parsed over there: the first telephone number brings in the tables of all countries, which takes a while.
    let changing = visitor.shell.database_write(move |accounts| match parse(&fields, now) {
        Ok(change) => change_profile(accounts, now, user_id, &change).map(|_| Ok(())),
        Err(faults) => Ok::<_, StoreError>(Err((fields, faults))),
    });
    match changing.await?? {
        Ok(()) => Ok(visitor.lead_to_saying(PATH, Notice::Saved)),
        Err((fields, faults)) => {
            show(&visitor, StatusCode::UNPROCESSABLE_ENTITY, About::typed(&fields), faults)
        }
    }
}

fn parse(fields: &Fields, now: Timestamp) -> Result<ProfileChange, Faults> {
    let mut faults = Faults::default();
    let change = ProfileChange {
        full_name: take(&mut faults, fields, "full_name", str::parse),
        nickname: take(&mut faults, fields, "nickname", str::parse),
        phone: take(&mut faults, fields, "phone", str::parse),
        dob: take(&mut faults, fields, "dob", |dob| BirthDate::parse(dob, now)),
        // For applications in front, and no form for people.
        metadata: None,
    };
    if faults.is_empty() { Ok(change) } else { Err(faults) }
}

fn take<T, E: std::fmt::Display>(
    faults: &mut Faults,
    fields: &Fields,
    name: &'static str,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Option<Option<T>> {
    fields.all(name).next()?;
    Some(fields.given(name).and_then(|typed| faults.take(name, parse(typed))))
}

/// Has a link sent that proves the address.
pub(super) async fn ask_for_proof(visitor: SignedIn, form: Form) -> Result<HttpResponse, PageProblem> {
    form.read(&visitor).await?;
    admit(&visitor.shell, &visitor.request, LimitedAction::AskForMail).await?;
    let (now, caller, client) = (visitor.shell.now(), visitor.caller.clone(), visitor.client());
    let asking = move |accounts: &_| request_verification(accounts, now, &caller, &client);
    visitor.shell.database_write(asking).await??;
    Ok(visitor.lead_to_saying(PATH, Notice::ProofAskedFor))
}
