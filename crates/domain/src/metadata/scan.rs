//! Reads JSON without keeping any of it. Each byte is looked at once, and the depth is bounded, so neither the time
//! nor the stack can run away.

use std::borrow::Cow;
use std::collections::HashSet;

use super::{Metadata, MetadataError};

type Scan = Result<(), MetadataError>;

/// Checks that `text` is one JSON object and nothing after it.
pub(super) fn check_object(text: &str) -> Scan {
    let mut scanner = Scanner { text, at: 0 };
    scanner.skip_space();
    match scanner.peek() {
        Some(b'{') => scanner.value(1)?,
        _ => return Err(MetadataError::NotAnObject),
    }
    scanner.skip_space();
    if scanner.peek().is_none() { Ok(()) } else { Err(MetadataError::Malformed) }
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl Scanner<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn next(&mut self) -> Result<u8, MetadataError> {
        let byte = self.peek().ok_or(MetadataError::Malformed)?;
        self.at += 1;
        Ok(byte)
    }

    fn eat(&mut self, byte: u8) -> bool {
        let is_there = self.peek() == Some(byte);
        self.at += usize::from(is_there);
        is_there
    }

    fn expect(&mut self, word: &str) -> Scan {
        if word.bytes().all(|byte| self.eat(byte)) { Ok(()) } else { Err(MetadataError::Malformed) }
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// One value; `depth` is the level it stands on if it is an object or an array.
    fn value(&mut self, depth: usize) -> Scan {
        match self.peek() {
            Some(b'{') => {
                let mut names = HashSet::new();
                self.members(depth, b'}', |scanner| {
                    let start = scanner.at;
                    scanner.string()?;
                    // Readers differ on which of two values of one name counts, so none has two.
                    if !names.insert(unescaped(&scanner.text[start..scanner.at])) {
                        return Err(MetadataError::DuplicateName);
                    }
                    scanner.skip_space();
                    scanner.expect(":")?;
                    scanner.skip_space();
                    scanner.value(depth + 1)
                })
            }
            Some(b'[') => self.members(depth, b']', |scanner| scanner.value(depth + 1)),
            Some(b'"') => self.string(),
            Some(b't') => self.expect("true"),
            Some(b'f') => self.expect("false"),
            Some(b'n') => self.expect("null"),
            _ => self.number(),
        }
    }

    /// What stands between two brackets, divided by commas, each read by `member`.
    fn members(&mut self, depth: usize, end: u8, mut member: impl FnMut(&mut Self) -> Scan) -> Scan {
        if depth > Metadata::MAX_DEPTH {
            return Err(MetadataError::TooDeep);
        }
        self.next()?;
        self.skip_space();
        if self.eat(end) {
            return Ok(());
        }
        loop {
            self.skip_space();
            member(self)?;
            self.skip_space();
            match self.next()? {
                b',' => {}
                byte if byte == end => return Ok(()),
                _ => return Err(MetadataError::Malformed),
            }
        }
    }

    fn string(&mut self) -> Scan {
        self.expect("\"")?;
        loop {
            match self.next()? {
                b'"' => return Ok(()),
                b'\\' => self.escape()?,
                0..0x20 => return Err(MetadataError::Malformed),
                _ => {}
            }
        }
    }

    fn escape(&mut self) -> Scan {
        match self.next()? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Ok(()),
            b'u' => self.code_units(),
            _ => Err(MetadataError::Malformed),
        }
    }

    /// The digits after `\u`, and the second half where the first calls for one.
    fn code_units(&mut self) -> Scan {
        match self.code_unit()? {
            0 => Err(MetadataError::Nul),
            0xD800..0xDC00 => {
                self.expect("\\u").map_err(|_| MetadataError::LoneSurrogate)?;
                if matches!(self.code_unit()?, 0xDC00..0xE000) {
                    Ok(())
                } else {
                    Err(MetadataError::LoneSurrogate)
                }
            }
            0xDC00..0xE000 => Err(MetadataError::LoneSurrogate),
            _ => Ok(()),
        }
    }

    fn code_unit(&mut self) -> Result<u32, MetadataError> {
        (0..4).try_fold(0, |unit, _| {
            let digit = char::from(self.next()?).to_digit(16).ok_or(MetadataError::Malformed)?;
            Ok(unit << 4 | digit)
        })
    }

    fn number(&mut self) -> Scan {
        let start = self.at;
        self.eat(b'-');
        if !self.eat(b'0') {
            self.digits()?;
        }
        if self.eat(b'.') {
            self.digits()?;
        }
        if self.eat(b'e') || self.eat(b'E') {
            let _sign = self.eat(b'+') || self.eat(b'-');
            self.digits()?;
        }
        let is_finite = self.text[start..self.at].parse::<f64>().is_ok_and(f64::is_finite);
        if is_finite { Ok(()) } else { Err(MetadataError::NumberOutOfRange) }
    }

    fn digits(&mut self) -> Scan {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at > start { Ok(()) } else { Err(MetadataError::Malformed) }
    }
}

/// The text a well-formed string stands for, so that `"a"` and `"\u0061"` are one name.
fn unescaped(string: &str) -> Cow<'_, str> {
    if !string.contains('\\') {
        return Cow::Borrowed(string);
    }
    let mut units = Vec::with_capacity(string.len());
    let mut rest = string.chars();
    while let Some(char) = rest.next() {
        let escape = if char == '\\' { rest.next() } else { None };
        match escape {
            Some('u') => {
                let digits: String = rest.by_ref().take(4).collect();
                units.push(u16::from_str_radix(&digits, 16).unwrap_or_default());
            }
            Some('b') => units.push(0x08),
            Some('f') => units.push(0x0C),
            Some('n') => units.push(0x0A),
            Some('r') => units.push(0x0D),
            Some('t') => units.push(0x09),
            escape => units.extend_from_slice(escape.unwrap_or(char).encode_utf16(&mut [0; 2])),
        }
    }
    Cow::Owned(String::from_utf16_lossy(&units))
}
