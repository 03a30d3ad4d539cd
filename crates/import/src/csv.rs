//! CSV files (RFC 4180), as spreadsheets and databases write them.

mod quotation;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};
use zeroize::Zeroizing;

use crate::bytes::{Bytes, MAX_ROW};
use crate::columns::{ColumnNames, Field};
use crate::export;
use crate::file_row::{Cell, faulty, user};
use crate::file_source::Rows;
use crate::source::{SourceError, SourceUser};
use quotation::Quotation;

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
        if fields.iter().all(Option::is_none) {
            // There may be a person in it, so that none of it is repeated.
            let unknown =
                "the first line names no column we know (username, email, ...); does the file have a header?";
            return Err(SourceError::Unusable(unknown.to_owned()));
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
            (field == Field::IsActive || !text.is_empty()).then_some(Cell::Text(Cow::Borrowed(text)))
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
    quotation: Quotation,
    fault: Option<String>,
    /// Lines whose fields nobody can tell, which are told of one by one; and where the quotation mark stands that is to blame.
    lost: Range<u64>,
    blamed: u64,
}

/// Why a record cannot be taken apart.
enum Torn {
    TooLong,
    Closed,
    Open,
}

impl Records {
    fn open(path: &Path, delimiter: u8) -> Result<Self, SourceError> {
        Ok(Self {
            bytes: Bytes::open(path)?,
            reader: reader(delimiter),
            delimiter,
            record: Zeroizing::new(vec![0; MAX_ROW]),
            ends: Vec::new(),
            quotation: Quotation::new(delimiter),
            fault: None,
            lost: 0..0,
            blamed: 0,
        })
    }

    fn rewind(&mut self) -> Result<(), SourceError> {
        self.bytes.rewind()?;
        self.reader = reader(self.delimiter);
        self.quotation = Quotation::new(self.delimiter);
        self.lost = 0..0;
        Ok(())
    }

    /// Reads the next record; answers the line it begins in.
    fn next(&mut self) -> Result<Option<u64>, SourceError> {
        if let Some(line) = self.lost.next() {
            self.fault =
                Some(format!("is torn by a quotation mark that does not match, see line {}", self.blamed));
            return Ok(Some(line));
        }
        let Some(torn) = self.read()? else { return Ok(None) };
        let (first, last) = self.quotation.end_record();
        let goes_on = if last > first { format!(", in line {last}") } else { String::new() };
        self.fault = torn.as_ref().map(|torn| match torn {
            Torn::TooLong => {
                "is longer than a megabyte: there may be a quotation mark that is never closed".to_owned()
            }
            Torn::Closed => format!("has text behind the quotation mark that closes a field{goes_on}"),
            Torn::Open => "has a quotation mark that is never closed".to_owned(),
        });
        if torn.is_some() {
            // They may be rows of their own, or not: what stands between quotation marks is never taken for one.
            (self.lost, self.blamed) = (first + 1..last + 1, first);
        }
        Ok(Some(first))
    }

    /// Reads one record, or what is left of its last line where that cannot be taken apart; nothing at the end of the file.
    fn read(&mut self) -> Result<Option<Option<Torn>>, SourceError> {
        let mut ends = vec![0; MAX_COLUMNS];
        let (mut written, mut ended, mut is_too_long) = (0, 0, false);
        loop {
            let input = self.bytes.next()?;
            let (outcome, read, wrote, fields) =
                self.reader.read_record(input, &mut self.record[written..], &mut ends[ended..]);
            if let Some(at) = self.quotation.follow(&input[..read]) {
                self.bytes.take(at);
                self.skip_line()?;
                return Ok(Some(Some(if is_too_long { Torn::TooLong } else { Torn::Closed })));
            }
            self.bytes.take(read);
            (written, ended) = (written + wrote, ended + fields);
            match outcome {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => {
                    is_too_long = true;
                    (written, ended) = (0, 0);
                }
                ReadRecordResult::End => return Ok(None),
                ReadRecordResult::Record => break,
            }
        }
        ends.truncate(ended);
        self.ends = ends;
        let is_open = self.quotation.is_open();
        Ok(Some(if is_too_long { Some(Torn::TooLong) } else { is_open.then_some(Torn::Open) }))
    }

    /// Goes behind the line at hand, where the next record begins.
    fn skip_line(&mut self) -> Result<(), SourceError> {
        self.reader = reader(self.delimiter);
        loop {
            let input = self.bytes.next()?;
            let (skipped, is_over) = self.quotation.skip_line(input);
            let is_end = input.is_empty();
            self.bytes.take(skipped);
            if is_over || is_end {
                return Ok(());
            }
        }
    }

    /// The fields of the record, of which there must be `wanted`.
    fn cells(&self, wanted: usize) -> Result<Vec<&str>, String> {
        if let Some(fault) = &self.fault {
            return Err(fault.clone());
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
