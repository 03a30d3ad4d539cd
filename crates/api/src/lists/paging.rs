//! Which page is asked for.

use std::borrow::Cow;
use std::fmt::Display;
use std::str::FromStr;

use vestibule_domain::page::{Page, PageSize, PageSizeError};
use vestibule_http::CursorKey;

use super::ListOf;
use crate::fields::FieldFaults;

/// A page of the list `list`: so many entries, from where another page ended. A list that can be had in several orders has a
/// name for each, since a place in one says nothing in another.
pub(crate) struct Paging<'a, P> {
    list: Cow<'static, str>,
    key: &'a CursorKey,
    /// How many entries.
    pub(crate) size: PageSize,
    /// Where the page before ended; nothing for the first.
    pub(crate) before: Option<P>,
}

impl<'a, P: FromStr + Display> Paging<'a, P> {
    /// Reads the two parameters every list takes, and notes what is wrong with them.
    pub(crate) fn parse(
        faults: &mut FieldFaults,
        list: impl Into<Cow<'static, str>>,
        key: &'a CursorKey,
        page_size: Option<&str>,
        cursor: Option<&str>,
    ) -> Option<Self> {
        let list = list.into();
        let size = faults.take_given("page_size", page_size.map(parse_size));
        let open = |cursor| key.open(&list, cursor).ok_or("is no cursor of this list");
        let before = faults.take_given("cursor", cursor.map(open));
        size.zip(before).map(|(size, before)| Self { list, key, size: size.unwrap_or_default(), before })
    }

    /// The answer: `page`, each entry as `show` makes it, and where it ended as `position` tells.
    pub(crate) fn present<T, V>(
        &self,
        page: Page<T>,
        position: impl Fn(&T) -> P,
        show: impl FnMut(T) -> V,
    ) -> ListOf<V> {
        let last = page.entries.last().filter(|_| page.has_more);
        ListOf {
            ok: true,
            total: page.total.get(),
            total_is_exact: page.total.is_exact(),
            next_cursor: last.map(|entry| self.key.seal(&self.list, &position(entry))),
            data: page.entries.into_iter().map(show).collect(),
        }
    }
}

fn parse_size(text: &str) -> Result<PageSize, PageSizeError> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse::<u64>().ok().filter(|_| is_plain);
    number.ok_or(PageSizeError).and_then(PageSize::try_from)
}

#[cfg(test)]
mod tests {
    use vestibule_domain::page::Total;

    use super::*;

    fn parse(size: Option<&str>, cursor: Option<&str>) -> Option<(u8, Option<i64>)> {
        let (mut faults, key) = (FieldFaults::default(), CursorKey::derive(b"key"));
        let paging = Paging::parse(&mut faults, "things", &key, size, cursor);
        faults.or(()).ok()?;
        paging.map(|paging| (paging.size.get(), paging.before))
    }

    /// S71: a size is a plain number between 1 and 100, and nothing else is made to fit.
    #[test]
    fn a_page_size_is_a_plain_number_in_range() {
        assert_eq!(parse(None, None), Some((20, None)));
        assert_eq!(parse(Some("100"), None), Some((100, None)));
        for size in
            ["", "0", "-1", "+1", "101", "1.0", "1e1", "NaN", "9223372036854775808", "1e309", " 1", "١"]
        {
            assert_eq!(parse(Some(size), None), None, "{size:?}");
        }
    }

    #[test]
    fn a_page_that_is_not_the_last_says_where_the_next_begins() {
        let key = CursorKey::derive(b"key");
        let paging = Paging::parse(&mut FieldFaults::default(), "things", &key, None, None).unwrap();
        let page = |has_more| Page { entries: vec![9_i64, 7], total: Total::counted(5), has_more };
        let cursor = paging.present(page(true), |entry| *entry, |entry| entry).next_cursor.unwrap();
        assert_eq!(parse(None, Some(&cursor)), Some((20, Some(7))));
        assert_eq!(paging.present(page(false), |entry| *entry, |entry| entry).next_cursor, None);
        assert_eq!(parse(None, Some("")), None);
    }
}
