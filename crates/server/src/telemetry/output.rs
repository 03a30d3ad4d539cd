//! What the log's own thread writes to.

use std::io::{self, BufWriter, Write};
use std::sync::{Arc, OnceLock};

use tracing_appender::non_blocking::ErrorCounter;
use vestibule_domain::time::Clock;

use crate::settings::LogFormat;
use crate::system::SystemClock;

/// Writes whole lines, and between two batches how many were dropped.
pub(super) struct Output<W: Write> {
    format: LogFormat,
    sink: BufWriter<W>,
    dropped: Arc<OnceLock<ErrorCounter>>,
    told: usize,
}

/// Hands over the counter of dropped lines, which exists only once the queue does.
pub(super) struct Report(Arc<OnceLock<ErrorCounter>>);

impl Report {
    pub(super) fn watch(self, counter: ErrorCounter) {
        // The only call there is: the cell is empty.
        let _ = self.0.set(counter);
    }
}

impl<W: Write> Output<W> {
    pub(super) fn new(format: LogFormat, sink: W) -> (Self, Report) {
        let dropped = Arc::new(OnceLock::new());
        let output = Self {
            format,
            sink: BufWriter::with_capacity(32 * 1024, sink),
            dropped: dropped.clone(),
            told: 0,
        };
        (output, Report(dropped))
    }

    fn tell_dropped(&mut self) -> io::Result<()> {
        let dropped = self.dropped.get().map_or(0, ErrorCounter::dropped_lines);
        let new = dropped - self.told;
        if new == 0 {
            return Ok(());
        }
        self.told = dropped;
        let now = SystemClock.now();
        match self.format {
            LogFormat::Text => writeln!(
                self.sink,
                "{now}  WARN log: lines were dropped, for they came faster than they were read lines={new}"
            ),
            LogFormat::Json => writeln!(
                self.sink,
                r#"{{"timestamp":"{now}","level":"WARN","message":"lines were dropped, for they came faster than they were read","lines":{new},"target":"log"}}"#
            ),
        }
    }
}

impl<W: Write> Write for Output<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.sink.write_all(line)?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.tell_dropped()?;
        self.sink.flush()
    }
}
