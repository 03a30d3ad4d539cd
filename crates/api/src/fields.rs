//! Gathering what is wrong with the fields of a body, so that people hear of everything at once.

use std::borrow::Cow;
use std::fmt::Display;

use crate::problem::{Fields, Problem};

/// The faults found so far.
#[derive(Debug, Default)]
pub(crate) struct FieldFaults(Fields);

impl FieldFaults {
    /// Takes a parsed value, or notes the fault under `name`; the error's text is a fragment that follows a subject.
    pub(crate) fn take<T, E: Display>(&mut self, name: &'static str, parsed: Result<T, E>) -> Option<T> {
        parsed.map_err(|fault| self.note(name, format!("This {fault}."))).ok()
    }

    /// The same for a value that may be absent.
    pub(crate) fn take_given<T, E: Display>(
        &mut self,
        name: &'static str,
        parsed: Option<Result<T, E>>,
    ) -> Option<Option<T>> {
        match parsed {
            None => Some(None),
            Some(parsed) => self.take(name, parsed).map(Some),
        }
    }

    /// The same for a field of a change: absent, to be cleared, or a value.
    pub(crate) fn take_change<R, T, E: Display>(
        &mut self,
        name: &'static str,
        raw: Option<Option<R>>,
        parse: impl FnOnce(R) -> Result<T, E>,
    ) -> Option<Option<T>> {
        match raw {
            None => None,
            Some(None) => Some(None),
            Some(Some(raw)) => self.take(name, parse(raw)).map(Some),
        }
    }

    /// `value`, if no fault was found.
    pub(crate) fn or<T>(self, value: T) -> Result<T, Problem> {
        if self.0.is_empty() { Ok(value) } else { Err(self.into_problem()) }
    }

    /// Notes a fault under `name`.
    pub(crate) fn note(&mut self, name: impl Into<Cow<'static, str>>, sentence: impl Into<String>) {
        self.0.entry(name.into()).or_default().push(sentence.into());
    }

    /// All faults, as the problem to answer with.
    pub(crate) fn into_problem(self) -> Problem {
        Problem::invalid(self.0)
    }
}

/// What the wire's own checks found.
impl From<validator::ValidationErrors> for FieldFaults {
    fn from(errors: validator::ValidationErrors) -> Self {
        let mut faults = Self::default();
        for (name, found) in errors.field_errors() {
            // A rule about the body as a whole has no field of its own.
            let name = if name == "__all__" { "body" } else { &*name };
            for fault in found {
                let sentence = fault.message.clone().unwrap_or(Cow::Borrowed("This is not right."));
                faults.note(name.to_string(), sentence.into_owned());
            }
        }
        faults
    }
}
