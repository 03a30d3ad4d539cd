//! The JSON face, one file a resource.

mod compatible;
mod export;
mod health;
mod limited;
mod lists;
mod roles;
mod stats;
mod users;
