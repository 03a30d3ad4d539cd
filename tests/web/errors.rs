//! What goes wrong, as people are told of it.

use reqwest::Method;

use crate::harness::{Backend, Page, TestApp, Visitor};

on_both!(
    every_fault_is_a_page_and_says_how_to_go_on,
    programs_get_json_where_people_get_pages,
    a_page_says_what_may_be_done_with_it,
    what_is_no_form_is_refused,
    details_are_shown_where_somebody_works_on_the_site_alone,
);

async fn post(visitor: &Visitor, path: &str, kind: &str, body: String) -> Page {
    visitor.send(visitor.request(Method::POST, path).header("content-type", kind).body(body)).await
}

const FORM: &str = "application/x-www-form-urlencoded";

/// S25, S53: each in one dress, which the visitor of these tests looks at; none tells of the inside.
async fn every_fault_is_a_page_and_says_how_to_go_on(backend: Backend) {
    let app = TestApp::start(backend).await;
    let (alice, stranger) = (app.visitor_signed_in("alice").await, app.visitor());
    let csrf = stranger.csrf().await;
    app.database.sql("alter table posts rename to posts_elsewhere");
    let broken = stranger.get("/").await;
    app.database.sql("alter table posts_elsewhere rename to posts");
    let preflight = stranger.request(Method::OPTIONS, "/login").header("origin", "https://evil.example");
    let preflight = stranger.send(preflight.header("access-control-request-method", "POST")).await;
    let deleted = stranger.send(stranger.request(Method::DELETE, "/login")).await;
    for (status, heading, page) in [
        (
            400,
            "That did not make sense",
            post(&stranger, "/login", FORM, format!("csrf={csrf}&username=%00")).await,
        ),
        (403, "This is not yours to see", alice.get("/admin").await),
        (403, "This is not yours to see", preflight),
        (403, "This form is out of date", stranger.post("/login", &[]).await),
        (404, "There is nothing here", stranger.get("/nothing").await),
        (404, "There is nothing here", alice.get("/profile/x.css").await),
        (404, "There is nothing here", stranger.get("/%ff%fe").await),
        (405, "That cannot be done here", deleted),
        (413, "That is too much at once", post(&stranger, "/login", FORM, "x".repeat(70_000)).await),
        (
            415,
            "That did not make sense",
            post(&stranger, "/login", "application/json", "{}".to_owned()).await,
        ),
        (500, "Something went wrong here", broken),
    ] {
        page.assert_status(status);
        assert_eq!(page.heading(), heading, "{}", page.path);
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
        assert_eq!(page.words(".hint code"), page.header("x-request-id").unwrap());
        assert_eq!(page.attribute("main a", "href").as_deref(), Some("/"), "the way home");
        assert!(
            !page.headers.contains_key("set-cookie") && !page.text.contains("posts_elsewhere"),
            "{}",
            page.text
        );
        assert!(!page.has("pre"), "no details: {}", page.text);
    }
}

async fn programs_get_json_where_people_get_pages(backend: Backend) {
    let app = TestApp::start(backend).await;
    let stranger = app.visitor();
    for path in
        ["/api", "/api/nothing", "/auth/nothing", "/health/nothing", "/media/nothing", "/.well-known/nothing"]
    {
        let answer = stranger.get(path).await;
        assert_eq!((answer.status, answer.header("content-type")), (404, Some("application/json")), "{path}");
    }
    for path in ["/docs/nothing", "/assets/nothing.css", "/redoc/nothing"] {
        let answer = stranger.get(path).await;
        assert_eq!((answer.status, answer.header("content-type")), (404, Some("application/json")), "{path}");
    }
    for path in ["/apiary", "/nothing", "/blog/no-such-post", "/API/auth/profile", "/profile/nothing"] {
        let answer = stranger.get(path).await;
        assert_eq!(
            answer.header("content-type"),
            Some("text/html; charset=utf-8"),
            "{path}: {}",
            answer.text
        );
        answer.assert_status(404);
    }
}

/// S72.
async fn a_page_says_what_may_be_done_with_it(backend: Backend) {
    let app = TestApp::start(backend).await;
    let visitor = app.visitor_admin().await;
    for (path, methods) in [
        ("/", "GET, HEAD"),
        ("/privacy", "GET, HEAD"),
        ("/login", "GET, HEAD, POST"),
        ("/signup", "GET, HEAD, POST"),
        ("/logout", "POST"),
        ("/profile", "GET, HEAD, POST"),
        ("/blog", "GET, HEAD"),
        ("/admin", "GET, HEAD"),
    ] {
        for method in ["PUT", "PATCH", "DELETE", "PROPFIND", "get", "OPTIONS", "HEAD", "POST"] {
            let is_served = methods.split(", ").any(|served| served == method);
            if method == "POST" && is_served {
                continue;
            }
            let page = visitor.send(visitor.request(method.parse().unwrap(), path)).await;
            if is_served {
                let get = visitor.get(path).await;
                assert_eq!((page.status, page.text.as_str()), (get.status, ""), "{method} {path}");
                continue;
            }
            assert_eq!(page.status, if method == "OPTIONS" { 204 } else { 405 }, "{method} {path}");
            assert_eq!(page.header("allow"), Some(methods), "{method} {path}");
        }
    }
}

/// S59, S81: what does not parse is a refusal, and never a fault of ours or a text with holes in it.
async fn what_is_no_form_is_refused(backend: Backend) {
    let app = TestApp::start(backend).await;
    let visitor = app.visitor();
    let csrf = visitor.csrf().await;
    for (rest, status) in [
        ("username=a&password=%FF", 400),
        ("username=%C0%80&password=x", 400),
        ("username=%ED%A0%80&password=x", 400),
        ("username=a%00b&password=x", 400),
        ("%00=x&username=a&password=x", 400),
        ("username=%EF%BF%BD&password=x", 401),
        ("username=%zz%&password=%", 401),
        ("&&&=&username=a&&password=x&", 401),
        ("username[]=a&username.x=b&password=x", 422),
        ("username=a&username=b&password=x", 401),
        ("is_admin=true&username=a&password=x&__proto__=x", 401),
    ] {
        let page = post(&visitor, "/login", FORM, format!("csrf={csrf}&{rest}")).await;
        assert_eq!(page.status, status, "{rest}: {}", page.text);
    }
    let charset = format!("{FORM}; charset=UTF-8");
    let page = post(&visitor, "/login", &charset, format!("csrf={csrf}&username=a&password=x")).await;
    assert_eq!(page.status, 401, "{}", page.text);
}

/// With `DEBUG` a page says what the log says; programs and strangers of other installations are told nothing.
async fn details_are_shown_where_somebody_works_on_the_site_alone(backend: Backend) {
    let app = TestApp::start_with(backend, &["--debug"]).await;
    let visitor = app.visitor();
    app.database.sql("alter table posts rename to posts_elsewhere");
    let page = visitor.get("/").await;
    page.assert_status(500);
    assert!(page.words("pre").contains("posts"), "{}", page.text);
    assert!(!page.text.contains(crate::harness::given::SECRET_KEY), "{}", page.text);
    assert!(!visitor.get("/api/posts").await.text.contains("relation"));
}
