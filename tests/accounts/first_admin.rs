//! Who becomes admin.

use std::io::Write as _;
use std::process::Stdio;

use serde_json::{Value, json};

use super::count;
use crate::harness::client::Answer;
use crate::harness::database::TestDatabase;
use crate::harness::{Backend, Process, TestApp, given, raw};

on_both!(
    of_many_first_registrations_on_two_nodes_one_becomes_admin,
    nobody_becomes_admin_where_the_operator_says_so,
    only_the_setup_token_makes_an_admin_and_only_once,
    of_many_who_hold_the_setup_token_one_becomes_admin,
    an_admin_from_the_command_line_is_the_first_account,
    an_imported_account_may_have_been_first,
);

const ADMINS: &str = "select count(*) from user_roles where role = 'admin'";

/// S10: thirty at once, on two nodes, on an empty database.
async fn of_many_first_registrations_on_two_nodes_one_becomes_admin(backend: Backend) {
    for _ in 0..3 {
        let app = TestApp::start(backend).await;
        let second = app.second_node().await;
        let answers = rush(&app, &second, given::registration);
        assert_made(&app, &answers);
        assert!(admins_among(&answers) <= 1, "{answers:?}");
        assert_eq!(count(&app.database, ADMINS), 1);
    }
}

/// S10: `FIRST_USER_IS_ADMIN=false`.
async fn nobody_becomes_admin_where_the_operator_says_so(backend: Backend) {
    let token = "a token that was set and is not asked for";
    for arguments in
        [&["--first-user-is-admin", "false"][..], &["--first-user-is-admin", "false", "--setup-token", token]]
    {
        let app = TestApp::start_with(backend, arguments).await;
        let answers = rush(&app, &app.second_node().await, given::registration);
        assert_made(&app, &answers);
        assert_eq!(admins_among(&answers), 0);
        let presented = app.anonymous().post("/api/auth/register", holding("late", token)).await;
        assert_ne!(presented.body["user"]["is_admin"], json!(true), "{}", presented.text);
        assert_eq!(count(&app.database, ADMINS), 0);
    }
}

/// S10: with a setup token the first account is a member, and so is everybody who does not bring the token.
async fn only_the_setup_token_makes_an_admin_and_only_once(backend: Backend) {
    let token = "a token the operator wrote down";
    let app = TestApp::start_with(backend, &["--setup-token", token]).await;
    let stranger = app.anonymous();
    let register = async |body: Value| stranger.post("/api/auth/register", body).await;

    let first = register(given::registration("first")).await;
    assert_eq!(first.assert_status(201).body["user"]["roles"], json!(["member"]));
    for wrong in ["", "a token", "A TOKEN THE OPERATOR WROTE DOWN", "a token the operator wrote down "] {
        register(holding("wrong", wrong)).await.assert_error(403, "setup_token_invalid");
    }
    // A refused registration leaves nothing, so the name is free for the holder.
    let holder = register(holding("wrong", token)).await;
    assert_eq!(holder.assert_status(201).body["user"]["is_admin"], json!(true));
    register(holding("second", token)).await.assert_error(403, "setup_token_invalid");
    register(given::registration("second")).await.assert_status(201);
    assert_eq!(count(&app.database, ADMINS), 1);
    assert_eq!(count(&app.database, "select count(*) from users"), 3);
}

/// S10: the same under a rush.
async fn of_many_who_hold_the_setup_token_one_becomes_admin(backend: Backend) {
    let token = "a token that was passed around";
    let app = TestApp::start_with(backend, &["--setup-token", token]).await;
    let answers = rush(&app, &app.second_node().await, |name| holding(name, token));
    assert!(admins_among(&answers) <= 1, "{answers:?}");
    for refused in answers.iter().filter(|answer| !matches!(answer.status, 201 | 503)) {
        refused.assert_error(403, "setup_token_invalid");
    }
    assert_eq!(count(&app.database, ADMINS), 1);
    assert_eq!(count(&app.database, "select count(*) from users"), 1);
}

/// S10: who registers after `create-admin` is a member, whatever they bring.
async fn an_admin_from_the_command_line_is_the_first_account(backend: Backend) {
    let token = "a token that comes too late";
    for arguments in [&[][..], &["--setup-token", token]] {
        let database = TestDatabase::new(backend);
        create_admin(&database);
        let app = TestApp::start_on(database, arguments).await;
        let keeper = app.anonymous().sign_in("captain").await;
        assert_eq!(keeper.user["is_admin"], json!(true));
        let member = app.anonymous().post("/api/auth/register", given::registration("late")).await;
        assert_eq!(member.assert_status(201).body["user"]["is_admin"], json!(false));
        if !arguments.is_empty() {
            let refused = app.anonymous().post("/api/auth/register", holding("later", token)).await;
            refused.assert_error(403, "setup_token_invalid");
        }
        assert_eq!(count(&app.database, ADMINS), 1);
    }
}

/// S10: the first account is the first of all accounts, and a registration that is refused is none.
async fn an_imported_account_may_have_been_first(backend: Backend) {
    let app = TestApp::start(backend).await;
    let mut weak = given::registration("weak");
    weak["password"] = json!("password");
    app.anonymous().post("/api/auth/register", weak).await.assert_status(422);
    let first = app.anonymous().post("/api/auth/register", given::registration("weak")).await;
    assert_eq!(first.assert_status(201).body["user"]["is_admin"], json!(true));

    let app = TestApp::start(backend).await;
    app.database.sql("update installation set first_account_at = '2025-01-01 00:00:00'");
    super::import(&app.database, "imported", None, "!");
    let second = app.anonymous().post("/api/auth/register", given::registration("second")).await;
    assert_eq!(second.assert_status(201).body["user"]["is_admin"], json!(false));
}

/// Thirty registrations that begin together, half of them on each node.
fn rush(first: &TestApp, second: &TestApp, body: impl Fn(&str) -> Value) -> Vec<Answer> {
    let node = |n: usize| if n.is_multiple_of(2) { first } else { second };
    let request = |n: usize| {
        let body = body(&format!("racer{n}"));
        raw::Request::json(node(n).address(), "POST", "/api/auth/register", None, &body)
    };
    let requests: Vec<_> = (0..30).map(request).collect();
    raw::at_once(&requests).into_iter().map(Result::unwrap).collect()
}

/// Everybody got in, but for those a busy machine asked to come back.
fn assert_made(app: &TestApp, answers: &[Answer]) {
    let made = answers.iter().filter(|answer| answer.status == 201).count();
    assert!(answers.iter().all(|answer| matches!(answer.status, 201 | 503)) && made > 15, "{answers:?}");
    assert!(count(&app.database, "select count(*) from users") >= i64::try_from(made).unwrap());
}

fn admins_among(answers: &[Answer]) -> usize {
    answers.iter().filter(|answer| answer.body["user"]["is_admin"] == json!(true)).count()
}

fn holding(name: &str, token: &str) -> Value {
    let mut body = given::registration(name);
    body["setup_token"] = json!(token);
    body
}

/// An admin called `captain`, made on the command line.
pub(crate) fn create_admin(database: &TestDatabase) {
    let environment = [("DATABASE_URL", &*database.url()), ("SECRET_KEY", given::SECRET_KEY)];
    let arguments = ["create-admin", "--username", "captain", "--email", "captain@example.org"];
    let process = Process::prepare(&environment);
    let mut command = process.command(&arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    writeln!(child.stdin.take().unwrap(), "{}", given::PASSWORD).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
