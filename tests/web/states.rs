//! The guides to the states of India, as people look them up and editors write them.

use serde_json::json;

use super::blog::{link, start};
use crate::harness::{Backend, Page, TestApp, Visitor};

on_both!(
    all_guides_stand_there_in_their_kinds,
    a_guide_is_found_by_what_is_in_it,
    a_search_is_no_pattern_and_no_html,
    a_guide_has_one_address_and_tells_its_facts,
    an_editor_changes_a_guide,
    what_is_wrong_with_a_guide_is_said_at_its_field,
    of_two_editors_neither_loses_anything,
    nobody_else_edits_a_guide,
);

fn names(page: &Page) -> Vec<String> {
    page.texts(".cards h3")
}

async fn editor(app: &TestApp, name: &str) -> Visitor {
    let visitor = app.visitor_signed_in(name).await;
    let id = app.database.sql(&format!("select id from users where username = '{name}'"));
    let roles = json!({ "roles": ["editor"] });
    app.admin().await.put(&format!("/api/users/{id}/roles"), roles).await.assert_status(200);
    app.clock.advance(std::time::Duration::from_secs(5));
    visitor
}

async fn all_guides_stand_there_in_their_kinds(backend: Backend) {
    let app = start(backend).await;
    let page = app.visitor().get("/states").await;
    assert_eq!(page.assert_status(200).texts("h2"), ["States", "Union territories"]);
    let (states, territories) = (
        page.texts("section[aria-labelledby=states] h3"),
        page.texts("section[aria-labelledby=union-territories] h3"),
    );
    assert_eq!((states.len(), territories.len()), (28, 8));
    assert_eq!((states[0].as_str(), territories[7].as_str()), ("Andhra Pradesh", "Puducherry"));
    assert!(states.is_sorted() && territories.is_sorted());
    assert!(
        !page.has("[role=status]")
            && page.attributes(".cards a", "href").contains(&"/states/tamil-nadu".to_owned())
    );
}

async fn a_guide_is_found_by_what_is_in_it(backend: Backend) {
    let app = start(backend).await;
    let visitor = app.visitor();
    let form = visitor.get("/states").await.form("/states").fill("q", "  thiruvananthapuram ");
    let page = form.send().await;
    assert_eq!(
        (names(&page), page.words("[role=status]")),
        (vec!["Kerala".to_owned()], "One guide fits. Show all of them".to_owned())
    );
    assert_eq!(page.form("/states").value("q"), "thiruvananthapuram");
    assert_eq!(names(&visitor.get("/states?q=KER%C4%80LA&kind=state").await), ["Kerala"]);
    let south =
        visitor.get("/states").await.form("/states").fill("region", "South").fill("kind", "union_territory");
    let south = south.send().await;
    assert_eq!(
        (names(&south), south.texts("h2")),
        (vec!["Puducherry".to_owned()], vec!["Union territories".to_owned()])
    );
    assert_eq!(
        (south.form("/states").value("region"), south.form("/states").value("kind")),
        ("South", "union_territory")
    );
    let none = visitor.get("/states?q=atlantis").await;
    assert_eq!((names(&none).len(), none.words(".empty").starts_with("No guide fits.")), (0, true));
    let long = visitor.get(&format!("/states?q={}", "a".repeat(101))).await;
    assert_eq!((long.fault("q").as_str(), names(&long).len()), ("This must have at most 100 characters.", 0));
    // An address nobody was given.
    visitor.get("/states?kind=empire").await.assert_status(404);
    assert_eq!(names(&visitor.get("/states?region=Moon").await).len(), 0);
}

/// S24, S91
async fn a_search_is_no_pattern_and_no_html(backend: Backend) {
    let app = start(backend).await;
    let visitor = app.visitor();
    for text in
        ["%", "_", "\\", ".*", "{{7*7}}", "${7*7}", "%s", "' or '1'='1", "\"><script>alert(1)</script>"]
    {
        let page = visitor.get("/states").await.form("/states").fill("q", text).send().await;
        page.assert_status(200);
        assert_eq!(names(&page), [""; 0], "{text}");
        assert_eq!(page.form("/states").value("q"), text, "{}", page.text);
    }
    let page = visitor.get("/states?q=ker%00ala").await;
    assert_eq!((names(&page)[0].as_str(), page.form("/states").value("q")), ("Kerala", "kerala"));
}

async fn a_guide_has_one_address_and_tells_its_facts(backend: Backend) {
    let app = start(backend).await;
    let visitor = app.visitor();
    for code in ["KL", "kl", "Kl"] {
        let led = visitor.get(&format!("/states/{code}")).await;
        assert_eq!(led.assert_status(301).location(), "/states/kerala");
    }
    let page = visitor.get("/states/kerala").await;
    assert_eq!(page.assert_status(200).heading(), "Kerala");
    let facts: Vec<_> = page.texts("dt").into_iter().zip(page.texts("dd")).collect();
    let facts: Vec<_> = facts.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    for fact in [
        ("Kind", "State"),
        ("Capital", "Thiruvananthapuram"),
        ("Population (census of 2011)", "33,406,061"),
        ("Area", "38,852 km²"),
        ("People to the square kilometre", "860"),
        ("Formed", "1 November 1956"),
    ] {
        assert!(facts.contains(&fact), "{fact:?} in {facts:?}");
    }
    assert_eq!(page.attribute("dd time", "datetime").as_deref(), Some("1956-11-01"));
    assert!(page.text.contains("Census of India 2011") && page.count("ul.prose li") > 1);
    assert!(!page.has("a[href$='/edit']"));
    for nothing in ["/states/atlantis", "/states/ZZ", "/states/Kerala", "/states/%00", "/states/kerala/x"] {
        visitor.get(nothing).await.assert_status(404);
    }
}

