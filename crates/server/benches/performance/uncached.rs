//! The same with the cache off: every request asks the database.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::account::Account;
use crate::cached::Known;
use crate::figures::{Aim, Row, Warmth, take_turns};
use crate::load::{Asked, CONNECTIONS, Wrk};
use crate::postgres::Postgres;
use crate::served::Served;

const TURN: Duration = Duration::from_secs(2);

/// The server's default.
const POOL_SIZE: &str = "4";

/// What the token check asks, for pgbench.
const SQL: &str = "SELECT sessions.id, sessions.token_expires_at, sessions.last_seen_at, \
    sessions.refreshed_from IS NOT NULL, users.id, users.username, users.email, \
    users.email_verified_at, users.full_name, users.suspended_at, users.created_at, users.updated_at, \
    users.last_login_at, users.nickname, users.phone, users.dob, users.metadata, users.profile_updated_at, \
    roles.name, roles.permissions FROM sessions INNER JOIN users ON users.id = sessions.user_id LEFT JOIN user_roles \
    ON user_roles.user_id = users.id LEFT JOIN roles ON roles.name = user_roles.role \
    WHERE sessions.token_digest = decode(:digest, 'hex');";

pub(crate) fn measure(wrk: &Wrk, postgres: &Postgres) -> Vec<Row> {
    let database = postgres.create_database(None);
    let url = postgres.url(&database);
    let secret = "a secret of the benchmark, 32 bytes or more";
    let uncached = [("ACCESS_LOG", "off"), ("SESSION_CACHE_TTL", "0")];
    let here = [
        ("DATABASE_URL", &*url),
        ("SECRET_KEY", secret),
        ("DATABASE_POOL_SIZE", POOL_SIZE),
        ("SESSIONS_PER_USER", "2"),
    ];
    let served = Served::vestibule(postgres.folder(), &[&here[..], &uncached].concat());
    let account = Account::open(served.address());
    let on_sqlite = Known::start(&uncached);
    let digest =
        postgres.sql(&database, "select encode(token_digest, 'hex') from sessions where format = 'opaque'");
    let bytes = account.profile_bytes.to_string();
    let bare = Served::yardstick("query", &[&bytes, &url, POOL_SIZE, &digest]);
    let script = postgres.folder().join("token_check.sql");
    std::fs::write(&script, SQL).unwrap();
    let profile = Asked::Profile(&account.token);
    let by_jwt = Asked::Profile(&account.jwt);
    let turns = take_turns(
        "uncached",
        Warmth::FirstRound,
        &mut [
            &mut || wrk.run(bare.address(), profile, CONNECTIONS, TURN),
            &mut || wrk.run(served.address(), profile, CONNECTIONS, TURN),
            &mut || wrk.run(served.address(), by_jwt, CONNECTIONS, TURN),
            &mut || on_sqlite.turn(wrk),
            &mut || pgbench(postgres, &url, &script, &format!("digest={digest}")),
        ],
    );
    let [bare, here, by_jwt, on_sqlite, pgbench] = &turns[..] else { unreachable!("five rivals") };
    let whose = "bare actix-web, diesel, r2d2";
    vec![
        Row::compared("`SESSION_CACHE_TTL=0`, PostgreSQL", here, bare, whose, Aim::AtLeast(0.80)),
        Row::compared("the same by a signed token", by_jwt, here, "by an opaque one", Aim::None),
        Row::rate("`SESSION_CACHE_TTL=0`, SQLite", on_sqlite),
        Row::rate("that query alone: `pgbench -M prepared -c 4`", pgbench),
    ]
}

pub(crate) fn pgbench(postgres: &Postgres, url: &str, script: &Path, variable: &str) -> f64 {
    // It lies beside psql.
    let psql = postgres.psql("postgres");
    let program = Path::new(psql.get_program()).with_file_name("pgbench");
    let mut command = Command::new(program);
    command.args(["-n", "-M", "prepared", "-c", POOL_SIZE, "-j", "2", "-T", &TURN.as_secs().to_string()]);
    command.args(["-D", variable, "-f"]).arg(script).arg(url);
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let line = said.lines().find_map(|line| line.strip_prefix("tps = "));
    let line = line.unwrap_or_else(|| panic!("pgbench: {said}{}", String::from_utf8_lossy(&output.stderr)));
    line.split(' ').next().unwrap().parse().unwrap()
}
