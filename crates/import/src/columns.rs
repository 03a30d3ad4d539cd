//! What the columns of a file are called, and what they hold.

use crate::source::SourceError;

macro_rules! fields {
    ($($(#[$doc:meta])* $field:ident = [$($name:literal),*],)*) => {
        /// What a column may hold.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Field { $($(#[$doc])* $field,)* }

        impl Field {
            /// Every one.
            pub const ALL: &'static [Self] = &[$(Self::$field),*];

            /// What its column is called where nothing else was said.
            #[must_use]
            pub fn names(self) -> &'static [&'static str] {
                match self { $(Self::$field => &[$($name),*],)* }
            }
        }
    };
}

fields! {
    /// What the account is known by there.
    Id = ["id"],
    /// The name.
    Username = ["username"],
    /// The address.
    Email = ["email"],
    /// Whether the address was proven.
    EmailVerified = ["email_verified", "is_verified"],
    /// The person's name.
    FullName = ["full_name", "name"],
    /// What friends say.
    Nickname = ["nickname"],
    /// A telephone number.
    Phone = ["phone"],
    /// The day of birth.
    Dob = ["dob"],
    /// The path of a picture.
    Avatar = ["avatar"],
    /// The address of a picture, as our own export has it.
    AvatarUrl = ["avatar_url"],
    /// When the account was made.
    CreatedAt = ["created_at", "date_joined", "date_created"],
    /// When it last signed in.
    LastLoginAt = ["last_login_at", "last_login"],
    /// Whether it may sign in.
    IsActive = ["is_active"],
    /// Whether it is to be admin.
    IsAdmin = ["is_admin", "is_superuser"],
    /// Its roles.
    Roles = ["roles"],
    /// Free JSON.
    Metadata = ["metadata"],
    /// What the other system knew besides: kept within the metadata.
    AdditionalUserInfo = ["additional_user_info"],
    /// What opens it: only where the column was named.
    Password = [],
}

/// What the column [`Field::Password`] holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordColumn {
    /// Hashes, as they were stored.
    Hashes,
    /// The passwords themselves.
    Plaintext,
}

/// What whoever starts the run said about the columns.
#[derive(Clone, Debug, Default)]
pub struct ColumnNames {
    /// Names that were given, in place of [`Field::names`].
    pub given: Vec<(Field, String)>,
    /// What the column of the passwords holds, where one was named.
    pub passwords: Option<PasswordColumn>,
}

impl ColumnNames {
    /// What the column `name` holds, if that is known; case does not matter, nor do spaces around it.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<Field> {
        let name = name.trim();
        let is_meant = |field: &Field| match self.given.iter().find(|(given, _)| given == field) {
            Some((_, given)) => given.trim() == name || given.trim().eq_ignore_ascii_case(name),
            None => field.names().iter().any(|known| known.eq_ignore_ascii_case(name)),
        };
        // A name that was given comes before what the column would be taken for.
        let given = self.given.iter().map(|(field, _)| field).find(|field| is_meant(field));
        given.or_else(|| Field::ALL.iter().find(|field| is_meant(field))).copied()
    }

    /// Refuses names that were given and are not among `seen`.
    pub(crate) fn refuse_missing<'a>(&self, seen: impl Iterator<Item = &'a str>) -> Result<(), SourceError> {
        let seen: Vec<_> = seen.collect();
        let is_there = |name: &str| seen.iter().any(|seen| seen.trim().eq_ignore_ascii_case(name.trim()));
        match self.given.iter().find(|(_, name)| !is_there(name)) {
            None => Ok(()),
            Some((_, name)) => {
                let there = listed(seen.into_iter());
                Err(SourceError::Unusable(format!("there is no column {name}; there are: {there}")))
            }
        }
    }
}

/// Names of columns for people to read. What does not look like one is counted alone: it may be of a row, and a password.
#[must_use]
pub fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let (names, others): (Vec<_>, Vec<_>) = names.map(str::trim).partition(|name| is_like_a_name(name));
    let listed = names.join(", ");
    match (names.len(), others.len()) {
        (_, 0) => listed,
        (0, others) => format!("{others} not called like columns"),
        (_, others) => format!("{listed}, and {others} not called like columns"),
    }
}

/// Latin letters, digits, `_`, `-` and spaces, beginning with a letter or `_`: up to 41 of them.
fn is_like_a_name(name: &str) -> bool {
    let is_letter = |byte: &u8| byte.is_ascii_alphabetic() || *byte == b'_';
    let is_more = |byte: u8| byte.is_ascii_alphanumeric() || b"_- ".contains(&byte);
    name.len() <= 41 && name.as_bytes().first().is_some_and(is_letter) && name.bytes().all(is_more)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_known_by_their_names_and_by_those_that_were_given() {
        let plain = ColumnNames::default();
        assert_eq!(plain.field(" UserName "), Some(Field::Username));
        assert_eq!(plain.field("date_joined"), Some(Field::CreatedAt));
        assert_eq!(plain.field("password"), None);
        let given = ColumnNames {
            given: vec![(Field::Password, "Password".to_owned()), (Field::FullName, "username".to_owned())],
            passwords: Some(PasswordColumn::Plaintext),
        };
        assert_eq!(given.field("password"), Some(Field::Password));
        assert_eq!(given.field("username"), Some(Field::FullName));
        assert_eq!(given.field("full_name"), None);
        let said = given.refuse_missing(["username", "age"].into_iter()).unwrap_err().to_string();
        assert_eq!(said, "there is no column Password; there are: username, age");
    }
    #[test]
    fn what_is_not_called_like_a_column_is_not_repeated() {
        let listed = |names: &[&str]| listed(names.iter().copied());
        assert_eq!(listed(&["shoe size", "_x-1 "]), "shoe size, _x-1");
        assert_eq!(
            listed(&["age", "hunter2!", "7", "", &"x".repeat(42)]),
            "age, and 4 not called like columns"
        );
        assert_eq!(listed(&["a@x.org"]), "1 not called like columns");
    }
}
