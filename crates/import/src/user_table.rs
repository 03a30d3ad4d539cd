//! The table of accounts of another system, whatever its columns are called.

use vestibule_domain::time::Timestamp;
use vestibule_persistence::foreign::{
    Column, ForeignDatabase, ForeignError, Identifier, Row, Selection, Table,
};

use crate::field::{answer, day, filled, moment, says_nothing, unreadable};
use crate::source::{SourceError, SourcePassword, SourceUser};

/// What somebody said the columns are called; what is not told is guessed.
#[derive(Clone, Debug, Default)]
pub struct ColumnNames {
    /// What tells the rows apart; else the primary key, or `id`.
    pub id: Option<Identifier>,
    /// The name people sign in with.
    pub username: Option<Identifier>,
    /// The address.
    pub email: Option<Identifier>,
    /// The password's hash.
    pub password: Option<Identifier>,
    /// The person's name.
    pub full_name: Option<Identifier>,
    /// Whether the account may sign in.
    pub active: Option<Identifier>,
    /// Whether it is to be admin.
    pub admin: Option<Identifier>,
    /// Whether its address was proven.
    pub verified: Option<Identifier>,
    /// When it was made.
    pub created: Option<Identifier>,
    /// When it last signed in.
    pub last_login: Option<Identifier>,
}

/// What is read of an account, in the order of the columns of a [`Selection`].
#[derive(Clone, Copy)]
enum Part {
    Username,
    Email,
    Password,
    FirstName,
    LastName,
    FullName,
    Active,
    Disabled,
    Admin,
    Superuser,
    Staff,
    Verified,
    Created,
    LastLogin,
    Nickname,
    Phone,
    Dob,
    Avatar,
}

impl Part {
    const ALL: [Self; 18] = [
        Self::Username,
        Self::Email,
        Self::Password,
        Self::FirstName,
        Self::LastName,
        Self::FullName,
        Self::Active,
        Self::Disabled,
        Self::Admin,
        Self::Superuser,
        Self::Staff,
        Self::Verified,
        Self::Created,
        Self::LastLogin,
        Self::Nickname,
        Self::Phone,
        Self::Dob,
        Self::Avatar,
    ];

    /// What its column may be called, the likeliest first.
    fn names(self) -> &'static [&'static str] {
        match self {
            Self::Username => &["username", "user_name", "login"],
            Self::Email => &["email", "email_address", "mail"],
            Self::Password => &["hashed_password", "password_hash", "pw_hash", "password"],
            Self::FirstName => &["first_name", "firstname"],
            Self::LastName => &["last_name", "lastname"],
            Self::FullName => &["full_name", "fullname", "name", "display_name"],
            Self::Active => &["is_active", "active"],
            Self::Disabled => &["disabled", "is_disabled"],
            Self::Admin => &["is_admin"],
            Self::Superuser => &["is_superuser"],
            Self::Staff => &["is_staff"],
            Self::Verified => &["is_verified", "email_verified", "is_email_verified", "email_verified_at"],
            Self::Created => &["date_joined", "created_at", "created", "date_created", "created_on"],
            Self::LastLogin => &["last_login", "last_login_at"],
            Self::Nickname => NICKNAME,
            Self::Phone => PHONE,
            Self::Dob => DOB,
            Self::Avatar => AVATAR,
        }
    }

    fn told(self, names: &ColumnNames) -> Option<&Identifier> {
        match self {
            Self::Username => names.username.as_ref(),
            Self::Email => names.email.as_ref(),
            Self::Password => names.password.as_ref(),
            Self::FullName => names.full_name.as_ref(),
            Self::Active => names.active.as_ref(),
            Self::Admin => names.admin.as_ref(),
            Self::Verified => names.verified.as_ref(),
            Self::Created => names.created.as_ref(),
            Self::LastLogin => names.last_login.as_ref(),
            _ => None,
        }
    }

    /// Whether something else was said to take its place.
    fn is_replaced(self, names: &ColumnNames) -> bool {
        match self {
            Self::FirstName | Self::LastName => names.full_name.is_some(),
            Self::Disabled => names.active.is_some(),
            Self::Superuser | Self::Staff => names.admin.is_some(),
            _ => false,
        }
    }
}

pub(crate) const NICKNAME: &[&str] = &["nickname", "nick_name", "nick"];
pub(crate) const PHONE: &[&str] = &["phone", "phone_number", "mobile", "telephone"];
pub(crate) const DOB: &[&str] = &["dob", "date_of_birth", "birth_date", "birthdate", "birthday"];
pub(crate) const AVATAR: &[&str] = &["avatar", "profile_picture", "picture", "photo"];

/// The table of accounts, and which of its columns say what.
pub(crate) struct UserTable {
    selection: Selection,
    place: String,
    /// What the columns are called, in the order of [`Part::ALL`].
    names: Vec<Option<String>>,
}

impl UserTable {
    /// Looks for the columns; the table must have a password's and a name's or an address's.
    pub(crate) fn open(
        database: &mut ForeignDatabase,
        table: &Table,
        names: &ColumnNames,
    ) -> Result<Self, SourceError> {
        let find = |part: &Part| match part.told(names) {
            Some(name) => table.column(name).map(Some),
            None if part.is_replaced(names) => Ok(None),
            None => Ok(table.find_column(part.names())),
        };
        let columns = Part::ALL.iter().map(find).collect::<Result<Vec<_>, _>>()?;
        let has = |part: Part| columns.get(part as usize).is_some_and(Option::is_some);
        if !has(Part::Password) {
            return Err(missing(table, "of password hashes", Part::Password, "--password-column"));
        }
        if !has(Part::Username) && !has(Part::Email) {
            let options = "--username-column or --email-column";
            return Err(missing(table, "of names or addresses", Part::Username, options));
        }
        let key = key_of(table, names.id.as_ref())?;
        let selection = Selection::new(table, key, &columns);
        database.must_tell_apart(&selection)?;
        let place = format!("{} {}", table.label(), key.name());
        let names = columns.iter().map(|column| column.map(|column| column.name().to_owned())).collect();
        Ok(Self { selection, place, names })
    }

