//! The guides to the states, as everybody reads them and editors rewrite them.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};

use crate::accounts::count;
use crate::harness::client::{Answer, Client};
use crate::harness::{Backend, TestApp};

on_both!(
    everybody_reads_all_guides_by_name,
    a_guide_is_found_by_its_code_and_by_its_name,
    a_search_finds_a_word_however_it_is_written,
    a_search_is_a_text_and_no_pattern,
    who_has_a_copy_is_told_whether_it_is_still_good,
    an_editor_rewrites_a_guide_and_a_member_does_not,
    a_code_stays_whatever_a_body_says,
    a_name_in_addresses_is_one_guides,
    what_is_no_guide_is_refused_field_by_field,
    of_many_who_rewrite_one_version_one_does,
    every_rewriting_is_counted,
);

/// The guide as it stands, as a body that would put it there.
pub(crate) async fn body_of(client: &Client, state: &str) -> Value {
    let mut body = client.get(&format!("/api/states/{state}")).await.assert_status(200).body["data"].clone();
    for field in ["version", "updated_at"] {
        body.as_object_mut().unwrap().remove(field);
    }
    body
}

pub(super) async fn editor(app: &TestApp) -> Client {
    let editor = app.signed_in("edith").await;
    let path = format!("/api/users/{}/roles", editor.user["id"]);
    app.admin().await.put(&path, json!({ "roles": ["member", "editor"] })).await.assert_status(200);
    editor
}

async fn put_if_match(client: &Client, state: &str, tag: &str, body: &Value) -> Answer {
    let request = client.request(Method::PUT, &format!("/api/states/{state}"));
    client.send(request.header("If-Match", tag).json(body)).await
}

async fn names(client: &Client, query: &str) -> Vec<String> {
    let page = client.get(&format!("/api/states?page_size=100{query}")).await;
    let guides = page.assert_status(200).body["data"].as_array().unwrap().clone();
    guides.iter().map(|guide| guide["name"].as_str().unwrap().to_owned()).collect()
}

async fn everybody_reads_all_guides_by_name(backend: Backend) {
    let app = TestApp::start(backend).await;
    let stranger = app.anonymous();
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = stranger.get(&format!("/api/states?page_size=7{cursor}")).await;
        let page = &page.assert_status(200).body;
        assert_eq!((&page["total"], &page["total_is_exact"]), (&json!(36), &json!(true)));
        seen.extend(page["data"].as_array().unwrap().clone());
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    let all: Vec<_> = seen.iter().map(|guide| guide["name"].as_str().unwrap().to_owned()).collect();
    assert_eq!((all.len(), &*all[0], &*all[35]), (36, "Andaman and Nicobar Islands", "West Bengal"));
    assert!(all.is_sorted(), "{all:?}");
    assert_eq!(all, names(&stranger, "").await);
    let people: i64 = seen.iter().map(|guide| guide["population_2011"].as_i64().unwrap()).sum();
    assert_eq!(people, 1_210_854_977);
    assert_eq!(names(&stranger, "&kind=state").await.len(), 28);
    assert_eq!(names(&stranger, "&kind=union_territory").await.len(), 8);
    assert_eq!(names(&stranger, "&region=islands").await, ["Andaman and Nicobar Islands", "Lakshadweep"]);
    assert_eq!(names(&stranger, "&region=South&kind=union_territory").await, ["Puducherry"]);
    for (name, query) in [
        ("kind", "kind=State"),
        ("region", "region="),
        ("q", "q="),
        ("cursor", "cursor=00"),
        ("page", "page=2"),
    ] {
        let answer = stranger.get(&format!("/api/states?{query}")).await;
        answer.assert_error(422, "invalid_fields");
        assert_eq!(answer.complaints(name).len(), 1, "{query}: {}", answer.text);
    }
}

async fn a_guide_is_found_by_its_code_and_by_its_name(backend: Backend) {
    let app = TestApp::start(backend).await;
    let stranger = app.anonymous();
    let guide = stranger.get("/api/states/KL").await.assert_status(200).body.clone();
    for name in ["kl", "kL", "kerala"] {
        assert_eq!(stranger.get(&format!("/api/states/{name}")).await.assert_status(200).body, guide);
    }
    let data = &guide["data"];
    let known = json!({
        "code": "KL", "slug": "kerala", "name": "Kerala", "kind": "state", "capital": "Thiruvananthapuram", "region": "South",
        "languages": ["Malayalam", "English"], "population_2011": 33_406_061, "area_km2": 38_852, "formed_on": "1956-11-01",
        "version": 1,
    });
    let shown: BTreeMap<_, _> = known.as_object().unwrap().keys().map(|name| (name, &data[name])).collect();
    assert_eq!(serde_json::to_value(shown).unwrap(), known);
    assert!(
        data["summary"].as_str().unwrap().len() > 100 && data["highlights"].as_array().unwrap().len() >= 3
    );
    for name in ["XX", "Kerala", "keral", "ker%25", "k_", "1", "%00", "kerala%20", "..", "kl%2F"] {
        stranger.get(&format!("/api/states/{name}")).await.assert_error(404, "not_found");
    }
}

