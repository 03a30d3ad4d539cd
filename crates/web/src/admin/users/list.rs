//! Finding accounts.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use vestibule_auth::accounts::Accounts;
use vestibule_domain::page::Page;
use vestibule_domain::permission::Permission;
use vestibule_domain::role::RoleName;
use vestibule_domain::user::User;
use vestibule_http::UsersRead;
use vestibule_persistence::StoreError;
use vestibule_persistence::user_list::{self, UserFilter, UserOrder, UserPosition};

use super::{all_roles, called, sort};
use crate::admin::list::{Choice, Pager, Paging, query};
use crate::admin::menu::{Frame, around};
use crate::admin::moment::Moment;
use crate::entry::May;
use crate::fields::{Faults, Fields};
use crate::page::Layout;
use crate::problem::PageProblem;
use crate::texts::ENGLISH;

/// One row.
struct Row {
    id: i64,
    name: String,
    full_name: Option<String>,
    email: Option<String>,
    roles: String,
    is_active: bool,
    created: Moment,
    last_login: Option<Moment>,
}

#[derive(Template)]
#[template(path = "admin/users/list.html")]
struct UsersPage {
    layout: Layout,
    frame: Frame,
    faults: Faults,
    q: String,
    roles: Vec<Choice>,
    states: Vec<Choice>,
    sorts: Vec<Choice>,
    sizes: Vec<Choice>,
    rows: Vec<Row>,
    pager: Option<Pager>,
    may_write: bool,
}

/// Shows them.
pub(super) async fn show_users(visitor: May<UsersRead>) -> Result<HttpResponse, PageProblem> {
    let (asked, mut faults) = (query(&visitor), Faults::default());
    let filter = parse_filter(&mut faults, &asked);
    let sort = asked.given("sort").unwrap_or(sort::DEFAULT);
    let order = faults.take("sort", sort::parse(sort));
    let paging =
        Paging::<UserPosition>::parse(&mut faults, format!("users:{sort}"), &visitor.face.cursors, &asked);
    let wanted = order.filter(|_| faults.is_empty());
    let (after, size) = (paging.before.clone(), paging.size);
    let listing = move |accounts: &Accounts| {
        accounts.database.read(|conn| {
            let list = |order: UserOrder| user_list::list(conn, &filter, order, after.as_ref(), size);
            let page = wanted.map(list).transpose()?;
            Ok::<_, StoreError>((page, all_roles(conn)?))
        })
    };
    let (page, roles) = visitor.shell.database(listing).await??;
    let pager = page
        .as_ref()
        .zip(order)
        .map(|(page, order)| paging.pager(&visitor, page, |user| UserPosition::of(order.by, user)));
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let (layout, frame) = around(&visitor, ENGLISH.admin.users.title);
    let chosen = asked.text("role").to_owned();
    let roles =
        roles.iter().map(|role| Choice::new(role.name.as_str(), role.name.as_str(), &chosen)).collect();
    let shown = UsersPage {
        layout,
        frame,
        faults,
        q: asked.text("q").to_owned(),
        roles,
        states: states(&asked),
        sorts: ENGLISH
            .admin
            .users
            .sorts
            .iter()
            .map(|(value, label)| Choice::new(*value, *label, sort))
            .collect(),
        sizes: Choice::sizes(paging.size),
        rows: page.map(rows).unwrap_or_default(),
        pager,
        may_write: visitor.may(Permission::UsersWrite),
    };
    visitor.show(status, &shown)
}

fn states(asked: &Fields) -> Vec<Choice> {
    let (words, chosen) = (&ENGLISH.admin.users, asked.text("is_active"));
    [("true", words.active), ("false", words.suspended)]
        .map(|(value, label)| Choice::new(value, label, chosen))
        .into()
}

/// Which accounts; what is wrong with that is noted.
fn parse_filter(faults: &mut Faults, asked: &Fields) -> UserFilter {
    let search = asked.given("q").and_then(|text| faults.take("q", text.parse()));
    let role = |name: &str| name.parse::<RoleName>().map_err(|_| "is no role's name");
    let role = asked.given("role").and_then(|name| faults.take("role", role(name)));
    let is_active = |text: &str| text.parse::<bool>().map_err(|_| "is no state");
    let is_active = asked.given("is_active").and_then(|text| faults.take("is_active", is_active(text)));
    UserFilter { search, role, is_active }
}

fn rows(page: Page<User>) -> Vec<Row> {
    let row = |user: User| Row {
        id: user.id.get(),
        name: called(&user),
        full_name: user.full_name.as_ref().map(ToString::to_string),
        email: user.email.as_ref().map(ToString::to_string),
        roles: user.roles.iter().map(RoleName::as_str).collect::<Vec<_>>().join(", "),
        is_active: user.is_active(),
        created: user.created_at.into(),
        last_login: user.last_login_at.map(Moment::from),
    };
    page.entries.into_iter().map(row).collect()
}
