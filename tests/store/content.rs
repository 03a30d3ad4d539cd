//! What people write: posts, comments and messages of the contact form.

use vestibule_domain::id::{PostId, UserId};
use vestibule_domain::post::Title;
use vestibule_persistence::comments::{self, NewComment};
use vestibule_persistence::contact_messages::{self, NewContactMessage};
use vestibule_persistence::dialect::DatabaseConnection;
use vestibule_persistence::posts::{self, NewPost, PostChange};
use vestibule_persistence::{Database, PoolOptions, StoreError, users};

use super::claims::in_parallel;
use super::{Store, later, now, somebody, store, store_with};
use crate::harness::Backend;

on_both!(
    a_post_stands_in_addresses_by_its_title,
    many_posts_of_one_title_at_once_get_each_its_own_name,
    a_name_taken_does_not_end_the_transaction_it_is_kept_in,
    drafts_published_at_once_get_each_its_own_name,
    what_is_kept_comes_back_as_it_was_written,
    what_somebody_wrote_for_others_outlives_their_account,
    what_belongs_to_nobody_any_more_is_missing_and_not_broken,
);

async fn a_post_stands_in_addresses_by_its_title(backend: Backend) {
    let Store { database, test } = store(backend);
    for title in
        ["Café Society", "Café society!", "New", "केरल", "2026", "Post", "Post", "Post 3", &"long ".repeat(40)]
    {
        insert_post(&database, None, title);
    }
    let slugs = test.sql("select slug from posts order by id");
    let long = "long-".repeat(16);
    assert_eq!(
        slugs.lines().collect::<Vec<_>>(),
        [
            "cafe-society",
            "cafe-society-2",
            "new-2",
            "post-4",
            "post-5",
            "post",
            "post-7",
            "post-3-2",
            long.trim_end_matches('-'),
        ]
    );
}

/// S10, S82: more of them than are told apart by a number behind the title.
async fn many_posts_of_one_title_at_once_get_each_its_own_name(backend: Backend) {
    let Store { database, test } = store_with(backend, PoolOptions { size: 12, ..PoolOptions::default() });
    let ids = in_parallel(36, |_| insert_post(&database, None, "Hello, World!"));
    assert_eq!(test.sql("select count(*), count(distinct slug) from posts"), "36|36");
    let known = "('hello-world', 'hello-world-2', 'hello-world-20')";
    assert_eq!(test.sql(&format!("select count(*) from posts where slug in {known}")), "3");
    let by_number = test.sql("select count(*) from posts where slug = 'post-' || id");
    assert_eq!(by_number, "16");
    assert_eq!(ids.len(), 36);
}

async fn a_name_taken_does_not_end_the_transaction_it_is_kept_in(backend: Backend) {
    let Store { database, test } = store(backend);
    insert_post(&database, None, "Hello");
    let insert = |conn: &mut DatabaseConnection| {
        (0..30).map(|_| posts::insert(conn, now(), &post(None, "Hello"))).collect::<Result<Vec<_>, _>>()
    };
    assert_eq!(database.write(insert).unwrap().len(), 30);
    assert_eq!(test.sql("select count(*), count(distinct slug) from posts"), "31|31");
}

/// S10, S82: whoever waits for a name that is taken then takes the next, and nothing else of the transaction is lost.
async fn drafts_published_at_once_get_each_its_own_name(backend: Backend) {
    let Store { database, test } = store_with(backend, PoolOptions { size: 12, ..PoolOptions::default() });
    let title: Title = "Hello, World!".parse().unwrap();
    let draft = NewPost { published_at: None, ..post(None, "Hello, World!") };
    let ids: Vec<_> =
        (0..12).map(|_| database.write(|conn| posts::insert(conn, now(), &draft)).unwrap()).collect();
    let numbers = test.sql("select count(*) from posts where slug = 'post-' || id");
    assert_eq!(numbers, "12");
    in_parallel(12, |n| {
        let change =
            PostChange { title: title.clone(), content: draft.content.clone(), published_at: Some(now()) };
        database
            .write(|conn| {
                assert!(posts::set(conn, now(), ids[n], 1, &change)?);
                posts::name(conn, ids[n], &title).map(Option::unwrap)
            })
            .unwrap()
    });
    let named = "count(*), count(distinct slug), sum(version)";
    assert_eq!(test.sql(&format!("select {named} from posts where slug like 'hello-world%'")), "12|12|24");
}

