//! Who wrote something.

use diesel::prelude::*;
use vestibule_domain::avatar::AvatarName;
use vestibule_domain::id::UserId;
use vestibule_domain::person_name::FullName;
use vestibule_domain::username::Username;

use crate::dialect::MultiBackend;
use crate::error::StoreError;
use crate::schema::users;
use crate::users::parse_id;

/// Who wrote something, as everybody may see them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    /// Their number.
    pub id: UserId,
    /// Their name for signing in, if they have one.
    pub username: Option<Username>,
    /// Their own name.
    pub full_name: Option<FullName>,
    /// Their picture.
    pub avatar: Option<AvatarName>,
}

/// The columns of an account that everybody may see.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = users)]
pub(crate) struct AuthorRow {
    id: i64,
    username: Option<String>,
    full_name: Option<String>,
    avatar: Option<String>,
}

impl AuthorRow {
    /// The columns, which are all empty where the account is gone.
    pub(crate) fn as_columns() -> diesel::dsl::Nullable<<Self as Selectable<MultiBackend>>::SelectExpression>
    {
        <Self as Selectable<MultiBackend>>::construct_selection().nullable()
    }

    /// The author, each value through its own door.
    pub(crate) fn into_author(self) -> Result<Author, StoreError> {
        let corrupt = |what| StoreError::Corrupt { what, row: self.id.to_string() };
        Ok(Author {
            id: parse_id(self.id)?,
            username: self
                .username
                .as_deref()
                .map(Username::admit)
                .transpose()
                .map_err(|_| corrupt("username"))?,
            full_name: self
                .full_name
                .as_deref()
                .map(str::parse)
                .transpose()
                .map_err(|_| corrupt("full name"))?,
            avatar: self.avatar.as_deref().map(str::parse).transpose().map_err(|_| corrupt("avatar"))?,
        })
    }
}
