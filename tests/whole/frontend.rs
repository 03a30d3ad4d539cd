//! A front end of one's own: a small site in plain JavaScript, served from `FRONTEND_DIR`, that signs people in by
//! `/assets/auth.js`, in a real browser.

use std::fs;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::ask;
use crate::harness::browser::Browser;
use crate::harness::{Backend, Process, TestApp, run};

const HOME: &str = r#"<!doctype html><html lang="en"><meta charset="utf-8"><title>Harbour</title>
<h1>Harbour</h1><p id="who">nobody</p><button id="out" type="button">Sign out</button>
<script src="/assets/auth.js"></script><script src="/site.js"></script></html>"#;

const DOOR: &str = r#"<!doctype html><html lang="en"><meta charset="utf-8"><title>Come in</title>
<h1>Come in</h1><p id="said"></p>
<form id="door"><label>Name <input name="username"></label><label>Address <input name="email"></label>
<label>Password <input name="password" type="password"></label>
<button name="new" id="new">Open an account</button><button name="known" id="known">Enter</button></form>
<script src="/assets/auth.js"></script><script src="/site.js"></script></html>"#;

const DASHBOARD: &str = r#"<!doctype html><html lang="en"><meta charset="utf-8"><title>Bridge</title>
<h1>Bridge</h1><p id="who">nobody</p>
<script src="/assets/auth.js"></script><script src="/site.js"></script></html>"#;

const SITE: &str = r##"
const find = (css) => document.querySelector(css);

async function show() {
  const user = VestibuleAuth.currentUser();
  if (!user) {
    find("#who").textContent = "nobody";
    return;
  }
  const answer = await VestibuleAuth.authFetch("/api/auth/profile");
  const profile = await answer.json();
  if (VestibuleAuth.currentUser()?.username !== user.username) {
    // Whoever signed out meanwhile is not shown again.
    return;
  }
  find("#who").textContent = answer.ok ? profile.username + ", " + profile.roles.join(" ") : "refused";
}

if (find("#who")) {
  show();
  VestibuleAuth.onChange(show);
}
if (find("#out")) {
  find("#out").addEventListener("click", () => VestibuleAuth.signOut());
}
if (find("#door")) {
  find("#door").addEventListener("submit", async (event) => {
    event.preventDefault();
    const fields = new FormData(event.target);
    const [name, password] = [fields.get("username"), fields.get("password")];
    try {
      if (event.submitter.name === "new") {
        await VestibuleAuth.signUp({ username: name, email: fields.get("email"), password: password });
      }
      const user = await VestibuleAuth.signIn(name, password);
      location.href = user.is_admin ? "/bridge.html" : "/";
    } catch (error) {
      find("#said").textContent = error.code + ": " + error.message;
    }
  });
}
"##;

const PASSWORD: &str = "violet harbour 42 lamps";

