//! Which accounts are wanted, as the databases are asked for them.
//!
//! Each condition has two forms. As the leading one it goes into the index that finds the accounts it holds for. As one beside
//! it is only asked of accounts that were found otherwise, and is written so that no index can answer it: a database that
//! took that way in after all would find too many, and sort them.

use diesel::dsl::exists;
use diesel::expression::{
    AppearsOnTable, BoxableExpression, Expression, SelectableExpression, ValidGrouping,
};
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment};
use diesel::sql_types::{Bool, Nullable};
use vestibule_domain::role::RoleName;

use super::{SearchText, UserFilter};
use crate::dialect::{self, DatabaseConnection, MultiBackend};
use crate::schema::{user_roles, users};
use crate::total;

/// Whether an account is wanted.
pub(crate) type Wanted = Box<dyn BoxableExpression<users::table, MultiBackend, SqlType = Nullable<Bool>>>;

/// One condition.
#[derive(Clone, Debug)]
pub(super) enum Condition {
    /// A name or the address has this in it.
    Text(SearchText),
    /// Holds this role.
    Role(RoleName),
    /// May sign in at that moment, or may not.
    Active(bool),
}

/// All of them.
#[derive(Clone, Debug)]
pub(super) struct Conditions(Vec<Condition>);

impl Conditions {
    pub(super) fn of(filter: &UserFilter) -> Self {
        let text = filter.search.clone().map(Condition::Text);
        let role = filter.role.clone().map(Condition::Role);
        let active = filter.is_active.map(Condition::Active);
        Self([text, role, active].into_iter().flatten().collect())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn all(&self) -> &[Condition] {
        &self.0
    }

    /// The accounts for which all conditions hold, found through that of number `leading`; where none leads, each account that
    /// the rest of the query meets is asked.
    pub(super) fn wanted(
        &self,
        conn: &DatabaseConnection,
        leading: Option<usize>,
    ) -> users::BoxedQuery<'static, MultiBackend> {
        let mut query = users::table.into_boxed();
        for (number, condition) in self.0.iter().enumerate() {
            query = if leading == Some(number) {
                query.filter(condition.leading(conn))
            } else {
                query.filter(condition.beside(conn))
            };
        }
        query
    }
}

impl Condition {
    /// The accounts for which it holds, found through its index.
    pub(super) fn found(&self, conn: &DatabaseConnection) -> users::BoxedQuery<'static, MultiBackend> {
        users::table.into_boxed().filter(self.leading(conn))
    }

    fn leading(&self, conn: &DatabaseConnection) -> Asked {
        Asked::Leading(match self {
            Self::Text(text) if text.is_anywhere() => {
                dialect::find_parts_of_names(conn, text.as_str(), text.address().as_deref())
            }
            Self::Text(text) => begins_with(text),
            Self::Role(name) => {
                let holders = user_roles::table.filter(user_roles::role.eq(name.as_str().to_owned()));
                let some = holders.select(user_roles::user_id).limit(total::ONE_BEYOND);
                Box::new(users::id.eq_any(some).nullable())
            }
            Self::Active(is_active) => is_so(*is_active),
        })
    }

    fn beside(&self, conn: &DatabaseConnection) -> Asked {
        Asked::Beside(match self {
            Self::Text(text) if text.is_anywhere() => {
                dialect::names_hold(conn, text.as_str(), text.address().as_deref())
            }
            Self::Text(text) => begins_with(text),
            Self::Role(name) => {
                let held = user_roles::table
                    .filter(user_roles::user_id.eq(users::id))
                    .filter(user_roles::role.eq(name.as_str().to_owned()));
                Box::new(exists(held).nullable())
            }
            Self::Active(is_active) => is_so(*is_active),
        })
    }
}

fn begins_with(text: &SearchText) -> Wanted {
    let (begin, end) = (text.as_str().to_owned(), text.end());
    let username = users::username_key.ge(begin.clone()).and(users::username_key.lt(end.clone()));
    let email = users::email_key.ge(begin.clone()).and(users::email_key.lt(end.clone()));
    let full_name = users::full_name_key.ge(begin).and(users::full_name_key.lt(end));
    Box::new(username.or(email).or(full_name))
}

fn is_so(is_active: bool) -> Wanted {
    if is_active {
        Box::new(users::suspended_at.is_null().nullable())
    } else {
        // Any moment at all: asked for what is not null, SQLite reads the whole table.
        Box::new(users::suspended_at.ge(chrono::NaiveDateTime::default()))
    }
}

/// A condition in one of its forms. Either is planned anew each time it is asked, for what it costs depends on the text and on
/// the role.
pub(super) enum Asked {
    Leading(Wanted),
    Beside(Wanted),
}

impl Expression for Asked {
    type SqlType = Nullable<Bool>;
}

impl ValidGrouping<()> for Asked {
    type IsAggregate = diesel::expression::is_aggregate::No;
}

impl AppearsOnTable<users::table> for Asked {}

impl SelectableExpression<users::table> for Asked {}

impl diesel::query_builder::QueryId for Asked {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl QueryFragment<MultiBackend> for Asked {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        out.push_sql("(");
        match self {
            Self::Leading(wanted) => {
                wanted.walk_ast(out.reborrow())?;
                out.push_sql(")");
            }
            Self::Beside(wanted) => {
                wanted.walk_ast(out.reborrow())?;
                out.push_sql(") IS TRUE");
            }
        }
        Ok(())
    }
}
