//! TLS to the mail server, where the operator asks for it.

use std::time::Duration;

use super::{forgot, members, node, received, tried};
use crate::harness::{Backend, Mood, Process, Smtp, given};

on_both!(where_tls_is_required_a_server_without_it_gets_nothing);

/// S55: not a mail, not an address.
async fn where_tls_is_required_a_server_without_it_gets_nothing(backend: Backend) {
    let smtp = Smtp::start(Mood::Accept);
    let app = node(backend, &format!("{}?tls=required", smtp.url())).await;
    members(&app, "alice", 1).await;
    forgot(&app, "alice0").await.assert_status(202);
    tried(&app).await;
    assert!(smtp.received().is_empty());
    let why = app.database.sql("select last_error from outbox where dead_at is null");
    assert!(why.contains("STARTTLS"), "{why}");
}

/// The operator's own authorities are known to the operating system, and `SSL_CERT_FILE` names others.
#[test]
fn mails_go_over_starttls_to_a_server_that_is_trusted_and_to_no_other() {
    crate::harness::run(async {
        let smtp = Smtp::start(Mood::StartTls);
        let url = format!("smtp://localhost:{}?tls=required", smtp.port());
        let certificate = smtp.certificate();
        let trusting = [("SSL_CERT_FILE", certificate.to_str().unwrap())];
        let server = server(&url, &trusting);
        ask(&server).await;
        let [mail] = &received(&smtp, 1).await[..] else { panic!("one mail") };
        assert!(mail.tls && mail.to == [given::address("alice")]);

        let server = self::server(&url, &[]);
        ask(&server).await;
        super::until("the mail was tried", || server.said().contains("mail not sent")).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert_eq!(smtp.received().len(), 1, "a stranger may call itself what it likes");
    });
}

/// A server on an SQLite file of its own that sends to `url`.
fn server(url: &str, more: &[(&str, &str)]) -> Process {
    let mut environment =
        vec![("SMTP_URL", url), ("EMAIL_VERIFICATION", "off"), ("SECRET_KEY", given::SECRET_KEY)];
    environment.extend(more);
    Process::start(&environment)
}

async fn ask(server: &Process) {
    let stranger = server.anonymous();
    stranger.post("/api/auth/register", given::registration("alice")).await.assert_status(201);
    let body = serde_json::json!({ "email": given::address("alice") });
    stranger.post("/api/auth/password/forgot", body).await.assert_status(202);
}
