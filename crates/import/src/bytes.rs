//! The bytes of a file, in a buffer that is wiped: there may be passwords among them.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use zeroize::Zeroizing;

use crate::source::SourceError;

/// The longest row, in bytes: what is longer is a mistake in the file, such as a quotation mark that is never closed.
pub(crate) const MAX_ROW: usize = 1024 * 1024;

const BUFFER: usize = 64 * 1024;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A file that is read from its beginning, more than once.
pub(crate) struct Bytes {
    file: File,
    buffer: Zeroizing<Vec<u8>>,
    at: usize,
    filled: usize,
}

impl Bytes {
    pub(crate) fn open(path: &Path) -> Result<Self, SourceError> {
        let unusable = |why: &str| SourceError::Unusable(format!("{} {why}", path.display()));
        let again = "cannot be read from its beginning again, as a run does that was interrupted: write it to a file first";
        if path == Path::new("-") {
            return Err(SourceError::Unusable(format!("standard input {again}")));
        }
        let mut file = File::open(path).map_err(|error| unusable(&format!("cannot be opened: {error}")))?;
        if !file.metadata()?.is_file() {
            return Err(unusable(again));
        }
        let mut beginning = [0; 2];
        let read = file.read(&mut beginning)?;
        if read == 2 && matches!(beginning, [0xff, 0xfe] | [0xfe, 0xff]) {
            return Err(unusable("is UTF-16: save it as UTF-8"));
        }
        let mut bytes = Self { file, buffer: Zeroizing::new(vec![0; BUFFER]), at: 0, filled: 0 };
        bytes.rewind()?;
        Ok(bytes)
    }

    /// Back to the beginning, behind a byte order mark.
    pub(crate) fn rewind(&mut self) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(0))?;
        (self.at, self.filled) = (0, 0);
        while self.filled < BYTE_ORDER_MARK.len() {
            match self.file.read(&mut self.buffer[self.filled..])? {
                0 => break,
                read => self.filled += read,
            }
        }
        if self.buffer[..self.filled].starts_with(BYTE_ORDER_MARK) {
            self.at = BYTE_ORDER_MARK.len();
        }
        Ok(())
    }

    /// What comes next; nothing at the end.
    pub(crate) fn next(&mut self) -> io::Result<&[u8]> {
        if self.at == self.filled {
            self.at = 0;
            self.filled = self.file.read(&mut self.buffer)?;
        }
        Ok(&self.buffer[self.at..self.filled])
    }

    /// So many of them were taken.
    pub(crate) fn take(&mut self, taken: usize) {
        self.at += taken;
    }
}
