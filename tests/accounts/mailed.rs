//! What mails bring, and what is done with it.

use serde_json::json;

use crate::harness::client::{Answer, Client};
use crate::harness::{Mail, TestApp, given};

/// Asks for a new password and waits for the link's token.
pub(crate) async fn reset_token(app: &TestApp, address: &str) -> String {
    let asking = async || forgot(&app.anonymous(), address).await.assert_status(202).status;
    caused(app, address, "reset_password", asking).await.token()
}

/// Asks for a link that proves the address of `name` and waits for its token.
pub(crate) async fn verify_token(app: &TestApp, caller: &Client, address: &str) -> String {
    let asking = async || {
        let answer = caller.post("/api/auth/email/verify/request", json!(null)).await;
        answer.assert_status(202).status
    };
    caused(app, address, "verify_email", asking).await.token()
}

/// Asks for another address and waits for both tokens: the one that confirms, and the one that leads back.
pub(crate) async fn change_tokens(app: &TestApp, caller: &Client, old: &str, new: &str) -> (String, String) {
    all_mails_left(app).await;
    let notices = count_mails(app, old, "email_change_notice");
    let asking = async || ask_for_address(caller, new).await.assert_status(202).status;
    let confirm = caused(app, new, "confirm_email_change", asking).await;
    let notice = app.mail_after(notices, old, "email_change_notice").await;
    (confirm.token(), notice.token())
}

/// The mail of `kind` to `address` that `cause` brings about.
pub(crate) async fn caused(
    app: &TestApp,
    address: &str,
    kind: &str,
    cause: impl AsyncFnOnce() -> u16,
) -> Mail {
    // One that is still on its way would be taken for it, and be void by then.
    all_mails_left(app).await;
    let before = count_mails(app, address, kind);
    cause().await;
    app.mail_after(before, address, kind).await
}

/// How many mails of `kind` went to `address` so far.
pub(crate) fn count_mails(app: &TestApp, address: &str, kind: &str) -> usize {
    app.mails().iter().filter(|mail| mail.to == address && mail.kind == kind).count()
}

/// Waits until every mail that was ordered has left or was dropped.
pub(crate) async fn all_mails_left(app: &TestApp) {
    for _ in 0..1000 {
        if app.database.sql("select count(*) from outbox") == "0" {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("mails that do not leave: {}", app.database.sql("select kind from outbox"));
}

/// Asks for a link to a new password.
pub(crate) async fn forgot(client: &Client, address: &str) -> Answer {
    client.post("/api/auth/password/forgot", json!({ "email": address })).await
}

/// Sets `password` by the token of a link.
pub(crate) async fn reset(client: &Client, token: &str, password: &str) -> Answer {
    client.post("/api/auth/password/reset", json!({ "token": token, "new_password": password })).await
}

/// Proves an address by the token of a link.
pub(crate) async fn verify(client: &Client, token: &str) -> Answer {
    client.post("/api/auth/email/verify", json!({ "token": token })).await
}

/// Asks for another address with everybody's password.
pub(crate) async fn ask_for_address(client: &Client, new: &str) -> Answer {
    client.post("/api/auth/email/change", json!({ "new_email": new, "password": given::PASSWORD })).await
}

/// Confirms a change of address, or takes one back, by the token of a link.
pub(crate) async fn settle_address(client: &Client, token: &str) -> Answer {
    client.post("/api/auth/email/change/confirm", json!({ "token": token })).await
}
