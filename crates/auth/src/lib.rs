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
pub mod authenticate;
pub mod caller_cache;
pub mod change_profile;
pub mod create_admin;
pub mod hasher;
pub mod mint;
pub mod purge;
pub mod register;
pub mod rules;
pub mod secret_key;
pub mod sign_in;
pub mod sign_out;
