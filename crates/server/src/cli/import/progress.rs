//! How far an import is, on standard error, and its report, where it was asked for.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, IsTerminal, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use vestibule_import::report::{Audience, Finding};

/// How often a line tells how far it is where nobody watches a bar.
const EVERY: Duration = Duration::from_secs(5);

/// Whoever is told.
pub(super) struct Told {
    report: Option<PathBuf>,
    file: Option<BufWriter<File>>,
    shown: Shown,
}

/// What is seen of the progress.
enum Shown {
    Bar { bar: ProgressBar, step: &'static str },
    Lines { next: Instant, step: &'static str },
}

impl Told {
    /// The report goes to the file `report`, or else to standard output.
    pub(super) fn new(report: Option<PathBuf>) -> Self {
        let shown = if io::stderr().is_terminal() {
            Shown::Bar { bar: ProgressBar::hidden(), step: "" }
        } else {
            Shown::Lines { next: Instant::now() + EVERY, step: "" }
        };
        Self { report, file: None, shown }
    }

    /// The run has ended, well or not.
    pub(super) fn done(&self) {
        if let Shown::Bar { bar, .. } = &self.shown {
            bar.abandon();
        }
    }
}

impl Audience for Told {
    /// A run that goes on adds to the report of the one before.
    fn begun(&mut self, resumed: bool) -> io::Result<()> {
        if resumed {
            writeln!(
                io::stderr(),
                "An earlier import from this source ended early: going on behind what it kept."
            )?;
        }
        if let Some(path) = &self.report {
            // Names and keys stand in it.
            let mut options = OpenOptions::new();
            options.create(true).mode(0o600).write(true).append(resumed).truncate(!resumed);
            self.file = Some(BufWriter::new(options.open(path)?));
        }
        Ok(())
    }

    fn progress(&mut self, now: &'static str, done: u64, of: u64) {
        match &mut self.shown {
            Shown::Bar { bar, step } => {
                if *step != now {
                    bar.abandon();
                    *bar = ProgressBar::new(of).with_style(style()).with_message(now);
                    *step = now;
                }
                bar.set_length(of.max(done));
                bar.set_position(done);
            }
            Shown::Lines { next, step } => {
                let is_due = Instant::now() >= *next;
                if is_due || *step != now {
                    // Nobody is left to tell where standard error is closed.
                    let _ = writeln!(io::stderr(), "{now}: {done} of {of}");
                    (*next, *step) = (Instant::now() + EVERY, now);
                }
            }
        }
    }

    fn findings(&mut self, findings: &[Finding]) -> io::Result<()> {
        let write = |out: &mut dyn Write| {
            findings.iter().try_for_each(|finding| writeln!(out, "{finding}"))?;
            out.flush()
        };
        match (&mut self.file, &self.shown) {
            (Some(file), _) => write(file),
            (None, Shown::Bar { bar, .. }) => bar.suspend(|| write(&mut io::stdout().lock())),
            (None, Shown::Lines { .. }) => write(&mut io::stdout().lock()),
        }
    }
}

fn style() -> ProgressStyle {
    let style = ProgressStyle::with_template("{msg:>16} {wide_bar} {human_pos}/{human_len} {per_sec} {eta}");
    style.unwrap_or_else(|_| ProgressStyle::default_bar())
}
