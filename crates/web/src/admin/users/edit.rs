//! Changing what an account is called and tells.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use askama::Template;
use vestibule_auth::accounts::Accounts;
use vestibule_auth::administration::{AccountChange, AdministerError, Seen, update_user};
use vestibule_domain::birth_date::BirthDate;
use vestibule_domain::id::UserId;
use vestibule_domain::time::Timestamp;
use vestibule_domain::user::User;
use vestibule_domain::username::Username;
use vestibule_http::UsersWrite;
use vestibule_persistence::users::{self, ProfileChange, UserChange};

use super::{called, parse_path, path_of};
use crate::admin::menu::{Frame, around};
use crate::admin::refusal::note;
use crate::attempt::{self, AS_OF};
use crate::entry::May;
use crate::fields::{Faults, Fields};
use crate::form::Form;
use crate::page::Layout;
use crate::problem::PageProblem;
use crate::texts::{ENGLISH, Notice};

/// The fields, in the order of the form.
const NAMES: [&str; 7] = ["username", "email", "full_name", "nickname", "phone", "dob", "metadata"];

#[derive(Template)]
#[template(path = "admin/users/edit.html")]
struct EditPage {
    layout: Layout,
    frame: Frame,
    faults: Faults,
    id: UserId,
    name: String,
    /// What was typed, and what the form was made for.
    fields: Fields,
    /// The account as it is, where it was changed since the form was shown.
    now: Option<Vec<(&'static str, String)>>,
}

/// Shows the form.
pub(super) async fn show_user_form(
    visitor: May<UsersWrite>,
    id: Path<String>,
) -> Result<HttpResponse, PageProblem> {
    let user = find(&visitor, parse_path(&id)?).await?;
    let mut fields = Fields::default();
    for (name, value) in NAMES.into_iter().zip(stored(&user)) {
        fields.push(name.to_owned(), value);
    }
    fields.push(AS_OF.to_owned(), Seen::account(&user).to_string());
    show(&visitor, &user, fields, Faults::default(), StatusCode::OK)
}

/// Changes what was typed anew, where nobody was faster; what stands as it was is left alone, whatever rules there are for it by
/// now.
pub(super) async fn edit_user(
    visitor: May<UsersWrite>,
    id: Path<String>,
    form: Form,
) -> Result<HttpResponse, PageProblem> {
    let fields = form.read(&visitor).await?;
    let (user_id, seen) = (parse_path(&id)?, attempt::as_of(&fields)?);
    let user = find(&visitor, user_id).await?;
    if Seen::account(&user) != seen {
        return show_both(&visitor, &user, fields);
    }
    let mut faults = Faults::default();
    let (now, client, caller) = (visitor.shell.now(), visitor.client(), visitor.caller.clone());
    // Parsed over there: the first telephone number brings in the tables of all countries.
    let updating = move |accounts: &Accounts| {
        let change = parse(&mut faults, &fields, &user, now);
        let update = || update_user(accounts, now, &caller, user_id, &change, Some(seen), &client);
        let outcome = faults.is_empty().then(update);
        (outcome, user, fields, faults)
    };
    let (outcome, user, fields, mut faults) = visitor.shell.database_write(updating).await?;
    match outcome {
        None => show(&visitor, &user, fields, faults, StatusCode::UNPROCESSABLE_ENTITY),
        Some(Ok(_)) => Ok(visitor.lead_to_saying(&path_of(user_id), Notice::Saved)),
        Some(Err(AdministerError::Missing)) => Err(PageProblem::NotFound),
        Some(Err(AdministerError::Stale)) => show_both(&visitor, &find(&visitor, user_id).await?, fields),
        Some(Err(error)) => {
            let status = note(&mut faults, error)?;
            show(&visitor, &user, fields, faults, status)
        }
    }
}

async fn find(visitor: &May<UsersWrite>, user_id: UserId) -> Result<User, PageProblem> {
    // The form shows what the account tells, so that takes the right to see it, too.
    visitor.must(vestibule_domain::permission::Permission::UsersRead)?;
    let finding = move |accounts: &Accounts| accounts.database.read(|conn| users::find(conn, user_id));
    visitor.shell.database(finding).await??.ok_or(PageProblem::NotFound)
}

/// The values in the order of [`NAMES`].
fn stored(user: &User) -> [String; 7] {
    fn text(value: Option<&impl ToString>) -> String {
        value.map(ToString::to_string).unwrap_or_default()
    }
    let profile = &user.profile;
    [
        text(user.username.as_ref()),
        text(user.email.as_ref()),
        text(user.full_name.as_ref()),
        text(profile.nickname.as_ref()),
        text(profile.phone.as_ref()),
        text(profile.dob.as_ref()),
        profile.metadata.to_string(),
    ]
}

fn parse(faults: &mut Faults, fields: &Fields, user: &User, now: Timestamp) -> AccountChange {
    let old = stored(user);
    let mut values = NAMES.into_iter().zip(&old).map(|(name, old)| {
        let typed = fields.text(name);
        let is_new = typed.trim() != old.trim();
        is_new.then(|| fields.given(name))
    });
    let mut next = || values.next().flatten();
    let username = next().map(|text| text.and_then(|text| faults.take("username", Username::choose(text))));
    let email = next().map(|text| text.and_then(|text| faults.take("email", text.parse())));
    let full_name = next().map(|text| text.and_then(|text| faults.take("full_name", text.parse())));
    let nickname = next().map(|text| text.and_then(|text| faults.take("nickname", text.parse())));
    let phone = next().map(|text| text.and_then(|text| faults.take("phone", text.parse())));
    let dob = next().map(|text| text.and_then(|text| faults.take("dob", BirthDate::parse(text, now))));
    let metadata =
        next().map(|text| text.and_then(|text| faults.take("metadata", text.parse())).unwrap_or_default());
    let profile = ProfileChange { full_name, nickname, phone, dob, metadata };
    AccountChange { user: UserChange { username, email, profile }, is_active: None }
}

fn show(
    visitor: &May<UsersWrite>,
    user: &User,
    fields: Fields,
    faults: Faults,
    status: StatusCode,
) -> Result<HttpResponse, PageProblem> {
    visitor.show(status, &page(visitor, user, fields, faults))
}

/// Somebody changed it meanwhile: what they made of it is shown below the form, and what is saved next takes its place.
fn show_both(
    visitor: &May<UsersWrite>,
    user: &User,
    mut fields: Fields,
) -> Result<HttpResponse, PageProblem> {
    let (words, mut faults) = (&ENGLISH.admin.users, Faults::default());
    faults.note_whole(words.changed_meanwhile);
    fields.push(AS_OF.to_owned(), Seen::account(user).to_string());
    let labels = [
        words.username,
        words.email,
        words.full_name,
        words.nickname,
        words.phone,
        words.dob,
        words.metadata,
    ];
    let now = Some(labels.into_iter().zip(stored(user)).collect());
    visitor.show(StatusCode::CONFLICT, &EditPage { now, ..page(visitor, user, fields, faults) })
}

fn page(visitor: &May<UsersWrite>, user: &User, fields: Fields, faults: Faults) -> EditPage {
    let name = called(user);
    let (layout, frame) = around(visitor, (ENGLISH.admin.users.edit_title)(&name));
    EditPage { layout, frame, faults, id: user.id, name, fields, now: None }
}
