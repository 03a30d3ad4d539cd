//! A team's own static front end, served from the same origin as the API.

use std::path::{Path, PathBuf};

use actix_files::{Files, PathBufWrap};
use actix_web::guard::{self, GuardContext};
use actix_web::http::header::{self, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::DefaultHeaders;
use actix_web::{HttpRequest, HttpResponse, web};
use vestibule_api::{Code, Problem, nothing_here};
use vestibule_web::is_page;

/// A front end decides on its scripts and styles itself; nobody may frame it, and plug-ins stay out.
const POLICY: &str = "object-src 'none'; base-uri 'self'; frame-ancestors 'none'";

/// What a folder shows.
const INDEX: &str = "index.html";

/// All that may be done with a file; HEAD comes here as GET.
const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD");

/// Serves the files of `dir`, `index.html` for its folders, nothing hidden. Without `dir` nothing.
pub(crate) fn configure(config: &mut web::ServiceConfig, dir: Option<&Path>) {
    let Some(dir) = dir else { return };
    let site = Site::new(dir);
    let served = site.clone();
    let files = Files::new("/", dir)
        .index_file(INDEX)
        .prefer_utf8(true)
        .path_filter(move |path, _| served.holds(path))
        .default_handler(web::to(nothing_here));
    let headers = DefaultHeaders::new()
        .add((header::CONTENT_SECURITY_POLICY, POLICY))
        .add((header::CACHE_CONTROL, "no-cache"));
    // The guards stand before the headers: what is not theirs keeps ours.
    let (others, folders) = (site.clone(), site.clone());
    let read = web::scope("").guard(guard::Get()).guard(guard::fn_guard(move |of| site.answers(of)));
    let refuse = web::scope("").guard(guard::fn_guard(move |of| others.answers(of)));
    let bare = web::scope("").guard(guard::fn_guard(move |of| folders.is_bare_folder(of)));
    let bare = bare.default_service(web::to(lead_into_folder));
    config
        .service(read.wrap(headers).service(bare).service(files))
        .service(refuse.default_service(web::to(answer_other_methods)));
}

/// What a folder's page links to stands below the folder, for browsers too.
async fn lead_into_folder(request: HttpRequest) -> HttpResponse {
    let (path, query) = (request.uri().path(), request.uri().query());
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    HttpResponse::TemporaryRedirect().insert_header((header::LOCATION, format!("{path}/{query}"))).finish()
}

/// A file is there to be read.
async fn answer_other_methods(request: HttpRequest) -> Result<HttpResponse, Problem> {
    if request.method() == Method::OPTIONS {
        return Ok(HttpResponse::build(StatusCode::NO_CONTENT)
            .insert_header((header::ALLOW, METHODS))
            .finish());
    }
    Err(Problem::from(Code::MethodNotAllowed).with(header::ALLOW, METHODS))
}

/// Whether a front end may have a file there. Where people look a file wins over a page of ours, and where there is none the
/// page stays; what programs ask for is ours even where a front end has a file of that name.
fn is_theirs(path: &str) -> bool {
    // A folder's redirect must not lead to another host, as `//example.org/` would.
    let is_plain = !path.starts_with("//") && !path.contains('\\') && !path.contains("/.");
    is_plain && is_page(path)
}

/// What the address names, seen from the root; nothing where it cannot be theirs, in whatever spelling.
fn named(of: &GuardContext<'_>) -> Option<PathBuf> {
    let path = of.head().uri.path();
    let file = PathBufWrap::parse_path(path, false).ok()?;
    let file = file.as_ref();
    (is_theirs(path) && is_page(&format!("/{}", file.display()))).then(|| file.to_owned())
}

/// The folder of a front end.
#[derive(Clone, Debug)]
struct Site {
    /// Without symbolic links in it.
    root: PathBuf,
}

impl Site {
    fn new(dir: &Path) -> Self {
        // A folder that has gone since the settings were read holds nothing.
        Self { root: dir.canonicalize().unwrap_or_else(|_| dir.to_owned()) }
    }

    /// Whether what was asked for is a file of theirs.
    fn answers(&self, of: &GuardContext<'_>) -> bool {
        named(of).is_some_and(|file| self.holds(&file))
    }

    /// Whether it is a folder without the slash behind its name.
    fn is_bare_folder(&self, of: &GuardContext<'_>) -> bool {
        let is_bare = !of.head().uri.path().ends_with('/');
        is_bare && named(of).is_some_and(|file| self.root.join(file).is_dir())
    }

    /// Whether `path`, seen from the root, is a file, or a folder with a page, that lies within the root itself: a
    /// symbolic link may lead about in it, but not out of it, nor to what is hidden there.
    fn holds(&self, path: &Path) -> bool {
        let is_file = |path: &Path| self.inside(path).is_some_and(|path| path.is_file());
        self.inside(&self.root.join(path))
            .is_some_and(|path| path.is_file() || (path.is_dir() && is_file(&path.join(INDEX))))
    }

    /// What `path` is without symbolic links.
    fn inside(&self, path: &Path) -> Option<PathBuf> {
        let path = path.canonicalize().ok()?;
        let mut below = path.strip_prefix(&self.root).ok()?.iter();
        let is_hidden = below.any(|name| name.as_encoded_bytes().starts_with(b"."));
        (!is_hidden).then_some(path)
    }
}
