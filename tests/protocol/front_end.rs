//! `FRONTEND_DIR`: a team's own pages from the same origin.

use std::fs;
use std::os::unix::fs::symlink;

use reqwest::Method;
use tempfile::TempDir;

use crate::harness::client::Answer;
use crate::harness::{Backend, TestApp, raw, run};

/// A front end beside a file that is not part of it.
fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    for (path, text) in [
        ("secret.txt", "the secret"),
        ("site/index.html", "<h1>home</h1>"),
        ("site/app/index.html", "<h1>app</h1>"),
        ("site/app/main.js", "start()"),
        ("site/app/a b+c.txt", "a blank"),
        ("site/.env", "the secret"),
        ("site/.git/config", "the secret"),
        ("site/app/.htpasswd", "the secret"),
        ("site/api/auth/profile", "the secret"),
        ("site/api/index.html", "the secret"),
        ("site/health/live", "the secret"),
        ("site/docs/index.html", "the secret"),
        ("site/openapi.json", "the secret"),
        ("site/.well-known/security.txt", "the secret"),
    ] {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

async fn app(folder: &TempDir) -> TestApp {
    let site = folder.path().join("site");
    TestApp::start_with(Backend::Sqlite, &["--frontend-dir", site.to_str().unwrap()]).await
}

#[test]
fn files_are_served_as_what_they_are() {
    run(async {
        let folder = folder();
        let app = app(&folder).await;
        let stranger = app.anonymous();
        for (path, media_type, text) in [
            ("/", "text/html; charset=utf-8", "<h1>home</h1>"),
            ("/?next=%2Fapp", "text/html; charset=utf-8", "<h1>home</h1>"),
            ("/index.html", "text/html; charset=utf-8", "<h1>home</h1>"),
            ("/app/", "text/html; charset=utf-8", "<h1>app</h1>"),
            ("/app/main.js", "text/javascript", "start()"),
            ("/app/a%20b+c.txt", "text/plain; charset=utf-8", "a blank"),
        ] {
            let answer = stranger.get(path).await;
            answer.assert_status(200);
            assert_eq!((answer.header("content-type"), &*answer.text), (Some(media_type), text), "{path}");
            let head = stranger.send(stranger.request(Method::HEAD, path)).await;
            assert_eq!((head.status, head.text.as_str()), (200, ""), "{path}");
        }
    });
}

/// What a folder's page links to stands below the folder, for the browser too.
#[test]
fn a_folder_without_its_slash_leads_to_the_folder() {
    run(async {
        let folder = folder();
        let app = app(&folder).await;
        let answer = app.anonymous().get("/app").await;
        assert!(matches!(answer.status, 301 | 302 | 307 | 308), "{}: {}", answer.status, answer.text);
        assert_eq!(answer.header("location"), Some("/app/"));
        // With all that was asked of it.
        for query in ["?next=%2Fapp&x=a+b", "?", "?next=//evil.com/"] {
            let answer = app.anonymous().get(&format!("/app{query}")).await;
            assert_eq!(answer.header("location"), Some(&*format!("/app/{query}")));
        }
        // No address with two slashes leads to another host.
        for path in ["//app", "//evil.com", "///app", "/\\evil.com"] {
            let head = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            let answer = raw::Request::bytes(app.address(), head).send().unwrap();
            let location = answer.header("location").unwrap_or("/");
            assert!(location.starts_with('/') && !location.starts_with("//"), "{path}: {location}");
        }
    });
}

/// S59: what is not there is told by a page of ours, since none of the front end can be.
#[test]
fn a_missing_file_is_not_found() {
    run(async {
        let folder = folder();
        let app = app(&folder).await;
        for path in
            ["/missing", "/app/missing.js", "/app/main.js/more", "/index.html.bak", "/site/index.html"]
        {
            app.anonymous().get(path).await.assert_error(404, "not_found");
        }
    });
}

/// Nothing above the folder, nothing hidden in it, and no list of what it holds.
#[test]
fn nothing_but_the_front_end_comes_out() {
    run(async {
        let folder = folder();
        let app = app(&folder).await;
        let ask = |path: &str| -> Answer {
            let head = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            let answer = raw::Request::bytes(app.address(), head).send().unwrap();
            answer.assert_invariants(&Method::GET, path);
            answer
        };
        for path in [
            "/../secret.txt",
            "/app/../../secret.txt",
            "/..%2fsecret.txt",
            "/%2e%2e/secret.txt",
            "/%2e%2e%2fsecret.txt",
            "/app/%2e%2e/%2e%2e/secret.txt",
            "/app/..%2f..%2fsecret.txt",
            "/..%5csecret.txt",
            "/..\\secret.txt",
            "/%252e%252e/secret.txt",
            "/..;/secret.txt",
            "/....//secret.txt",
            "/%c0%ae%c0%ae/secret.txt",
            "/..%00/secret.txt",
            "/index.html%00.txt",
            "//etc/passwd",
            "/file:///etc/passwd",
            "/.env",
            "/%2eenv",
            "/.git/config",
            "/.git/",
            "/app/.htpasswd",
            "/app/%2ehtpasswd",
            "/app/./.htpasswd",
        ] {
            let answer = ask(path);
            // What only another spelling hides cannot be understood; the rest is not there.
            let is_spelled = ["%2e", "%2f", "%5c", ":/"].iter().any(|spelling| path.contains(spelling));
            let expected = if is_spelled { &[400, 404][..] } else { &[404] };
            assert!(expected.contains(&answer.status), "{path}: {} {}", answer.status, answer.text);
            assert!(!answer.text.contains("secret") && !answer.text.contains("root:"), "{path}");
        }
        let empty = folder.path().join("site/empty");
        fs::create_dir(&empty).unwrap();
        assert_eq!(ask("/empty/").status, 404);
    });
}

/// A link may lead about in the folder, as those of mounted configuration do, and not out of it.
#[test]
fn a_link_leads_to_nothing_outside() {
    run(async {
        let folder = folder();
        let site = folder.path().join("site");
        fs::create_dir_all(folder.path().join("site-too")).unwrap();
        fs::write(folder.path().join("site-too/index.html"), "the secret").unwrap();
        fs::create_dir_all(site.join("bare")).unwrap();
        for (target, link) in [
            ("../secret.txt", "out.txt"),
            ("/etc/passwd", "passwd"),
            ("..", "above"),
            ("../site-too", "beside"),
            ("../../site-too/index.html", "bare/index.html"),
            ("nowhere", "dangling"),
            ("loop", "loop"),
            ("app/main.js", "inside.js"),
            ("app", "within"),
        ] {
            symlink(target, site.join(link)).unwrap();
        }
        let app = app(&folder).await;
        let stranger = app.anonymous();
        for path in [
            "/out.txt",
            "/passwd",
            "/above/secret.txt",
            "/above/",
            "/beside",
            "/beside/",
            "/beside/index.html",
            "/bare",
            "/bare/",
            "/bare/index.html",
            "/dangling",
            "/loop",
        ] {
            stranger.get(path).await.assert_error(404, "not_found");
            let sent = stranger.send(stranger.request(Method::POST, path)).await;
            sent.assert_error(404, "not_found");
        }
        assert_eq!(stranger.get("/inside.js").await.text, "start()");
        assert_eq!(stranger.get("/within/").await.text, "<h1>app</h1>");
        // The folder itself may be reached by a link.
        let link = folder.path().join("current");
        symlink("site", &link).unwrap();
        let app = TestApp::start_with(Backend::Sqlite, &["--frontend-dir", link.to_str().unwrap()]).await;
        assert_eq!(app.anonymous().get("/inside.js").await.text, "start()");
        app.anonymous().get("/out.txt").await.assert_error(404, "not_found");
    });
}

/// What is hidden stays so, by whatever link it is reached: a file, one in a hidden folder, a folder's page.
#[test]
fn a_link_leads_to_nothing_hidden() {
    run(async {
        let folder = folder();
        let site = folder.path().join("site");
        fs::create_dir_all(site.join("shown")).unwrap();
        fs::create_dir_all(site.join(".hidden/deep")).unwrap();
        fs::write(site.join(".hidden/deep/index.html"), "the secret").unwrap();
        for (target, link) in [
            (".env", "environment.txt"),
            ("environment.txt", "again.txt"),
            ("app/.htpasswd", "passwords"),
            (".git", "git"),
            (".hidden/deep", "deep"),
            ("../.hidden/deep/index.html", "shown/index.html"),
        ] {
            symlink(target, site.join(link)).unwrap();
        }
        let app = app(&folder).await;
        let stranger = app.anonymous();
        for path in [
            "/environment.txt",
            "/again.txt",
            "/passwords",
            "/git",
            "/git/config",
            "/deep",
            "/deep/",
            "/deep/index.html",
            "/shown",
            "/shown/",
            "/shown/index.html",
        ] {
            stranger.get(path).await.assert_error(404, "not_found");
        }
        // The folder itself may lie in a hidden one.
        let hidden = TempDir::with_prefix(".front").unwrap();
        fs::write(hidden.path().join("index.html"), "<h1>home</h1>").unwrap();
        let place = hidden.path().to_str().unwrap();
        let app = TestApp::start_with(Backend::Sqlite, &["--frontend-dir", place]).await;
        assert_eq!(app.anonymous().get("/").await.text, "<h1>home</h1>");
    });
}

/// A page's address with a slash behind it leads to the page only where no file or folder of the front end answers.
#[test]
fn a_folder_wins_over_a_page_with_a_slash_behind_it() {
    run(async {
        let folder = folder();
        for (path, text) in [
            ("site/blog/index.html", "<h1>theirs</h1>"),
            ("site/states/map.txt", "a map"),
            ("site/login", "in"),
        ] {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let app = app(&folder).await;
        let stranger = app.anonymous();
        assert_eq!(stranger.get("/blog").await.header("location"), Some("/blog/"));
        assert_eq!(stranger.get("/blog/").await.text, "<h1>theirs</h1>");
        assert_eq!(stranger.get("/login/").await.text, "in");
        let led = stranger.get("/states/?q=a").await;
        assert_eq!((led.status, led.header("location")), (308, Some("/states?q=a")));
        assert!(stranger.get("/states?q=a").await.text.contains("Goa"));
        stranger.get("/nowhere/").await.assert_error(404, "not_found");
    });
}

/// What a front end calls like something of ours does not hide it, and an unknown call of the API is no page.
#[test]
fn what_is_ours_stays_ours() {
    run(async {
        let folder = folder();
        let app = app(&folder).await;
        let stranger = app.anonymous();
        stranger.get("/health/live").await.assert_status(200);
        stranger.get("/api/auth/profile").await.assert_error(401, "authentication_required");
        assert!(stranger.get("/openapi.json").await.body["paths"].is_object());
        assert!(stranger.get("/docs/").await.text.contains("swagger"));
        for path in ["/api", "/api/", "/api/index.html", "/api/x", "/.well-known/security.txt"] {
            stranger.get(path).await.assert_error(404, "not_found");
        }
        for place in ["auth", "media", "metrics", "redoc", "assets", "openapi.json"] {
            let theirs = folder.path().join("site").join(place);
            fs::remove_file(&theirs).ok();
            fs::create_dir_all(&theirs).unwrap();
            fs::write(theirs.join("index.html"), "the secret").unwrap();
            for path in [format!("/{place}"), format!("/{place}/"), format!("/{place}/index.html")] {
                let answer = stranger.get(&path).await;
                assert!(!answer.text.contains("the secret") && answer.status != 307, "{path}");
            }
        }
        for path in [
            "//api/auth/profile",
            "/%61pi/auth/profile",
            "/%61pi/index.html",
            "/d%6Fcs/index.html",
            "/api%2fauth/profile",
            "/app/../api/index.html",
        ] {
            let head = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            let answer = raw::Request::bytes(app.address(), head).send().unwrap();
            assert!(!answer.text.contains("the secret"), "{path}: {}", answer.text);
        }
    });
}

/// S72: files are read and nothing else.
#[test]
fn a_file_takes_no_other_method() {
    run(async {
        let folder = folder();
        let app = app(&folder).await;
        let stranger = app.anonymous();
        for method in ["POST", "PUT", "PATCH", "DELETE", "PROPFIND"] {
            let send =
                async |path: &str| stranger.send(stranger.request(method.parse().unwrap(), path)).await;
            for path in ["/", "/index.html", "/app/", "/app/main.js", "/app/a%20b+c.txt"] {
                let answer = send(path).await;
                answer.assert_error(405, "method_not_allowed");
                assert_eq!(answer.header("allow"), Some("GET, HEAD"), "{method} {path}");
            }
            // What GET does not find is not there for anybody.
            for path in ["/missing", "/app/missing.js", "/.env", "/app/.htpasswd", "/api/index.html"] {
                send(path).await.assert_error(404, "not_found");
            }
            send("/health/live").await.assert_error(405, "method_not_allowed");
        }
        let options = stranger.send(stranger.request(Method::OPTIONS, "/app/main.js")).await;
        assert_eq!((options.status, options.header("allow")), (204, Some("GET, HEAD")));
        assert_eq!(stranger.send(stranger.request(Method::OPTIONS, "/missing")).await.status, 404);
        assert_eq!(fs::read_to_string(folder.path().join("site/index.html")).unwrap(), "<h1>home</h1>");
    });
}

#[test]
fn an_unchanged_file_is_not_sent_again() {
    run(async {
        let folder = folder();
        let app = app(&folder).await;
        let stranger = app.anonymous();
        let first = stranger.get("/app/main.js").await;
        let tag = first.header("etag").unwrap().to_owned();
        assert_eq!(first.header("cache-control"), Some("no-cache"));
        let again = async |tag: &str| {
            let request = stranger.request(Method::GET, "/app/main.js").header("if-none-match", tag);
            stranger.send(request).await
        };
        let unchanged = again(&tag).await;
        assert_eq!((unchanged.status, unchanged.text.as_str()), (304, ""));
        assert_eq!(unchanged.header("etag"), Some(&*tag));
        again("\"another\"").await.assert_status(200);
        fs::write(folder.path().join("site/app/main.js"), "start(2)").unwrap();
        let changed = again(&tag).await;
        assert_eq!((changed.status, changed.text.as_str()), (200, "start(2)"));
        let part = stranger.request(Method::GET, "/app/main.js").header("range", "bytes=0-4");
        let part = stranger.send(part).await;
        assert_eq!((part.status, part.text.as_str()), (206, "start"));
    });
}

/// S53: a front end runs its own scripts, which the API's policy would forbid; nobody may frame either.
#[test]
fn pages_and_answers_have_each_their_policy() {
    run(async {
        let folder = folder();
        let app = app(&folder).await;
        let policy = async |path: &str| {
            app.anonymous().get(path).await.header("content-security-policy").unwrap().to_owned()
        };
        let page = policy("/").await;
        assert_eq!(page, "object-src 'none'; base-uri 'self'; frame-ancestors 'none'");
        for path in ["/api/auth/profile", "/health/live", "/api/nothing"] {
            assert!(policy(path).await.starts_with("default-src 'none';"), "{path}");
        }
    });
}