async fn what_is_kept_comes_back_as_it_was_written(backend: Backend) {
    let Store { database, test } = store(backend);
    let alice = insert_user(&database, "alice");
    let draft =
        NewPost { published_at: None, ..post(Some(alice), "केरल में एक दिन") };
    let id = database.write(|conn| posts::insert(conn, later(1), &draft)).unwrap();
    let row = "author_id, title, slug, version, created_at = updated_at, published_at is null";
    let kept = test.sql(&format!("select {row} from posts"));
    let yes = if backend == Backend::Sqlite { "1" } else { "t" };
    assert_eq!(kept, format!("{alice}|केरल में एक दिन|post-{id}|1|{yes}|{yes}"));
    let same = |column: &str, table: &str, text: &str| {
        let query = format!("select count(*) from {table} where {column} = {}", as_written(backend, text));
        assert_eq!(test.sql(&query), "1", "{table}.{column}");
    };
    same("content", "posts", draft.content.as_str());
    insert_comment(&database, Some(alice), id);
    same("content", "comments", comment(None, id).content.as_str());
    insert_message(&database, Some(alice));
    let sent = message(Some(alice));
    same("message", "contact_messages", sent.message.as_str());
    let kept = test.sql("select user_id, name, email, subject, handled_at is null from contact_messages");
    assert_eq!(kept, format!("{alice}|{}|{}|{}|{yes}", sent.name, sent.email, sent.subject));
}

/// A text as bytes in hexadecimal, in which no client can change a line's end.
fn as_written(backend: Backend, text: &str) -> String {
    use std::fmt::Write as _;
    let mut hex = String::new();
    for byte in text.bytes() {
        write!(hex, "{byte:02x}").unwrap();
    }
    match backend {
        Backend::Sqlite => format!("cast(x'{hex}' as text)"),
        Backend::Postgres => format!("convert_from(decode('{hex}', 'hex'), 'UTF8')"),
    }
}

/// S82: and what they wrote to the house goes with it.
async fn what_somebody_wrote_for_others_outlives_their_account(backend: Backend) {
    let Store { database, test } = store(backend);
    let alice = insert_user(&database, "alice");
    let post = insert_post(&database, Some(alice), "Hello");
    insert_comment(&database, Some(alice), post);
    insert_message(&database, Some(alice));
    insert_message(&database, None);
    // The connections of the server hold foreign keys; another program's need not.
    let gone = database.write(|conn| users::delete(conn, alice)).unwrap();
    assert_eq!(gone.map(|user| user.id), Some(alice));
    assert_eq!(test.sql("select count(*), count(author_id) from posts"), "1|0");
    assert_eq!(test.sql("select count(*), count(author_id) from comments"), "1|0");
    assert_eq!(test.sql("select count(*), count(user_id) from contact_messages"), "1|0");
}

/// S82: an account or a post that goes while something of it is on its way.
async fn what_belongs_to_nobody_any_more_is_missing_and_not_broken(backend: Backend) {
    let Store { database, test: _test } = store(backend);
    let gone: UserId = 99.try_into().unwrap();
    let no_post: PostId = 99.try_into().unwrap();
    for title in ["Hello", "केरल"] {
        let refused = database.write(|conn| posts::insert(conn, now(), &post(Some(gone), title)));
        assert!(matches!(refused, Err(StoreError::Missing)), "{refused:?}");
    }
    let refused = database.write(|conn| comments::insert(conn, now(), &comment(None, no_post)));
    assert!(matches!(refused, Err(StoreError::Missing)), "{refused:?}");
    let refused = database.write(|conn| contact_messages::insert(conn, now(), &message(Some(gone))));
    assert!(matches!(refused, Err(StoreError::Missing)), "{refused:?}");
}

fn insert_user(database: &Database, name: &str) -> UserId {
    database.write(|conn| users::insert(conn, now(), &somebody(name))).unwrap()
}

fn post(author: Option<UserId>, title: &str) -> NewPost {
    let title: Title = title.parse().unwrap();
    let content = "# {{7*7}}\r\n\n\tनमस्ते ' \" \\ %s\n".parse().unwrap();
    NewPost { author, title, content, published_at: Some(now()) }
}

fn insert_post(database: &Database, author: Option<UserId>, title: &str) -> PostId {
    database.write(|conn| posts::insert(conn, now(), &post(author, title))).unwrap()
}

fn comment(author: Option<UserId>, post: PostId) -> NewComment {
    NewComment { post, author, content: "well\n\nsaid".parse().unwrap() }
}

fn insert_comment(database: &Database, author: Option<UserId>, post: PostId) {
    database.write(|conn| comments::insert(conn, now(), &comment(author, post))).unwrap();
}

fn message(user: Option<UserId>) -> NewContactMessage {
    NewContactMessage {
        user,
        name: "Éva Nagy".parse().unwrap(),
        email: "Eva@example.org".parse().unwrap(),
        subject: "A question".parse().unwrap(),
        message: "Dear all,\n\nhow?\n".parse().unwrap(),
    }
}

fn insert_message(database: &Database, user: Option<UserId>) {
    database.write(|conn| contact_messages::insert(conn, now(), &message(user))).unwrap();
}
