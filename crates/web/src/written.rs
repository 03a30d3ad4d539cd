//! What somebody wrote into a form that was not kept.
//!
//! Whatever goes wrong with a form (the session ended meanwhile, the database is away), the page that says so hands back what was
//! written. Where it was sent from another site's page nothing is shown: that would be another site's text.

use actix_web::{HttpMessage, HttpRequest};

use crate::fields::Fields;
use crate::texts::ENGLISH;

/// The longer texts of a form: what nobody likes to write twice.
#[derive(Clone, Debug, Default)]
pub(crate) struct Written(Vec<Passage>);

/// One of them.
#[derive(Clone, Debug)]
pub(crate) struct Passage {
    /// The name of its field.
    pub(crate) name: &'static str,
    /// What the form calls it.
    pub(crate) label: &'static str,
    /// What was written.
    pub(crate) text: String,
}

impl Written {
    /// Those among `fields`.
    pub(crate) fn among(fields: &Fields) -> Self {
        let passages = ENGLISH.errors.written.iter().filter_map(|(name, label)| {
            let text = fields.given(name)?.to_owned();
            Some(Passage { name, label, text })
        });
        Self(passages.collect())
    }

    /// Keeps them with the request until it is answered.
    pub(crate) fn keep(self, request: &HttpRequest) {
        request.extensions_mut().insert(self);
    }

    /// Whatever was kept with the request.
    pub(crate) fn of(request: &HttpRequest) -> Vec<Passage> {
        request.extensions().get::<Self>().map(|written| written.0.clone()).unwrap_or_default()
    }
}
