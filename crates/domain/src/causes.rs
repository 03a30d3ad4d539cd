//! What is behind an error.

use std::error::Error;
use std::iter;

/// The error with what is behind it, and behind that, in one line; what says the same twice is said once.
#[must_use]
pub fn in_one_line(error: &dyn Error) -> String {
    let chain = iter::successors(Some(error), |error| (*error).source());
    let mut words: Vec<_> = chain.map(ToString::to_string).collect();
    words.dedup();
    words.join(": ")
}

#[cfg(test)]
mod tests {
    use thiserror::Error;

    use super::*;

    #[derive(Debug, Error)]
    #[error("{words}")]
    struct Fault {
        words: &'static str,
        source: Option<Box<Fault>>,
    }

    #[test]
    fn causes_stand_in_their_order_and_none_twice() {
        let fault = |words, source: Option<Fault>| Fault { words, source: source.map(Box::new) };
        let deepest = fault("refused", None);
        assert_eq!(in_one_line(&deepest), "refused");
        let outer =
            fault("cannot save", Some(fault("no connection", Some(fault("no connection", Some(deepest))))));
        assert_eq!(in_one_line(&outer), "cannot save: no connection: refused");
    }
}
