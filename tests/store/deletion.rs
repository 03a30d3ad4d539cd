//! Changing an account's names and address, and deleting it: nothing personal stays, and what others read does.

use vestibule_domain::email::EmailAddress;
use vestibule_domain::id::UserId;
use vestibule_domain::mail::MailOrder;
use vestibule_domain::username::Username;
use vestibule_persistence::users::{self, ProfileChange, UserChange};
use vestibule_persistence::{Database, Key, StoreError, credentials, outbox, roles};

use super::schemas::read_schema;
use super::{Store, later, now, somebody, store};
use crate::harness::Backend;
use crate::harness::database::TestDatabase;

on_both!(
    everything_that_points_at_an_account_goes_or_is_loosened,
    a_deleted_account_leaves_nothing_personal,
    mails_that_wait_for_a_deleted_account_go,
    a_number_is_never_given_twice,
    only_the_fields_that_are_named_change,
    another_address_is_not_proven_and_voids_what_was_mailed,
    the_same_address_written_otherwise_stays_proven,
    what_stands_for_another_is_refused,
);

async fn everything_that_points_at_an_account_goes_or_is_loosened(backend: Backend) {
    let Store { database: _database, test } = store(backend);
    let schema = read_schema(&test, backend);
    let pointing: Vec<_> = schema.foreign.iter().filter(|key| key.contains("-> users(id)")).collect();
    assert!(pointing.len() >= 7, "{pointing:?}");
    for key in pointing {
        assert!(key.ends_with(", cascade") || key.ends_with(", set null"), "{key}");
    }
}

async fn a_deleted_account_leaves_nothing_personal(backend: Backend) {
    let Store { database, test } = store(backend);
    let [alice, bob] = ["alice", "bob"].map(|name| account(&database, name));
    let before = database.read(|conn| users::find(conn, alice)).unwrap();
    for id in [alice, bob] {
        furnish(&test, backend, id);
    }
    assert_eq!(database.write(|conn| users::delete(conn, alice)).unwrap(), before);
    assert_eq!(database.write(|conn| users::delete(conn, alice)).unwrap(), None);
    let left = |table: &str| test.sql(&format!("select count(*) from {table}"));
    for table in PERSONAL {
        assert_eq!(left(table), "1", "{table}: bob's alone");
    }
    for (table, column) in [("posts", "author_id"), ("comments", "author_id")] {
        assert_eq!(left(table), "2", "{table} stay");
        assert_eq!(left(&format!("{table} where {column} is null")), "1", "{table}");
    }
    let trail = test.sql(&format!("select count(*) from audit_events where subject_id = {alice}"));
    assert_eq!(trail, "1", "the trail outlives whom it tells of");
}

async fn mails_that_wait_for_a_deleted_account_go(backend: Backend) {
    let Store { database, test } = store(backend);
    let [alice, bob] = ["alice", "bob"].map(|name| account(&database, name));
    let orders = [
        MailOrder::VerifyEmail { user_id: alice },
        MailOrder::ResetPassword { typed: email("ALICE@example.org") },
        MailOrder::ResetPassword { typed: email("alice@example.com") },
        MailOrder::ResetPassword { typed: email("bob@example.org") },
        MailOrder::PasswordChanged { user_id: bob },
        MailOrder::AccountDeleted { email: email("alice@example.org") },
    ];
    for order in &orders {
        database.write(|conn| outbox::insert(conn, now(), order)).unwrap();
    }
    // Another version's orders, which this one cannot read, are nobody's to judge.
    test.sql("update outbox set payload = '{}' where payload like '%alice@example.com%'");
    database.write(|conn| users::delete(conn, alice)).unwrap().unwrap();
    let kinds = test.sql("select kind from outbox order by id");
    let wanted = ["reset_password", "reset_password", "password_changed", "account_deleted"];
    assert_eq!(kinds.lines().collect::<Vec<_>>(), wanted);
    let others = "select count(*) from outbox where kind = 'reset_password' and (payload = '{}' or payload like '%bob@%')";
    assert_eq!(test.sql(others), "2", "asked for by others, or by whom nobody knows");
}

async fn a_number_is_never_given_twice(backend: Backend) {
    let Store { database, test: _test } = store(backend);
    let alice = account(&database, "alice");
    database.write(|conn| users::delete(conn, alice)).unwrap().unwrap();
    assert!(account(&database, "alice") > alice);
}

async fn only_the_fields_that_are_named_change(backend: Backend) {
    let Store { database, test: _test } = store(backend);
    let alice = account(&database, "alice");
    let find = || database.read(|conn| users::find(conn, alice)).unwrap().unwrap();
    let before = find();
    set(&database, alice, &UserChange::default()).unwrap();
    assert_eq!(find(), before);
    let renamed = UserChange { username: Some(Some(name("Carol"))), ..UserChange::default() };
    set(&database, alice, &renamed).unwrap();
    let wanted = vestibule_domain::user::User {
        username: Some(name("Carol")),
        updated_at: later(60),
        ..before.clone()
    };
    assert_eq!(find(), wanted);
    let told = ProfileChange {
        full_name: Some(Some("Ada".parse().unwrap())),
        nickname: Some(Some("A".parse().unwrap())),
        ..ProfileChange::default()
    };
    let change = UserChange { username: Some(None), email: Some(None), profile: told };
    set(&database, alice, &change).unwrap();
    let after = find();
    assert_eq!((after.username, after.email), (None, None));
    assert_eq!(after.full_name.map(|name| name.to_string()).as_deref(), Some("Ada"));
    assert_eq!(after.profile.updated_at, later(60));
    let nobody = UserId::try_from(4711).unwrap();
    assert!(matches!(set(&database, nobody, &renamed), Err(StoreError::Missing)));
}

