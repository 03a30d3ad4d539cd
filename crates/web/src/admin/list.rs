//! Lists, page by page: how one is asked for by an address, and the addresses of its other pages.

use std::fmt::Display;
use std::str::FromStr;

use url::form_urlencoded;
use vestibule_domain::page::{Page, PageSize, PageSizeError, Total};
use vestibule_http::CursorKey;

use crate::fields::{Faults, Fields};
use crate::texts::{ENGLISH, Notice};
use crate::visitor::Visitor;

/// The name of the parameter that says how many rows a page has.
pub(super) const PAGE_SIZE: &str = "page_size";
const CURSOR: &str = "cursor";

/// The sizes there are to choose from; an address may name any other from 1 to 100.
pub(super) const SIZES: [u8; 4] = [20, 50, 100, 10];

/// The parameters of the address that was asked for.
pub(super) fn query(visitor: &Visitor) -> Fields {
    let mut fields = Fields::default();
    for (name, value) in form_urlencoded::parse(visitor.request.query_string().as_bytes()) {
        fields.push(name.into_owned(), value.into_owned());
    }
    fields
}

/// A page of the list `list`: so many rows, from where another page ended. A list that can be had in several orders has a name
/// for each, since a place in one says nothing in another.
pub(super) struct Paging<P> {
    list: String,
    /// How many rows.
    pub(super) size: PageSize,
    /// Where the page before ended; nothing for the first.
    pub(super) before: Option<P>,
}

impl<P: FromStr + Display> Paging<P> {
    /// Reads what every list takes, and notes what is wrong with it.
    pub(super) fn parse(
        faults: &mut Faults,
        list: impl Into<String>,
        key: &CursorKey,
        query: &Fields,
    ) -> Self {
        let list = list.into();
        let size = query.given(PAGE_SIZE).map(parse_size);
        let size = size.and_then(|size| faults.take(PAGE_SIZE, size)).unwrap_or_default();
        let cursor = query.given(CURSOR);
        let before = cursor.and_then(|cursor| key.open(&list, cursor));
        if cursor.is_some() && before.is_none() {
            faults.note_whole(ENGLISH.admin.menu.bad_place);
        }
        Self { list, size, before }
    }

    /// The addresses of the other pages, where `position` tells where this one ended.
    pub(super) fn pager<T>(&self, visitor: &Visitor, page: &Page<T>, position: impl Fn(&T) -> P) -> Pager {
        let last = page.entries.last().filter(|_| page.has_more);
        let next = last.map(|entry| visitor.face.cursors.seal(&self.list, &position(entry)));
        Pager {
            total: (ENGLISH.admin.menu.total)(page.total.get(), page.total.is_exact()),
            first: self.before.is_some().then(|| address(visitor, None)),
            next: next.map(|cursor| address(visitor, Some(&cursor))),
        }
    }
}

/// A page of a list that nobody looked at: what was asked for makes no sense.
pub(super) fn nothing<T>() -> Page<T> {
    Page { entries: Vec::new(), total: Total::counted(0), has_more: false }
}

fn parse_size(text: &str) -> Result<PageSize, PageSizeError> {
    text.parse::<u64>().unwrap_or(0).try_into()
}

/// The same list, at that place.
fn address(visitor: &Visitor, cursor: Option<&str>) -> String {
    let asked = form_urlencoded::parse(visitor.request.query_string().as_bytes());
    let kept = asked.filter(|(name, value)| name != CURSOR && name != Notice::PARAMETER && !value.is_empty());
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(kept).extend_pairs(cursor.map(|cursor| (CURSOR, cursor)));
    let (path, query) = (visitor.request.path(), query.finish());
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

/// Where the other pages are, and how long the whole is.
pub(super) struct Pager {
    /// In words.
    pub(super) total: String,
    /// The first page, from any other.
    pub(super) first: Option<String>,
    /// The next page, where there is one.
    pub(super) next: Option<String>,
}

/// The number that `text` is, in the one way it is written.
pub(super) fn parse_number<T: TryFrom<i64>>(text: &str) -> Option<T> {
    let number = text.parse::<i64>().ok().filter(|number| *number > 0 && number.to_string() == text)?;
    T::try_from(number).ok()
}

/// One choice of a `<select>`.
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) label: String,
    pub(super) is_chosen: bool,
}

impl Choice {
    /// One that is chosen where `chosen` is its value.
    pub(super) fn new(value: impl Into<String>, label: impl Into<String>, chosen: &str) -> Self {
        let value = value.into();
        Self { is_chosen: value == chosen, label: label.into(), value }
    }

    /// How many rows a page may have, in order.
    pub(super) fn sizes(size: PageSize) -> Vec<Self> {
        let mut sizes = SIZES.to_vec();
        sizes.push(size.get());
        sizes.sort_unstable();
        sizes.dedup();
        let chosen = size.get().to_string();
        sizes.into_iter().map(|size| Self::new(size.to_string(), size.to_string(), &chosen)).collect()
    }
}

#[cfg(test)]
mod tests {
    use vestibule_domain::id::UserId;

    use super::*;

    #[test]
    fn a_number_is_written_in_one_way() {
        assert_eq!(parse_number::<UserId>("7").map(UserId::get), Some(7));
        for text in ["", "0", "07", "-1", "+1", "1.0", "x", " 1", "9223372036854775808"] {
            assert!(parse_number::<UserId>(text).is_none(), "{text:?}");
        }
    }

    #[test]
    fn a_size_from_an_address_is_one_of_the_choices() {
        let sizes = Choice::sizes(7_u64.try_into().unwrap());
        let chosen: Vec<_> =
            sizes.iter().filter(|choice| choice.is_chosen).map(|choice| &*choice.value).collect();
        assert_eq!((chosen, sizes.len()), (vec!["7"], 5));
    }
}
