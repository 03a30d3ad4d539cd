//! A server in the test's own process, put together by the same hands as the binary's.

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;

use actix_web::dev::ServerHandle;
use tempfile::TempDir;
use tokio::sync::{OnceCell, oneshot};
use vestibule_auth::hasher::Argon2Cost;
use vestibule_server::app::App;
use vestibule_server::settings::Settings;
use vestibule_server::system::SystemRandom;

use super::client::Client;
use super::clock::TestClock;
use super::database::{Backend, TestDatabase};
use super::given;
use super::mail::{self, Mail};

/// One node. It stops when dropped, and its database goes with the last node on it.
pub(crate) struct TestApp {
    /// The time this node and its sisters live in.
    pub(crate) clock: Arc<TestClock>,
    /// Where this node and its sisters keep what they keep.
    pub(crate) database: Arc<TestDatabase>,
    address: SocketAddr,
    base: String,
    arguments: Vec<String>,
    founded: Arc<OnceCell<()>>,
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
    data: TempDir,
}

impl TestApp {
    /// A node on a fresh database, with the settings of a fresh installation but for the cost of hashing.
    pub(crate) async fn start(backend: Backend) -> Self {
        Self::start_with(backend, &[]).await
    }

    /// The same with further command-line arguments, such as `&["--sessions-per-user", "3"]`.
    pub(crate) async fn start_with(backend: Backend, arguments: &[&str]) -> Self {
        Self::start_on(TestDatabase::new(backend), arguments).await
    }

    /// The same on a database the test has prepared.
    pub(crate) async fn start_on(database: TestDatabase, arguments: &[&str]) -> Self {
        Self::try_start_on(database, arguments)
            .await
            .unwrap_or_else(|refusal| panic!("the server: {refusal}"))
    }

    /// The same, or the sentence with which the server refuses to start.
    pub(crate) async fn try_start_on(database: TestDatabase, arguments: &[&str]) -> Result<Self, String> {
        let arguments = arguments.iter().map(ToString::to_string).collect();
        let founded = Arc::new(OnceCell::new());
        Self::launch(Arc::new(TestClock::at_noon()), Arc::new(database), arguments, founded).await
    }

    /// Another node with the same settings on the same database, at the same time.
    pub(crate) async fn second_node(&self) -> Self {
        let (clock, database, founded) = (self.clock.clone(), self.database.clone(), self.founded.clone());
        Self::launch(clock, database, self.arguments.clone(), founded).await.unwrap()
    }

    async fn launch(
        clock: Arc<TestClock>,
        database: Arc<TestDatabase>,
        arguments: Vec<String>,
        founded: Arc<OnceCell<()>>,
    ) -> Result<Self, String> {
        let data = TempDir::new().unwrap();
        let settings = settings(&database.url(), data.path().to_str().unwrap(), &arguments)?;
        let (tell, told) = oneshot::channel();
        let time = clock.clone();
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                match App::build(settings, time, Arc::new(SystemRandom)).await {
                    Ok(app) => {
                        tell.send(Ok((app.address(), app.handle()))).unwrap();
                        app.run().await.unwrap();
                    }
                    Err(refusal) => tell.send(Err(refusal.to_string())).unwrap(),
                }
            });
        });
        let (address, handle) = told.await.map_err(|_| "the server panicked at its start".to_owned())??;
        let base = format!("http://{address}");
        Ok(Self { clock, database, address, base, arguments, founded, handle, thread: Some(thread), data })
    }

    /// Where this node listens, for raw sockets.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where this node listens, as the beginning of a URL.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// The folder this node keeps its files in.
    pub(crate) fn data_dir(&self) -> &std::path::Path {
        self.data.path()
    }

    /// The mails this node has written, oldest first.
    pub(crate) fn mails(&self) -> Vec<Mail> {
        Mail::all(&self.mail_dir())
    }

    /// The newest mail of `kind` to `address`; waits until there is one.
    pub(crate) async fn mail_to(&self, address: &str, kind: &str) -> Mail {
        self.mail_after(0, address, kind).await
    }

    /// The same, not counting the first `count` of that kind to that address.
    pub(crate) async fn mail_after(&self, count: usize, address: &str, kind: &str) -> Mail {
        let fits = |mail: &Mail| mail.to == address && mail.kind == kind;
        mail::wait_for(&self.mail_dir(), &format!("{kind} to {address}"), |mails| {
            mails.into_iter().filter(fits).skip(count).last()
        })
        .await
    }

    fn mail_dir(&self) -> std::path::PathBuf {
        self.data.path().join("mail")
    }

    /// A stranger.
    pub(crate) fn anonymous(&self) -> Client {
        Client::anonymous(&self.base)
    }

    /// A member of that name, signed in anew; the account is made at the first call.
    pub(crate) async fn signed_in(&self, name: &str) -> Client {
        self.found().await;
        let client = self.anonymous();
        let answer = client.post("/api/auth/register", given::registration(name)).await;
        assert!(matches!(answer.status, 201 | 409), "registering {name}: {}", answer.text);
        client.sign_in(name).await
    }

    /// The administrator, signed in anew: the first account of all, which the server itself makes one.
    pub(crate) async fn admin(&self) -> Client {
        self.found().await;
        self.anonymous().sign_in("keeper").await
    }

    /// Members of tests are members only where somebody was there before them.
    pub(super) async fn found(&self) {
        let register = async || {
            let answer = self.anonymous().post("/api/auth/register", given::registration("keeper")).await;
            answer.assert_status(201);
        };
        self.founded.get_or_init(register).await;
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        // The order to stop is given by the call; waiting is done on the thread.
        drop(self.handle.stop(false));
        let ended = self.thread.take().map(JoinHandle::join);
        // A failed test's second panic would hide the first.
        if !std::thread::panicking() {
            ended.unwrap().expect("the server thread panicked");
        }
    }
}

/// Settings as an operator gives them, from an environment of the test's own.
fn settings(database_url: &str, data_dir: &str, arguments: &[String]) -> Result<Settings, String> {
    let environment = |name: &str| {
        let value = match name {
            "DATABASE_URL" => database_url,
            "DATA_DIR" => data_dir,
            "SECRET_KEY" => given::SECRET_KEY,
            "BIND" => "127.0.0.1:0",
            "WORKERS" => "2",
            // Tests of limits switch them on; the others come from one address and would meet them.
            "RATE_LIMITS" => "off",
            _ => return None,
        };
        Some(value.to_owned())
    };
    let parsed = Settings::from_arguments(arguments.iter().cloned(), &environment, None);
    let mut settings = parsed.map_err(|refusal| refusal.to_string())?;
    // No operator can set a cost as low as this, and a test that asks for a real one gets it.
    let names_a_cost =
        |argument: &String| argument.starts_with("--argon2-") || argument.starts_with("--pbkdf2-");
    if !arguments.iter().any(names_a_cost) {
        settings.passwords.hasher.argon2 = Argon2Cost::cheap_for_tests();
        settings.passwords.hasher.pbkdf2_iterations = 1000;
    }
    Ok(settings)
}
