//! Every path, in one place.

use actix_web::http::Method;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;
use utoipa::openapi::OpenApi;
use utoipa_actix_web::scope;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::face::Face;
use crate::problem::{Code, Problem};
use crate::{
    accounts, admin, comments, compatible, contact, documents, email, health, media, passwords, permissions,
    posts, profile, roles, sessions, states, users, well_known,
};

/// The operations: route and document in one registration.
pub(crate) fn operations(config: &mut ServiceConfig<'_>) {
    config
        .service(
            scope::scope("/api/auth")
                .configure(accounts::routes)
                .configure(profile::routes)
                .configure(sessions::routes)
                .configure(passwords::routes)
                .configure(email::routes),
        )
        .service(scope::scope("/api/users").configure(users::routes))
        .service(scope::scope("/api/roles").configure(roles::routes))
        .service(scope::scope("/api/permissions").configure(permissions::routes))
        .service(scope::scope("/api/admin").configure(admin::routes))
        .service(scope::scope("/api/posts").configure(posts::routes))
        .service(scope::scope("/api/comments").configure(comments::routes))
        .service(scope::scope("/api/contact").configure(contact::routes))
        .service(scope::scope("/api/states").configure(states::routes))
        .service(scope::scope("/media").configure(media::routes))
        .service(scope::scope("/auth").configure(compatible::routes))
        .service(scope::scope("/.well-known").configure(well_known::routes))
        .service(scope::scope("/health").configure(health::routes));
}

/// The document and what answers where nothing else does, made once for all workers.
#[derive(Clone, Debug)]
pub(crate) struct Documents {
    json: Bytes,
    methods: Vec<(Vec<Segment>, HeaderValue)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    Fixed(String),
    Anything,
}

impl Segment {
    /// A name of something is never empty.
    fn takes(&self, asked: &Self) -> bool {
        let is_empty = *asked == Self::Fixed(String::new());
        self == asked || (*self == Self::Anything && !is_empty)
    }
}

impl Documents {
    /// Puts the document together.
    pub(crate) fn new() -> Self {
        let document = documents::document();
        let json = serde_json::to_vec(&document).map(Bytes::from).unwrap_or_default();
        let mut methods: Vec<_> =
            document.paths.paths.keys().map(|path| (segments(path), allow(&document, path))).collect();
        for path in ["/openapi.json", "/docs", "/docs/", "/docs/{file}", "/redoc", "/redoc/redoc.js"] {
            methods.push((segments(path), HeaderValue::from_static("GET, HEAD")));
        }
        Self { json, methods }
    }

    /// The methods of `path`, if there is such a path.
    fn allowed(&self, path: &str) -> Option<&HeaderValue> {
        let asked = segments(path);
        let fits = |known: &[Segment]| {
            known.len() == asked.len() && known.iter().zip(&asked).all(|(known, asked)| known.takes(asked))
        };
        self.methods.iter().find(|(known, _)| fits(known)).map(|(_, allow)| allow)
    }
}

fn segments(path: &str) -> Vec<Segment> {
    let parts = path.split('/').skip(1);
    parts
        .map(|part| if part.starts_with('{') { Segment::Anything } else { Segment::Fixed(part.to_owned()) })
        .collect()
}

fn allow(document: &OpenApi, path: &str) -> HeaderValue {
    let item = document.paths.paths.get(path);
    let has = |name| match item {
        None => false,
        Some(item) => match name {
            "GET" | "HEAD" => item.get.is_some(),
            "POST" => item.post.is_some(),
            "PUT" => item.put.is_some(),
            "PATCH" => item.patch.is_some(),
            _ => item.delete.is_some(),
        },
    };
    let names: Vec<_> =
        ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"].into_iter().filter(|name| has(*name)).collect();
    HeaderValue::from_str(&names.join(", ")).unwrap_or(HeaderValue::from_static("GET"))
}

/// Everything this room serves, to be mounted on an application whose data holds the shell.
pub fn configure(config: &mut web::ServiceConfig, face: &web::Data<Face>) {
    operations(&mut ServiceConfig::new(config));
    config.route("/openapi.json", web::get().to(openapi_json));
    config.configure(documents::swagger_routes).configure(documents::redoc_routes);
    config.app_data(face.clone());
}

async fn openapi_json(face: web::Data<Face>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/json"))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .body(face.documents.json.clone())
}

/// What answers where no route does: 405 with `Allow` on a path that exists, else 404.
pub async fn nothing_here(request: HttpRequest) -> Result<HttpResponse, Problem> {
    let face = request.app_data::<web::Data<Face>>();
    match face.and_then(|face| face.documents.allowed(request.path()).cloned()) {
        Some(allow) if request.method() == Method::OPTIONS => {
            Ok(HttpResponse::NoContent().insert_header((header::ALLOW, allow)).finish())
        }
        Some(allow) => Err(Problem::from(Code::MethodNotAllowed).with(header::ALLOW, allow)),
        None => Err(Code::NotFound.into()),
    }
}
