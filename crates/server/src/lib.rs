//! The thin shell: settings, command line, log, signals, and the server put together from the other rooms.
//!
//! The one room that looks at the process it runs in (`main` hands its arguments and environment in) and that owns a
//! clock and a generator; it knows no rule about accounts and no SQL.
//!
//! To add a setting, see [`settings`]; to add a command, a variant of [`cli::Command`], a file beside it, and its arm
//! in `cli::run`.

pub mod app;
mod background;
pub mod cli;
pub mod files;
pub mod first_screen;
mod frontend;
mod metrics;
pub mod secret_key;
pub mod settings;
pub mod shutdown;
mod socket;
pub mod start_error;
pub mod store;
pub mod system;
pub mod telemetry;
pub mod tls;

pub use app::App;
pub use settings::Settings;
pub use start_error::StartError;
