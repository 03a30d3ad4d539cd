//! What the tests stand on: a server in this process or beside it, databases, clients, a clock.

pub(crate) mod app;
pub(crate) mod balancer;
pub(crate) mod browser;
pub(crate) mod client;
pub(crate) mod clock;
pub(crate) mod database;
pub(crate) mod dial;
pub(crate) mod given;
pub(crate) mod kept;
pub(crate) mod mail;
pub(crate) mod postgres;
pub(crate) mod process;
pub(crate) mod raw;
pub(crate) mod redact;
pub(crate) mod redis;
pub(crate) mod s3;
pub(crate) mod smtp;
pub(crate) mod visitor;

use std::sync::RwLock;

pub(crate) use app::TestApp;
pub(crate) use balancer::Balancer;
pub(crate) use browser::Browser;
pub(crate) use database::Backend;
pub(crate) use dial::Dial;
pub(crate) use mail::Mail;
pub(crate) use process::Process;
pub(crate) use redis::Redis;
pub(crate) use s3::S3;
pub(crate) use smtp::{Mood, Smtp};
pub(crate) use visitor::{Form, Page, Visitor};

/// Makes of `async fn a_sentence(backend: Backend)` the tests `a_sentence::sqlite` and `a_sentence::postgres`.
macro_rules! on_both {
    ($($sentence:ident),+ $(,)?) => {$(
        mod $sentence {
            #[test]
            fn sqlite() {
                $crate::harness::run(super::$sentence($crate::harness::Backend::Sqlite));
            }

            #[test]
            fn postgres() {
                $crate::harness::run(super::$sentence($crate::harness::Backend::Postgres));
            }
        }
    )+};
}

/// The same for tests that measure spans of time, each of which has the machine to itself.
macro_rules! on_both_alone {
    ($($sentence:ident),+ $(,)?) => {$(
        mod $sentence {
            #[test]
            fn sqlite() {
                $crate::harness::run_alone(super::$sentence($crate::harness::Backend::Sqlite));
            }

            #[test]
            fn postgres() {
                $crate::harness::run_alone(super::$sentence($crate::harness::Backend::Postgres));
            }
        }
    )+};
}

/// Held by every test that runs, and by one alone where the clock on the wall is what is measured.
static MACHINE: RwLock<()> = RwLock::new(());

/// Runs one test to its end; servers under test have threads and runtimes of their own.
pub(crate) fn run<T>(test: impl Future<Output = T>) -> T {
    let _beside_others = MACHINE.read();
    run_to_its_end(test)
}

/// The same for a test that measures spans of time: it waits until no other test runs, and the others wait for it.
pub(crate) fn run_alone<T>(test: impl Future<Output = T>) -> T {
    let _alone = MACHINE.write();
    run_to_its_end(test)
}

fn run_to_its_end<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    // Both databases meet the same inline snapshots.
    insta::allow_duplicates! { runtime.block_on(test) }
}

mod tests;
