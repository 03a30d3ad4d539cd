//! The file `.env` in the working folder.

use std::collections::BTreeMap;

use super::catalogue::CATALOGUE;
use super::error::SettingsError;

/// Reads the text of a `.env` file. Of a name given twice the first counts.
pub(crate) fn read(text: &str) -> Result<BTreeMap<String, String>, SettingsError> {
    let mut values = BTreeMap::new();
    for entry in dotenvy::from_read_iter(text.as_bytes()) {
        let (name, value) = entry.map_err(|error| unreadable_line(text, &error))?;
        values.entry(name).or_insert(value);
    }
    Ok(values)
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
    let is_known = |name: &str| {
        CATALOGUE.iter().any(|setting| setting.name == name || setting.file_twin().as_deref() == Some(name))
    };
    dotenv.keys().filter(|name| !is_known(name)).cloned().collect()
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

    #[test]
    fn names_that_are_no_settings_are_told() {
        let values = read("BIND=127.0.0.1:1\nSECRET_KEY_FILE=/x\nBNID=1\nBIND_FILE=/x\n").unwrap();
        assert_eq!(unknown_names(&values), ["BIND_FILE", "BNID"]);
    }
}
