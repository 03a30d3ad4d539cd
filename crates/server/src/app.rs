//! The server, put together from the rooms.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use actix_web::dev::{Server, ServerHandle};
use actix_web::web::{self, Data};
use actix_web::{App as ActixApp, HttpResponse, HttpServer};
use vestibule_api::{Face, nothing_here};
use vestibule_auth::hasher::Hasher;
use vestibule_content::load_states;
use vestibule_domain::contact::ContactText;
use vestibule_domain::post::PostContent;
use vestibule_domain::random::Random;
use vestibule_domain::time::Clock;
use vestibule_http::{
    Asked, BodyLimits, BodyPace, Connections, CursorKey, Fault, FrontDoor, Rules, Shell, ShellLimits,
    note_places,
};
use vestibule_media::Picture;
use vestibule_web::{OwnData, SettingFact, SystemFacts};

use crate::background::JobFailures;
use crate::background::mail::MailRoom;
use crate::metrics::{Desk, Metrics};
use crate::settings::{Listed, Listening, Settings};
use crate::shutdown::ShutdownFlag;
use crate::start_error::StartError;
use crate::{background, frontend, metrics, secret_key, socket, store, tls};

/// The longest a request's head may take: a browser sends it in one piece (the slow head attack, CWE-400).
const HEAD_TIMEOUT: Duration = Duration::from_secs(5);

/// Idle connections are kept longer than proxies keep theirs (nginx: 60 s), so that no proxy sends a request into a
/// connection that is just being closed.
const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// actix gives no deadline to the next head on a kept connection; after this long without an answer it is cut.
const IDLE_CUT: Duration = KEEP_ALIVE.saturating_add(HEAD_TIMEOUT);

/// Where pictures are sent to.
const AVATAR: &str = "/api/auth/profile/avatar";

/// The same by the page.
const PICTURE: &str = "/profile/picture";

/// A picture, in bytes, and some more for what stands around it.
const LARGEST_UPLOAD: u64 = Picture::MAX_BYTES as u64 + 64 * 1024;

/// Where posts are sent to, and the same by the page.
const POSTS: [&str; 3] = ["/api/posts", "/blog", "/admin/posts"];

/// The longest post, in which a byte may take six (`\u0001` in JSON, `%0D%0A` for the end of a line in a form), and some more for
/// its title and what stands around it.
const LARGEST_POST: u64 = 6 * PostContent::MAX_BYTES as u64 + 64 * 1024;

/// Where messages, comments and guides are sent to, and the same by the pages. What is said about a post goes where posts do.
const WORDS: [&str; 5] = ["/api/contact", "/api/comments", "/contact", "/states", "/admin/comments"];

/// The longest message or comment, in which a character may take twelve bytes (as two escapes in JSON, as four bytes of three in a
/// form), and some more, in whole KiB.
const LARGEST_WORDS: u64 = (12 * ContactText::MAX_CHARS as u64).div_ceil(1024) * 1024 + 64 * 1024;

/// A picture keeps a place from others while it comes, so it has to come faster than other bodies: 16 KiB/s after 5 s.
const UPLOAD_PACE: BodyPace =
    BodyPace { pause: Duration::from_secs(5), grace: Duration::from_secs(5), bytes_per_second: 16 * 1024 };

/// The server, listening and ready to run.
pub struct App {
    server: Server,
    /// What listens on the metrics' own address, where there is one.
    figures: Option<Server>,
    shell: Shell,
    mail_room: Arc<MailRoom>,
    address: SocketAddr,
    flag: ShutdownFlag,
    is_empty: bool,
}

