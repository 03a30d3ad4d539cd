//! Pictures that would be too much.

use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::{AVATAR, Pictures, files_below, upload};
use crate::faults::started_on;
use crate::harness::database::TestDatabase;
use crate::harness::{Backend, Process, TestApp, raw};

on_both!(
    bombs_are_refused_in_little_memory,
    an_upload_without_end_is_cut,
    uploads_beyond_sixteen_wait_and_are_told,
    one_account_takes_no_place_from_others,
);

const MIB: u64 = 1 << 20;

fn memory(server: &Process, what: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(what)).unwrap();
    line.trim_start_matches(':').trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

/// S27: what the header claims is refused by the header; what is real is unpacked one at a time. Eight of each at once.
async fn bombs_are_refused_in_little_memory(backend: Backend) {
    let bombs = ["wide.png", "screen.gif", "frames.gif", "text.png"];
    let pictures = Pictures::make(&[bombs.as_slice(), &["large.png", "plain.png"]].concat());
    let database = TestDatabase::new(backend);
    let server = started_on(&database, &[]);
    let mut people = Vec::new();
    // An account has two uploads on their way at most.
    for name in ["alice", "bob", "carol", "dave"] {
        let registration = crate::harness::given::registration(name);
        server.anonymous().post("/api/auth/register", registration).await.assert_status(201);
        people.push(server.anonymous().sign_in(name).await);
    }
    upload(&people[0], pictures.bytes("plain.png")).await.assert_status(200);
    let before = memory(&server, "VmRSS");
    for (names, status) in [(bombs.as_slice(), 422), (&["large.png"], 200)] {
        let uploads = (0..8).map(|n| {
            let (person, name) = (people[n / 2].clone(), names[n % names.len()]);
            let bytes = pictures.bytes(name);
            tokio::spawn(async move { (name, upload(&person, bytes).await) })
        });
        for upload in uploads.collect::<Vec<_>>() {
            let (name, answer) = upload.await.unwrap();
            assert_eq!(answer.status, status, "{name}: {}", answer.text);
            assert!(status == 200 || !answer.complaints("avatar").is_empty(), "{name}: {}", answer.text);
        }
        let risen = memory(&server, "VmHWM").saturating_sub(before) / MIB;
        eprintln!(
            "figures: S27 {backend:?}: eight of {names:?} at once: peak {risen} MiB above {} MiB",
            before / MIB
        );
        let most = if status == 422 { 100 } else { 128 };
        assert!(risen < most, "{names:?}: {risen} MiB");
    }
    people[0].get("/api/auth/profile").await.assert_status(200);
}

/// S27: a body without a length is read as far as the limit, and no further.
async fn an_upload_without_end_is_cut(backend: Backend) {
    let app = TestApp::start(backend).await;
    let token = app.signed_in("alice").await.token.unwrap();
    let address = app.address();
    let sending = move || {
        let mut socket = raw::connect(address).unwrap();
        let head = format!(
            "PUT {AVATAR} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nTransfer-Encoding: chunked\r\n\
             Content-Type: multipart/form-data; boundary=x\r\n\r\n"
        );
        socket.write_all(head.as_bytes()).unwrap();
        let start = "--x\r\nContent-Disposition: form-data; name=\"avatar\"\r\n\r\n\x7fPNG";
        write!(socket, "{:x}\r\n{start}\r\n", start.len()).unwrap();
        let chunk = [b"10000\r\n".as_slice(), &vec![0; 0x10000], b"\r\n"].concat();
        // Until the server hangs up. It says why before it does, to whoever listens.
        let begun = Instant::now();
        while socket.write_all(&chunk).is_ok() {
            assert!(begun.elapsed() < Duration::from_secs(10), "it still takes bytes");
        }
        raw::read_answer(&mut socket)
    };
    // The rest of what is on its way makes some systems forget what was said.
    if let Ok(answer) = tokio::task::spawn_blocking(sending).await.unwrap() {
        answer.assert_error(413, "body_too_large");
    }
    assert_eq!(files_below(&app.data_dir().join("media")).len(), 0);
}

/// S27: uploads hold five megabytes each, so only so many are received at once; nothing else waits for them.
async fn uploads_beyond_sixteen_wait_and_are_told(backend: Backend) {
    let app = TestApp::start(backend).await;
    let picture = Pictures::make(&["plain.png"]).bytes("plain.png");
    let alice = app.signed_in("alice").await;
    let mut tokens = Vec::new();
    for n in 0..8 {
        let token = app.signed_in(&format!("dawdler{n}")).await.token.unwrap();
        tokens.extend([token.clone(), token]);
    }
    // Faster than the slowest that is waited for.
    let dawdling = Dawdling::start(app.address(), tokens, 20 * 1024);
    tokio::time::sleep(Duration::from_millis(500)).await;
    let waiting = tokio::spawn({
        let (alice, picture) = (alice.clone(), picture.clone());
        async move { upload(&alice, picture).await }
    });
    for _ in 0..10 {
        alice.get("/api/auth/profile").await.assert_status(200);
    }
    waiting.await.unwrap().assert_error(503, "overloaded");
    dawdling.stop();
    upload(&alice, picture).await.assert_status(200);
}

/// S27: who sends sixteen pictures slowly has two places of them, and keeps these for seconds.
async fn one_account_takes_no_place_from_others(backend: Backend) {
    let app = TestApp::start(backend).await;
    let picture = Pictures::make(&["plain.png"]).bytes("plain.png");
    let (alice, bob) = (app.signed_in("alice").await, app.signed_in("bob").await);
    let dawdling = Dawdling::start(app.address(), vec![alice.token.clone().unwrap(); 16], 2 * 1024);
    tokio::time::sleep(Duration::from_millis(500)).await;
    upload(&bob, picture.clone()).await.assert_status(200);
    let told = upload(&alice, picture.clone()).await;
    told.assert_error(429, "too_many_requests");
    assert!(told.text.contains("on their way"), "{}", told.text);
    let begun = Instant::now();
    while upload(&alice, picture.clone()).await.status != 200 {
        assert!(begun.elapsed() < Duration::from_mins(1), "the slow ones have their places still");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    dawdling.stop();
}

/// Uploads that come slowly, for as long as the server takes them.
struct Dawdling {
    stop: Sender<()>,
    thread: JoinHandle<()>,
}

impl Dawdling {
    /// One upload for each of `tokens`, of so many bytes a second.
    fn start(address: SocketAddr, tokens: Vec<String>, bytes_per_second: usize) -> Self {
        let (stop, stopped) = channel();
        let thread = std::thread::spawn(move || {
            let begin = |token: String| {
                let mut socket = raw::connect(address).unwrap();
                let head = format!(
                    "PUT {AVATAR} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\
                     Content-Length: 5000000\r\nContent-Type: multipart/form-data; boundary=x\r\n\r\n\
                     --x\r\nContent-Disposition: form-data; name=\"avatar\"\r\n\r\n"
                );
                socket.write_all(head.as_bytes()).unwrap();
                socket
            };
            let mut sockets: Vec<_> = tokens.into_iter().map(begin).collect();
            let bit = vec![b'-'; bytes_per_second / 4];
            while stopped.recv_timeout(Duration::from_millis(250)).is_err() {
                // Those that were refused are gone.
                sockets.retain_mut(|socket| socket.write_all(&bit).is_ok());
            }
        });
        Self { stop, thread }
    }

    fn stop(self) {
        self.stop.send(()).unwrap();
        self.thread.join().unwrap();
    }
}
