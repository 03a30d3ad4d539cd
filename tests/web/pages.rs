//! Every page there is, who sees it, and a site with something on it to show them with.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use super::csrf::sources;

use crate::harness::client::Client;
use crate::harness::{Browser, TestApp, given};

/// Who looks at a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    Stranger,
    /// `ada`, who wrote everything.
    Member,
    /// `keeper`.
    Admin,
}

/// A page.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// Its route: its address with names for what differs.
    pub(super) route: &'static str,
    /// Its address on the furnished site.
    pub(super) address: String,
    pub(super) who: Who,
    pub(super) status: u16,
}

impl Place {
    /// What a picture of it is called.
    pub(super) fn name(&self) -> String {
        let words = self.address.split(['/', '?', '=', '&']).filter(|word| !word.is_empty());
        let words: Vec<_> = words.map(|word| word.get(..24).unwrap_or(word)).collect();
        let words = if words.is_empty() { "home".to_owned() } else { words.join("-") };
        format!("{words}-{:?}", self.who).to_lowercase()
    }
}

/// The numbers and names of what a furnished site has.
pub(super) struct Furnished {
    /// `bina`.
    pub(super) user: i64,
    pub(super) keeper: i64,
    pub(super) post: String,
    /// The post's number.
    pub(super) number: i64,
    pub(super) comment: i64,
    /// A comment by `ada`.
    pub(super) own: i64,
    pub(super) message: i64,
}

/// Has the form of a mailed one.
pub(super) const TOKEN: &str =
    "0000000000000001abababababababababababababababababababababababababababababababab";

const HALL: &str = "\
A *vestibule* is the room between the street and the house. It is there so that the cold stays out, the wet umbrella \
finds a stand, and **whoever comes in is seen** before they sit down at the table.

## Two doors, never open at once

> Whoever enters first is asked who they are; whoever leaves last takes the lamp.

1. The outer door keeps out the weather.
2. The inner door keeps in the warmth.
3. Between them there is time to say good evening.

| Door | Opens | Width in centimetres | Painted |
|:-----|:------|---------------------:|:--------|
| Outer | inwards | 110 | bottle green |
| Inner | outwards | 90 | not at all, it is of glass |

```
if knock() == three_times { open(door); } else { look(through: keyhole).and_then(think_again); }
```

The [states](/states) have doors of many kinds. More of that another time.
";

/// What is looked at and is no page: a feed, files, and addresses that lead on to another.
const NOT_PAGES: [&str; 4] = ["/assets/{}", "/favicon.ico", "/blog/feed.atom", "/blog/{}/comments/{}"];

/// The table below is the list of the routes.
#[test]
fn no_page_is_left_out() {
    let rooms = Path::new(env!("CARGO_MANIFEST_DIR")).join("../web/src");
    let mut found = BTreeSet::new();
    for (_, source) in sources(&rooms) {
        let mut rest = &*source;
        while let Some(start) = ["resource(\"/", "page(\"/"].iter().filter_map(|door| rest.find(door)).min() {
            // What is done at an address stands between it and the next one, or the end of its function.
            rest = &rest[start..];
            rest = &rest[rest.find('/').unwrap()..];
            let ends = ["resource(\"/", "page(\"/", "\n}"].iter().filter_map(|end| rest.find(end));
            let resource = &rest[..ends.min().unwrap_or(rest.len())];
            if resource.contains(".get(") || resource.contains("web::get()") {
                found.insert(without_names(resource.split('"').next().unwrap()));
            }
        }
    }
    let nobody =
        Furnished { user: 0, keeper: 0, post: String::new(), number: 0, comment: 0, own: 0, message: 0 };
    let known = all(&nobody).into_iter().map(|place| without_names(place.route));
    let known: BTreeSet<_> = known.filter(|route| route != "/nowhere").collect();
    let others: BTreeSet<_> = NOT_PAGES.iter().map(ToString::to_string).collect();
    let missing: Vec<_> = found.difference(&known).filter(|route| !others.contains(*route)).collect();
    let gone: Vec<_> = known.union(&others).filter(|route| !found.contains(*route)).collect();
    assert!(missing.is_empty() && gone.is_empty(), "add {missing:?}, remove {gone:?}");
}

