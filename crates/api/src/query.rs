//! Query strings, looked at only after it is known who asks.

use std::borrow::Cow;
use std::marker::PhantomData;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use futures_util::future::{Ready, ready};
use serde::de::DeserializeOwned;

use crate::body::wrong_form;
use crate::problem::{Fields, Problem};

/// The most characters of a parameter's name that are said back.
const MAX_NAME_CHARS: usize = 100;
/// The most parameters that are named.
const MAX_NAMES: usize = 16;

/// The query string of an operation that takes none: whoever sends a parameter means something by it that would not
/// come true.
///
/// Like a body it is not looked at before it is known who asks, so it complains only when the handler says so.
pub(crate) struct NoQuery(Option<Problem>);

impl NoQuery {
    /// What `request` has for a query.
    pub(crate) fn of(request: &HttpRequest) -> Self {
        let query = request.query_string();
        Self((!query.is_empty()).then(|| unknown(query)).flatten())
    }

    /// Refuses every parameter there is.
    pub(crate) fn check(self) -> Result<(), Problem> {
        self.0.map_or(Ok(()), Err)
    }
}

impl FromRequest for NoQuery {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self::of(request)))
    }
}

/// The query string of an operation that takes one, unread. What `T` does not name is refused, and so is a name given
/// twice; all fields of `T` are texts, parsed by the handler with everything else.
pub(crate) struct UnreadQuery<T> {
    query: String,
    _parameters: PhantomData<T>,
}

impl<T> FromRequest for UnreadQuery<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self { query: request.query_string().to_owned(), _parameters: PhantomData }))
    }
}

impl<T: DeserializeOwned> UnreadQuery<T> {
    /// Reads it.
    pub(crate) fn read(self) -> Result<T, Problem> {
        let read = web::Query::from_query(&self.query).map(web::Query::into_inner);
        read.map_err(|error| wrong_form(&error))
    }
}

fn unknown(query: &str) -> Option<Problem> {
    let parameters = web::Query::<Vec<(String, String)>>::from_query(query).ok()?;
    let named = parameters.iter().take(MAX_NAMES).map(|(name, _)| {
        let name: String = name.chars().take(MAX_NAME_CHARS).collect();
        (Cow::Owned(name), vec!["This query parameter is not known here.".to_owned()])
    });
    let fields: Fields = named.collect();
    (!fields.is_empty()).then(|| Problem::invalid(fields))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;
    use crate::problem::Code;

    fn refused(path: &str) -> Option<Code> {
        let query = NoQuery::of(&TestRequest::with_uri(path).to_http_request());
        query.check().err().map(|problem| problem.code())
    }

    #[test]
    fn every_parameter_is_refused_however_it_is_written() {
        for path in ["/?a", "/?a=", "/?=a", "/?a=1&a=2", "/?%00=%ff", "/?&&token=x", "/?%"] {
            assert_eq!(refused(path), Some(Code::InvalidFields), "{path}");
        }
        for path in ["/", "/?", "/?&"] {
            assert_eq!(refused(path), None, "{path}");
        }
    }
}