async fn a_search_finds_a_word_however_it_is_written(backend: Backend) {
    let app = TestApp::start(backend).await;
    let stranger = app.anonymous();
    for (word, found) in [
        ("KERALA", "Kerala"),
        ("kérala", "Kerala"),
        ("ＫＥＲＡＬＡ", "Kerala"),
        (" thiruvananthapuram ", "Kerala"),
        ("malayalam", "Kerala"),
        ("kokborok", "Tripura"),
        ("Dal Lake", "Jammu and Kashmir"),
        ("bhoti", "Ladakh"),
    ] {
        let names = names(&stranger, &format!("&q={word}")).await;
        assert!(names.iter().any(|name| name == found), "{word}: {names:?}");
        assert!(names.len() < 36, "{word}");
    }
    assert_eq!(names(&stranger, "&q=no such word anywhere").await, Vec::<String>::new());
}

/// S91: signs that mean something to LIKE, to a regular expression or to SQL mean themselves.
async fn a_search_is_a_text_and_no_pattern(backend: Backend) {
    let app = TestApp::start(backend).await;
    let stranger = app.anonymous();
    for sign in [
        "%25",
        "_",
        "%25%25",
        "k%25a",
        "k_rala",
        ".*",
        "^",
        "\\",
        "%5C%25",
        "' or '1'='1",
        "[a-z]",
        "{{7*7}}",
    ] {
        assert_eq!(names(&stranger, &format!("&q={sign}")).await, Vec::<String>::new(), "{sign}");
    }
    let (editor, mut body) = (editor(&app).await, body_of(&stranger, "KL").await);
    body["summary"] = json!("It is 100% green, and under_scored.");
    editor.put("/api/states/KL", body).await.assert_status(200);
    for sign in ["100%25", "%25", "under_", "_"] {
        assert_eq!(names(&stranger, &format!("&q={sign}")).await, ["Kerala"], "{sign}");
    }
}

async fn who_has_a_copy_is_told_whether_it_is_still_good(backend: Backend) {
    let app = TestApp::start(backend).await;
    let (stranger, editor) = (app.anonymous(), editor(&app).await);
    let again = async |path: &str, tag: &str| {
        stranger.send(stranger.request(Method::GET, path).header("If-None-Match", tag)).await
    };
    let mut tags = Vec::new();
    for path in ["/api/states/KL", "/api/states", "/api/states?q=kerala"] {
        let answer = stranger.get(path).await;
        let tag = answer.assert_status(200).header("etag").unwrap().to_owned();
        assert_eq!(answer.header("cache-control"), Some("no-cache"));
        let same = again(path, &tag).await;
        assert_eq!((same.status, &*same.text, same.header("etag")), (304, "", Some(&*tag)));
        assert_eq!(again(path, "\"other\"").await.status, 200);
        tags.push((path, tag));
    }
    assert_eq!(tags[0].1, "\"1\"");
    let mut body = body_of(&stranger, "KL").await;
    body["summary"] = json!("Rewritten.");
    let edited = editor.put("/api/states/KL", body).await;
    assert_eq!(edited.assert_status(200).header("etag"), Some("\"2\""));
    for (path, tag) in tags {
        let answer = again(path, &tag).await;
        assert!(answer.assert_status(200).text.contains("Rewritten."), "{path}");
    }
}

