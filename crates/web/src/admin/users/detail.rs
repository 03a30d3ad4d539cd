//! One account, with all that is known of it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use askama::Template;
use vestibule_auth::accounts::Accounts;
use vestibule_domain::avatar::AvatarSize;
use vestibule_domain::page::PageSize;
use vestibule_domain::permission::Permission;
use vestibule_domain::role::RoleName;
use vestibule_domain::user::User;
use vestibule_http::UsersRead;
use vestibule_persistence::sessions::SessionEntry;
use vestibule_persistence::{StoreError, sessions, users};

use super::{called, parse_path};
use crate::admin::menu::{Frame, around};
use crate::admin::moment::Moment;
use crate::entry::May;
use crate::face::Face;
use crate::page::Layout;
use crate::problem::PageProblem;

/// An account as it is shown.
struct Shown {
    id: i64,
    name: String,
    avatar: Option<String>,
    username: Option<String>,
    full_name: Option<String>,
    email: Option<String>,
    is_verified: bool,
    nickname: Option<String>,
    phone: Option<String>,
    dob: Option<String>,
    metadata: String,
    roles: String,
    permissions: String,
    suspended: Option<Moment>,
    created: Moment,
    updated: Moment,
    profile_updated: Moment,
    last_login: Option<Moment>,
}

/// A session as it is shown.
struct SessionRow {
    since: Moment,
    last_seen: Moment,
    ip: Option<String>,
    browser: Option<String>,
}

#[derive(Template)]
#[template(path = "admin/users/detail.html")]
struct UserPage {
    layout: Layout,
    frame: Frame,
    user: Shown,
    sessions: Vec<SessionRow>,
    more_sessions: u64,
    may_write: bool,
    may_give_roles: bool,
    may_read_trail: bool,
}

/// The most sessions that are shown.
const SESSIONS: u64 = 100;

/// Shows it.
pub(super) async fn show_user(
    visitor: May<UsersRead>,
    id: Path<String>,
) -> Result<HttpResponse, PageProblem> {
    let (user_id, now) = (parse_path(&id)?, visitor.shell.now());
    let finding = move |accounts: &Accounts| {
        accounts.database.read(|conn| {
            let Some(user) = users::find(conn, user_id)? else { return Ok(None) };
            let size = PageSize::try_from(SESSIONS).unwrap_or_default();
            Ok::<_, StoreError>(Some((user, sessions::list_of_user(conn, now, user_id, None, size)?)))
        })
    };
    let (user, alive) = visitor.shell.database(finding).await??.ok_or(PageProblem::NotFound)?;
    let (layout, frame) = around(&visitor, called(&user));
    let shown = UserPage {
        layout,
        frame,
        user: Shown::from(user),
        more_sessions: alive.total.get().saturating_sub(SESSIONS),
        sessions: alive.entries.into_iter().map(SessionRow::from).collect(),
        may_write: visitor.may(Permission::UsersWrite),
        may_give_roles: visitor.may(Permission::RolesManage),
        may_read_trail: visitor.may(Permission::AuditRead),
    };
    visitor.show(StatusCode::OK, &shown)
}

impl From<User> for Shown {
    fn from(user: User) -> Self {
        let name = called(&user);
        let profile = user.profile;
        Self {
            id: user.id.get(),
            name,
            avatar: profile.avatar.as_ref().map(|name| Face::avatar_path(name, AvatarSize::Small)),
            username: user.username.map(|name| name.to_string()),
            full_name: user.full_name.map(|name| name.to_string()),
            is_verified: user.email_verified_at.is_some(),
            email: user.email.map(|email| email.to_string()),
            nickname: profile.nickname.map(|name| name.to_string()),
            phone: profile.phone.map(|phone| phone.to_string()),
            dob: profile.dob.map(|dob| dob.to_string()),
            metadata: profile.metadata.to_string(),
            roles: user.roles.iter().map(RoleName::as_str).collect::<Vec<_>>().join(", "),
            permissions: user.permissions.to_string().replace(' ', ", "),
            suspended: user.suspended_at.map(Moment::from),
            created: user.created_at.into(),
            updated: user.updated_at.into(),
            profile_updated: profile.updated_at.into(),
            last_login: user.last_login_at.map(Moment::from),
        }
    }
}

impl From<SessionEntry> for SessionRow {
    fn from(entry: SessionEntry) -> Self {
        Self {
            since: entry.created_at.into(),
            last_seen: entry.last_seen_at.into(),
            ip: entry.client.ip().map(|ip| ip.to_string()),
            browser: entry.client.user_agent().map(str::to_owned),
        }
    }
}
