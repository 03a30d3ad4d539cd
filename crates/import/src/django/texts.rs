//! What people wrote: posts, comments and messages, in tables as a site with a small blog has them.

use vestibule_persistence::foreign::{ForeignDatabase, Row, Selection, Table, TableName};

use super::publication::{OF_COMMENTS, OF_POSTS, Said};
use crate::field::{filled, moment, unreadable};
use crate::source::{SourceError, SourceText, Step, TextKind};
use crate::user_table::key_of;

/// The tables, as far as they were told; the others are guessed.
#[derive(Clone, Debug, Default)]
pub struct TextTables {
    /// Posts.
    pub posts: Option<TableName>,
    /// Comments.
    pub comments: Option<TableName>,
    /// Messages of the contact form.
    pub contact_messages: Option<TableName>,
}

/// The tables of texts.
#[derive(Default)]
pub(super) struct Texts {
    posts: Option<Texted>,
    comments: Option<Texted>,
    contact_messages: Option<Texted>,
}

/// One of the tables: what is read of it, and which of its columns say for whom it is.
struct Texted {
    selection: Selection,
    said: Said,
}

/// How one kind of text is recognised.
struct Shape {
    what: &'static str,
    option: &'static str,
    /// What its table is called, or ends in behind a `_`.
    tables: &'static [&'static str],
    /// What its columns may be called, and which of them have to be there.
    columns: &'static [&'static [&'static str]],
    needed: &'static [usize],
    /// Which columns, behind those, say for whom it is.
    said: &'static [&'static [&'static str]],
}

const USER: &[&str] = &["user_id", "author_id", "owner_id"];
const CREATED: &[&str] = &["created_at", "created", "date_created", "created_on", "date_posted", "pub_date"];

const POSTS: Shape = Shape {
    what: "posts",
    option: "--post-table",
    tables: &["post", "posts"],
    columns: &[&["content", "body", "text"], &["postname", "title"], USER, CREATED],
    needed: &[0, 1],
    said: OF_POSTS,
};

const COMMENTS: Shape = Shape {
    what: "comments",
    option: "--comment-table",
    tables: &["comment", "comments"],
    columns: &[&["content", "body", "text", "comment"], &["post_id"], USER, CREATED],
    needed: &[0, 1],
    said: OF_COMMENTS,
};

const CONTACT_MESSAGES: Shape = Shape {
    what: "messages",
    option: "--contact-table",
    tables: &["contact", "contacts", "contactmessage", "contact_message", "contact_messages"],
    columns: &[&["message", "content"], &["name"], USER, CREATED, &["email"], &["subject"]],
    needed: &[0, 1, 4],
    said: &[],
};

impl Shape {
    /// The first thing that has to be there and is not.
    fn missing(&self, table: &Table) -> Option<String> {
        let needed = self.needed.iter().filter_map(|place| self.columns.get(*place));
        let missing = needed.into_iter().find(|names| table.find_column(names).is_none());
        missing.map(|names| names.join(" or "))
    }
}

impl Texts {
    /// Finds the tables; a kind of text without one is not there.
    pub(super) fn find(
        database: &mut ForeignDatabase,
        users: &Table,
        tables: &TextTables,
    ) -> Result<Self, SourceError> {
        let posts = find(database, users, &POSTS, tables.posts.as_ref())?;
        let comments = match (&posts, &tables.comments) {
            // Without posts there is nothing to say anything about.
            (None, None) => None,
            (_, named) => find(database, users, &COMMENTS, named.as_ref())?,
        };
        let contact_messages = find(database, users, &CONTACT_MESSAGES, tables.contact_messages.as_ref())?;
        Ok(Self { posts, comments, contact_messages })
    }

    fn of(&self, step: Step) -> Option<&Texted> {
        match step {
            Step::Posts => self.posts.as_ref(),
            Step::Comments => self.comments.as_ref(),
            Step::ContactMessages => self.contact_messages.as_ref(),
            Step::Users | Step::Tokens => None,
        }
    }

    pub(super) fn table(&self, step: Step) -> Option<&Table> {
        self.of(step).map(|texts| texts.selection.table())
    }

    pub(super) fn read(
        &self,
        database: &mut ForeignDatabase,
        step: Step,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<SourceText>, SourceError> {
        let Some(Texted { selection, said }) = self.of(step) else { return Ok(Vec::new()) };
        let place = format!("{} {}", selection.table().label(), selection.key().name());
        let rows = database.rows_after(selection, after, limit)?;
        Ok(rows.into_iter().map(|row| text(step, said, &place, row)).collect())
    }
}

fn text(step: Step, said: &Said, place: &str, mut row: Row) -> SourceText {
    let mut losses = Vec::new();
    let content = row.take(0).unwrap_or_default();
    let second = row.take(1).unwrap_or_default();
    let user = filled(row.take(2));
    let created = filled(row.take(3));
    let created_at = created.as_deref().and_then(moment);
    if created.is_some() && created_at.is_none() {
        losses.push(unreadable("when it was written"));
    }
    let fault = if step == Step::Comments { said.fault(&mut row) } else { None };
    let kind = match step {
        Step::Comments => TextKind::Comment { post: second },
        Step::ContactMessages => TextKind::ContactMessage {
            name: second,
            email: row.take(4).unwrap_or_default(),
            subject: row.take(5).unwrap_or_default(),
        },
        Step::Users | Step::Tokens | Step::Posts => {
            TextKind::Post { title: second, publication: said.publication(&mut row, &mut losses) }
        }
    };
    let place = format!("{place} {}", row.key);
    SourceText { key: row.key, place, kind, user, content, created_at, fault, losses }
}

fn find(
    database: &mut ForeignDatabase,
    users: &Table,
    shape: &Shape,
    named: Option<&TableName>,
) -> Result<Option<Texted>, SourceError> {
    let table = match named {
        Some(name) => Some(database.table(name)?),
        None => guess(database, users, shape)?,
    };
    let Some(table) = table else { return Ok(None) };
    if let Some(names) = shape.missing(table) {
        return Err(table.no_column(&names).into());
    }
    let mut columns: Vec<_> = shape.columns.iter().map(|names| table.find_column(names)).collect();
    let (said, more) = Said::find(table, columns.len(), shape.said);
    columns.extend(more);
    let selection = Selection::new(table, key_of(table, None)?, &columns);
    database.must_tell_apart(&selection)?;
    Ok(Some(Texted { selection, said }))
}

fn guess<'a>(
    database: &'a ForeignDatabase,
    users: &Table,
    shape: &Shape,
) -> Result<Option<&'a Table>, SourceError> {
    let is_called_so = |table: &&Table| {
        let name = table.name().name().to_ascii_lowercase();
        let ends =
            |tail: &str| name.strip_suffix(tail).is_some_and(|head| head.is_empty() || head.ends_with('_'));
        shape.tables.iter().any(|tail| ends(tail))
    };
    let fits = |table: &&Table| key_of(table, None).is_ok() && shape.missing(table).is_none();
    let mut tables = database.tables_beside(users).filter(is_called_so).filter(fits);
    match (tables.next(), tables.next()) {
        (found, None) => Ok(found),
        (one, Some(other)) => Err(SourceError::Unusable(format!(
            "{} and {} may both hold {}; name one with {}, or leave out what people wrote with --no-content",
            one.map(Table::label).unwrap_or_default(),
            other.label(),
            shape.what,
            shape.option
        ))),
    }
}