async fn an_editor_changes_a_guide(backend: Backend) {
    let app = start(backend).await;
    let editor = editor(&app, "emil").await;
    let page = editor.get("/states/kerala").await;
    let edit = link(&page, "a[href$='/edit']").unwrap();
    let form = editor.get(&edit).await.form("/states/KL/edit");
    let form = form
        .fill("summary", "Coconuts.\n\nAnd <rain>.")
        .fill("languages", " Malayalam \n\n English")
        .fill("highlights", "");
    let saved = form.fill("population_2011", " 35000000 ").fill("slug", "kerala-state").send().await;
    let page = saved.assert_leads_to("/states/kerala-state").follow().await;
    assert_eq!(page.words(".notice"), "Your changes are saved.");
    assert_eq!(page.texts("article .prose p"), ["Coconuts.", "And <rain>."]);
    assert!(
        page.texts("dd").contains(&"Malayalam, English".to_owned())
            && page.texts("dd").contains(&"35,000,000".to_owned())
    );
    assert!(page.text.contains("Edited by the people of this site on") && !page.has("ul.prose"));
    // The old name is gone; its code leads to the new one, and so does every page of ours.
    let visitor = app.visitor();
    visitor.get("/states/kerala").await.assert_status(404);
    assert_eq!(visitor.get("/states/KL").await.location(), "/states/kerala-state");
    assert!(visitor.get("/states").await.has("a[href='/states/kerala-state']"));
    editor.get(&edit).await.assert_status(200);
    assert_eq!(app.database.sql("select count(*) from audit_events where event = 'state.edited'"), "1");
}

async fn what_is_wrong_with_a_guide_is_said_at_its_field(backend: Backend) {
    let app = start(backend).await;
    let editor = editor(&app, "emil").await;
    let form = editor.get("/states/kerala/edit").await.form("/states/KL/edit");
    let wrong = [
        ("slug", "Kerala State"),
        ("name", " "),
        ("capital", ""),
        ("languages", "\n"),
        ("population_2011", "many"),
        ("area_km2", "-1"),
        ("formed_on", "1956-13-01"),
        ("summary", "\u{0001}"),
        ("kind", "empire"),
    ];
    let filled = wrong.iter().fold(form.clone(), |form, (name, value)| form.fill(name, value));
    let page = filled.send().await;
    page.assert_status(422);
    for (name, value) in wrong {
        assert!(page.fault(name).starts_with("This "), "{name}: {}", page.text);
        if name != "kind" {
            assert_eq!(page.form("/states/KL/edit").value(name).trim(), value.trim(), "{name}");
        }
    }
    assert_eq!(page.fault("region"), "");
    let taken = form.fill("slug", "goa").send().await;
    assert_eq!(taken.assert_status(422).fault("slug"), "Another guide has this name.");
    assert_eq!(app.database.sql("select version from states where code = 'KL'"), "1");
}

/// S81
async fn of_two_editors_neither_loses_anything(backend: Backend) {
    let app = start(backend).await;
    let (emil, erna) = (editor(&app, "emil").await, editor(&app, "erna").await);
    let forms = [emil.get("/states/goa/edit").await, erna.get("/states/goa/edit").await];
    let [his, hers] = forms.map(|page| page.form("/states/GA/edit"));
    hers.fill("slug", "goa-goa").fill("summary", "Her beaches.").send().await.assert_status(303);
    let page = his.fill("summary", "His beaches.").fill("region", "Seaside").send().await;
    assert!(page.assert_status(409).faults().contains("Somebody changed this guide"), "{}", page.text);
    assert!(page.words(".theirs").contains("Her beaches.") && page.words(".theirs").contains("goa-goa"));
    let form = page.form("/states/GA/edit");
    assert_eq!(
        (form.value("summary").trim(), form.value("region"), form.value("slug")),
        ("His beaches.", "Seaside", "goa")
    );
    form.fill("summary", "Their beaches.").send().await.assert_leads_to("/states/goa");
    assert_eq!(app.visitor().get("/states/goa").await.words("article .prose"), "Their beaches.");
}

async fn nobody_else_edits_a_guide(backend: Backend) {
    let app = start(backend).await;
    let led = app.visitor().get("/states/kerala/edit").await;
    assert_eq!(led.assert_status(303).location(), "/login?redirect=%2Fstates%2Fkerala%2Fedit");
    let alice = app.visitor_signed_in("alice").await;
    alice.get("/states/kerala/edit").await.assert_status(403);
    let csrf = alice.csrf().await;
    alice
        .post("/states/KL/edit", &[("csrf", &csrf), ("version", "1"), ("name", "x")])
        .await
        .assert_status(403);
    assert_eq!(app.database.sql("select max(version) from states"), "1");
    let editor = editor(&app, "emil").await;
    editor.get("/states/atlantis/edit").await.assert_status(404);
}
