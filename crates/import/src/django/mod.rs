//! A Django project's database: accounts, groups, profiles, tokens, and what people wrote.

mod groups;
mod permissions;
mod profiles;
mod publication;
mod texts;
mod tokens;

use std::collections::HashMap;

use vestibule_persistence::DatabaseUrl;
use vestibule_persistence::foreign::{ForeignDatabase, Table, TableName};

use self::groups::Groups;
pub use self::profiles::ProfileOptions;
use self::profiles::Profiles;
pub use self::texts::TextTables;
use self::texts::Texts;
use self::tokens::Tokens;
use crate::source::{Source, SourceError, SourceRole, SourceText, SourceToken, SourceUser, Step};
use crate::user_table::{ColumnNames, UserTable};

/// What to take over, and what it is called there.
#[derive(Clone, Debug, Default)]
pub struct DjangoOptions {
    /// The table of accounts; else `auth_user`.
    pub user_table: Option<TableName>,
    /// Its columns.
    pub columns: ColumnNames,
    /// The profiles; nothing where they are left out.
    pub profiles: Option<ProfileOptions>,
    /// Whether tokens are taken.
    pub tokens: bool,
    /// The table of tokens; else that of Django REST framework, or one that is called like it.
    pub token_table: Option<TableName>,
    /// The tables of what people wrote; nothing where it is left out.
    pub texts: Option<TextTables>,
    /// What the source is called in our books; else by its place and its table.
    pub source_name: Option<String>,
}

/// A Django project's database.
pub struct DjangoSource {
    name: String,
    database: ForeignDatabase,
    users: UserTable,
    profiles: Option<Profiles>,
    groups: Option<Groups>,
    tokens: Option<Tokens>,
    texts: Texts,
}

impl DjangoSource {
    /// Opens the database and finds its way in it; no account is read yet.
    pub fn open(url: &DatabaseUrl, options: &DjangoOptions) -> Result<Self, SourceError> {
        let mut database = ForeignDatabase::open(url)?;
        let table = user_table(&database, options.user_table.as_ref())?.clone();
        let users = UserTable::open(&mut database, &table, &options.columns)?;
        let key = users.selection();
        let profiles = match &options.profiles {
            Some(options) => Profiles::find(&database, &table, key, options)?,
            None => None,
        };
        let groups = Groups::find(&mut database, &table, key)?;
        let tokens = match &options.token_table {
            None if !options.tokens => None,
            named => Some(Tokens::find(&mut database, &table, named.as_ref())?),
        };
        let texts = match &options.texts {
            Some(tables) => Texts::find(&mut database, &table, tables)?,
            None => Texts::default(),
        };
        let name = options.source_name.clone();
        let name = name.unwrap_or_else(|| format!("django {} {}", database.place(), table.label()));
        Ok(Self { name, database, users, profiles, groups, tokens, texts })
    }
}

fn user_table<'a>(database: &'a ForeignDatabase, name: Option<&TableName>) -> Result<&'a Table, SourceError> {
    if let Some(name) = name {
        return Ok(database.table(name)?);
    }
    let stock = "auth_user".parse().map_err(unnamed)?;
    let advised =
        |error| SourceError::Unusable(format!("{error}; name the table of accounts with --user-table"));
    database.table(&stock).map_err(advised)
}

impl Source for DjangoSource {
    fn name(&self) -> &str {
        &self.name
    }

    fn count(&mut self, step: Step) -> Result<u64, SourceError> {
        let table = match step {
            Step::Users => Some(self.users.selection().table()),
            Step::Tokens => self.tokens.as_ref().map(Tokens::table),
            Step::Posts | Step::Comments | Step::ContactMessages => self.texts.table(step),
        };
        table.map_or(Ok(0), |table| Ok(self.database.count(table)?))
    }

    fn roles(&mut self) -> Result<Vec<SourceRole>, SourceError> {
        Ok(self.groups.as_ref().map(Groups::roles).unwrap_or_default())
    }

    fn users_after(&mut self, after: Option<&str>, limit: usize) -> Result<Vec<SourceUser>, SourceError> {
        let mut users = self.users.read(&mut self.database, after, limit)?;
        let Some(last) = users.last().map(|user| user.key.clone()) else { return Ok(users) };
        let mut batch = Batch::new(&mut users, after, &last);
        if let Some(profiles) = &self.profiles {
            profiles.fill(&mut self.database, &mut batch)?;
        }
        if let Some(groups) = &self.groups {
            groups.fill(&mut self.database, &mut batch)?;
        }
        Ok(users)
    }

    fn tokens_after(&mut self, after: Option<&str>, limit: usize) -> Result<Vec<SourceToken>, SourceError> {
        match &self.tokens {
            Some(tokens) => tokens.read(&mut self.database, after, limit),
            None => Ok(Vec::new()),
        }
    }

    fn texts_after(
        &mut self,
        step: Step,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<SourceText>, SourceError> {
        self.texts.read(&mut self.database, step, after, limit)
    }
}

/// Accounts that were read together, found by their keys: what belongs to them is read together as well.
struct Batch<'a> {
    users: &'a mut [SourceUser],
    places: HashMap<String, usize>,
    after: Option<&'a str>,
    last: &'a str,
}

impl<'a> Batch<'a> {
    fn new(users: &'a mut [SourceUser], after: Option<&'a str>, last: &'a str) -> Self {
        let places = users.iter().enumerate().map(|(place, user)| (user.key.clone(), place)).collect();
        Self { users, places, after, last }
    }

    fn user(&mut self, key: &str) -> Option<&mut SourceUser> {
        self.places.get(key).and_then(|place| self.users.get_mut(*place))
    }
}

/// A name made of a table's is too long to be one.
fn unnamed(error: impl std::fmt::Display) -> SourceError {
    SourceError::Unusable(format!("the name of a table {error}"))
}
