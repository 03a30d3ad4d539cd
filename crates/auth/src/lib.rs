//! How one is known: passwords, tokens, and what people do with their accounts.
//!
//! One use case a file, each a function that takes [`accounts::Accounts`] first and time and randomness as values. The
//! room knows no HTTP and starts no thread: what must not hold a connection while it hashes is cut in three steps, and
//! the shell moves them between its pools. Programs that link the room call the plain function that takes all three.
//!
//! To add a use case: a file named by its verb, its error enum beside it, the change and what must hold with it in
//! one [`vestibule_persistence::Database::write`], and [`caller_cache::CallerCache::forget`] after it where somebody's
//! rights or data changed.

pub mod accounts;
pub mod administration;
pub mod audit_buffer;
pub mod authenticate;
pub mod caller_cache;
pub mod change_email;
pub mod change_password;
pub mod change_profile;
pub mod create_admin;
pub mod delete_account;
pub mod export_data;
pub mod hasher;
#[cfg(test)]
mod house;
pub mod introspect;
pub mod keys;
pub mod limits;
pub mod next_account;
mod pair;
pub mod purge;
pub mod refresh;
mod refusal;
pub mod register;
pub mod reset_password;
pub mod revoke_all;
pub mod rules;
pub mod secret_key;
pub mod session_list;
pub mod sightings;
pub mod sign_in;
pub mod sign_out;
pub mod verify_email;
