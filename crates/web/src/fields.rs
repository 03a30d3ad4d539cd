//! What was typed into a form, and what was wrong with it.

use std::collections::BTreeMap;
use std::fmt::Display;

use subtle::ConstantTimeEq;
use vestibule_domain::password::{Password, PasswordError};
use zeroize::Zeroizing;

/// The fields of a form that was sent, by name.
#[derive(Default)]
pub(crate) struct Fields(BTreeMap<String, Vec<Zeroizing<String>>>);

impl Fields {
    /// The parameters of an address.
    pub(crate) fn of_query(query: &str) -> Self {
        let mut fields = Self::default();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            fields.push(name.into_owned(), value.into_owned());
        }
        fields
    }

    /// Adds a value.
    pub(crate) fn push(&mut self, name: String, value: impl Into<Zeroizing<String>>) {
        self.0.entry(name).or_default().push(value.into());
    }

    /// What was typed there; nothing where there is no such field. Of several of one name the last counts, as with browsers'
    /// check boxes and a hidden field before them.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.0.get(name).and_then(|values| values.last()).map_or("", |value| value.as_str())
    }

    /// The same without the spaces around it, where anything is left.
    pub(crate) fn given(&self, name: &str) -> Option<&str> {
        Some(self.text(name).trim()).filter(|text| !text.is_empty())
    }

    /// Every value of that name: the ticked boxes of a list.
    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.get(name).into_iter().flatten().map(|value| value.as_str())
    }

    /// Whether the same was typed twice; how much of it is, no clock tells.
    pub(crate) fn is_same(&self, name: &str, again: &str) -> bool {
        self.text(name).as_bytes().ct_eq(self.text(again).as_bytes()).into()
    }

    /// A password.
    pub(crate) fn password(&self, name: &str) -> Result<Password, PasswordError> {
        Password::new(Zeroizing::new(self.text(name).to_owned()))
    }
}

/// The faults found in a form, by field; those of the whole under the empty name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults(BTreeMap<&'static str, Vec<String>>);

impl Faults {
    /// Takes a parsed value, or notes the fault under `name`; the error's text is a fragment that follows a subject.
    pub(crate) fn take<T, E: Display>(&mut self, name: &'static str, parsed: Result<T, E>) -> Option<T> {
        parsed.map_err(|fault| self.note(name, quoted(&format!("This {fault}.")))).ok()
    }

    /// The same for a field that may be left empty: nothing where it was.
    pub(crate) fn take_given<T, E: Display>(
        &mut self,
        name: &'static str,
        parsed: Option<Result<T, E>>,
    ) -> Option<Option<T>> {
        parsed.map_or(Some(None), |parsed| self.take(name, parsed).map(Some))
    }

    /// Notes a fault under `name`.
    pub(crate) fn note(&mut self, name: &'static str, sentence: impl Into<String>) {
        self.0.entry(name).or_default().push(sentence.into());
    }

    /// Notes a fault of the form as a whole.
    pub(crate) fn note_whole(&mut self, sentence: impl Into<String>) {
        self.note("", sentence);
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is wrong with the field.
    pub(crate) fn of(&self, name: &str) -> &[String] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }

    /// What is wrong with the form as a whole.
    pub(crate) fn whole(&self) -> &[String] {
        self.of("")
    }
}

/// What is code to programs stands in quotes for people.
fn quoted(sentence: &str) -> String {
    let (mut words, mut quotes) = (String::with_capacity(sentence.len() + 8), ["“", "”"].into_iter().cycle());
    for (index, part) in sentence.split('`').enumerate() {
        words.extend((index > 0).then(|| quotes.next()).flatten());
        words.push_str(part);
    }
    words
}
