//! Whether what somebody wrote is for everybody: what a table's columns say of it.

use vestibule_persistence::foreign::{Column, Row, Table};

use crate::field::{answer, filled, moment};
use crate::source::Publication;

const STATUS: &[&str] = &["status"];
const IS_PUBLISHED: &[&str] = &["is_published", "published"];
const IS_DRAFT: &[&str] = &["is_draft", "draft"];
const PUBLISHED_AT: &[&str] = &["published_at", "published_on", "date_published", "published_date"];

const IS_PUBLIC: &[&str] = &["is_public"];
const IS_APPROVED: &[&str] = &["approved", "is_approved"];
const IS_ACTIVE: &[&str] = &["active", "is_active"];
const IS_REMOVED: &[&str] = &["is_removed", "is_deleted"];

/// The columns that say it of a post, in the order they are asked for.
pub(super) const OF_POSTS: &[&[&str]] = &[STATUS, IS_PUBLISHED, IS_DRAFT, PUBLISHED_AT];

/// Those of a comment: the last one says that it is not, the others that it is.
pub(super) const OF_COMMENTS: &[&[&str]] = &[IS_PUBLIC, IS_APPROVED, IS_ACTIVE, IS_REMOVED];

/// Which of the columns are there, behind those of the text itself.
pub(super) struct Said {
    first: usize,
    names: Vec<Option<String>>,
}

impl Said {
    /// Those of `names` that are columns of `table`, to be read from place `first` on.
    pub(super) fn find<'a>(
        table: &'a Table,
        first: usize,
        names: &[&[&str]],
    ) -> (Self, Vec<Option<&'a Column>>) {
        let columns: Vec<_> = names.iter().map(|names| table.find_column(names)).collect();
        let names = columns.iter().map(|column| column.map(|column| column.name().to_owned())).collect();
        (Self { first, names }, columns)
    }

    /// What stands in the columns that are there: what they are called, and their text.
    fn take(&self, row: &mut Row) -> Vec<Option<(&str, Option<String>)>> {
        let columns = self.names.iter().enumerate();
        let said = columns
            .map(|(place, name)| name.as_deref().map(|name| (name, filled(row.take(self.first + place)))));
        said.collect()
    }

    /// Whether a post is for everybody: every column has to say so. One that says neither is told of in `losses`, and the post
    /// is a draft.
    pub(super) fn publication(&self, row: &mut Row, losses: &mut Vec<String>) -> Publication {
        publication(&self.take(row), losses)
    }

    /// Why a comment is not for everybody, where it is not.
    pub(super) fn fault(&self, row: &mut Row) -> Option<&'static str> {
        fault(&self.take(row))
    }
}

type Cells<'a> = [Option<(&'a str, Option<String>)>];

fn publication(cells: &Cells<'_>, losses: &mut Vec<String>) -> Publication {
    let mut at = None;
    let (mut is_said, mut is_published) = (false, true);
    for (place, cell) in cells.iter().enumerate() {
        let Some((name, text)) = cell else { continue };
        let Some(text) = text else {
            // No moment yet says nothing where another column does.
            is_published &= place == 3;
            is_said |= place != 3;
            continue;
        };
        let verdict = match place {
            0 => status(text),
            2 => answer(text).map(|is_draft| !is_draft),
            // `published` is a moment in some tables.
            _ => answer(text).filter(|_| place == 1).or_else(|| {
                at = at.or(moment(text));
                moment(text).map(|_| true)
            }),
        };
        if verdict.is_none() {
            losses.push(format!("{name} cannot be read: it comes in as a draft"));
        }
        is_said = true;
        is_published &= verdict == Some(true);
    }
    let is_silent = cells.iter().all(Option::is_none);
    if is_published && (is_said || is_silent) { Publication::Published(at) } else { Publication::Draft }
}

/// The words for it; numbers mean one thing here and another there.
fn status(text: &str) -> Option<bool> {
    let is = |words: &[&str]| words.iter().any(|word| text.trim().eq_ignore_ascii_case(word));
    if is(&["published", "publish", "public", "live"]) {
        return Some(true);
    }
    let drafts =
        ["draft", "pending", "review", "scheduled", "future", "private", "hidden", "archived", "trash"];
    is(&drafts).then_some(false)
}

fn fault(cells: &Cells<'_>) -> Option<&'static str> {
    for (place, cell) in cells.iter().enumerate() {
        let Some((_, text)) = cell else { continue };
        let said = text.as_deref().and_then(answer);
        match (place == 3, said) {
            // What was never removed has nothing there, or says no.
            (true, Some(true)) => return Some("was removed there"),
            (true, None) if text.is_some() => return Some("whether it was removed there cannot be read"),
            (false, Some(false) | None) => return Some("is not public there"),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `None` for a column that is not there, a blank for one that is empty.
    fn cells(texts: [Option<&str>; 4]) -> Vec<Option<(&'static str, Option<String>)>> {
        texts.into_iter().map(|text| text.map(|text| ("it", filled(Some(text.to_owned()))))).collect()
    }

    #[test]
    fn a_post_is_for_everybody_where_every_column_says_so() {
        let at = moment("2020-01-02");
        for (texts, wanted) in [
            ([None; 4], Publication::Published(None)),
            ([Some("Published"), None, None, None], Publication::Published(None)),
            ([Some("published"), None, None, Some("2020-01-02")], Publication::Published(at)),
            ([None, Some("1"), None, Some("")], Publication::Published(None)),
            ([None, Some("2020-01-02"), None, None], Publication::Published(at)),
            ([None, None, Some("false"), None], Publication::Published(None)),
            ([None, None, None, Some("2020-01-02")], Publication::Published(at)),
            ([Some("draft"), None, None, Some("2020-01-02")], Publication::Draft),
            ([Some("published"), Some("0"), None, None], Publication::Draft),
            ([None, None, Some("t"), None], Publication::Draft),
            ([None, None, Some(""), None], Publication::Draft),
            ([None, Some(""), None, Some("2020-01-02")], Publication::Draft),
            ([None, None, None, Some("")], Publication::Draft),
        ] {
            let mut losses = Vec::new();
            assert_eq!(publication(&cells(texts), &mut losses), wanted, "{texts:?}");
            assert!(losses.is_empty(), "{losses:?}");
        }
        for texts in [
            [Some("1"), None, None, None],
            [None, Some("2"), None, None],
            [None, None, Some("x"), None],
            [Some("published"), None, None, Some("soon")],
        ] {
            let mut losses = Vec::new();
            assert_eq!(publication(&cells(texts), &mut losses), Publication::Draft, "{texts:?}");
            assert_eq!(losses, ["it cannot be read: it comes in as a draft"]);
        }
    }

    #[test]
    fn a_comment_that_is_not_for_everybody_says_why() {
        for (texts, told) in [
            ([None; 4], None),
            ([Some("1"), Some("t"), Some("true"), Some("0")], None),
            ([None, None, None, Some("")], None),
            ([Some("0"), None, None, None], Some("is not public there")),
            ([None, Some("f"), None, None], Some("is not public there")),
            ([None, None, Some("2"), None], Some("is not public there")),
            ([None, None, Some(""), None], Some("is not public there")),
            ([Some("1"), None, None, Some("1")], Some("was removed there")),
            ([None, None, None, Some("x")], Some("whether it was removed there cannot be read")),
        ] {
            assert_eq!(fault(&cells(texts)), told, "{texts:?}");
        }
    }
}
