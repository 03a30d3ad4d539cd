//! A page: a struct, a template and a status.

use actix_web::cookie::Cookie;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpResponse, HttpResponseBuilder};
use askama::Template;
use sha2::{Digest, Sha256};
use vestibule_domain::avatar::AvatarSize;
use vestibule_domain::permission::Permission;
use vestibule_http::{is_held, is_https};

use crate::assets;
use crate::cookies::{self, Name};
use crate::face::{Face, is_trustworthy};
use crate::problem::PageProblem;
use crate::texts::{ENGLISH, Notice, Texts};
use crate::visitor::Visitor;

/// What stands around every page; each page's struct has it as `layout`.
pub(crate) struct Layout {
    /// What the page is called.
    pub(crate) title: String,
    /// What the place is called.
    pub(crate) site: String,
    /// Where the page is, without its query: marks the place in the navigation.
    pub(crate) path: String,
    /// Who is signed in.
    pub(crate) account: Option<AccountMenu>,
    /// Whether people may make accounts for themselves.
    pub(crate) may_sign_up: bool,
    /// What was done on the page before.
    pub(crate) notice: Option<&'static str>,
    /// Where the assets are.
    pub(crate) assets: String,
    /// Every word.
    pub(crate) texts: &'static Texts,
}

impl Layout {
    /// Where the asset `name` is: here, or where the operator has it cached.
    pub(crate) fn asset(&self, name: &str) -> String {
        format!("{}/{}", self.assets, assets::file(name))
    }

    /// Whether assets come from another host, which then has to say that it may be asked.
    pub(crate) fn has_assets_elsewhere(&self) -> bool {
        self.assets != assets::PLACE
    }
}

/// The signed-in person's corner.
pub(crate) struct AccountMenu {
    /// What they are called.
    pub(crate) name: String,
    /// Their picture, the small one.
    pub(crate) avatar: Option<String>,
    /// Whether there is anything for them on the dashboard.
    pub(crate) has_dashboard: bool,
    /// For the form that signs out.
    pub(crate) csrf: String,
}

/// Any of these opens the dashboard; each of its pages asks for its own.
pub(crate) const DASHBOARD: [Permission; 8] = [
    Permission::UsersRead,
    Permission::RolesManage,
    Permission::AuditRead,
    Permission::MailManage,
    Permission::PostsModerate,
    Permission::CommentsModerate,
    Permission::ContactRead,
    Permission::StatesWrite,
];

impl Visitor {
    /// What stands around a page of that title.
    pub(crate) fn layout(&self, title: impl Into<String>) -> Layout {
        let account = self.caller.as_ref().map(|caller| {
            let user = &caller.user;
            let name = user.username.as_ref().map(ToString::to_string);
            let name = name.or_else(|| user.full_name.as_ref().map(ToString::to_string));
            let name = name.or_else(|| user.email.as_ref().map(ToString::to_string));
            let avatar = user.profile.avatar.as_ref();
            AccountMenu {
                name: name.unwrap_or_else(|| user.id.to_string()),
                avatar: avatar.map(|name| Face::avatar_path(name, AvatarSize::Small)),
                has_dashboard: DASHBOARD.iter().any(|permission| caller.may(*permission)),
                csrf: self.csrf(),
            }
        });
        Layout {
            title: title.into(),
            site: self.face.name.clone(),
            path: self.request.path().to_owned(),
            account,
            may_sign_up: self.shell.accounts().rules.registration_open,
            notice: Notice::of_query(self.request.query_string()).map(|notice| ENGLISH.notices.of(notice)),
            assets: self.face.assets.clone(),
            texts: &ENGLISH,
        }
    }

    /// Shows a page that is for this visitor alone: nobody keeps it.
    pub(crate) fn show(&self, status: StatusCode, page: &impl Template) -> Result<HttpResponse, PageProblem> {
        let html = page.render()?;
        let mut response = self.answer(status);
        Ok(response.content_type("text/html; charset=utf-8").body(html))
    }