async fn another_address_is_not_proven_and_voids_what_was_mailed(backend: Backend) {
    for new in [Some(email("other@example.org")), None] {
        let Store { database, test: _test } = store(backend);
        let alice = account(&database, "alice");
        let proven = email("alice@example.org").key();
        database.write(|conn| credentials::set_email_verified(conn, now(), alice, &proven)).unwrap();
        let epoch = || database.read(|conn| users::find_token_epoch(conn, alice)).unwrap().unwrap();
        let before = epoch();
        set(&database, alice, &UserChange { email: Some(new.clone()), ..UserChange::default() }).unwrap();
        let user = database.read(|conn| users::find(conn, alice)).unwrap().unwrap();
        assert_eq!((user.email, user.email_verified_at, epoch()), (new, None, before + 1));
    }
}

async fn the_same_address_written_otherwise_stays_proven(backend: Backend) {
    let Store { database, test: _test } = store(backend);
    let alice = account(&database, "alice");
    let proven = email("alice@example.org").key();
    database.write(|conn| credentials::set_email_verified(conn, now(), alice, &proven)).unwrap();
    let same = UserChange { email: Some(Some(email("Alice@Example.org"))), ..UserChange::default() };
    set(&database, alice, &same).unwrap();
    let user = database.read(|conn| users::find(conn, alice)).unwrap().unwrap();
    assert_eq!((user.email, user.email_verified_at), (Some(email("Alice@Example.org")), Some(now())));
    assert_eq!(database.read(|conn| users::find_token_epoch(conn, alice)).unwrap(), Some(0));
}

/// S09: a name that looks like an address is imported; nobody may have both readings of it.
async fn what_stands_for_another_is_refused(backend: Backend) {
    let Store { database, test: _test } = store(backend);
    let alice = account(&database, "alice");
    let imported =
        users::NewUser { username: Some(Username::admit("bob@example.com").unwrap()), ..somebody("bob") };
    database.write(|conn| users::insert(conn, now(), &imported)).unwrap();
    let before = database.read(|conn| users::find(conn, alice)).unwrap();
    let named = |text: &str| UserChange {
        username: Some(Some(Username::admit(text).unwrap())),
        ..UserChange::default()
    };
    let addressed = |text: &str| UserChange { email: Some(Some(email(text))), ..UserChange::default() };
    for (change, key) in [
        (named("BOB@example.com"), Key::Username),
        (named("Bob@example.org"), Key::Username),
        (addressed("BOB@example.org"), Key::Email),
        (addressed("Bob@Example.com"), Key::Email),
    ] {
        let refused = set(&database, alice, &change);
        assert!(matches!(refused, Err(StoreError::Taken(taken)) if taken == key), "{change:?}: {refused:?}");
    }
    assert_eq!(database.read(|conn| users::find(conn, alice)).unwrap(), before);
    set(&database, alice, &named("Alice@example.org")).unwrap();
}

/// What holds one row for each account that has it.
const PERSONAL: [&str; 9] = [
    "users",
    "user_roles",
    "sessions",
    "refresh_tokens",
    "known_clients",
    "mail_tokens",
    "email_ways_back",
    "contact_messages",
    "outbox",
];

/// One row in every table that can have one of the account.
fn furnish(test: &TestDatabase, backend: Backend, user_id: UserId) {
    let blob = if backend == Backend::Sqlite { format!("x'0{user_id}'") } else { format!(r"'\x0{user_id}'") };
    let at = if backend == Backend::Sqlite { "'2026-01-01 00:00:00'" } else { "timestamp '2026-01-01'" };
    test.sql(&format!(
        "insert into sessions (id, user_id, token_digest, created_at, refresh_expires_at, format, last_seen_at,
            token_expires_at, ends_at) values ('{user_id}', {user_id}, {blob}, {at}, {at}, 'opaque', {at}, {at}, {at});
         insert into refresh_tokens (digest, session_id) values ({blob}, '{user_id}');
         insert into known_clients values ({user_id}, '192.0.2.1', 'Browser', {at}, {at});
         insert into mail_tokens values ({user_id}, 'reset', {blob}, 0, 'a@example.org', {at});
         insert into email_ways_back values ({blob}, {user_id}, 'a@example.org', null, {at}, {at});
         insert into posts (id, author_id, title, slug, content, created_at, updated_at, published_at)
            values ({user_id}, {user_id}, 'T', 'slug-{user_id}', 'C', {at}, {at}, {at});
         insert into comments (post_id, author_id, content, created_at, updated_at)
            values ({user_id}, {user_id}, 'C', {at}, {at});
         insert into contact_messages (user_id, name, email, subject, message, created_at)
            values ({user_id}, 'N', 'a@example.org', 'S', 'M', {at});
         insert into outbox (kind, user_id, payload, created_at, due_at)
            values ('password_changed', {user_id}, '{{}}', {at}, {at});
         insert into audit_events (at, event, outcome, subject_id) values ({at}, 'x', 'success', {user_id})"
    ));
}

fn account(database: &Database, who: &str) -> UserId {
    database
        .write(|conn| {
            let id = users::insert(conn, now(), &somebody(who))?;
            roles::insert_user_role(conn, id, &"member".parse().unwrap())?;
            Ok::<_, StoreError>(id)
        })
        .unwrap()
}

fn set(database: &Database, user_id: UserId, change: &UserChange) -> Result<(), StoreError> {
    database.write(|conn| users::set_user(conn, later(60), user_id, change))
}

fn email(text: &str) -> EmailAddress {
    text.parse().unwrap()
}

fn name(text: &str) -> Username {
    Username::choose(text).unwrap()
}
