//! A whole installation into another database: every table as it is, and both sides compared before anything is kept.

use sha2::{Digest, Sha256};
use thiserror::Error;
use vestibule_domain::audit::{AuditEvent, AuditRecord};
use vestibule_domain::caller::ClientInfo;
use vestibule_domain::time::Clock;
use vestibule_persistence::copy::{self, Arrival, Snapshot, Table, tables};
use vestibule_persistence::{Database, audit};

/// What was copied of one table: the same on both sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopiedTable {
    /// Its name.
    pub name: &'static str,
    /// Its rows.
    pub rows: u64,
    /// SHA-256 of all its rows as lines, in the order of their key; in hexadecimal.
    pub digest: String,
}

/// Why nothing was copied: the target is as empty as it was.
#[derive(Debug, Error)]
pub enum CopyError {
    /// Both are the same database.
    #[error("is the database that is copied")]
    Same,
    /// A side cannot be read or written.
    #[error(transparent)]
    Side(#[from] copy::CopyError),
    /// What came in is not what was sent.
    #[error(
        "the table {table} did not come in as it was sent ({sent} rows sent, {came} came; a trigger, perhaps); nothing was kept"
    )]
    Differs {
        /// The table.
        table: &'static str,
        /// Rows that were sent.
        sent: u64,
        /// Rows that came.
        came: u64,
    },
}

/// Copies everything that `from` has at this moment into `to`, whose schema is brought up to date first and in which nobody
/// may ever have had an account. `progress` is told of each table before it is sent. `from` is only read; rows written there
/// after the beginning do not come along.
pub fn copy(
    from: &Database,
    to: &Database,
    clock: &dyn Clock,
    progress: &mut dyn FnMut(&'static str),
) -> Result<Vec<CopiedTable>, CopyError> {
    if from.url() == to.url() {
        return Err(CopyError::Same);
    }
    let mut snapshot = Snapshot::open(from)?;
    to.migrate().map_err(copy::CopyError::from)?;
    let mut arrival = Arrival::open(to)?;
    let tables = tables();
    let mut sent = Vec::new();
    for table in &tables {
        progress(table.name());
        let mut lines = Lines::default();
        arrival.fill(table, &mut snapshot, &mut |line| lines.add(line))?;
        sent.push(lines.end(table));
    }
    // After all of them are in: what comes into one table may have changed another.
    for (table, sent) in tables.iter().zip(&sent) {
        let mut lines = Lines::default();
        arrival.read(table, &mut |line| lines.add(line))?;
        let came = lines.end(table);
        if came != *sent {
            return Err(CopyError::Differs { table: sent.name, sent: sent.rows, came: came.rows });
        }
    }
    let rows: u64 = sent.iter().map(|table| table.rows).sum();
    let record = AuditRecord::success(clock.now(), AuditEvent::Copied, &ClientInfo::default());
    let record = record.saying(format!("{rows} rows from {}", from.url().kind()));
    arrival.keep(|conn| audit::insert(conn, &record))?;
    tracing::info!(target: "import", rows, "the database was copied");
    Ok(sent)
}

/// Lines on their way, counted and digested.
#[derive(Default)]
struct Lines {
    rows: u64,
    digest: Sha256,
}

impl Lines {
    fn add(&mut self, line: &str) {
        self.rows += 1;
        self.digest.update(line.as_bytes());
        self.digest.update(b"\n");
    }

    fn end(self, table: &Table) -> CopiedTable {
        let digest = base16ct::lower::encode_string(&self.digest.finalize());
        CopiedTable { name: table.name(), rows: self.rows, digest }
    }
}