/// S01, S58
async fn an_editor_rewrites_a_guide_and_a_member_does_not(backend: Backend) {
    let app = TestApp::start(backend).await;
    let (stranger, member, editor) = (app.anonymous(), app.signed_in("alice").await, editor(&app).await);
    let mut body = body_of(&stranger, "GA").await;
    body["name"] = json!("  Góa  ");
    body["slug"] = json!("goa-and-more");
    body["languages"] = json!(["Konkani", "Marathi"]);
    body["highlights"] = json!([]);
    stranger.put("/api/states/goa", body.clone()).await.assert_error(401, "authentication_required");
    let answer = member.put("/api/states/goa", body.clone()).await;
    answer.assert_error(403, "forbidden");
    assert!(answer.header("www-authenticate").unwrap().contains(r#"scope="states.write""#));
    app.clock.advance(std::time::Duration::from_mins(5));
    let edited = editor.put("/api/states/goa", body.clone()).await;
    let data = &edited.assert_status(200).body["data"];
    assert_eq!((&data["name"], &data["version"]), (&json!("Góa"), &json!(2)));
    assert_eq!(*data, stranger.get("/api/states/goa-and-more").await.assert_status(200).body["data"]);
    assert_eq!((&data["languages"], &data["highlights"]), (&body["languages"], &json!([])));
    stranger.get("/api/states/goa").await.assert_error(404, "not_found");
    let trail = app.admin().await.get("/api/admin/audit?event=state.edited").await;
    let rows = trail.assert_status(200).body["data"].clone();
    assert_eq!(rows.as_array().unwrap().len(), 1, "{rows}");
    assert_eq!((&rows[0]["detail"], &rows[0]["actor_id"]), (&json!("GA"), &editor.user["id"]));
    assert_eq!(count(&app.database, "select count(*) from states where edited_at is not null"), 1);
}

/// S106, S02: the path says which guide; a body that says another one does nothing.
async fn a_code_stays_whatever_a_body_says(backend: Backend) {
    let app = TestApp::start(backend).await;
    let (stranger, editor) = (app.anonymous(), editor(&app).await);
    let before = app.database.sql("select code, version, slug from states order by code");
    let body = body_of(&stranger, "KL").await;
    for path in ["GA", "goa"] {
        let mut other = body.clone();
        other["slug"] = json!("somewhere-else");
        let answer = editor.put(&format!("/api/states/{path}"), other).await;
        answer.assert_error(422, "invalid_fields");
        assert_eq!(answer.complaints("code"), ["This is another one's code, and codes stay."]);
    }
    for code in ["kl", "K", "KLL", ""] {
        let mut other = body.clone();
        other["code"] = json!(code);
        let answer = editor.put("/api/states/KL", other).await;
        assert_eq!((answer.status, answer.complaints("code").len()), (422, 1), "{code}: {}", answer.text);
    }
    for field in ["id", "version", "updated_at", "edited_at", "sources", "__proto__"] {
        let mut other = body.clone();
        other[field] = json!(9);
        let answer = editor.put("/api/states/KL", other).await;
        assert_eq!(answer.complaints(field), ["This field is not known here."], "{}", answer.text);
    }
    editor.put("/api/states/XX", body.clone()).await.assert_error(404, "not_found");
    assert_eq!(app.database.sql("select code, version, slug from states order by code"), before);
    let mut without = body;
    without.as_object_mut().unwrap().remove("code");
    editor.put("/api/states/kerala", without).await.assert_status(200);
}

async fn a_name_in_addresses_is_one_guides(backend: Backend) {
    let app = TestApp::start(backend).await;
    let (stranger, editor) = (app.anonymous(), editor(&app).await);
    let mut body = body_of(&stranger, "KL").await;
    body["slug"] = json!("goa");
    let answer = editor.put("/api/states/KL", body.clone()).await;
    answer.assert_error(409, "slug_taken");
    assert_eq!(answer.complaints("slug").len(), 1);
    // Two letters are a code, and digits alone a number.
    for slug in ["ga", "zz", "12", "Kerala", "ker ala", "-kerala", "", &"k".repeat(81)] {
        body["slug"] = json!(slug);
        let answer = editor.put("/api/states/KL", body.clone()).await;
        assert_eq!((answer.status, answer.complaints("slug").len()), (422, 1), "{slug}: {}", answer.text);
    }
    assert_eq!(count(&app.database, "select count(*) from states where version > 1"), 0);
}

/// S71: whatever is put where a text, a list, a number or a day belongs.
async fn what_is_no_guide_is_refused_field_by_field(backend: Backend) {
    let app = TestApp::start(backend).await;
    let (stranger, editor) = (app.anonymous(), editor(&app).await);
    let whole = body_of(&stranger, "KL").await;
    let long = |chars: usize| json!("字".repeat(chars));
    for (field, values) in [
        ("name", vec![json!(""), json!(" "), json!("a\nb"), json!("a\u{202E}b"), long(101)]),
        ("kind", vec![json!(""), json!("State"), json!("country")]),
        ("capital", vec![json!(""), long(101)]),
        ("region", vec![json!(""), long(101)]),
        ("languages", vec![json!([]), json!([""]), json!(vec!["a"; 21]), json!([long(61)]), json!(["a\nb"])]),
        ("population_2011", vec![json!(-1), json!(10_000_000_000_i64), json!(i64::MAX)]),
        ("area_km2", vec![json!(-1), json!(10_000_000_000_i64)]),
        (
            "formed_on",
            vec![
                json!(""),
                json!("1956-11-31"),
                json!("1.11.1956"),
                json!("0001-01-01"),
                json!("9999-01-01"),
            ],
        ),
        ("summary", vec![json!(""), json!("\n"), json!("a\u{0}b"), long(2001)]),
        ("highlights", vec![json!([""]), json!(vec!["a"; 13]), json!([long(301)])]),
    ] {
        for value in values {
            let mut body = whole.clone();
            body[field] = value.clone();
            let answer = editor.put("/api/states/KL", body).await;
            assert_eq!(
                (answer.status, answer.code()),
                (422, "invalid_fields"),
                "{field}: {value}: {}",
                answer.text
            );
            assert_eq!(answer.complaints(field).len(), 1, "{field}: {value}: {}", answer.text);
        }
        for value in [json!(null), json!({}), json!(true), json!([[]]), json!(1.5)] {
            let mut body = whole.clone();
            body[field] = value.clone();
            editor.put("/api/states/KL", body).await.assert_error(422, "invalid_fields");
        }
        let mut body = whole.clone();
        body.as_object_mut().unwrap().remove(field);
        let answer = editor.put("/api/states/KL", body).await;
        assert_eq!(answer.complaints(field), ["This field is required."], "{}", answer.text);
    }
    assert_eq!(body_of(&stranger, "KL").await, whole);
    let mut longest = whole;
    longest["summary"] = long(2000);
    longest["highlights"] = json!(vec![long(300); 12]);
    longest["languages"] = json!(vec![long(60); 20]);
    longest["name"] = long(100);
    editor.put("/api/states/KL", longest.clone()).await.assert_status(200);
    assert_eq!(body_of(&stranger, "KL").await, longest);
}

/// S81: nobody overwrites what they have not read.
async fn of_many_who_rewrite_one_version_one_does(backend: Backend) {
    let app = TestApp::start(backend).await;
    let (stranger, editor) = (app.anonymous(), editor(&app).await);
    let body = body_of(&stranger, "KL").await;
    let attempts = (0..32).map(|n| {
        let (editor, mut body) = (editor.clone(), body.clone());
        body["summary"] = json!(format!("As number {n} has it."));
        async move { (body["summary"].clone(), put_if_match(&editor, "KL", "\"1\"", &body).await) }
    });
    let answers = futures_util::future::join_all(attempts).await;
    let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(|(_, answer)| answer.status == 200);
    assert_eq!((won.len(), lost.len()), (1, 31));
    assert!(lost.iter().all(|(_, answer)| (answer.status, answer.code()) == (412, "stale")));
    let kept = stranger.get("/api/states/KL").await.body["data"].clone();
    assert_eq!((&kept["summary"], &kept["version"]), (&won[0].0, &json!(2)));
    for tag in ["\"1\"", "\"3\"", "W/\"2\"", "2", "\"x\"", ""] {
        put_if_match(&editor, "KL", tag, &body).await.assert_error(412, "stale");
    }
    for tag in ["\"2\"", "\"2\", \"3\"", "*"] {
        put_if_match(&editor, "KL", tag, &body).await.assert_status(200);
    }
    put_if_match(&editor, "XX", "\"1\"", &body).await.assert_error(404, "not_found");
}

/// S81: without a condition the last word stands, and none is left uncounted.
async fn every_rewriting_is_counted(backend: Backend) {
    let app = TestApp::start(backend).await;
    let (stranger, editor) = (app.anonymous(), editor(&app).await);
    let body = body_of(&stranger, "KL").await;
    let attempts = (0..64).map(|_| editor.put("/api/states/KL", body.clone()));
    let answers = futures_util::future::join_all(attempts).await;
    assert!(answers.iter().all(|answer| answer.status == 200));
    assert_eq!(stranger.get("/api/states/KL").await.body["data"]["version"], json!(65));
    assert_eq!(count(&app.database, "select count(*) from audit_events where event = 'state.edited'"), 64);
}
