//! What both faces, the JSON one and the one of pages, share of HTTP.
//!
//! It holds the [`FrontDoor`], the one middleware of the application, and [`Threads`], on which the synchronous core
//! runs. It knows no route, no JSON and no HTML: how a fault looks is a function the face hands in ([`Render`]).
//!
//! To check one more thing on every request: a variant of [`Refusal`] with its status, a file for the rule, and a
//! line in `front_door/arrival.rs`. To send one more header: a line in `security_headers.rs`.

mod allowed_hosts;
mod body;
mod client_address;
mod connections;
mod cors;
mod front_door;
mod panics;
mod pictures;
mod pulse;
mod refusal;
mod request_id;
mod security_headers;
mod shell;
mod threads;
mod uploads;
mod visit;

pub use allowed_hosts::{AllowedHosts, AllowedHostsError};
pub use body::{BodyLimits, BodyPace};
pub use client_address::{TrustedProxies, TrustedProxiesError};
pub use connections::Connections;
pub use cors::{CorsOrigins, CorsOriginsError};
pub use front_door::{DoorBody, Doorkeeper, FrontDoor, Rules};
pub use panics::{Panic, note_places};
pub use pictures::PictureNotSet;
pub use refusal::{Asked, Fault, Refusal, Render};
pub use request_id::{RequestId, X_REQUEST_ID};
pub use shell::{Shell, ShellLimits};
pub use threads::{QueueLimits, Refused, Threads};
pub use uploads::UploadPlace;
pub use visit::{client_address, is_https, note_user, request_id};
