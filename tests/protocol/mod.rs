//! The protocol as a client and an attacker see it, against the whole server.

mod body_sizes;
mod browser;
mod canaries;
mod cors;
mod documents;
pub(crate) mod framing;
mod front_end;
mod headers;
mod hosts;
mod json;
mod logs;
mod media_types;
mod methods;
mod no_store;
mod operations;
mod slowness;
mod source;
mod tls;
