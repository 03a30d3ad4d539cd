//! What belongs to accounts: tokens, and what people wrote. A source made up here has all of it.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use vestibule_auth::hasher::{Hasher, HasherSettings};
use vestibule_domain::password::PasswordHash;
use vestibule_domain::time::{Clock as _, Timestamp};
use vestibule_domain::username::Username;
use vestibule_import::report::{Audience, Finding, Summary};
use vestibule_import::run::{Destination, RunOptions, run};
use vestibule_import::source::{
    Publication, Source, SourceError, SourcePassword, SourceRole, SourceText, SourceToken, SourceUser, Step,
    TextKind,
};
use vestibule_persistence::users::{self, NewUser};
use vestibule_persistence::{Database, PoolOptions, StoreError};
use vestibule_server::system::SystemRandom;
use zeroize::Zeroizing;

use crate::harness::Backend;
use crate::harness::clock::TestClock;
use crate::harness::database::TestDatabase;

on_both!(
    tokens_come_in_once_and_end_with_the_source,
    what_people_wrote_comes_in_once_and_keeps_its_author,
    rows_of_a_batch_that_meet_a_sign_up_are_looked_at_again,
);

/// Another system, row by row, each list in the order of its keys.
#[derive(Default)]
struct Made {
    users: Vec<(&'static str, &'static str)>,
    /// Key, user, token, seconds until it ends.
    tokens: Vec<(&'static str, &'static str, String, Option<u64>)>,
    /// Key, user, title.
    posts: Vec<(&'static str, Option<&'static str>, &'static str)>,
    /// Key, user, post.
    comments: Vec<(&'static str, Option<&'static str>, &'static str)>,
    /// Key, user, address.
    messages: Vec<(&'static str, Option<&'static str>, &'static str)>,
    /// Done when the accounts are read for the second time.
    meanwhile: Option<Box<dyn FnOnce() + Send>>,
}

fn at(seconds: u64) -> Timestamp {
    TestClock::at_noon().now().plus(Duration::from_secs(seconds))
}

fn behind<T: Clone>(rows: &[T], key: impl Fn(&T) -> &str, after: Option<&str>, limit: usize) -> Vec<T> {
    let from = after.map_or(0, |after| rows.iter().position(|row| key(row) == after).unwrap() + 1);
    rows.iter().skip(from).take(limit).cloned().collect()
}

fn text(key: &str, user: Option<&str>, content: &str, kind: TextKind) -> SourceText {
    SourceText {
        key: key.to_owned(),
        place: format!("text {key}"),
        kind,
        user: user.map(str::to_owned),
        content: content.to_owned(),
        created_at: Some(at(0)),
        fault: None,
        losses: Vec::new(),
    }
}

impl Source for Made {
    fn name(&self) -> &'static str {
        "made up"
    }

    fn count(&mut self, _step: Step) -> Result<u64, SourceError> {
        Ok(1)
    }

    fn roles(&mut self) -> Result<Vec<SourceRole>, SourceError> {
        Ok(Vec::new())
    }

    fn users_after(&mut self, after: Option<&str>, limit: usize) -> Result<Vec<SourceUser>, SourceError> {
        if after.is_some()
            && let Some(meanwhile) = self.meanwhile.take()
        {
            meanwhile();
        }
        let user = |(key, name): (&str, &str)| SourceUser {
            key: key.to_owned(),
            place: format!("user {key}"),
            username: Some(name.to_owned()),
            email: None,
            full_name: None,
            password: SourcePassword::None,
            is_active: true,
            is_admin: false,
            email_verified: false,
            roles: Vec::new(),
            created_at: None,
            last_login_at: None,
            nickname: None,
            phone: None,
            dob: None,
            avatar: None,
            metadata: None,
            fault: None,
            losses: Vec::new(),
        };
        Ok(behind(&self.users, |row| row.0, after, limit).into_iter().map(user).collect())
    }

    fn tokens_after(&mut self, after: Option<&str>, limit: usize) -> Result<Vec<SourceToken>, SourceError> {
        let rows = behind(&self.tokens, |row| row.0, after, limit).into_iter();
        Ok(rows
            .map(|(key, user, token, ends)| SourceToken {
                key: key.to_owned(),
                user: user.to_owned(),
                token: Zeroizing::new(token),
                expires_at: ends.map(at),
                fault: None,
            })
            .collect())
    }

    fn texts_after(
        &mut self,
        step: Step,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<SourceText>, SourceError> {
        let post = |(key, user, title): (&str, _, &str)| {
            let publication = Publication::Published(None);
            text(key, user, "what it says", TextKind::Post { title: title.to_owned(), publication })
        };
        let comment = |(key, user, post): (&str, _, &str)| {
            text(key, user, "well said", TextKind::Comment { post: post.to_owned() })
        };
        let message = |(key, user, email): (&str, _, &str)| {
            let (name, subject) = ("Ann".to_owned(), "Hello".to_owned());
            text(
                key,
                user,
                "how are you",
                TextKind::ContactMessage { name, email: email.to_owned(), subject },
            )
        };
        Ok(match step {
            Step::Posts => behind(&self.posts, |row| row.0, after, limit).into_iter().map(post).collect(),
            Step::Comments => {
                behind(&self.comments, |row| row.0, after, limit).into_iter().map(comment).collect()
            }
            _ => behind(&self.messages, |row| row.0, after, limit).into_iter().map(message).collect(),
        })
    }
}

/// Keeps the report.
#[derive(Default)]
struct Report(Vec<String>);

impl Audience for Report {
    fn begun(&mut self, _resumed: bool) -> io::Result<()> {
        Ok(())
    }

    fn progress(&mut self, _step: &'static str, _done: u64, _of: u64) {}

    fn findings(&mut self, findings: &[Finding]) -> io::Result<()> {
        self.0.extend(findings.iter().map(ToString::to_string));
        Ok(())
    }
}

impl Report {
    fn says(&self, place: &str, reason: &str) {
        let found = self.0.iter().any(|line| line.split('\t').nth(1) == Some(place) && line.contains(reason));
        assert!(found, "{place}: {reason}: {:?}", self.0);
    }
}

/// An installation whose clock the test moves.
struct Here {
    test: TestDatabase,
    clock: Arc<TestClock>,
    to: Destination,
}

fn here(backend: Backend) -> Here {
    let test = TestDatabase::new(backend);
    let database = Database::open(&test.url().parse().unwrap(), PoolOptions::default());
    database.migrate().unwrap();
    let clock = Arc::new(TestClock::at_noon());
    let to = Destination {
        database,
        rehearsal: None,
        hasher: Hasher::new(&HasherSettings::default(), &SystemRandom).unwrap(),
        avatars: None,
        token_ttl: Duration::from_hours(24),
        random: Arc::new(SystemRandom),
        clock: clock.clone(),
    };
    Here { test, clock, to }
}

impl Here {
    /// One run, two rows in a batch, a minute after the one before.
    fn take(&self, mut source: Made) -> (Summary, Report) {
        self.clock.advance(Duration::from_mins(1));
        let options = RunOptions { batch: 2, hash_threads: 1, media_root: None };
        let mut report = Report::default();
        let summary = run(&self.to, &mut source, &options, &mut report).unwrap();
        (summary, report)
    }
}

fn token(of: &str, length: usize) -> String {
    of.repeat(length)
}

async fn tokens_come_in_once_and_end_with_the_source(backend: Backend) {
    let here = here(backend);
    let source = |replaced: &str| Made {
        users: vec![("1", "ann"), ("2", "bo")],
        tokens: vec![
            ("1", "1", token("a", 40), None),
            ("2", "2", token("b", 64), Some(7200)),
            ("3", "2", token("c", 40), Some(30)),
            ("4", "9", token("d", 40), None),
            ("5", "1", token("E", 40), None),
            ("6", "1", token("f", 32), None),
            ("7", "1", token("a", 40), None),
            ("8", "1", token(replaced, 40), None),
        ],
        ..Made::default()
    };
    let (summary, report) = here.take(source("8"));
    assert_eq!((summary.taken, summary.tokens, summary.tokens_skipped), (2, 3, 5));
    report.says("token \"3\"", "has run out");
    report.says("token \"4\"", "its account was not taken");
    report.says("token \"5\"", "is neither 64 nor 40");
    report.says("token \"6\"", "is neither 64 nor 40");
    report.says("token \"7\"", "is here already");
    assert!(!report.0.iter().any(|line| line.contains("eeee") || line.contains("cccc")), "{:?}", report.0);
    // Ours ends at the latest a day after it came, that of a source that says so with it.
    let ends = here
        .test
        .sql("select count(distinct ends_at), count(*) from sessions where ends_at = token_expires_at");
    assert_eq!(ends, "2|3");
    let all = "select count(*) from sessions";
    let (summary, _) = here.take(source("8"));
    assert_eq!((summary.tokens, here.test.sql(all)), (0, "3".to_owned()));
    // What ended here does not come back; what was given out anew there takes the place of what it replaced.
    here.test.sql("delete from sessions where ends_at = (select min(ends_at) from sessions)");
    let (summary, _) = here.take(source("9"));
    assert_eq!((summary.tokens, here.test.sql(all)), (1, "2".to_owned()));
}

async fn what_people_wrote_comes_in_once_and_keeps_its_author(backend: Backend) {
    let here = here(backend);
    let source = |title: &'static str| Made {
        users: vec![("1", "ann"), ("2", "bo"), ("3", "two words")],
        posts: vec![
            ("1", Some("1"), "One"),
            ("2", Some("3"), "Two"),
            ("3", Some("2"), title),
            ("4", None, ""),
            ("5", Some("1"), "One"),
        ],
        comments: vec![("1", Some("2"), "1"), ("2", Some("2"), "4"), ("3", Some("1"), "2")],
        messages: vec![
            ("1", Some("2"), "ann@example.org"),
            ("2", None, "nobody"),
            ("3", Some("1"), "a@example.org"),
        ],
        ..Made::default()
    };
    let (summary, report) = here.take(source("Three"));
    assert_eq!((summary.taken, summary.texts, summary.texts_skipped), (2, 8, 3));
    report.says("text 2", "the account it belongs to was not taken");
    report.says("text 4", "title ");
    report.says("text 2", "the post it is about is not here");
    report.says("text 2", "email must have one `@`");
    let posts =
        "select title, username, slug from posts left join users on users.id = author_id order by posts.id";
    assert_eq!(here.test.sql(posts), "One|ann|one\nTwo||two\nThree|bo|three\nOne|ann|one-2");
    let comments = "select title, username from comments join posts on posts.id = post_id \
        join users on users.id = comments.author_id order by title";
    assert_eq!(here.test.sql(comments), "One|bo\nTwo|ann");
    // What is gone here is not brought back, and what changed there stays as it is here.
    here.test.sql(
        "delete from contact_messages; delete from comments;
         delete from user_roles where user_id = (select id from users where username = 'bo');
         update posts set author_id = null where title = 'Three'; delete from users where username = 'bo'",
    );
    let (summary, report) = here.take(source("Third"));
    assert_eq!((summary.gone, summary.texts, summary.texts_unchanged), (1, 0, 8));
    report.says("text 3", "changed there since it was taken");
    assert_eq!(here.test.sql("select title from posts where slug = 'three'"), "Three");
    assert_eq!(here.test.sql("select count(*) from contact_messages"), "0");
}

/// Somebody signs up with a name of the second batch, and that is kept while the batch is being written: PostgreSQL finds the
/// name free and then taken, and SQLite has the batch wait.
async fn rows_of_a_batch_that_meet_a_sign_up_are_looked_at_again(backend: Backend) {
    let here = here(backend);
    let url = here.test.url();
    let sign_up = move || {
        let (made, is_made) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let database = Database::open(&url.parse().unwrap(), PoolOptions::default());
            let new = NewUser {
                username: Some(Username::admit("CAT").unwrap()),
                email: None,
                full_name: None,
                password_hash: PasswordHash::unusable(),
            };
            let kept = database.write(|conn| {
                users::insert(conn, at(0), &new)?;
                made.send(()).unwrap();
                std::thread::sleep(Duration::from_millis(700));
                Ok::<_, StoreError>(())
            });
            kept.unwrap();
        });
        is_made.recv().unwrap();
    };
    let source = Made {
        users: vec![("1", "ann"), ("2", "bo"), ("3", "cat"), ("4", "dan"), ("5", "eve")],
        meanwhile: Some(Box::new(sign_up)),
        ..Made::default()
    };
    let (summary, report) = here.take(source);
    assert_eq!((summary.taken, summary.skipped), (4, 1));
    report.says("user 3", "its username is that of account");
    assert_eq!(here.test.sql("select username from users order by username_key"), "ann\nbo\nCAT\ndan\neve");
}
