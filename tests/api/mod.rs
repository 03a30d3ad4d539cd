//! The JSON face, one file a resource.

mod compatible;
mod health;
mod limited;
mod lists;