fn site() -> TempDir {
    let folder = TempDir::new().unwrap();
    let files = [("index.html", HOME), ("door.html", DOOR), ("bridge.html", DASHBOARD), ("site.js", SITE)];
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// A server in the browser's own time, whose access tokens live for `ttl`.
fn server(site: &TempDir, ttl: &str) -> Process {
    let folder = site.path().to_str().unwrap();
    Process::start(&[("FRONTEND_DIR", folder), ("ACCESS_TOKEN_TTL", ttl), ("RATE_LIMITS", "off")])
}

async fn enter(browser: &Browser, name: &str, button: &str) {
    browser.goto("/door.html").await;
    browser.fill("username", name).await;
    browser.fill("email", &format!("{name}@example.org")).await;
    browser.fill("password", PASSWORD).await;
    let loaded = browser.evaluate(&format!("document.querySelector('#{button}').click()")).await;
    assert_eq!(loaded, Value::Null);
}

async fn wait_for(browser: &Browser, css: &str, text: &str) {
    for _ in 0..600 {
        if browser.has(css).await && browser.text(css).await == text {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{css} is {:?} on {}, not {text:?}", browser.html().await, browser.address().await);
}

/// The first account is the admin's and goes to the bridge, others go home; both are known there, until they sign out.
#[test]
fn people_sign_up_and_in_and_out_through_a_site_of_ones_own() {
    run(async {
        let site = site();
        let server = server(&site, "12h");
        let base = format!("http://{}", server.address());
        let (keeper, alice) = (Browser::at(&base).await, Browser::at(&base).await);
        enter(&keeper, "keeper", "new").await;
        wait_for(&keeper, "#who", "keeper, admin").await;
        assert_eq!(keeper.address().await, "/bridge.html");
        enter(&alice, "alice", "new").await;
        wait_for(&alice, "#who", "alice, member").await;
        assert_eq!(alice.address().await, "/");
        // What is refused is said in words, by what the server answers.
        enter(&alice, "alice", "new").await;
        alice.wait_for("#said:not(:empty)").await;
        assert!(alice.text("#said").await.contains("_taken: "), "{}", alice.text("#said").await);
        alice.fill("password", "another harbour 42").await;
        alice.evaluate("document.querySelector('#known').click()").await;
        for _ in 0..200 {
            if alice.text("#said").await.starts_with("invalid_credentials: ") {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert!(alice.text("#said").await.starts_with("invalid_credentials: "));
        alice.goto("/").await;
        wait_for(&alice, "#who", "alice, member").await;
        let token = alice.evaluate("JSON.parse(sessionStorage['vestibule.session']).access_token").await;
        assert_eq!(token.as_str().unwrap().len(), 64);
        alice.evaluate("document.querySelector('#out').click()").await;
        wait_for(&alice, "#who", "nobody").await;
        assert_eq!(alice.evaluate("sessionStorage.length + localStorage.length").await, json!(0));
        // Not in the browser alone.
        let holder = server.anonymous().with_token(token.as_str().unwrap());
        let mut status = 200;
        for _ in 0..100 {
            status = holder.get("/api/auth/profile").await.status;
            if status == 401 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(status, 401);
        assert_eq!(alice.violations_of_policy(), [""; 0]);
    });
}

/// S18, S21: a token that has expired, or that the server does not know any more, is refreshed once however many ask, in
/// all tabs together; when there is nothing to refresh it by, the person is signed out.
#[test]
fn tokens_are_refreshed_once_and_sessions_end() {
    run(async {
        let site = site();
        let server = server(&site, "12h");
        let browser = Browser::at(&format!("http://{}", server.address())).await;
        enter(&browser, "alice", "new").await;
        wait_for(&browser, "#who", "alice, admin").await;
        // A second one of its kind, as another tab is: the storage and the locks are all they share.
        let second = "(async () => {
            const text = await (await fetch('/assets/auth.js')).text();
            const { sessionStorage, localStorage, navigator, location } = window;
            const fetch_ = (...what) => window.fetch(...what);
            const addEventListener = () => {};
            const tab = { sessionStorage, localStorage, navigator, location, fetch: fetch_, addEventListener };
            new Function('window', text)(tab);
            window.second = tab.VestibuleAuth;
            return typeof tab.VestibuleAuth.authFetch;
        })()";
        let refreshes = "performance.getEntriesByType('resource')
            .filter((entry) => entry.name.endsWith('/api/auth/refresh')).length";
        let asks = "[VestibuleAuth, second].flatMap((tab) => [1, 2, 3].map(() => tab.authFetch('/api/auth/profile')))";
        let all = format!(
            "Promise.all({asks}).then((answers) => answers.map((answer) => answer.status).join(' '))"
        );
        let change = |change: &str| {
            format!(
                "(() => {{ const kept = JSON.parse(sessionStorage['vestibule.session']); {change};
                sessionStorage['vestibule.session'] = JSON.stringify(kept); return kept.access_token }})()"
            )
        };
        for spoil in [
            // Known to be over.
            "kept.expires_at = '2020-01-01T00:00:00Z'",
            // Believed to be good.
            "kept.access_token = 'f'.repeat(64)",
        ] {
            browser.goto("/").await;
            wait_for(&browser, "#who", "alice, admin").await;
            assert_eq!(browser.evaluate(second).await, json!("function"));
            browser.evaluate(&change(spoil)).await;
            assert_eq!(browser.evaluate(&all).await, json!("200 200 200 200 200 200"), "{spoil}");
            assert_eq!(browser.evaluate(refreshes).await, json!(1), "{spoil}");
        }
        // Somebody ended the session elsewhere.
        let token = browser.evaluate(&change("")).await;
        let elsewhere = server.anonymous().with_token(token.as_str().unwrap());
        elsewhere.post("/api/auth/logout-all", json!({})).await;
        let last = "VestibuleAuth.authFetch('/api/auth/profile').then((answer) => answer.status)";
        let mut status = json!(200);
        for _ in 0..100 {
            status = browser.evaluate(last).await;
            if status == json!(401) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(status, json!(401));
        assert_eq!(browser.evaluate("VestibuleAuth.currentUser()").await, Value::Null);
        assert_eq!(browser.evaluate("sessionStorage.length").await, json!(0));
    });
}

const REFRESHES: &str = "performance.getEntriesByType('resource')
    .filter((entry) => entry.name.endsWith('/api/auth/refresh')).length";

const ASK: &str = "VestibuleAuth.authFetch('/api/auth/profile').then((answer) => answer.status)";

/// Has the tab believe that its token is over.
fn outdate(store: &str) -> String {
    format!(
        "(() => {{ const kept = JSON.parse({store}['vestibule.session']); kept.expires_at = '2020-01-01T00:00:00Z';
        {store}['vestibule.session'] = JSON.stringify(kept) }})()"
    )
}

