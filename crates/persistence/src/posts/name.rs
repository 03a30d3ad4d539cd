//! The name of a post in addresses.

use diesel::prelude::*;
use vestibule_domain::id::PostId;
use vestibule_domain::post::Title;
use vestibule_domain::slug::Slug;

use crate::dialect::{DatabaseConnection, attempt};
use crate::error::StoreError;
use crate::schema::posts;

/// Names a post that was a draft by its title, and answers the name: nothing where there is no letter in the title, or where too many have it, and
/// the post stays under its number. It does not count as a change.
///
/// A name that somebody else takes at this moment is not an error but the next name: what the transaction did before stays.
pub fn name(conn: &mut DatabaseConnection, id: PostId, title: &Title) -> Result<Option<Slug>, StoreError> {
    let slugs = title.slugs();
    let wanted = slugs.iter().map(Slug::as_str);
    let taken: Vec<String> =
        posts::table.filter(posts::slug.eq_any(wanted)).select(posts::slug).load(conn)?;
    for slug in slugs.into_iter().filter(|slug| !taken.iter().any(|taken| taken == slug.as_str())) {
        let naming = diesel::update(posts::table.find(id.get())).set(posts::slug.eq(slug.as_str()));
        match attempt(conn, |conn| naming.execute(conn)).map_err(StoreError::from) {
            Ok(_) => return Ok(Some(slug)),
            Err(StoreError::Taken(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}
