//! How the server and what it works with are.
//!
//! There is no permission for this page alone. It tells how the place is set up, which is no secret and still not for everybody
//! who has a page of the dashboard; so it takes `roles.manage`, the permission of those who decide what others may do.

use std::future::Future;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::rt::time::timeout;
use askama::Template;
use futures_util::join;
use vestibule_auth::accounts::Accounts;
use vestibule_domain::avatar::{AvatarName, AvatarSize};
use vestibule_http::{RolesManage, Shell};
use vestibule_persistence::jobs::{self, JobState};
use vestibule_persistence::migrations::State;
use vestibule_persistence::{StoreError, user_list};

use super::facts::SettingFact;
use super::menu::{Frame, around};
use super::moment::Moment;
use crate::entry::May;
use crate::page::Layout;
use crate::problem::PageProblem;
use crate::texts::ENGLISH;

/// What does not answer within this is told to be away.
const PATIENCE: Duration = Duration::from_secs(3);

/// How well a part is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Health {
    Ok,
    Look,
    Bad,
}

struct Part {
    name: &'static str,
    health: Health,
    words: String,
}

struct JobRow {
    name: String,
    started: Option<Moment>,
    succeeded: Option<Moment>,
    error: Option<String>,
}

struct QueueRow {
    name: &'static str,
    waiting: usize,
    running: usize,
}

#[derive(Template)]
#[template(path = "admin/system.html")]
struct SystemPage<'a> {
    layout: Layout,
    frame: Frame,
    parts: Vec<Part>,
    queues: Vec<QueueRow>,
    jobs: Vec<JobRow>,
    settings: &'a [SettingFact],
}

/// Shows it. Everything is asked at once, where waiting keeps nobody else, and nothing for long.
pub(super) async fn show_system(visitor: May<RolesManage>) -> Result<HttpResponse, PageProblem> {
    let shell = &visitor.shell;
    let (schema, kept, redis, media) = join!(
        patient(check_schema(shell)),
        patient(find_kept(shell)),
        patient(ask_redis(shell)),
        patient(ask_media(shell))
    );
    let (is_indexed, jobs) = kept.flatten().unzip();
    let (words, facts) = (&ENGLISH.admin.system, &visitor.face.system);
    let part = |name, health, words: &str| Part { name, health, words: words.to_owned() };
    let database = &shell.accounts().database;
    let (open, idle) = database.connections();
    let parts = vec![
        part(words.version, Health::Ok, &facts.version),
        part(words.database, if schema.is_some() { Health::Ok } else { Health::Bad }, database.url().kind()),
        schema_part(schema.flatten()),
        search_part(is_indexed),
        part(words.pool, Health::Ok, &(words.pooled)(open, idle, database.pool_size())),
        redis_part(redis),
        media_part(media == Some(true), &facts.media),
        part(words.mail, Health::Ok, &facts.mail),
    ];
    let queues = shell.queues().into_iter();
    let (layout, frame) = around(&visitor, words.title);
    let page = SystemPage {
        layout,
        frame,
        parts,
        queues: queues
            .map(|(name, now)| QueueRow { name, waiting: now.waiting, running: now.running })
            .collect(),
        jobs: jobs.unwrap_or_default().into_iter().map(JobRow::from).collect(),
        settings: &facts.settings,
    };
    visitor.show(StatusCode::OK, &page)
}

/// What was answered in time.
async fn patient<T>(asked: impl Future<Output = T>) -> Option<T> {
    timeout(PATIENCE, asked).await.ok()
}

async fn check_schema(shell: &Shell) -> Option<State> {
    shell.database(|accounts| accounts.database.check().ok()).await.ok().flatten()
}

/// Whether parts of names are found through an index, and how the jobs stand.
async fn find_kept(shell: &Shell) -> Option<(bool, Vec<JobState>)> {
    let finding = |accounts: &Accounts| {
        accounts
            .database
            .read(|conn| Ok::<_, StoreError>((user_list::is_search_indexed(conn)?, jobs::list(conn)?)))
    };
    shell.database(finding).await.ok()?.ok()
}

/// Whether Redis answers, where there is one.
async fn ask_redis(shell: &Shell) -> Option<bool> {
    let asked = shell.database(|accounts| accounts.limits.check_redis().map(|answer| answer.is_ok()));
    asked.await.unwrap_or(Some(false))
}

/// Whether the store of pictures answers, asked for one that nobody can have.
async fn ask_media(shell: &Shell) -> bool {
    let nobodys = AvatarName::new(&*shell.random(), &[0; 32]);
    let asked = shell.files(move |avatars| avatars.store.get(&nobodys, AvatarSize::Small).is_ok());
    asked.await.unwrap_or(false)
}

fn schema_part(schema: Option<State>) -> Part {
    let words = &ENGLISH.admin.system;
    let (health, told) = match schema {
        Some(State::Current) => (Health::Ok, words.current.to_owned()),
        Some(State::Behind(steps)) => (Health::Bad, (words.behind)(steps)),
        Some(State::Ahead(step)) => (Health::Look, (words.ahead)(&step)),
        None => (Health::Bad, words.no_answer.to_owned()),
    };
    Part { name: words.migrations, health, words: told }
}

fn search_part(is_indexed: Option<bool>) -> Part {
    let words = &ENGLISH.admin.system;
    let (health, told) = match is_indexed {
        Some(true) => (Health::Ok, words.indexed),
        Some(false) => (Health::Look, words.not_indexed),
        None => (Health::Bad, words.no_answer),
    };
    Part { name: words.search, health, words: told.to_owned() }
}

/// Nothing at all stands for one that did not answer in time, which only a Redis that is used can do.
fn redis_part(redis: Option<Option<bool>>) -> Part {
    let words = &ENGLISH.admin.system;
    let (health, told) = match redis {
        Some(Some(true)) => (Health::Ok, words.answers),
        Some(None) => (Health::Ok, words.not_used),
        Some(Some(false)) | None => (Health::Look, words.redis_away),
    };
    Part { name: words.redis, health, words: told.to_owned() }
}

fn media_part(answers: bool, place: &str) -> Part {
    let words = &ENGLISH.admin.system;
    let (health, told) = if answers { (Health::Ok, words.answers) } else { (Health::Bad, words.no_answer) };
    Part { name: words.media, health, words: format!("{place}: {told}") }
}

impl From<JobState> for JobRow {
    fn from(state: JobState) -> Self {
        Self {
            name: state.name,
            started: state.started_at.map(Moment::from),
            succeeded: state.succeeded_at.map(Moment::from),
            error: state.last_error,
        }
    }
}
