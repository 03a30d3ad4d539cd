//! What of a file that never changes a request asks for (RFC 9110, 13 and 14).

use std::ops::Range;

use actix_web::http::header::{self, ByteRangeSpec, HeaderMap, HeaderName, IF_RANGE, Range as RangeHeader};
use vestibule_http::is_held;

/// What is to be answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// The caller has it.
    Nothing,
    /// All of it.
    Everything,
    /// These bytes.
    Part(Range<usize>),
    /// Bytes behind the end.
    Beyond,
}

/// What `headers` ask for of a file of `length` bytes that is called `tag`.
pub(super) fn wanted(headers: &HeaderMap, tag: &str, length: usize) -> Wanted {
    if is_held(headers, tag) {
        return Wanted::Nothing;
    }
    let Some(asked) = only(headers, &header::RANGE).filter(|_| range_holds(headers, tag)) else {
        return Wanted::Everything;
    };
    // What is no range of bytes is ignored, and so are several at once: all of it is a right answer to both.
    match asked.parse::<RangeHeader>() {
        Ok(RangeHeader::Bytes(ranges)) if ranges.len() == 1 => part(&ranges[0], length),
        _ => Wanted::Everything,
    }
}

fn part(range: &ByteRangeSpec, length: usize) -> Wanted {
    let satisfied = u64::try_from(length).ok().and_then(|length| range.to_satisfiable_range(length));
    let bounds =
        satisfied.and_then(|(first, last)| Some((usize::try_from(first).ok()?, usize::try_from(last).ok()?)));
    bounds.map_or(Wanted::Beyond, |(first, last)| Wanted::Part(first..last.saturating_add(1).min(length)))
}

/// Whether the part that is asked for is one of this file, for a caller who names the copy it has.
fn range_holds(headers: &HeaderMap, tag: &str) -> bool {
    !headers.contains_key(IF_RANGE) || only(headers, &IF_RANGE).is_some_and(|theirs| theirs.trim() == tag)
}

fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name);
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn asked(pairs: &[(&str, &str)]) -> Wanted {
        let mut request = TestRequest::default();
        for pair in pairs {
            request = request.append_header(*pair);
        }
        wanted(request.to_http_request().headers(), "\"a-512\"", 100)
    }

    #[test]
    fn who_has_it_gets_nothing() {
        for tags in ["\"a-512\"", "W/\"a-512\"", "*", "\"b\", \"a-512\""] {
            assert_eq!(asked(&[("If-None-Match", tags), ("Range", "bytes=0-1")]), Wanted::Nothing, "{tags}");
        }
        for tags in ["\"a-51\"", "a-512", "", "\""] {
            assert_eq!(asked(&[("If-None-Match", tags)]), Wanted::Everything, "{tags}");
        }
    }

    #[test]
    fn one_range_is_answered_and_others_are_ignored() {
        for (range, part) in [
            ("bytes=0-9", 0..10),
            ("bytes=90-", 90..100),
            ("bytes=-5", 95..100),
            ("bytes=99-500", 99..100),
            ("bytes=-500", 0..100),
        ] {
            assert_eq!(asked(&[("Range", range)]), Wanted::Part(part), "{range}");
        }
        for range in ["bytes=100-", "bytes=200-300", "bytes=-0"] {
            assert_eq!(asked(&[("Range", range)]), Wanted::Beyond, "{range}");
        }
        for range in ["bytes=0-1,5-6", "lines=1-2", "bytes", "bytes=", "bytes=a-b", "bytes=9-1", "\u{e9}"] {
            assert_eq!(asked(&[("Range", range)]), Wanted::Everything, "{range}");
        }
        assert_eq!(asked(&[("Range", "bytes=0-1"), ("Range", "bytes=0-2")]), Wanted::Everything);
    }

    #[test]
    fn a_range_of_another_file_is_all_of_this_one() {
        let range = ("Range", "bytes=0-9");
        assert_eq!(asked(&[range, ("If-Range", "\"a-512\"")]), Wanted::Part(0..10));
        for other in ["W/\"a-512\"", "\"b\"", "Sat, 21 Nov 2026 12:00:00 GMT", ""] {
            assert_eq!(asked(&[range, ("If-Range", other)]), Wanted::Everything, "{other}");
        }
    }
}
