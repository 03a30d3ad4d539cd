//! Where quotation marks stand that divide nothing (RFC 4180): what the reader would put together in silence.

/// Where one is within a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Where a field begins.
    Beginning,
    /// In a field without quotation marks around it: one within is a character like others.
    Plain,
    /// Between quotation marks.
    Quoted,
    /// Behind a quotation mark that closes the field, or is the first of two.
    Closed,
}

/// Follows the bytes of a file, and counts its lines.
#[derive(Clone, Debug)]
pub(super) struct Quotation {
    delimiter: u8,
    place: Place,
    /// The line at hand, and the one the record began in.
    line: u64,
    began: Option<u64>,
    is_line_over: bool,
}

impl Quotation {
    pub(super) fn new(delimiter: u8) -> Self {
        Self { delimiter, place: Place::Beginning, line: 1, began: None, is_line_over: false }
    }

    /// Goes on through `bytes`; answers where among them text stands behind a field that was closed, and stops before it.
    pub(super) fn follow(&mut self, bytes: &[u8]) -> Option<usize> {
        for (at, byte) in bytes.iter().copied().enumerate() {
            let is_end = matches!(byte, b'\r' | b'\n');
            self.place = match (self.place, byte) {
                (Place::Quoted, b'"') => Place::Closed,
                (Place::Beginning | Place::Closed, b'"') | (Place::Quoted, _) => Place::Quoted,
                (_, byte) if is_end || byte == self.delimiter => Place::Beginning,
                (Place::Closed, _) => return Some(at),
                (Place::Beginning | Place::Plain, _) => Place::Plain,
            };
            if self.began.is_none() && !is_end {
                self.began = Some(self.line);
            }
            self.count(byte);
        }
        None
    }

    /// Goes through the rest of a line whose fields nobody can tell; answers how much of `bytes` that is, and whether the line
    /// ends there.
    pub(super) fn skip_line(&mut self, bytes: &[u8]) -> (usize, bool) {
        let end = bytes.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
        let skipped = end.map_or(bytes.len(), |end| end + 1);
        if let Some(end) = end {
            self.count(bytes[end]);
            self.place = Place::Beginning;
        }
        (skipped, end.is_some())
    }

    /// Whether a quotation mark is still open.
    pub(super) fn is_open(&self) -> bool {
        self.place == Place::Quoted
    }

    /// The record is over: answers the lines it began and ended in.
    pub(super) fn end_record(&mut self) -> (u64, u64) {
        let last = self.line - u64::from(self.is_line_over);
        (self.began.take().unwrap_or(last), last)
    }

    fn count(&mut self, byte: u8) {
        self.is_line_over = byte == b'\n';
        self.line += u64::from(self.is_line_over);
    }
}
