//! Who looks at a page.

use std::cell::OnceCell;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use actix_web::cookie::Cookie;
use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};
use vestibule_auth::authenticate::{AuthenticateError, Presented};
use vestibule_domain::caller::{Caller, ClientInfo};
use vestibule_domain::permission::Permission;
use vestibule_http::{Shell, Undone, client_info, conduct};

use crate::cookies::{self, Name};
use crate::face::Face;
use crate::form;
use crate::problem::PageProblem;

/// Whoever asks for a page, signed in or not.
pub(crate) struct Visitor {
    pub(crate) face: Data<Face>,
    pub(crate) shell: Data<Shell>,
    pub(crate) request: HttpRequest,
    /// The signed-in person.
    pub(crate) caller: Option<Arc<Caller>>,
    /// The cookie of their session, or of a stranger's visit.
    cookie: Option<String>,
    /// A visit that begins with this answer.
    new_visit: OnceCell<String>,
    /// A session cookie came that opens nothing: it is to go.
    pub(crate) is_stale: bool,
}

impl FromRequest for Visitor {
    type Error = PageProblem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, PageProblem>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let visiting = Self::of(request.clone()).await;
            // Whoever is refused for too much work makes none.
            if !matches!(visiting, Ok(_) | Err(PageProblem::Refused(_))) {
                form::keep_written(&request).await;
            }
            visiting
        })
    }
}

impl Visitor {
    async fn of(request: HttpRequest) -> Result<Self, PageProblem> {
        let (Some(face), Some(shell)) =
            (request.app_data::<Data<Face>>().cloned(), request.app_data::<Data<Shell>>().cloned())
        else {
            return Err(PageProblem::broken("the page face is not set up"));
        };
        let session = cookies::read(&request, Name::Session, face.is_https);
        let caller = match &session {
            Some(token) => find_caller(&shell, &request, token).await?,
            None => None,
        };
        let is_stale = session.is_some() && caller.is_none();
        let cookie = match &caller {
            Some(_) => session,
            None => cookies::read(&request, Name::Visit, face.is_https),
        };
        Ok(Self { face, shell, request, caller, cookie, new_visit: OnceCell::new(), is_stale })
    }

    /// Whether they are signed in and may do that.
    pub(crate) fn may(&self, permission: Permission) -> bool {
        self.caller.as_ref().is_some_and(|caller| caller.may(permission))
    }

    /// The token of this visitor's forms. A stranger's visit begins with the first.
    pub(crate) fn csrf(&self) -> String {
        let cookie = match &self.cookie {
            Some(cookie) => cookie,
            None => self.new_visit.get_or_init(|| {
                let mut bytes = [0; 32];
                self.shell.random().fill(&mut bytes);
                base16ct::lower::encode_string(&bytes)
            }),
        };
        self.face.csrf.token(cookie)
    }

    /// Whether a form's token is this visitor's.
    pub(crate) fn is_csrf(&self, token: &str) -> bool {
        self.cookie.as_ref().is_some_and(|cookie| self.face.csrf.is_token(cookie, token))
    }

    /// The visit that begins with this answer.
    pub(crate) fn new_visit(&self) -> Option<&str> {
        self.new_visit.get().map(String::as_str)
    }

    /// The session cookie that opens nothing any more, as it is to be forgotten.
    pub(crate) fn forgetting(&self) -> Option<Cookie<'static>> {
        self.is_stale.then(|| cookies::forget(Name::Session, self.face.is_https))
    }

    /// Where they come from.
    pub(crate) fn client(&self) -> ClientInfo {
        client_info(&self.request)
    }
}

/// Who holds the session; nobody where it ended.
async fn find_caller(
    shell: &Shell,
    request: &HttpRequest,
    token: &str,
) -> Result<Option<Arc<Caller>>, PageProblem> {
    let Some(presented) = Presented::of(token) else { return Ok(None) };
    if let Some(caller) = conduct::recall_caller(shell, request, &presented) {
        return Ok(Some(caller));
    }
    match conduct::caller(shell, request, presented).await {
        Ok(caller) => Ok(Some(caller)),
        Err(Undone::Failed(AuthenticateError::Store(error))) => Err(error.into()),
        Err(Undone::Failed(_)) => Ok(None),
        Err(Undone::Refused(refusal)) => Err(refusal.into()),
    }
}
