//! Refreshing: each spends a token, writes a new pair and commits.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::account::{Pair, register_many, sign_in};
use crate::figures::{Aim, Row, Warmth, take_turns};
use crate::postgres::Postgres;
use crate::served::Served;
use crate::uncached::pgbench;

/// Who refresh at once, each a session of their own.
const SESSIONS: usize = 16;

const TURN: Duration = Duration::from_secs(2);

/// The statements of a refresh, for pgbench, on rows that nobody else wants.
const SQL: &str = "\\set mine random(1, 1000000000)
BEGIN;
UPDATE sessions SET last_seen_at = last_seen_at WHERE id = (SELECT id FROM sessions OFFSET :client_id LIMIT 1);
SELECT digest FROM refresh_tokens WHERE spent_at IS NULL LIMIT 1;
INSERT INTO refresh_tokens (digest, session_id) SELECT decode(md5(:mine::text || :client_id || clock_timestamp()), 'hex'),
    id FROM sessions OFFSET :client_id LIMIT 1;
UPDATE sessions SET token_expires_at = token_expires_at WHERE id = (SELECT id FROM sessions OFFSET :client_id LIMIT 1);
COMMIT;";

pub(crate) fn measure(postgres: &Postgres) -> Vec<Row> {
    let folder = TempDir::new().unwrap();
    let on_sqlite = Refreshed::start(&folder, &[]);
    let url = postgres.url(&postgres.create_database(None));
    let settings = [("DATABASE_URL", &*url), ("SECRET_KEY", "a secret of the benchmark, 32 bytes or more")];
    let on_postgres = Refreshed::start(&folder, &settings);
    let script = postgres.folder().join("refresh.sql");
    std::fs::write(&script, SQL).unwrap();
    let turns = take_turns(
        "refreshes",
        Warmth::FirstRound,
        &mut [&mut || pgbench(postgres, &url, &script, "unused=0"), &mut || on_postgres.turn(), &mut || {
            on_sqlite.turn()
        }],
    );
    let [pgbench, postgres, sqlite] = &turns[..] else { unreachable!("three rivals") };
    vec![
        Row::compared(
            "`POST /api/auth/refresh`, PostgreSQL",
            postgres,
            pgbench,
            "such a transaction alone",
            Aim::None,
        ),
        Row::rate("`POST /api/auth/refresh`, SQLite", sqlite),
    ]
}

/// A server and people who refresh.
struct Refreshed {
    served: Served,
    tokens: Vec<Mutex<String>>,
}

impl Refreshed {
    fn start(folder: &TempDir, settings: &[(&str, &str)]) -> Self {
        let served = Served::vestibule(folder.path(), &[settings, &[("ACCESS_LOG", "off")]].concat());
        register_many(served.address(), SESSIONS);
        let tokens = (0..SESSIONS).map(|number| sign_in(served.address(), number, "opaque").refresh);
        Self { tokens: tokens.map(Mutex::new).collect(), served }
    }

    /// Everybody refreshes as fast as they are answered; answers how many refreshes came true a second.
    fn turn(&self) -> f64 {
        let begun = Instant::now();
        let count: usize = thread::scope(|scope| {
            let people: Vec<_> = self
                .tokens
                .iter()
                .map(|token| scope.spawn(|| refresh_until(self.served.address(), begun + TURN, token)))
                .collect();
            people.into_iter().map(|person| person.join().unwrap()).sum()
        });
        f64::from(u32::try_from(count).unwrap()) / begun.elapsed().as_secs_f64()
    }
}

fn refresh_until(address: SocketAddr, end: Instant, token: &Mutex<String>) -> usize {
    let mut connection = BufReader::new(TcpStream::connect(address).unwrap());
    let mut token = token.lock().unwrap();
    let mut count = 0;
    while Instant::now() < end {
        *token = Pair::read(&refresh(&mut connection, address, &token)).refresh;
        count += 1;
    }
    count
}

/// One refresh on a connection that is kept.
fn refresh(connection: &mut BufReader<TcpStream>, address: SocketAddr, token: &str) -> String {
    let body = format!("{{\"refresh_token\":\"{token}\"}}");
    let head = format!(
        "POST /api/auth/refresh HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n",
        body.len()
    );
    connection.get_mut().write_all((head + &body).as_bytes()).unwrap();
    let (mut length, mut line) = (0, String::new());
    connection.read_line(&mut line).unwrap();
    assert!(line.starts_with("HTTP/1.1 200"), "{line}");
    while line != "\r\n" {
        line.clear();
        connection.read_line(&mut line).unwrap();
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    connection.read_exact(&mut body).unwrap();
    String::from_utf8(body).unwrap()
}
