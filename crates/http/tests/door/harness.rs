//! A real server on a free port, and a client that writes what no proper client would.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Once, mpsc};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use actix_web::dev::ServerHandle;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CROSS_ORIGIN_RESOURCE_POLICY};
use actix_web::rt::time::sleep;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, error, web};
use futures_util::stream::once;
use vestibule_domain::id::UserId;
use vestibule_domain::random::Random;
use vestibule_http::{
    Asked, BodyLimits, BodyPace, Connections, Fault, FrontDoor, Refusal, Rules, client_address, is_https,
    note_places, note_user, request_id,
};

/// A pace that tests can wait for.
pub(crate) const PACE: BodyPace =
    BodyPace { pause: Duration::from_millis(300), grace: Duration::from_millis(600), bytes_per_second: 1024 };

pub(crate) fn rules() -> Rules {
    Rules {
        hosts: "localhost, .example.org".parse().unwrap(),
        proxies: "".parse().unwrap(),
        origins: "".parse().unwrap(),
        bodies: BodyLimits::default().with("/echo/large", 200_000).at_pace(PACE),
        public_https: false,
        stopping: Arc::default(),
        access_log: false,
        render,
    }
}

fn render(asked: &Asked<'_>, fault: &Fault<'_>) -> HttpResponse {
    let text = format!("in form: {} {}", fault.status().as_u16(), asked.request_id);
    HttpResponse::build(fault.status()).content_type("text/x-fault").body(text)
}

/// Enough to tell the workers of one server apart.
struct Counting;

impl Random for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        static CALLS: AtomicU8 = AtomicU8::new(1);
        bytes.fill(CALLS.fetch_add(1, Ordering::Relaxed));
    }
}

async fn who(request: HttpRequest) -> String {
    note_user(&request, UserId::try_from(42).unwrap());
    let id = request_id(&request).unwrap();
    format!("{} {} {id}", client_address(&request), if is_https(&request) { "https" } else { "http" })
}

async fn styled() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "max-age=60"))
        .insert_header((CONTENT_SECURITY_POLICY, "default-src 'self'"))
        .insert_header((CROSS_ORIGIN_RESOURCE_POLICY, "cross-origin"))
        .body("styled")
}

async fn slow(milliseconds: web::Path<u64>) -> &'static str {
    sleep(Duration::from_millis(*milliseconds)).await;
    "slow"
}

/// Answers at once and says its one word later.
async fn streamed(milliseconds: web::Path<u64>) -> HttpResponse {
    let word = async move {
        sleep(Duration::from_millis(*milliseconds)).await;
        Ok::<_, error::Error>(web::Bytes::from_static(b"later"))
    };
    HttpResponse::Ok().streaming(Box::pin(once(word)))
}

async fn panics() -> HttpResponse {
    panic!("the inside of the house");
}

async fn refused() -> Result<HttpResponse, Refusal> {
    Err(Refusal::Overloaded { retry_after: Duration::from_secs(3) })
}

fn routes(app: &mut web::ServiceConfig) {
    app.route("/health/live", web::get().to(|| async { "alive" }))
        .service(web::resource("/ok").get(|| async { "fine" }))
        .route("/slow/{milliseconds}", web::get().to(slow))
        .route("/streamed/{milliseconds}", web::get().to(streamed))
        .route("/who", web::get().to(who))
        .route("/styled", web::get().to(styled))
        .route("/panics", web::get().to(panics))
        .route("/refused", web::get().to(refused))
        .route("/moved", web::get().to(|| async { HttpResponse::Found().finish() }))
        .route(
            "/fails",
            web::get().to(|| async { Err::<String, _>(error::ErrorInternalServerError("inside")) }),
        )
        .route("/unread", web::post().to(|| async { HttpResponse::Unauthorized().body("who are you?") }))
        .route("/taken", web::post().to(|| async { "taken without reading" }))
        .route("/echo{any:.*}", web::post().to(|body: web::Bytes| async move { body.len().to_string() }));
}

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub(crate) fn start(rules: Rules) -> Self {
        let connections = Connections::new(0, rules.proxies.clone());
        Self::start_with(rules, connections)
    }

    /// One worker, so that one that died would be noticed.
    pub(crate) fn start_with(rules: Rules, connections: Connections) -> Self {
        static PLACES: Once = Once::new();
        PLACES.call_once(note_places);
        let (started, starts) = mpsc::channel();
        let thread = thread::spawn(move || {
            let door = FrontDoor::new(Arc::new(rules), Arc::new(Counting));
            let server = HttpServer::new(move || {
                App::new().app_data(web::PayloadConfig::new(1 << 20)).configure(routes).wrap(door.clone())
            });
            let server =
                server.on_connect(move |stream, extensions| connections.on_connect(stream, extensions));
            let server = server.workers(1).backlog(2048).disable_signals().bind("127.0.0.1:0").unwrap();
            let address = server.addrs()[0];
            actix_web::rt::System::new().block_on(async move {
                let server = server.run();
                started.send((address, server.handle())).unwrap();
                server.await.unwrap();
            });
        });
        let (address, handle) = starts.recv().unwrap();
        Self { address, handle, thread: Some(thread) }
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        stream
    }

    /// Sends `request` as it is and reads until the server closes.
    pub(crate) fn send(&self, request: &str) -> Answer {
        let mut stream = self.connect();
        stream.write_all(request.as_bytes()).unwrap();
        read_to_close(&mut stream)
    }

    /// `method path` with `headers`, each ended by CRLF, on a connection of its own.
    pub(crate) fn ask(&self, method_and_path: &str, headers: &str) -> Answer {
        self.send(&format!(
            "{method_and_path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n"
        ))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The command is on its way without being awaited.
        drop(self.handle.stop(false));
        self.thread.take().unwrap().join().unwrap();
    }
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Lower-case names, values as sent.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
    /// From the end of sending to the close.
    pub(crate) took: Duration,
}

impl Answer {
    /// The one value of the header, or nothing; twice is a failure.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values =
            self.headers.iter().filter(|header| header.0 == name).map(|header| header.1.as_str());
        let value = values.next();
        assert_eq!(values.next(), None, "{name} stands twice");
        value
    }
}

/// Reads one answer and whatever else comes until the close (a reset counts as one).
pub(crate) fn read_to_close(stream: &mut TcpStream) -> Answer {
    let begun = Instant::now();
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        match stream.read(&mut chunk) {
            Ok(0) => break,
            Ok(count) => bytes.extend_from_slice(&chunk[..count]),
            Err(error) if error.kind() == ErrorKind::ConnectionReset => break,
            Err(error) => panic!("not closed after {:?}: {error}", begun.elapsed()),
        }
    }
    parse(&bytes, begun.elapsed())
}

/// Reads one answer with a length from a connection that stays open.
pub(crate) fn read_one(stream: &mut TcpStream) -> Answer {
    let begun = Instant::now();
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).unwrap();
        bytes.push(byte[0]);
    }
    let length =
        parse(&bytes, begun.elapsed()).header("content-length").map_or(0, |text| text.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    bytes.extend(body);
    parse(&bytes, begun.elapsed())
}

fn parse(bytes: &[u8], took: Duration) -> Answer {
    let text = String::from_utf8_lossy(bytes);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer but {text:?}"));
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let header = |line: &str| {
        let (name, value) = line.split_once(": ").unwrap();
        (name.to_ascii_lowercase(), value.to_owned())
    };
    Answer { status, headers: lines.map(header).collect(), body: body.to_owned(), took }
}