/// What a tab tells others comes late, as it does where the machine has much to do.
const LATE_NEWS: &str = "(() => { const post = BroadcastChannel.prototype.postMessage;
    BroadcastChannel.prototype.postMessage = function (news) { setTimeout(() => post.call(this, news), 700) } })()";

/// S21: two real tabs of one browser, each with the same tokens of its own: whichever renews them does it for both, also
/// when both find at one moment that they have to; who signs out in one is signed out in the other.
#[test]
fn a_duplicated_tab_goes_on_with_the_session_and_ends_with_it() {
    run(async {
        let site = site();
        let server = server(&site, "12h");
        let first = Browser::at(&format!("http://{}", server.address())).await;
        enter(&first, "alice", "new").await;
        wait_for(&first, "#who", "alice, admin").await;
        first.goto("/").await;
        let second = first.duplicate().await;
        wait_for(&second, "#who", "alice, admin").await;

        let token = "JSON.parse(sessionStorage['vestibule.session']).access_token";
        let old = second.evaluate(token).await;
        first.evaluate(&outdate("sessionStorage")).await;
        assert_eq!(first.evaluate(ASK).await, 200);
        let new = first.evaluate(token).await;
        assert_ne!(new, old);
        let mut told = old;
        for _ in 0..100 {
            told = second.evaluate(token).await;
            if told == new {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(told, new, "the other tab was not told");
        assert_eq!(second.evaluate(ASK).await, 200);
        let refreshes = (first.evaluate(REFRESHES).await, second.evaluate(REFRESHES).await);
        assert_eq!(refreshes, (json!(1), json!(0)));

        for round in 2..9 {
            if round == 8 {
                for tab in [&first, &second] {
                    tab.evaluate(LATE_NEWS).await;
                }
            }
            first.evaluate(&outdate("sessionStorage")).await;
            second.evaluate(&outdate("sessionStorage")).await;
            assert_eq!(tokio::join!(first.evaluate(ASK), second.evaluate(ASK)), (json!(200), json!(200)));
            let (one, other) = (first.evaluate(REFRESHES).await, second.evaluate(REFRESHES).await);
            assert_eq!(one.as_u64().unwrap() + other.as_u64().unwrap(), round, "{one} and {other}");
        }

        second.evaluate("document.querySelector('#out').click()").await;
        for tab in [&second, &first] {
            wait_for(tab, "#who", "nobody").await;
            assert_eq!(tab.evaluate("sessionStorage.length").await, 0);
        }
    });
}

/// The same where the tokens are kept for all tabs: who signs in in one is signed in in the other.
#[test]
fn tabs_that_share_the_tokens_sign_in_and_out_together() {
    run(async {
        let site = site();
        let server = server(&site, "12h");
        let first = Browser::at(&format!("http://{}", server.address())).await;
        first.goto("/").await;
        let second = first.duplicate().await;
        for tab in [&first, &second] {
            tab.evaluate("VestibuleAuth.configure({ storage: 'local' })").await;
        }
        let fields = json!({ "username": "alice", "email": "alice@example.org", "password": PASSWORD });
        let enter = format!(
            "VestibuleAuth.signUp({fields}).then(() => VestibuleAuth.signIn('alice', '{PASSWORD}')).then(() => true)"
        );
        assert_eq!(first.evaluate(&enter).await, true);
        for tab in [&first, &second] {
            wait_for(tab, "#who", "alice, admin").await;
        }
        first.evaluate(&outdate("localStorage")).await;
        assert_eq!(tokio::join!(first.evaluate(ASK), second.evaluate(ASK)), (json!(200), json!(200)));
        let (one, other) = (first.evaluate(REFRESHES).await, second.evaluate(REFRESHES).await);
        assert_eq!(one.as_u64().unwrap() + other.as_u64().unwrap(), 1, "{one} and {other}");
        second.evaluate("document.querySelector('#out').click()").await;
        for tab in [&second, &first] {
            wait_for(tab, "#who", "nobody").await;
            assert_eq!(tab.evaluate("localStorage.length").await, 0);
        }
    });
}

/// The token is for this server: no other one is ever sent it.
#[test]
fn the_token_goes_nowhere_else() {
    run(async {
        let site = site();
        let server = server(&site, "12h");
        let browser = Browser::at(&format!("http://{}", server.address())).await;
        enter(&browser, "alice", "new").await;
        wait_for(&browser, "#who", "alice, admin").await;
        for target in [
            "https://elsewhere.example/",
            "//elsewhere.example/x",
            "http://127.0.0.1:1/",
            "https:\\\\elsewhere.example",
        ] {
            let ask = format!("VestibuleAuth.authFetch({}).catch((error) => error.name)", json!(target));
            assert_eq!(browser.evaluate(&ask).await, json!("TypeError"), "{target}");
        }
        let asked = browser.asked();
        assert!(
            asked.iter().all(|address| !address.contains("elsewhere") && !address.contains(":1/")),
            "{asked:?}"
        );
    });
}

/// A file of the front end wins over a page of ours at the same path, and all else stays ours.
#[test]
fn a_file_wins_over_a_page_and_all_else_stays() {
    run(async {
        let site = site();
        fs::create_dir_all(site.path().join("blog")).unwrap();
        for path in ["blog/index.html", "assets/auth.js", "media/x.txt"] {
            let place = site.path().join(path);
            fs::create_dir_all(place.parent().unwrap()).unwrap();
            fs::write(place, "of the front end").unwrap();
        }
        let folder = site.path().to_str().unwrap();
        let app = TestApp::start_with(Backend::Sqlite, &["--frontend-dir", folder]).await;
        let plain = TestApp::start(Backend::Sqlite).await;
        let stranger = app.anonymous();
        assert_eq!(stranger.get("/").await.text, HOME);
        assert_eq!(stranger.get("/blog/").await.text, "of the front end");
        assert!(plain.anonymous().get("/").await.text != HOME);
        // Ours, with and without a front end.
        for path in ["/login", "/signup", "/states"] {
            let (with, without) = (stranger.get(path).await, plain.anonymous().get(path).await);
            assert_eq!((with.status, without.status), (200, 200), "{path}");
            assert!(
                with.header("content-security-policy").unwrap().starts_with("default-src 'self'"),
                "{path}"
            );
        }
        let helper = stranger.get("/assets/auth.js").await;
        assert!(
            helper.text.contains("VestibuleAuth")
                && helper.header("content-type").unwrap().starts_with("text/javascript")
        );
        assert_eq!(helper.header("cache-control"), Some("no-cache"));
        stranger.get("/media/x.txt").await.assert_error(404, "not_found");
        let missing = ask(app.address(), "GET", "/no-such-thing", "");
        assert_eq!(missing.status, 404);
        assert!(missing.header("content-type").unwrap().starts_with("text/html"));
    });
}