    /// What is read.
    pub(crate) fn selection(&self) -> &Selection {
        &self.selection
    }

    /// The accounts behind the one with the key `after`.
    pub(crate) fn read(
        &self,
        database: &mut ForeignDatabase,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<SourceUser>, SourceError> {
        let rows = database.rows_after(&self.selection, after, limit)?;
        Ok(rows.into_iter().map(|row| self.user(row)).collect())
    }

    fn user(&self, mut row: Row) -> SourceUser {
        let mut losses = Vec::new();
        let is_active = self.is_active(&mut row, &mut losses);
        let mut says_yes = |part| self.answer(&mut row, part, &mut losses) == Some(true);
        let is_admin = [Part::Admin, Part::Superuser, Part::Staff].map(&mut says_yes).contains(&true);
        let email_verified = says_yes(Part::Verified);
        let created_at = self.moment(&mut row, Part::Created, &mut losses);
        let last_login_at = self.moment(&mut row, Part::LastLogin, &mut losses);
        let mut take = |part: Part| filled(row.take(part as usize));
        let names = [take(Part::FirstName), take(Part::LastName)];
        let names: Vec<_> = names.iter().flatten().map(|name| name.trim()).collect();
        SourceUser {
            username: take(Part::Username),
            email: take(Part::Email),
            full_name: if names.is_empty() { take(Part::FullName) } else { Some(names.join(" ")) },
            password: take(Part::Password).map_or(SourcePassword::None, SourcePassword::Hash),
            is_active,
            is_admin,
            email_verified,
            roles: Vec::new(),
            created_at,
            last_login_at,
            nickname: take(Part::Nickname),
            phone: take(Part::Phone),
            dob: take(Part::Dob).as_deref().map(day),
            avatar: take(Part::Avatar),
            metadata: None,
            fault: None,
            losses,
            place: format!("{} {}", self.place, row.key),
            key: row.key,
        }
    }

    /// What its column is called; nothing where there is none.
    fn column(&self, part: Part) -> Option<&str> {
        self.names.get(part as usize).and_then(Option::as_deref)
    }

    /// Whether an account may sign in: everybody may where nothing there says anything of it, and nobody of whom it is not said.
    fn is_active(&self, row: &mut Row, losses: &mut Vec<String>) -> bool {
        let mut unread = Vec::new();
        let active = self.answer(row, Part::Active, &mut unread);
        let disabled = self.answer(row, Part::Disabled, &mut unread);
        if !unread.is_empty() {
            losses.extend(unread.iter().map(|told| format!("{told}: the account comes in suspended")));
            return false;
        }
        let (column, said) = match (self.column(Part::Active), self.column(Part::Disabled)) {
            (None, None) => return true,
            (Some(column), _) => (column, active.map(|active| active && disabled != Some(true))),
            (None, Some(column)) => (column, disabled.map(|disabled| !disabled)),
        };
        if said.is_none() {
            losses.push(says_nothing(column));
        }
        said == Some(true)
    }

    /// Yes or no; nothing where nothing is said, or what is said is told of in `losses`. When an address was proven says that
    /// it was.
    fn answer(&self, row: &mut Row, part: Part, losses: &mut Vec<String>) -> Option<bool> {
        let text = filled(row.take(part as usize))?;
        let is_when = matches!(part, Part::Verified) && moment(&text).is_some();
        let said = answer(&text).or(is_when.then_some(true));
        if said.is_none() {
            losses.push(format!("{} is neither true nor false", self.column(part).unwrap_or_default()));
        }
        said
    }

    /// A moment; nothing where there is none, or one that cannot be read, which is told of in `losses`.
    fn moment(&self, row: &mut Row, part: Part, losses: &mut Vec<String>) -> Option<Timestamp> {
        let text = filled(row.take(part as usize))?;
        let read = moment(&text);
        if read.is_none() {
            losses.push(unreadable(self.column(part).unwrap_or_default()));
        }
        read
    }
}

/// The column that was named, or the primary key, or `id`.
pub(crate) fn key_of<'a>(table: &'a Table, named: Option<&Identifier>) -> Result<&'a Column, SourceError> {
    if let Some(name) = named {
        return Ok(table.column(name)?);
    }
    let found = table.primary_key().or_else(|| table.find_column(&["id"]));
    found.ok_or_else(|| table.no_column("id").into())
}

fn missing(table: &Table, what: &str, part: Part, options: &str) -> SourceError {
    let error = table.no_column(&format!("{what}, such as {}", part.names().join(" or ")));
    SourceError::Unusable(format!("{error}; name it with {options}"))
}

/// Its sentences are for whoever typed the command, or has to see to the database.
impl From<ForeignError> for SourceError {
    fn from(error: ForeignError) -> Self {
        match error {
            ForeignError::Away { .. } | ForeignError::Refused { .. } => {
                Self::File(std::io::Error::other(error.to_string()))
            }
            error => Self::Unusable(error.to_string()),
        }
    }
}
