//! Characters that do more than show.

use std::fmt::{self, Write};

/// Whether `c` moves the cursor, ends a line, colours, hides, or turns the direction of what follows.
pub(super) fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Passes text on with every unsafe character spelled out, as in `\u{202e}`.
pub(super) struct Escaping<W>(pub(super) W);

impl<W: Write> Write for Escaping<W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text;
        while let Some((at, c)) = rest.char_indices().find(|(_, c)| is_unsafe(*c)) {
            self.0.write_str(&rest[..at])?;
            write!(self.0, "{}", c.escape_unicode())?;
            rest = &rest[at + c.len_utf8()..];
        }
        self.0.write_str(rest)
    }
}

/// Passes text on as it stands between the quotes of JSON, with every unsafe character spelled as `\u` and its number.
pub(super) struct EscapingJson<W>(pub(super) W);

impl<W: Write> Write for EscapingJson<W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        // Nearly all that is logged is plain, and bytes are looked through many at a time.
        if text.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\') {
            return self.0.write_str(text);
        }
        for c in text.chars() {
            match c {
                '"' => self.0.write_str("\\\"")?,
                '\\' => self.0.write_str("\\\\")?,
                '\n' => self.0.write_str("\\n")?,
                c if is_unsafe(c) => write_units(&mut self.0, c)?,
                c => self.0.write_char(c)?,
            }
        }
        Ok(())
    }
}

/// `text`, which is JSON already, with every unsafe character spelled as `\u` and its number.
///
/// Such characters stand inside strings only, for outside of them JSON is ASCII.
pub(super) fn json_line(text: &str) -> String {
    let mut safe = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_unsafe(c) {
            // Writing into a String cannot fail.
            let _ = write_units(&mut safe, c);
        } else {
            safe.push(c);
        }
    }
    safe
}

fn write_units(writer: &mut impl Write, c: char) -> fmt::Result {
    c.encode_utf16(&mut [0; 2]).iter().try_for_each(|unit| write!(writer, "\\u{unit:04x}"))
}