/// `/blog/{post}` and `/blog/{id}` are one.
fn without_names(route: &str) -> String {
    let part = |part: &str| if part.starts_with('{') { "{}".to_owned() } else { part.to_owned() };
    route.split('/').map(part).collect::<Vec<_>>().join("/")
}

/// Puts people, posts, comments, a message and some history onto a new site.
pub(super) async fn furnish(app: &TestApp) -> Furnished {
    let mut ada = app.signed_in("ada").await;
    for (day, name) in ["bina", "chandra", "devi", "esha", "farid"].into_iter().enumerate() {
        app.clock.advance(Duration::from_hours(20 + u64::try_from(day).unwrap() * 7));
        app.signed_in(name).await;
        let wrong = json!({ "username": name, "password": "not the one it is" });
        for _ in 0..day {
            app.anonymous().post("/api/auth/login", wrong.clone()).await;
        }
    }
    ada = ada.sign_in("ada").await;
    let bina = app.signed_in("bina").await;
    let keeper = app.admin().await;
    let post = write(&ada, "Why the door of an old house is never quite shut", HALL, "published").await;
    for n in 1..4 {
        app.clock.advance(Duration::from_mins(50));
        let title = format!("Letters from the hall, no. {n}");
        write(&ada, &title, "Rain since morning. Nobody came, and the cat was glad of it.", "published")
            .await;
    }
    write(&ada, "On the keeping of keys", "Not finished yet.", "draft").await;
    let number = number(&post["id"]);
    let said = json!({ "content": "Ours has three, and the third is for the cat.\n\nIt is always open." });
    let comment = made(&bina, &format!("/api/posts/{number}/comments"), said).await;
    let own = made(&ada, &format!("/api/posts/{number}/comments"), json!({ "content": "Lucky cat." })).await;
    let message = json!({
        "name": "Farid Khan", "email": "farid@example.org", "subject": "A word on opening hours",
        "message": "Is the hall open on Sundays?\n\nI would come by train.",
    });
    made(&app.anonymous(), "/api/contact", message).await;
    let role = json!({ "name": "porter", "description": "Lets people in", "permissions": ["users.read"] });
    made(&keeper, "/api/roles", role).await;
    let profile = json!({ "full_name": "Ada Byron", "nickname": "ada", "phone": "+911123456789" });
    ada.patch("/api/auth/profile", profile).await.assert_status(200);
    let farid = app.database.sql("select id from users where username = 'farid'");
    keeper.post(&format!("/api/users/{farid}/suspend"), json!({})).await;
    let account =
        |name| app.database.sql(&format!("select id from users where username = '{name}'")).parse().unwrap();
    let message = app.database.sql("select max(id) from contact_messages").parse().unwrap();
    Furnished {
        user: account("bina"),
        keeper: account("keeper"),
        number,
        own: self::number(&own["id"]),
        post: post["slug"].as_str().unwrap().to_owned(),
        comment: self::number(&comment["id"]),
        message,
    }
}

async fn write(author: &Client, title: &str, content: &str, status: &str) -> Value {
    made(author, "/api/posts", json!({ "title": title, "content": content, "status": status })).await
}

async fn made(who: &Client, path: &str, body: Value) -> Value {
    let answer = who.post(path, body).await;
    assert!(matches!(answer.status, 200 | 201), "{path}: {}", answer.text);
    if answer.body["data"].is_null() { answer.body.clone() } else { answer.body["data"].clone() }
}

fn number(id: &Value) -> i64 {
    id.as_i64().unwrap_or_else(|| panic!("{id} is no number"))
}

