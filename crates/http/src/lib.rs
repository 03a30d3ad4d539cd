//! What both faces, the JSON one and the one of pages, share of HTTP.
//!
//! It holds the [`FrontDoor`], the one middleware of the application, and [`Threads`], on which the synchronous core
//! runs. It knows no route, no JSON and no HTML: how a fault looks is a function the face hands in ([`Render`]).
//!
//! A use case of several steps is one function of [`conduct`]; what both faces read, seal and count alike is here too:
//! [`Upload`]s, cursors ([`CursorKey`]) and the figures of [`Shell::figures`].
//!
//! To check one more thing on every request: a variant of [`Refusal`] with its status, a file for the rule, and a
//! line in `front_door/arrival.rs`. To send one more header: a line in `security_headers.rs`.

mod allowed_hosts;
mod body;
mod client;
mod client_address;
pub mod conduct;
mod connections;
mod cors;
mod cursor;
mod figures;
mod front_door;
mod held;
mod metrics;
mod needed;
mod panics;
mod pictures;
mod pulse;
mod refusal;
mod request_id;
mod security_headers;
mod shell;
mod threads;
mod undone;
mod upload;
mod uploads;
mod visit;

pub use allowed_hosts::{AllowedHosts, AllowedHostsError};
pub use body::{BodyLimits, BodyPace};
pub use client::client_info;
pub use client_address::{TrustedProxies, TrustedProxiesError};
pub use connections::Connections;
pub use cors::{CorsOrigins, CorsOriginsError};
pub use cursor::CursorKey;
pub use front_door::{DoorBody, Doorkeeper, FrontDoor, Rules};
pub use held::is_held;
pub use metrics::{BOUNDS, NO_ROUTE, RouteFigures, Traffic};
pub use needed::{
    AuditRead, CommentsModerate, CommentsWrite, ContactRead, MailManage, Needed, PostsModerate, PostsWrite,
    RolesManage, StatesWrite, TokensIntrospect, UsersRead, UsersWrite, note_denied,
};
pub use panics::{Panic, count_panic, note_places, panics};
pub use refusal::{Asked, Fault, Refusal, Render};
pub use request_id::{RequestId, X_REQUEST_ID};
pub use shell::{Shell, ShellLimits};
pub use threads::{QueueFigures, QueueLimits, Refused, Threads};
pub use undone::Undone;
pub use upload::{UnreadUpload, Upload, UploadError, UploadParts};
pub use uploads::UploadPlace;
pub use visit::{client_address, is_https, note_user, request_id};
