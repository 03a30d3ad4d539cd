//! The JSON face: operations, their document, and the one form of every error.
//!
//! The room knows no SQL and hashes nothing: a handler extracts, parses through the domain's doors, calls one use case
//! through [`vestibule_http::Shell`] and presents the outcome. Only this room knows utoipa.
//!
//! To add an operation: a file named by it in the folder of its resource, holding its types, its `#[utoipa::path]`
//! function and its errors, in that order; a line in the folder's `routes`; `just openapi`; a row in the matrix test.
//! Who may call it stands in the signature, and a body is read only after that.

mod accounts;
mod acknowledged;
mod admin;
mod body;
mod caller;
mod comments;
mod compatible;
mod conditional;
mod contact;
mod documents;
mod email;
mod face;
mod fields;
mod health;
mod limits;
mod lists;
mod media;
mod passwords;
mod path_number;
mod permissions;
mod posts;
mod problem;
mod profile;
mod query;
mod roles;
mod routes;
mod secret;
mod sessions;
mod states;
mod users;
mod well_known;

pub use accounts::export_own;
pub use documents::{document, json};
pub use face::Face;
pub use problem::{Code, Problem, render};
pub use routes::{configure, nothing_here};
