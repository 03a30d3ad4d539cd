//! What is sent under a key is made once.

use vestibule_domain::submission::SubmissionKey;
use vestibule_persistence::submissions::{self, Claim, KEPT, Submission};
use vestibule_persistence::{Database, PoolOptions, StoreError};

use super::claims::in_parallel;
use super::{Store, later, now, store, store_with};
use crate::harness::Backend;

on_both!(
    of_many_at_once_one_makes_it_and_the_others_hear_what_it_made,
    what_differs_in_anything_is_another_attempt,
    what_was_rolled_back_was_never_sent,
    old_keys_go_in_batches,
);

fn key(text: &str) -> SubmissionKey {
    text.parse().unwrap()
}

/// Claims as a use case does, and makes the thing of that number where it is the first.
fn send(
    database: &Database,
    operation: &str,
    sender: &str,
    name: &str,
    body: &[&str],
    number: i64,
) -> Outcome {
    let key = key(name);
    let submission = Submission { operation, sender, key: &key, body };
    database
        .write(|conn| {
            Ok::<_, StoreError>(match submissions::claim(conn, now(), &submission)? {
                Claim::New(claimed) => {
                    submissions::settle(conn, &claimed, number)?;
                    Outcome::Made(number)
                }
                Claim::Repeat(made) => Outcome::Repeat(made),
                Claim::Reused => Outcome::Reused,
            })
        })
        .unwrap()
}

#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Made(i64),
    Repeat(i64),
    Reused,
}

/// S80: on connections of their own.
async fn of_many_at_once_one_makes_it_and_the_others_hear_what_it_made(backend: Backend) {
    let Store { database, test } = store_with(backend, PoolOptions { size: 16, ..PoolOptions::default() });
    let outcomes =
        in_parallel(32, |n| send(&database, "post", "account/1", "k", &["a"], i64::try_from(n).unwrap() + 1));
    let made: Vec<_> = outcomes
        .iter()
        .filter_map(|outcome| match outcome {
            Outcome::Made(number) => Some(*number),
            _ => None,
        })
        .collect();
    assert_eq!(made.len(), 1, "{outcomes:?}");
    let heard =
        |outcome: &Outcome| matches!(outcome, Outcome::Made(_)) || *outcome == Outcome::Repeat(made[0]);
    assert!(outcomes.iter().all(heard), "{outcomes:?}");
    assert_eq!(test.sql("select count(*) from submissions"), "1");
    assert!(!test.sql("select * from submissions").contains("account"), "only digests are kept");
}

async fn what_differs_in_anything_is_another_attempt(backend: Backend) {
    let Store { database, test: _test } = store(backend);
    assert_eq!(send(&database, "post", "account/1", "k", &["a", "b"], 1), Outcome::Made(1));
    assert_eq!(send(&database, "post", "account/1", "k", &["a", "b"], 2), Outcome::Repeat(1));
    for body in [&["a", "c"][..], &["ab"], &["ab", ""], &["a", "b", ""]] {
        assert_eq!(send(&database, "post", "account/1", "k", body, 2), Outcome::Reused);
    }
    for (n, (operation, sender, name)) in
        [("comment/1", "account/1", "k"), ("post", "account/2", "k"), ("post", "account/1", "K")]
            .into_iter()
            .enumerate()
    {
        let number = 10 + i64::try_from(n).unwrap();
        assert_eq!(send(&database, operation, sender, name, &["a", "b"], number), Outcome::Made(number));
    }
}

async fn what_was_rolled_back_was_never_sent(backend: Backend) {
    let Store { database, test } = store(backend);
    let key = key("k");
    let submission = Submission { operation: "post", sender: "account/1", key: &key, body: &["a"] };
    let given_up: Result<(), StoreError> = database.write(|conn| {
        assert!(matches!(submissions::claim(conn, now(), &submission)?, Claim::New(_)));
        Err(StoreError::Missing)
    });
    assert!(given_up.is_err());
    assert_eq!(test.sql("select count(*) from submissions"), "0");
    assert_eq!(send(&database, "post", "account/1", "k", &["a"], 7), Outcome::Made(7));
}

/// S90
async fn old_keys_go_in_batches(backend: Backend) {
    let Store { database, test } = store(backend);
    for n in 0..5 {
        let key = key(&format!("k{n}"));
        let submission = Submission { operation: "post", sender: "account/1", key: &key, body: &[] };
        database.write(|conn| submissions::claim(conn, later(n * 60), &submission).map(drop)).unwrap();
    }
    let purge = |at| database.write(|conn| submissions::delete_before(conn, at, 2)).unwrap();
    let day_after = later(3 * 60).plus(KEPT);
    assert_eq!(purge(now().plus(KEPT).minus(KEPT)), 0);
    assert_eq!(
        [purge(day_after.minus(KEPT)), purge(day_after.minus(KEPT)), purge(day_after.minus(KEPT))],
        [2, 1, 0]
    );
    assert_eq!(test.sql("select count(*) from submissions"), "2");
}
