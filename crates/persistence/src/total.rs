//! How long a list is, counted no further than anybody cares.

use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::BigInt;
use vestibule_domain::page::Total;

use crate::dialect::{DatabaseConnection, MultiBackend};
use crate::error::StoreError;

/// One more than is told: so many mean "more than that".
pub(crate) const ONE_BEYOND: i64 = Total::CAP.cast_signed() + 1;

/// `SELECT COUNT(*) FROM (a query)`, which the query builder does not have.
#[derive(Clone, Copy, Debug, QueryId)]
struct Counted<T>(T);

impl<T> Query for Counted<T> {
    type SqlType = BigInt;
}

impl<T> RunQueryDsl<DatabaseConnection> for Counted<T> {}

impl<T: QueryFragment<MultiBackend>> QueryFragment<MultiBackend> for Counted<T> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        out.push_sql("SELECT COUNT(*) FROM (");
        self.0.walk_ast(out.reborrow())?;
        out.push_sql(") AS counted");
        Ok(())
    }
}

/// How many rows `limited` has, which ends after [`ONE_BEYOND`]: a list of a million costs no more than one of ten thousand.
pub(crate) fn count<T>(conn: &mut DatabaseConnection, limited: T) -> Result<Total, StoreError>
where
    T: QueryFragment<MultiBackend> + QueryId,
{
    let counted = Counted(limited).get_result::<i64>(conn)?;
    Ok(Total::counted(u64::try_from(counted).unwrap_or_default()))
}