    /// The same where the page's address holds a secret, which is told to nobody: not to other sites, not to our own files'
    /// requests.
    pub(crate) fn show_secretly(
        &self,
        status: StatusCode,
        page: &impl Template,
    ) -> Result<HttpResponse, PageProblem> {
        let mut response = self.show(status, page)?;
        // A form on a page that tells nothing comes from nowhere, but for what else browsers say of it, and to places that they
        // do not trust they say nothing else. There the site alone is told; it is in no secret.
        let told = if self.is_trusted() { "no-referrer" } else { "strict-origin" };
        response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static(told));
        Ok(response)
    }

    /// Whether the browser takes this site for trustworthy, by whichever of its names it was asked for.
    fn is_trusted(&self) -> bool {
        let hosts = self.request.headers().get_all(header::HOST).map(|host| host.to_str());
        let is_here = |host| is_trustworthy(&format!("http://{host}"));
        self.face.is_https
            || is_https(&self.request)
            || (is_trustworthy(&self.face.address) && hosts.into_iter().all(|host| host.is_ok_and(is_here)))
    }

    /// Shows a page that looks the same to every stranger. What a stranger got may be shown again where it is still the same;
    /// to others it is as with [`Visitor::show`].
    pub(crate) fn show_public(&self, page: &impl Template) -> Result<HttpResponse, PageProblem> {
        if self.caller.is_some() || self.is_stale {
            return self.show(StatusCode::OK, page);
        }
        let html = page.render()?;
        if self.new_visit().is_some() {
            return Ok(self.answer(StatusCode::OK).content_type("text/html; charset=utf-8").body(html));
        }
        let digest = Sha256::digest(&html);
        let tag = format!("\"{}\"", base16ct::lower::encode_string(&digest[..16]));
        let is_known = is_held(self.request.headers(), &tag);
        let mut response = self.answer(if is_known { StatusCode::NOT_MODIFIED } else { StatusCode::OK });
        // Whoever keeps it asks whether it still holds, and knows that people who are signed in see another.
        response.insert_header((header::CACHE_CONTROL, "no-cache")).insert_header((header::VARY, "Cookie"));
        response.insert_header((header::ETAG, tag));
        if is_known {
            return Ok(response.finish());
        }
        Ok(response.content_type("text/html; charset=utf-8").body(html))
    }

    /// Leads on, after a form was sent, to a path of this site.
    pub(crate) fn lead_to(&self, path: &str) -> HttpResponse {
        let mut response = self.answer(StatusCode::SEE_OTHER);
        response.insert_header((header::LOCATION, path)).finish()
    }

    /// The same, and says there what was done.
    pub(crate) fn lead_to_saying(&self, path: &str, notice: Notice) -> HttpResponse {
        let joint = if path.contains('?') { '&' } else { '?' };
        self.lead_to(&format!("{path}{joint}{}", notice.parameter()))
    }

    /// Leads on with another session cookie, or with none, and forgets the visit: whoever signs in or out has new forms.
    pub(crate) fn lead_to_with_session(&self, path: &str, session: Cookie<'static>) -> HttpResponse {
        let mut response = self.bare_answer(StatusCode::SEE_OTHER);
        response.insert_header((header::LOCATION, path)).cookie(session);
        if cookies::has(&self.request, Name::Visit, self.face.is_https) {
            response.cookie(cookies::forget(Name::Visit, self.face.is_https));
        }
        response.finish()
    }

    /// An answer with the headers of a page and the cookies that are due.
    pub(crate) fn answer(&self, status: StatusCode) -> HttpResponseBuilder {
        let mut response = self.bare_answer(status);
        if let Some(stale) = self.forgetting() {
            response.cookie(stale);
        }
        if let Some(visit) = self.new_visit() {
            response.cookie(cookies::set(Name::Visit, visit, self.face.is_https, None));
        }
        response
    }

    fn bare_answer(&self, status: StatusCode) -> HttpResponseBuilder {
        let mut response = HttpResponse::build(status);
        response
            .insert_header((header::CONTENT_SECURITY_POLICY, self.face.policy.clone()))
            // Forms have to tell where they come from; other sites learn nothing.
            .insert_header((header::REFERRER_POLICY, HeaderValue::from_static("same-origin")));
        response
    }
}