impl App {
    /// Brings the data up to date, starts to listen and puts the server together. Must be called within an actix system;
    /// it blocks while migrations run.
    #[expect(clippy::unused_async, reason = "callers must stand in a runtime, and an await says so")]
    pub async fn build(
        settings: Settings,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Result<Self, StartError> {
        note_places();
        let database = store::open(&settings)?;
        database.migrate()?;
        let secret_key = secret_key::settle(&settings, &database, &*random)?;
        let is_empty = secret_key::is_empty(&database)?;
        let listener = socket::bind("BIND", settings.listening.bind)?;
        let address = listener.local_addr()?;
        let public = settings.address(address);
        let accounts = store::accounts(&settings, database, &secret_key, &public, &*random)?;
        accounts.keys.load(clock.now(), &*random)?;
        load_states(&accounts.database, clock.now())?;
        let mailer = store::mailer(&settings, &accounts, &public)?;
        let avatars = store::avatars(&settings, accounts.database.clone())?;
        let limits = limits(&settings, &accounts.hasher);
        let flag = ShutdownFlag::default();
        let shell = Shell::new(accounts, avatars, limits, clock, Arc::clone(&random), flag.shared())?;
        let failures = JobFailures::default();
        background::start(&shell, &failures, settings.logs.audit_retention);
        let mail_room = background::mail::start(&shell, &failures, mailer)?;
        let rules = rules(&settings, flag.shared());
        let door = FrontDoor::new(Arc::new(rules), random);
        let metrics = Metrics::new(shell.clone(), door.traffic(), failures);
        let desk = Data::new(Desk::new(metrics, settings.metrics.token.clone()));
        let figures =
            settings.metrics.bind.map(|address| metrics::listen(address, desk.clone())).transpose()?;
        let faces = Faces::new(&settings, secret_key.reveal().as_bytes(), public, desk);
        let server = serve(&settings, listener, shell.clone(), faces, door)?;
        Ok(Self { server, figures, shell, mail_room, address, flag, is_empty })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What stops it.
    #[must_use]
    pub fn handle(&self) -> ServerHandle {
        self.server.handle()
    }

    /// What readiness looks at.
    #[must_use]
    pub fn shutdown_flag(&self) -> ShutdownFlag {
        self.flag.clone()
    }

    /// Whether there was no account when it was built.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.is_empty
    }

    /// Serves until it is stopped, lets the mails under way end, and writes what then still waits.
    pub async fn run(self) -> std::io::Result<()> {
        let beside = self.figures.map(|server| (server.handle(), actix_web::rt::spawn(server)));
        let outcome = self.server.await;
        if let Some((handle, _ended)) = beside {
            handle.stop(false).await;
        }
        self.mail_room.finish().await;
        background::finish(self.shell).await;
        outcome
    }
}

/// The OpenAPI document, as `openapi/openapi.json` holds it.
pub fn openapi_json() -> Result<String, impl std::error::Error> {
    vestibule_api::json()
}

fn limits(settings: &Settings, hasher: &Hasher) -> ShellLimits {
    let passwords = &settings.passwords;
    // Whatever the budget says, each thread can hash at today's cost: else some of them would never work.
    let least = passwords.hash_threads.saturating_mul(hasher.memory_needed(None));
    ShellLimits {
        hash_threads: passwords.hash_threads,
        hash_queue: passwords.hash_queue,
        hash_memory: u64::try_from(passwords.hash_memory.max(least)).unwrap_or(u64::MAX),
        ..ShellLimits::default()
    }
}

fn rules(settings: &Settings, stopping: Arc<AtomicBool>) -> Rules {
    let Listening { allowed_hosts, trusted_proxies, cors_allowed_origins, .. } = &settings.listening;
    Rules {
        hosts: allowed_hosts.clone(),
        proxies: trusted_proxies.clone(),
        origins: cors_allowed_origins.clone(),
        bodies: bodies(),
        public_https: settings.is_production(),
        stopping,
        access_log: settings.logs.access_log,
        render: if settings.debug { render_with_details } else { render },
    }
}

fn bodies() -> BodyLimits {
    let posts = POSTS.into_iter().fold(BodyLimits::default(), |limits, path| limits.with(path, LARGEST_POST));
    let words = WORDS.into_iter().fold(posts, |limits, path| limits.with(path, LARGEST_WORDS));
    [AVATAR, PICTURE]
        .into_iter()
        .fold(words, |limits, path| limits.with(path, LARGEST_UPLOAD).with_pace(path, UPLOAD_PACE))
}

/// What the pages hand out of somebody's own data is what the JSON face does.
fn own_data(face: Data<Face>) -> OwnData {
    OwnData::new(move |shell: Data<Shell>, caller, client| {
        let face = face.clone();
        async move { vestibule_api::export_own(&shell, &face, caller, client).await }
    })
}

/// The two faces and the figures, each made once.
struct Faces {
    desk: Data<Desk>,
    json: Data<Face>,
    pages: Data<vestibule_web::Face>,
    own_data: Data<OwnData>,
}

impl Faces {
    fn new(settings: &Settings, key: &[u8], public: String, desk: Data<Desk>) -> Self {
        let listening = &settings.listening;
        let json = Face::new(CursorKey::derive(key), public.clone());
        let pages = vestibule_web::Face::new(key, CursorKey::derive(key), public);
        let pages = match &listening.assets_url {
            Some(url) => pages.with_assets(url.clone()),
            None => pages,
        };
        let pages = pages.with_system(system_facts(settings));
        let json = Data::new(json.with_contacts(listening.security_contact.clone()));
        let own_data = Data::new(own_data(json.clone()));
        Self { desk, json, pages: Data::new(pages), own_data }
    }
}

/// What the dashboard tells of this server: what `check-config` shows, and no secret.
fn system_facts(settings: &Settings) -> SystemFacts {
    let setting = |listed: &Listed| SettingFact {
        name: listed.name.to_owned(),
        value: listed.value.clone(),
        origin: listed.origin.to_string(),
    };
    SystemFacts {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        media: settings.media.url.to_string(),
        mail: match &settings.mail.smtp {
            Some(server) => format!("{server}, from {}", settings.mail.from),
            None => settings.data.mail_dir().display().to_string(),
        },
        settings: settings.listing.iter().map(setting).collect(),
    }
}

/// A fault looks as whoever asked expects it: programs by what they ask for, people with a page.
fn render(asked: &Asked<'_>, fault: &Fault<'_>) -> HttpResponse {
    if vestibule_web::is_page(asked.path) {
        vestibule_web::render(asked, fault)
    } else {
        vestibule_api::render(asked, fault)
    }
}

/// The same, where whoever works on the site wants to see on its pages what the log says.
fn render_with_details(asked: &Asked<'_>, fault: &Fault<'_>) -> HttpResponse {
    if vestibule_web::is_page(asked.path) {
        vestibule_web::render_with_details(asked, fault)
    } else {
        vestibule_api::render(asked, fault)
    }
}

/// As many seconds as `span` at least: half a second cut down would be no time at all.
fn whole_seconds(span: Duration) -> u64 {
    span.as_secs() + u64::from(span.subsec_nanos() > 0)
}

fn serve(
    settings: &Settings,
    listener: TcpListener,
    shell: Shell,
    faces: Faces,
    door: FrontDoor,
) -> Result<Server, StartError> {
    let listening = &settings.listening;
    let cap = u32::try_from(listening.max_connections_per_address).unwrap_or(u32::MAX);
    let connections =
        Connections::new(cap, listening.trusted_proxies.clone()).cutting_idle_after(IDLE_CUT)?;
    let shell = Data::new(shell);
    let frontend_dir = listening.frontend_dir.clone();
    let make_app = move || {
        ActixApp::new()
            .app_data(shell.clone())
            .configure(|config| vestibule_api::configure(config, &faces.json))
            .configure(|config| metrics::configure(config, &faces.desk))
            .configure(|config| frontend::configure(config, frontend_dir.as_deref()))
            .app_data(faces.own_data.clone())
            .configure(|config| vestibule_web::configure(config, &faces.pages))
            .default_service(web::to(nothing_here))
            .wrap(door.clone())
    };
    let server = HttpServer::new(make_app)
        .workers(listening.workers)
        .client_request_timeout(HEAD_TIMEOUT)
        .keep_alive(KEEP_ALIVE)
        .on_connect(move |connection, extensions| connections.on_connect(connection, extensions))
        .disable_signals()
        .shutdown_timeout(whole_seconds(listening.shutdown_timeout));
    let server = match &listening.tls {
        Some(files) => server.listen_rustls_0_23(listener, tls::server_config(files)?)?,
        None => server.listen(listener)?,
    };
    Ok(server.run())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_second_is_no_less_than_one() {
        let seconds =
            [0, 1, 500, 1000, 1001, 30_000].map(|millis| whole_seconds(Duration::from_millis(millis)));
        assert_eq!(seconds, [0, 1, 1, 1, 2, 30]);
    }
}
