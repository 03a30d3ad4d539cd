//! A bare endpoint of actix-web over diesel and r2d2, with the query of the token check.

use std::io;
use std::net::SocketAddr;

use actix_web::error::ErrorInternalServerError;
use actix_web::{App, HttpResponse, HttpServer, web};
use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, Pool};

use crate::json::{Answer, HEAD_TIMEOUT, KEEP_ALIVE};
use crate::schema::{roles, sessions, user_roles, users};

/// What is asked, and of whom.
#[derive(Clone, Debug)]
pub struct Query {
    /// The address of a PostgreSQL.
    pub url: String,
    /// Connections to it, and threads that use them.
    pub pool_size: u32,
    /// The digest of a token that a session there has.
    pub digest: Vec<u8>,
    /// How long an answer is, as JSON.
    pub bytes: usize,
}

type Connections = Pool<ConnectionManager<PgConnection>>;

/// The columns that the server reads of an account.
type Account = (
    i64,
    Option<String>,
    Option<String>,
    Option<NaiveDateTime>,
    Option<String>,
    Option<NaiveDateTime>,
    NaiveDateTime,
    NaiveDateTime,
    Option<NaiveDateTime>,
    Option<String>,
    Option<String>,
    Option<NaiveDate>,
    String,
    NaiveDateTime,
);

type Session = (String, NaiveDateTime, NaiveDateTime, bool);

type Row = (Session, Account, Option<(String, String)>);

/// Answers every path after asking `query`, with `workers` workers, until the process is ended.
///
/// actix gives each worker blocking threads of its own: together they are as many as connections, or a few more.
pub fn serve_query(address: SocketAddr, workers: usize, query: Query) -> io::Result<()> {
    let pool: Connections = Pool::builder()
        .max_size(query.pool_size)
        .test_on_check_out(false)
        .build(ConnectionManager::new(&query.url))
        .map_err(io::Error::other)?;
    let threads = usize::try_from(query.pool_size).unwrap_or(1).div_ceil(workers);
    let (answer, query) = (web::Data::new(Answer::of_length(query.bytes)), web::Data::new(query));
    let pool = web::Data::new(pool);
    let make_app = move || {
        let data = App::new().app_data(answer.clone()).app_data(query.clone()).app_data(pool.clone());
        data.default_service(web::to(answer_all))
    };
    let server = HttpServer::new(make_app).workers(workers).worker_max_blocking_threads(threads);
    let server = server.client_request_timeout(HEAD_TIMEOUT).keep_alive(KEEP_ALIVE);
    actix_web::rt::System::new().block_on(server.bind(address)?.run())
}

async fn answer_all(
    pool: web::Data<Connections>,
    query: web::Data<Query>,
    answer: web::Data<Answer>,
) -> actix_web::Result<HttpResponse> {
    let rows = web::block(move || {
        let mut conn = pool.get().map_err(|error| error.to_string())?;
        ask(&mut conn, &query.digest).map_err(|error| error.to_string())
    });
    let rows = rows.await?.map_err(ErrorInternalServerError)?;
    if rows.is_empty() {
        return Err(ErrorInternalServerError("no session has this digest"));
    }
    Ok(HttpResponse::Ok().json(&**answer))
}

fn ask(conn: &mut PgConnection, digest: &[u8]) -> QueryResult<Vec<Row>> {
    let account = (
        users::id,
        users::username,
        users::email,
        users::email_verified_at,
        users::full_name,
        users::suspended_at,
        users::created_at,
        users::updated_at,
        users::last_login_at,
        users::nickname,
        users::phone,
        users::dob,
        users::metadata,
        users::profile_updated_at,
    );
    let session = (
        sessions::id,
        sessions::token_expires_at,
        sessions::last_seen_at,
        sessions::refreshed_from.is_not_null(),
    );
    sessions::table
        .inner_join(users::table)
        .left_join(user_roles::table.on(user_roles::user_id.eq(users::id)))
        .left_join(roles::table.on(roles::name.eq(user_roles::role)))
        .filter(sessions::token_digest.eq(digest))
        .select((session, account, (roles::name, roles::permissions).nullable()))
        .load(conn)
}
