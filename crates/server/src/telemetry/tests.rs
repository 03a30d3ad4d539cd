use std::io::{self, Write};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};

use tracing::dispatcher;

use super::*;
use crate::settings::Settings;

/// A sink that keeps what it is given.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn logged(format: &str, events: impl FnOnce()) -> String {
    logged_with(&["--log-format", format], events)
}

fn logged_with(arguments: &[&str], events: impl FnOnce()) -> String {
    let settings = Settings::from_arguments(arguments, &|_| None, None).unwrap();
    let kept = Kept::default();
    let (writer, guard) = queue(settings.logs.format, kept.clone());
    dispatcher::with_default(&dispatch(&settings.logs, false, writer), events);
    drop(guard);
    let bytes = kept.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}

const NASTY: &str = "a\nb\rc\x1b[31md\u{202e}e\u{7f}f\u{9b}g\0h\u{2028}i\u{e0041}\"\\j";

fn nasty_events() {
    tracing::info!(shown = %NASTY, debugged = ?NASTY, text = NASTY, "message {NASTY}");
    tracing::info_span!("span", name = %NASTY).in_scope(|| tracing::warn!("inside"));
}

/// S57: one event is one line, and nothing in it moves, colours or turns.
#[test]
fn text_lines_hold_nothing_that_does_more_than_show() {
    let log = logged("text", nasty_events);
    assert_eq!(log.lines().count(), 2, "{log:?}");
    assert!(!log.trim_end().chars().any(|c| c != '\n' && escape::is_unsafe(c)), "{log:?}");
    assert!(log.contains(r"shown=a\u{a}b\u{d}c\u{1b}[31md\u{202e}e"), "{log}");
    assert!(log.contains("WARN span{name=a"), "{log}");
}

/// S57: one event is one JSON object in one line.
#[test]
fn json_lines_are_flat_objects_of_visible_characters() {
    let log = logged("json", nasty_events);
    assert_eq!(log.lines().count(), 2, "{log:?}");
    assert!(!log.trim_end().chars().any(|c| c != '\n' && escape::is_unsafe(c)), "{log:?}");
    let first: serde_json::Value = serde_json::from_str(log.lines().next().unwrap()).unwrap();
    assert_eq!(first["shown"], NASTY);
    assert_eq!(first["text"], NASTY);
    assert_eq!(first["message"], format!("message {NASTY}"));
    assert_eq!(first["level"], "INFO");
    assert_eq!(first["target"], "vestibule_server::telemetry::tests");
    assert!(first["timestamp"].as_str().unwrap().ends_with('Z'));
    let second: serde_json::Value = serde_json::from_str(log.lines().nth(1).unwrap()).unwrap();
    assert_eq!(second["span"], serde_json::json!({ "name": "span", "fields": { "name": NASTY } }));
}

#[test]
fn what_is_below_the_level_is_not_written() {
    let log = logged("text", || tracing::debug!("unseen"));
    assert_eq!(log, "");
}

/// S57: what a stranger's bad head makes of the log, at every level, is nothing, except where somebody asks for it.
#[test]
fn what_the_parser_refuses_is_told_to_those_who_ask() {
    let events = || {
        tracing::error!(target: "actix_http::h1::dispatcher", "stream error: request parse error");
        tracing::debug!(target: "actix_http::h1::decoder", "headers and all");
        tracing::error!(target: "actix_http::h1::service", "something else");
    };
    for level in ["info", "trace", "error,database=debug"] {
        let log = logged_with(&["--log-level", level], events);
        assert!(log.contains("something else") && log.lines().count() == 1, "{level}: {log}");
    }
    for level in ["actix_http=error", "off,actix_http::h1::dispatcher=error", "info,actix_http=debug"] {
        let log = logged_with(&["--log-level", level], events);
        assert!(log.contains("request parse error"), "{level}: {log}");
    }
}

/// A sink nobody reads until told to.
struct Stuck(Receiver<()>, Kept);

impl Write for Stuck {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // An error means that the test has let go: everything passes from then on.
        let _ = self.0.recv();
        self.1.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn an_output_nobody_reads_drops_lines_and_tells_how_many() {
    let settings = Settings::from_arguments(["--log-format", "json"], &|_| None, None).unwrap();
    let (let_go, stuck) = channel();
    let kept = Kept::default();
    let (writer, guard) = queue(LogFormat::Json, Stuck(stuck, kept.clone()));
    let written = QUEUED_LINES * 2;
    dispatcher::with_default(&dispatch(&settings.logs, false, writer), || {
        for number in 0..written {
            tracing::info!(number);
        }
    });
    drop(let_go);
    drop(guard);
    let log = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
    let lines: Vec<serde_json::Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let dropped: usize =
        lines.iter().filter_map(|line| line["lines"].as_u64()).map(|n| usize::try_from(n).unwrap()).sum();
    assert!(dropped > 0);
    assert_eq!(lines.iter().filter(|line| line["number"].is_u64()).count() + dropped, written);
}

/// An output that fails, as a closed pipe or a full disk does.
struct Failing;

impl Write for Failing {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Err(io::ErrorKind::BrokenPipe.into())
    }
}

#[test]
fn an_output_that_fails_stops_nothing() {
    let settings = Settings::from_arguments::<[&str; 0]>([], &|_| None, None).unwrap();
    let (writer, guard) = queue(LogFormat::Text, Failing);
    dispatcher::with_default(&dispatch(&settings.logs, false, writer), || {
        for number in 0..10_000 {
            tracing::info!(number, "a line");
        }
    });
    drop(guard);
}
