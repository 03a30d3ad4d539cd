//! The file `.env` in the working folder.

use std::collections::BTreeMap;

use super::catalogue::CATALOGUE;
use super::error::SettingsError;

/// Reads the text of a `.env` file. Of a name given twice the first counts. Nothing in it is replaced by anything else.
pub(crate) fn read(text: &str) -> Result<BTreeMap<String, String>, SettingsError> {
    refuse_replacements(text)?;
    let mut values = BTreeMap::new();
    for entry in dotenvy::from_read_iter(text.as_bytes()) {
        let (name, value) = entry.map_err(|error| unreadable_line(text, &error))?;
        values.entry(name).or_insert(value);
    }
    Ok(values)
}

/// Refuses a `$` that the parser would take, with the letters behind it, for the name of another value: a secret with a
/// piece missing is noticed late. Quoting is read as the parser reads it.
fn refuse_replacements(text: &str) -> Result<(), SettingsError> {
    let mut lines = text.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        let mut reader = Reader::default();
        if line.trim_start().starts_with('#') {
            continue;
        }
        let mut is_refused = reader.replaces(line);
        // A quoted value may go on for lines.
        while reader.is_open() && !is_refused {
            let Some((_, more)) = lines.next() else { break };
            is_refused = reader.replaces(more);
        }
        if is_refused {
            let why = "holds a $ that is neither in single quotes nor behind a backslash";
            return Err(SettingsError::unusable(".env", format!("{} {why}", subject(index, line))));
        }
    }
    Ok(())
}

/// The setting that `line` gives a value to; whatever is none may be a piece of a secret, so its number must do.
fn subject(index: usize, line: &str) -> String {
    let name = line.split('=').next().unwrap_or_default().trim();
    let name = name.strip_prefix("export").map_or(name, str::trim_start);
    if is_known(name) { name.to_owned() } else { format!("line {}", index + 1) }
}

/// Where in a value the reading stands.
#[derive(Default)]
struct Reader {
    quote: Option<char>,
    is_escaped: bool,
}

impl Reader {
    /// Whether a `$` in `line` would be replaced.
    fn replaces(&mut self, line: &str) -> bool {
        self.is_escaped = false;
        let mut before = ' ';
        for c in line.chars() {
            match (self.quote, c) {
                _ if self.is_escaped => self.is_escaped = false,
                (Some('\''), '\'') | (Some('"'), '"') => self.quote = None,
                (Some('\''), _) => {}
                (_, '\\') => self.is_escaped = true,
                (_, '$') => return true,
                (None, '\'' | '"') => self.quote = Some(c),
                (None, '#') if matches!(before, ' ' | '\t') => return false,
                _ => {}
            }
            before = c;
        }
        false
    }

    fn is_open(&self) -> bool {
        self.quote.is_some()
    }
}

/// Names the line by its number: its text may be a secret.
fn unreadable_line(text: &str, error: &dotenvy::Error) -> SettingsError {
    let number = match error {
        // What comes along is the part that could not be read.
        dotenvy::Error::LineParse(part, _) => {
            let part = part.lines().next().map(str::trim).filter(|part| !part.is_empty());
            part.and_then(|part| text.lines().position(|line| line.contains(part))).map(|index| index + 1)
        }
        _ => None,
    };
    let place = number.map_or_else(|| "a line".to_owned(), |number| format!("line {number}"));
    SettingsError::unusable(
        ".env",
        format!("{place} is not NAME=value (quote a value that holds blanks or $)"),
    )
}

/// The names of a `.env` file that are no settings.
pub(crate) fn unknown_names(dotenv: &BTreeMap<String, String>) -> Vec<String> {
    dotenv.keys().filter(|name| !is_known(name)).cloned().collect()
}

fn is_known(name: &str) -> bool {
    let mut settings = CATALOGUE.iter();
    settings.any(|setting| setting.name == name || setting.file_twin().as_deref() == Some(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_are_read() {
        let values =
            read("# ours\nBIND=127.0.0.1:1\nexport SECRET_KEY='a $b #c'\n\nBIND=127.0.0.1:2\n").unwrap();
        assert_eq!(values["BIND"], "127.0.0.1:1");
        assert_eq!(values["SECRET_KEY"], "a $b #c");
    }

    /// S103: the line is named by its number, for its text may be a secret.
    #[test]
    fn a_line_that_cannot_be_read_is_named_by_its_number() {
        let error = read("BIND=127.0.0.1:1\nSECRET_KEY=hunter2 hunter3\n").unwrap_err().to_string();
        assert_eq!(error, ".env: line 2 is not NAME=value (quote a value that holds blanks or $)");
    }

    /// S103: `p4$$word` is not `p4word`, and nobody would have noticed before the database said no.
    #[test]
    fn a_name_in_a_value_is_refused_instead_of_replaced() {
        let why = "holds a $ that is neither in single quotes nor behind a backslash";
        for line in [
            "SECRET_KEY=hunter$2",
            "SECRET_KEY=\"hunter$two\"",
            "export SECRET_KEY = ${hunter}",
            "SECRET_KEY='hunter'$2",
            "SECRET_KEY=hunter2#$x",
            "SECRET_KEY=\\\\$hunter",
            "SECRET_KEY=\"hunter\n'$2'\"",
            "SECRET_KEY=hunter$",
        ] {
            let error = read(&format!("BIND=127.0.0.1:1\n# $\n{line}\nREGISTRATION=open\n")).unwrap_err();
            assert_eq!(error.to_string(), format!(".env: SECRET_KEY {why}"), "{line}");
        }
        let error = read("hunter2=$hunter3\n").unwrap_err().to_string();
        assert_eq!(error, format!(".env: line 1 {why}"), "what is no setting may be a piece of a secret");
        for (line, value) in [
            ("SECRET_KEY='a$b ${c} \\$'", "a$b ${c} \\$"),
            ("SECRET_KEY=a\\$b", "a$b"),
            ("SECRET_KEY=\"a\\$b \\\" 'c'\"", "a$b \" 'c'"),
            ("SECRET_KEY=a # costs $5", "a"),
            ("SECRET_KEY='a\n$b'", "a\n$b"),
            ("SECRET_KEY=it\\'s", "it's"),
        ] {
            assert_eq!(read(&format!("{line}\n# $\nBIND=x\n")).unwrap()["SECRET_KEY"], value, "{line}");
        }
    }

    #[test]
    fn names_that_are_no_settings_are_told() {
        let values = read("BIND=127.0.0.1:1\nSECRET_KEY_FILE=/x\nBNID=1\nBIND_FILE=/x\n").unwrap();
        assert_eq!(unknown_names(&values), ["BIND_FILE", "BNID"]);
    }
}
