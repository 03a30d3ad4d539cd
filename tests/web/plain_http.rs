//! Pages that mails lead to, where browsers do not trust the site.

use std::collections::BTreeSet;

use reqwest::Method;

use super::links::{NEW, reset_mail, way};
use super::pages::TOKEN;
use crate::harness::{Backend, Browser, TestApp};

on_both!(a_form_with_a_token_arrives_by_plain_http, a_page_with_a_token_tells_others_nothing_of_it);

/// S23, S54: to a site by plain http under a name browsers say nothing of where a form comes from but its origin, and so the
/// page with the token tells that, and its files nothing of the token.
async fn a_form_with_a_token_arrives_by_plain_http(backend: Backend) {
    let app = TestApp::start_with(backend, &["--allowed-hosts", "127.0.0.1,accounts.example"]).await;
    app.member("alice").await;
    let mail = reset_mail(&app, "alice").await;
    let base = format!("http://accounts.example:{}", app.address().port());
    let browser = Browser::at(&base).await;
    browser.goto(&way(&app, &mail)).await;
    let told = browser.evaluate("isSecureContext + ' ' + location.host").await;
    assert_eq!(told, format!("false accounts.example:{}", app.address().port()));
    browser.fill("new_password", "password1").await;
    browser.fill("new_password_again", "password1").await;
    browser.press("Set the password").await;
    assert_eq!((browser.status(), browser.address().await.as_str()), (422, "/reset-password"));
    browser.fill("new_password", NEW).await;
    browser.fill("new_password_again", NEW).await;
    browser.press("Set the password").await;
    assert!(browser.text(".notice").await.contains("Your password is the new one."));
    assert_eq!(browser.referrers(), BTreeSet::from([format!("{base}/")]));
    // And so do all other forms.
    browser.fill("username", "alice").await;
    browser.fill("password", NEW).await;
    browser.press("Sign in").await;
    assert!(browser.has("form[action='/logout']").await, "{}", browser.text("main").await);
    assert!(browser.referrers().iter().all(|address| !address.contains(&mail.token())));
    assert_eq!(browser.violations_of_policy(), [""; 0]);
}

/// S54: nothing where browsers trust the site, and else the site alone.
async fn a_page_with_a_token_tells_others_nothing_of_it(backend: Backend) {
    let hosts = "127.0.0.1,localhost,[::1],accounts.example,192.0.2.7";
    let named = ["--allowed-hosts", hosts, "--trusted-proxies", "127.0.0.1"];
    let plain = ["--allowed-hosts", hosts, "--public-url", "http://accounts.example"];
    let (app, reached) =
        (TestApp::start_with(backend, &named).await, TestApp::start_with(backend, &plain).await);
    for path in ["/reset-password", "/verify-email", "/confirm-email"] {
        for address in [format!("{path}?token={TOKEN}"), path.to_owned()] {
            let told = async |app: &TestApp, host: &str, proto: &str| {
                let visitor = app.visitor();
                let request = visitor.request(Method::GET, &address).header("host", host);
                let page = visitor.send(request.header("x-forwarded-proto", proto)).await;
                page.header("referrer-policy").unwrap().to_owned()
            };
            for host in ["127.0.0.1:8080", "localhost", "[::1]:8080"] {
                assert_eq!(told(&app, host, "http").await, "no-referrer", "{host}{address}");
                // A proxy may ask by another name than people do.
                assert_eq!(told(&reached, host, "http").await, "strict-origin", "{host}{address}");
            }
            for host in ["accounts.example:8080", "192.0.2.7"] {
                assert_eq!(told(&app, host, "http").await, "strict-origin", "{host}{address}");
                assert_eq!(told(&app, host, "https").await, "no-referrer", "{host}{address}");
            }
        }
    }
}
