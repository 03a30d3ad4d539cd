//! The tests of the whole: black box over HTTP, against the same `App` the binary runs, on both databases.
//!
//! A test is a sentence, takes a [`harness::Backend`] and is named once in `on_both!`:
//!
//! ```ignore
//! on_both!(a_member_may_sign_in);
//!
//! async fn a_member_may_sign_in(backend: Backend) {
//!     let app = TestApp::start(backend).await;
//!     let alice = app.signed_in("alice").await;
//!     alice.get("/api/auth/profile").await.assert_status(200);
//! }
//! ```
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that meets the unexpected fails")]

#[macro_use]
mod harness;

mod accounts;
mod administration;
mod api;
mod authorization;
mod content;
mod documents;
mod faults;
mod limits;
mod mail;
mod media;
mod moving;
mod protocol;
mod replaced;
mod store;
mod web;
mod whole;
