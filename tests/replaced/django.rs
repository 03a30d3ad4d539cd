//! Accounts with profiles, as a Django project has them: forms with CSRF tokens, a profile beside each account, uploads.

use serde_json::json;

use crate::harness::{Backend, TestApp, given};
use crate::media;

on_both!(accounts_have_profiles_and_forms_have_tokens);

async fn accounts_have_profiles_and_forms_have_tokens(backend: Backend) {
    let app = TestApp::start(backend).await;

    // The form of the page, which nobody sends without its token.
    let visitor = app.visitor();
    let page = visitor.get("/signup").await;
    let form = page.form("/signup").fill("username", "devi").fill("email", "devi@example.org");
    let form = form.fill("password", given::PASSWORD).fill("password_confirm", given::PASSWORD);
    assert_eq!(form.clone().fill("csrf", &"0".repeat(64)).send().await.status, 403);
    assert_eq!(form.send().await.status, 303);
    assert_eq!(visitor.get("/profile").await.status, 200);

    // What is not right is said at its field, and what was typed is kept.
    let other = app.visitor();
    let page = other.get("/signup").await;
    let form = page.form("/signup").fill("username", "devi").fill("email", "not an address");
    let refused = form.fill("password", "short").fill("password_confirm", "short").send().await;
    assert_eq!(refused.status, 422);
    assert!(refused.text.contains("not an address") && !refused.text.contains("value=\"short\""));

    // The profile, over the API as mobile clients have it, and on the page.
    let devi = app.anonymous().sign_in("devi").await;
    let change = json!({ "nickname": "Dee", "phone": "+91 98765 43210", "dob": "1991-07-14" });
    let changed = devi.patch("/api/auth/profile", change).await;
    let profile = &changed.assert_status(200).body["profile"];
    assert_eq!(
        (&profile["nickname"], &profile["phone"], &profile["dob"]),
        (&json!("Dee"), &json!("+919876543210"), &json!("1991-07-14"))
    );
    assert!(profile["date_created"].is_string() && profile["last_updated"].is_string());
    let pictures = media::Pictures::make(&["green.png"]);
    let shown = media::upload(&devi, pictures.bytes("green.png")).await;
    let address = shown.assert_status(200).body["profile"]["avatar_url"].as_str().unwrap().to_owned();
    let path = address.strip_prefix(app.base()).unwrap_or(&address);
    let picture = app.visitor().get(path).await;
    assert_eq!((picture.status, picture.header("content-type")), (200, Some("image/webp")));
}
