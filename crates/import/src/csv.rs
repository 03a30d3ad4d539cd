//! CSV files (RFC 4180), as spreadsheets and databases write them.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::Path;

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};
use zeroize::Zeroizing;

use crate::bytes::{Bytes, MAX_ROW};
use crate::columns::{ColumnNames, Field};
use crate::export;
use crate::file_row::{Cell, faulty, user};
use crate::file_source::Rows;
use crate::source::{SourceError, SourceUser};

/// More columns are a mistake in the file.
const MAX_COLUMNS: usize = 1024;

/// A CSV file with a header.
pub struct CsvRows {
    records: Records,
    names: ColumnNames,
    header: Vec<String>,
    fields: Vec<Option<Field>>,
    is_escaped: bool,
}

/// How a CSV file is written.
#[derive(Clone, Copy, Debug)]
pub struct CsvForm {
    /// What divides the fields: `,` as a rule.
    pub delimiter: u8,
    /// Whether an apostrophe in front of a field was put there to keep a spreadsheet from calculating it, and goes. A file with
    /// the header of our own export is known by that.
    pub is_escaped: bool,
}

impl CsvRows {
    /// The file at `path`, and its header.
    pub fn open(path: &Path, names: ColumnNames, form: CsvForm) -> Result<Self, SourceError> {
        let mut records = Records::open(path, form.delimiter)?;
        let header = header(&mut records)?;
        let fields: Vec<_> = header.iter().map(|name| names.field(name)).collect();
        for (at, field) in fields.iter().enumerate() {
            if field.is_some() && fields[..at].contains(field) {
                let twice = format!("the column {} is there twice, or under two names", header[at]);
                return Err(SourceError::Unusable(twice));
            }
        }
        let is_escaped = form.is_escaped || export::is_own_header(&header);
        Ok(Self { records, names, header, fields, is_escaped })
    }

    fn user(&self, line: u64) -> SourceUser {
        let cells = match self.records.cells(self.header.len()) {
            Ok(cells) => cells,
            Err(refusal) => return faulty(line, refusal),
        };
        user(line, self.names.passwords, |field| {
            let at = self.fields.iter().position(|known| *known == Some(field))?;
            let text = cells.get(at).copied().unwrap_or_default();
            let text = if self.is_escaped { text.strip_prefix('\'').unwrap_or(text) } else { text };
            (!text.is_empty()).then_some(Cell::Text(Cow::Borrowed(text)))
        })
    }
}

impl Rows for CsvRows {
    fn rewind(&mut self) -> Result<(), SourceError> {
        self.records.rewind()?;
        self.records.next()?;
        Ok(())
    }

    fn next(&mut self) -> Result<Option<(u64, SourceUser)>, SourceError> {
        Ok(self.records.next()?.map(|line| (line, self.user(line))))
    }

    fn unknown_columns(&self) -> BTreeSet<String> {
        let columns = self.header.iter().zip(&self.fields);
        columns.filter(|(_, field)| field.is_none()).map(|(name, _)| name.clone()).collect()
    }

    fn refuse_missing(&self) -> Result<(), SourceError> {
        self.names.refuse_missing(self.header.iter().map(String::as_str))
    }
}

fn header(records: &mut Records) -> Result<Vec<String>, SourceError> {
    let unusable = |why: &str| SourceError::Unusable(format!("the first line names the columns: it {why}"));
    if records.next()?.is_none() {
        return Err(unusable("is not there, for the file is empty"));
    }
    let cells = records.cells(records.ends.len()).map_err(|why| unusable(&why))?;
    Ok(cells.into_iter().map(|name| name.trim().to_owned()).collect())
}

/// The records of a file, one at a time, in buffers that are wiped.
struct Records {
    bytes: Bytes,
    reader: Reader,
    delimiter: u8,
    record: Zeroizing<Vec<u8>>,
    ends: Vec<usize>,
    /// Line breaks so far.
    breaks: u64,
    fault: Option<&'static str>,
}

impl Records {
    fn open(path: &Path, delimiter: u8) -> Result<Self, SourceError> {
        Ok(Self {
            bytes: Bytes::open(path)?,
            reader: reader(delimiter),
            delimiter,
            record: Zeroizing::new(vec![0; MAX_ROW]),
            ends: Vec::new(),
            breaks: 0,
            fault: None,
        })
    }

    fn rewind(&mut self) -> Result<(), SourceError> {
        self.bytes.rewind()?;
        self.reader = reader(self.delimiter);
        self.breaks = 0;
        Ok(())
    }

    /// Reads the next record; answers the line it begins in.
    fn next(&mut self) -> Result<Option<u64>, SourceError> {
        let mut ends = vec![0; MAX_COLUMNS];
        let (mut written, mut ended) = (0, 0);
        let (mut is_too_long, mut quotes, mut within) = (false, 0, 0);
        let is_terminated = loop {
            let input = self.bytes.next()?;
            let (outcome, read, wrote, fields) =
                self.reader.read_record(input, &mut self.record[written..], &mut ends[ended..]);
            // At the end of the file nothing is left to read.
            let is_terminated = input[..read].last() == Some(&b'\n');
            quotes += count(&input[..read], b'"');
            self.breaks += count(&input[..read], b'\n');
            within += count(&self.record[written..written + wrote], b'\n');
            self.bytes.take(read);
            (written, ended) = (written + wrote, ended + fields);
            match outcome {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => {
                    is_too_long = true;
                    (written, ended) = (0, 0);
                }
                ReadRecordResult::End => return Ok(None),
                ReadRecordResult::Record => break is_terminated,
            }
        };
        ends.truncate(ended);
        self.ends = ends;
        self.fault = match (is_too_long, quotes % 2 == 1 && within > 0) {
            (true, _) => {
                Some("is longer than a megabyte: there may be a quotation mark that is never closed")
            }
            (false, true) => Some("has a quotation mark that is never closed"),
            (false, false) => None,
        };
        Ok(Some(1 + self.breaks - within - u64::from(is_terminated)))
    }

    /// The fields of the record, of which there must be `wanted`.
    fn cells(&self, wanted: usize) -> Result<Vec<&str>, String> {
        if let Some(fault) = self.fault {
            return Err(fault.to_owned());
        }
        if self.ends.len() != wanted {
            return Err(format!("has {} fields, and the first line has {wanted}", self.ends.len()));
        }
        let mut begin = 0;
        let mut cells = Vec::with_capacity(wanted);
        for end in &self.ends {
            let cell = str::from_utf8(&self.record[begin..*end]).map_err(|_| "is not UTF-8".to_owned())?;
            if cell.contains('\0') {
                return Err("holds a NUL character".to_owned());
            }
            cells.push(cell);
            begin = *end;
        }
        Ok(cells)
    }
}

fn reader(delimiter: u8) -> Reader {
    ReaderBuilder::new().delimiter(delimiter).build()
}

fn count(bytes: &[u8], wanted: u8) -> u64 {
    bytes.iter().map(|byte| u64::from(*byte == wanted)).sum()
}
