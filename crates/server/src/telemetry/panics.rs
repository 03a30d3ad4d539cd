//! Panics as log lines.

use std::panic::{self, PanicHookInfo};

/// The longest message of a panic that is logged, in bytes.
const MESSAGE_LIMIT: usize = 200;

/// Logs each panic once, with its place, instead of printing it.
pub(super) fn log_panics() {
    panic::set_hook(Box::new(|info| {
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        let thread = std::thread::current();
        let thread = thread.name().unwrap_or("unnamed");
        tracing::error!(target: "panic", place, thread, "{}", message(info));
    }));
}

/// What the panic says, if that was written in the source. A message put together at run time may hold anything, the
/// value that an `unwrap` found included, so of that the place must do.
fn message<'a>(info: &'a PanicHookInfo<'_>) -> &'a str {
    let text = info.payload().downcast_ref::<&'static str>().copied().unwrap_or("message withheld");
    &text[..text.floor_char_boundary(MESSAGE_LIMIT)]
}
