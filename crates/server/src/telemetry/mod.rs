//! The log: structured events on standard error, as text for people or JSON for machines.
//!
//! A request never waits for the log: lines go into a bounded queue that a thread of its own empties. Where nobody
//! reads as fast as we write, lines are dropped and their number is told; a closed or full output stops nothing.
//!
//! Names and texts come from strangers, so no value can end a line, colour a terminal or turn a line's direction.

mod escape;
mod fields;
mod json;
mod output;
mod panics;

#[cfg(test)]
mod tests;

use std::io::{IsTerminal, Write, stderr};

use tracing::subscriber::SetGlobalDefaultError;
use tracing::{Dispatch, dispatcher};
use tracing_appender::non_blocking::{NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::{self, format::JsonFields};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry;

use crate::settings::{LogFormat, Logs};
use fields::SafeFields;
use json::JsonLines;
use output::Output;

/// Lines that may wait to be written: about five seconds of a busy server, at most some ten megabytes.
const QUEUED_LINES: usize = 32_768;

/// Starts the log on standard error and sends panics there. What is queued is written when the answer is dropped.
pub fn start(logs: &Logs) -> Result<WorkerGuard, SetGlobalDefaultError> {
    let ansi = logs.format == LogFormat::Text && stderr().is_terminal();
    let (writer, guard) = queue(logs.format, stderr());
    dispatcher::set_global_default(dispatch(logs, ansi, writer))?;
    panics::log_panics();
    Ok(guard)
}

fn queue(format: LogFormat, sink: impl Write + Send + 'static) -> (NonBlocking, WorkerGuard) {
    let (output, report) = Output::new(format, sink);
    let builder =
        NonBlockingBuilder::default().lossy(true).buffered_lines_limit(QUEUED_LINES).thread_name("log");
    let (writer, guard) = builder.finish(output);
    report.watch(writer.error_counter());
    (writer, guard)
}

/// Below `info` these write out what strangers sent, headers and all, which may be secrets.
const TALKATIVE: [&str; 2] = ["actix_http", "actix_web"];

/// Tells each head that the parser refuses as an error: an error of ours it is not, and strangers could fill the log.
const REFUSALS: &str = "actix_http::h1::dispatcher";

/// The levels asked for, except that the talkative stay at `info`, and what the parser refuses is not told, unless they
/// are named themselves.
fn discreet(levels: &Targets) -> Targets {
    let level = levels.default_level().map_or(LevelFilter::OFF, |level| level.min(LevelFilter::INFO));
    let is_named = |target: &str| levels.iter().any(|(named, _)| crate_of(named) == crate_of(target));
    let quiet = TALKATIVE.map(|target| (target, level)).into_iter().chain([(REFUSALS, LevelFilter::OFF)]);
    quiet
        .filter(|(target, _)| !is_named(target))
        .fold(levels.clone(), |levels, (target, level)| levels.with_target(target, level))
}

/// The crate that a target lies in.
fn crate_of(target: &str) -> &str {
    target.split(':').next().unwrap_or(target)
}

fn dispatch(logs: &Logs, ansi: bool, writer: NonBlocking) -> Dispatch {
    let levels = discreet(&logs.levels);
    match logs.format {
        LogFormat::Text => {
            let layer = fmt::layer().with_ansi(ansi).fmt_fields(SafeFields).with_writer(writer);
            Dispatch::new(registry().with(levels).with(layer))
        }
        LogFormat::Json => {
            let layer =
                fmt::layer().fmt_fields(JsonFields::new()).event_format(JsonLines).with_writer(writer);
            Dispatch::new(registry().with(levels).with(layer))
        }
    }
}
