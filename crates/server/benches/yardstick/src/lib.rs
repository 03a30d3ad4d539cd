//! What the benchmark measures against: the same work with nothing around it.
//!
//! Not a room of the house, and no room may use it. It holds both actix and diesel, which in the house never meet, so it is
//! a package of its own and the arrows stay as they are. To compare one more thing: a file here, and a mode in
//! `../performance/main.rs` if it is a server.

mod argon;
mod json;
mod query;
#[path = "../../../../persistence/src/schema.rs"]
mod schema;

pub use argon::{Cost, hashes_per_second};
pub use json::serve_json;
pub use query::{Query, serve_query};

// Linked for their C libraries, which are built from source: nothing of them is called from here.
use libsqlite3_sys as _;
use openssl_sys as _;
use pq_sys as _;
