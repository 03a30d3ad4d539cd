//! The JSON face, one file a resource.

mod health;