/// Every page, with everybody who sees something of their own there.
pub(super) fn all(given: &Furnished) -> Vec<Place> {
    use Who::{Admin, Member, Stranger};
    let Furnished { user, post, number, comment, own, message, .. } = given;
    let fixed = |route, who, status| Place { route, address: route.to_owned(), who, status };
    let named = |route, address, who| Place { route, address, who, status: 200 };
    vec![
        fixed("/", Stranger, 200),
        fixed("/", Member, 200),
        fixed("/privacy", Stranger, 200),
        fixed("/signup", Stranger, 200),
        fixed("/signup/sent", Stranger, 200),
        fixed("/login", Stranger, 200),
        fixed("/forgot-password", Stranger, 200),
        fixed("/forgot-password/sent", Stranger, 200),
        named("/reset-password", format!("/reset-password?token={TOKEN}"), Stranger),
        named("/verify-email", format!("/verify-email?token={TOKEN}"), Stranger),
        named("/confirm-email", format!("/confirm-email?token={TOKEN}"), Stranger),
        fixed("/reset-password", Stranger, 404),
        fixed("/nowhere", Stranger, 404),
        fixed("/blog", Stranger, 200),
        fixed("/blog", Member, 200),
        fixed("/blog/drafts", Member, 200),
        fixed("/blog/new", Member, 200),
        named("/blog/{post}", format!("/blog/{post}"), Stranger),
        named("/blog/{post}", format!("/blog/{post}"), Member),
        named("/blog/{post}/edit", format!("/blog/{post}/edit"), Member),
        named("/blog/{post}/delete", format!("/blog/{post}/delete"), Member),
        named("/blog/{post}/comments/{comment}/edit", format!("/blog/{post}/comments/{own}/edit"), Member),
        named(
            "/blog/{post}/comments/{comment}/delete",
            format!("/blog/{post}/comments/{own}/delete"),
            Member,
        ),
        fixed("/states", Stranger, 200),
        named("/states", "/states?q=ker".to_owned(), Stranger),
        named("/states/{state}", "/states/kerala".to_owned(), Stranger),
        named("/states/{state}", "/states/kerala".to_owned(), Admin),
        named("/states/{state}/edit", "/states/kerala/edit".to_owned(), Admin),
        fixed("/contact", Stranger, 200),
        fixed("/contact", Member, 200),
        fixed("/contact/sent", Stranger, 200),
        fixed("/profile", Member, 200),
        fixed("/profile/password", Member, 200),
        fixed("/profile/sessions", Member, 200),
        fixed("/profile/email", Member, 200),
        fixed("/profile/export", Member, 200),
        fixed("/profile/delete", Member, 200),
        fixed("/admin", Member, 403),
        fixed("/admin", Admin, 200),
        fixed("/admin/users", Admin, 200),
        named("/admin/users", "/admin/users?q=nobody".to_owned(), Admin),
        fixed("/admin/users/new", Admin, 200),
        named("/admin/users/{user}", format!("/admin/users/{user}"), Admin),
        named("/admin/users/{user}/edit", format!("/admin/users/{user}/edit"), Admin),
        named("/admin/users/{user}/roles", format!("/admin/users/{user}/roles"), Admin),
        fixed("/admin/roles", Admin, 200),
        fixed("/admin/roles/new", Admin, 200),
        named("/admin/roles/{role}/edit", "/admin/roles/porter/edit".to_owned(), Admin),
        fixed("/admin/posts", Admin, 200),
        named("/admin/posts/{post}", format!("/admin/posts/{number}"), Admin),
        fixed("/admin/comments", Admin, 200),
        named("/admin/comments/{comment}", format!("/admin/comments/{comment}"), Admin),
        fixed("/admin/contact", Admin, 200),
        named("/admin/contact/{message}", format!("/admin/contact/{message}"), Admin),
        fixed("/admin/audit", Admin, 200),
        fixed("/admin/mail", Admin, 200),
        fixed("/admin/system", Admin, 200),
    ]
}

/// A window in which `who` is signed in.
pub(super) async fn window(app: &TestApp, who: Who) -> Browser {
    let browser = Browser::at(app.base()).await;
    let name = match who {
        Who::Stranger => return browser,
        Who::Member => "ada",
        Who::Admin => "keeper",
    };
    browser.goto("/login").await;
    browser.fill("username", name).await;
    browser.fill("password", given::PASSWORD).await;
    browser.press("Sign in").await;
    assert_eq!(browser.status(), 200, "{name}: {}", browser.text("main").await);
    assert!(browser.has("form[action='/logout']").await, "{name} is not signed in");
    browser
}
