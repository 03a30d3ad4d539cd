//! `vestibule serve`.

use std::io;
use std::process::ExitCode;
use std::sync::Arc;

use crate::app::App;
use crate::settings::Settings;
use crate::shutdown::{self, StopSignals};
use crate::start_error::StartError;
use crate::system::{SteadyClock, SystemRandom, raise_open_files};
use crate::{first_screen, telemetry};

pub(super) fn run(settings: Settings) -> Result<ExitCode, StartError> {
    // Held to the end: what is still queued is written when it goes.
    let _log = telemetry::start(&settings.logs).map_err(io::Error::other)?;
    for warning in &settings.warnings {
        tracing::warn!(target: "settings", "{warning}");
    }
    raise_open_files();
    actix_web::rt::System::new().block_on(serve(settings))?;
    Ok(ExitCode::SUCCESS)
}

async fn serve(settings: Settings) -> Result<(), StartError> {
    let signals = StopSignals::catch()?;
    let grace = settings.listening.shutdown_grace;
    let app = App::build(settings.clone(), Arc::new(SteadyClock::default()), Arc::new(SystemRandom)).await?;
    // A closed standard output is no reason not to serve.
    let _ = first_screen::write(&mut io::stdout().lock(), &settings, app.address(), app.is_empty());
    let (handle, flag) = (app.handle(), app.shutdown_flag());
    shutdown::run_until_stopped(app.run(), handle, flag, grace, signals).await?;
    tracing::info!(target: "shutdown", "stopped");
    Ok(())
}
