//! How far an import is, on standard error, and its report, where it was asked for.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, BufWriter, IsTerminal, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
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
            let file = open(path, resumed).map_err(|error| {
                io::Error::new(error.kind(), format!("{} cannot be written: {error}", path.display()))
            })?;
            self.file = Some(BufWriter::new(file));
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
                if is_due || *step != now || done >= of {
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

/// Opens a report, of which only its owner can read anything: names and keys stand in it.
fn open(path: &Path, resumed: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    let file = options.create(true).mode(0o600).write(true).append(resumed).truncate(false).open(path)?;
    // Pipes and devices are others' to see to.
    if file.metadata()?.is_file() {
        file.set_permissions(Permissions::from_mode(0o600))?;
        if !resumed {
            file.set_len(0)?;
        }
    }
    Ok(file)
}

/// Whether both paths lead to one file.
pub(super) fn is_same_file(one: &Path, other: &Path) -> bool {
    let identity = |path: &Path| fs::metadata(path).map(|found| (found.dev(), found.ino()));
    matches!((identity(one), identity(other)), (Ok(one), Ok(other)) if one == other)
}

fn style() -> ProgressStyle {
    let style = ProgressStyle::with_template("{msg:>16} {wide_bar} {human_pos}/{human_len} {per_sec} {eta}");
    style.unwrap_or_else(|_| ProgressStyle::default_bar())
}
