//! What is there already of the rows of a batch.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use vestibule_domain::id::UserId;
use vestibule_domain::time::Timestamp;
use vestibule_persistence::dialect::DatabaseConnection;
use vestibule_persistence::imports::{self, ImportedRow, ImportedUser, RowKind};
use vestibule_persistence::{Database, StoreError};

use super::Run;

/// What is done about accounts that were taken before.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Before {
    /// They are held against what is there now.
    Compared,
    /// Every account is taken to be new, which spares looking for it. Where that is wrong its row is there already, and the
    /// database says so.
    NotLookedFor,
    /// They wait until those that are new are here.
    LeftAlone,
}

/// Where a batch looks for what is there: in the database it is kept in and, in a dry run, in the one there is.
#[derive(Clone)]
pub(super) struct View {
    /// What the source is called.
    pub(super) source: String,
    /// When the run began.
    pub(super) started_at: Timestamp,
    pub(super) is_rehearsal: bool,
    /// What is done about accounts that were taken before.
    pub(super) before: Before,
    /// Whether pictures are taken, in a phase of their own.
    pub(super) takes_avatars: bool,
    /// The numbers of accounts that are made, one a row, where these are given out beforehand: of two batches at once the first
    /// has the lower ones.
    pub(super) numbers: Vec<UserId>,
    /// The keys of accounts that are somebody else's there.
    strangers: Arc<HashSet<String>>,
    existing: Option<Database>,
    /// The same, where it knows of imports.
    existing_imports: Option<Database>,
}

impl Run<'_> {
    pub(super) fn view(&self) -> View {
        let rehearsal = self.to.rehearsal.as_ref();
        View {
            source: self.name.clone(),
            started_at: self.started_at,
            is_rehearsal: rehearsal.is_some(),
            before: if self.takes_rest() { Before::LeftAlone } else { Before::Compared },
            strangers: Arc::clone(&self.strangers),
            takes_avatars: self.options.media_root.is_some(),
            numbers: Vec::new(),
            existing: rehearsal.and_then(|rehearsal| rehearsal.existing.clone()),
            existing_imports: rehearsal
                .filter(|rehearsal| rehearsal.knows_imports)
                .and_then(|rehearsal| rehearsal.existing.clone()),
        }
    }
}

/// What rows of the source became.
#[derive(Default)]
pub(super) struct KnownRows {
    /// By earlier runs.
    pub(super) before: HashMap<String, ImportedRow>,
    /// By this one.
    pub(super) in_this_run: HashMap<String, ImportedRow>,
}

/// Who has a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Holder {
    /// An account.
    Account(UserId),
    /// In a dry run, what an earlier row would become.
    Rehearsed(UserId),
}

/// Who has which keys.
#[derive(Default)]
pub(super) struct Holders {
    pub(super) names: HashMap<String, Holder>,
    pub(super) addresses: HashMap<String, Holder>,
}

impl View {
    /// Looks where the accounts are: in a dry run that is not `conn`. `None` where there are none.
    pub(super) fn look<T>(
        &self,
        conn: &mut DatabaseConnection,
        look: impl FnOnce(&mut DatabaseConnection) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        match &self.existing {
            Some(existing) => existing.read(look).map(Some),
            None if self.is_rehearsal => Ok(None),
            None => look(conn).map(Some),
        }
    }

    /// What the rows `keys` became.
    pub(super) fn known_rows(
        &self,
        conn: &mut DatabaseConnection,
        kind: RowKind,
        keys: &[&str],
    ) -> Result<KnownRows, StoreError> {
        let kept = imports::list_rows(conn, &self.source, kind, keys)?;
        if self.is_rehearsal {
            let before = match &self.existing_imports {
                Some(existing) => existing.read(|conn| imports::list_rows(conn, &self.source, kind, keys))?,
                _ => HashMap::new(),
            };
            return Ok(KnownRows { before, in_this_run: kept });
        }
        let (in_this_run, before) = kept.into_iter().partition(|(_, row)| row.imported_at >= self.started_at);
        Ok(KnownRows { before, in_this_run })
    }

    /// Those of the accounts `ids` that there are.
    pub(super) fn existing(
        &self,
        conn: &mut DatabaseConnection,
        ids: &[i64],
    ) -> Result<HashSet<i64>, StoreError> {
        let existing = self.look(conn, |conn| imports::list_existing(conn, ids))?;
        Ok(existing.unwrap_or_default().into_iter().collect())
    }

    /// The accounts `ids` as they stand.
    pub(super) fn users(
        &self,
        conn: &mut DatabaseConnection,
        ids: &[i64],
    ) -> Result<HashMap<i64, ImportedUser>, StoreError> {
        Ok(self.look(conn, |conn| imports::list_users(conn, ids))?.unwrap_or_default())
    }

    /// Who has which of these keys.
    pub(super) fn holders(
        &self,
        conn: &mut DatabaseConnection,
        names: &[&str],
        addresses: &[&str],
    ) -> Result<Holders, StoreError> {
        let mut holders = Holders::default();
        let mut add = |taken: imports::TakenKeys, holder: fn(UserId) -> Holder| {
            holders.names.extend(taken.names.into_iter().map(|(key, id)| (key, holder(id))));
            holders.addresses.extend(taken.addresses.into_iter().map(|(key, id)| (key, holder(id))));
        };
        if self.is_rehearsal {
            add(imports::list_taken(conn, names, addresses)?, Holder::Rehearsed);
        }
        if let Some(taken) = self.look(conn, |conn| imports::list_taken(conn, names, addresses))? {
            add(taken, Holder::Account);
        }
        Ok(holders)
    }

    /// What `holders` are called in a report: by the row they came from and the account they are.
    pub(super) fn describe(
        &self,
        conn: &mut DatabaseConnection,
        holders: &[Holder],
    ) -> Result<HashMap<Holder, String>, StoreError> {
        let id = |holder: &Holder| match holder {
            Holder::Account(id) | Holder::Rehearsed(id) => id.get(),
        };
        let (accounts, rehearsed): (Vec<_>, Vec<_>) =
            holders.iter().copied().partition(|holder| matches!(holder, Holder::Account(_)));
        let keys_of = |conn: &mut DatabaseConnection, holders: &[Holder]| {
            let ids: Vec<i64> = holders.iter().map(id).collect();
            imports::list_source_keys(conn, &self.source, RowKind::User, &ids)
        };
        let of_rehearsed = if rehearsed.is_empty() { HashMap::new() } else { keys_of(conn, &rehearsed)? };
        let of_accounts = if accounts.is_empty() || (self.is_rehearsal && self.existing_imports.is_none()) {
            HashMap::new()
        } else {
            self.look(conn, |conn| keys_of(conn, &accounts))?.unwrap_or_default()
        };
        let words = holders.iter().map(|holder| {
            let key = match holder {
                Holder::Account(_) => of_accounts.get(&id(holder)),
                Holder::Rehearsed(_) => of_rehearsed.get(&id(holder)),
            };
            let words = match (holder, key) {
                (Holder::Rehearsed(_), key) => format!("the row {:?}", key.map_or("?", String::as_str)),
                (Holder::Account(id), Some(key)) => format!("the row {key:?}, account {} here", id.get()),
                (Holder::Account(id), None) => format!("account {} here", id.get()),
            };
            (*holder, words)
        });
        Ok(words.collect())
    }
}

/// Whom something of the source belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    /// This account.
    Account(UserId),
    /// An account that was taken and deleted since.
    Gone,
}

impl View {
    /// Whom the users `keys` of the source became; those are missing that were not taken, and those whose keys were somebody else's
    /// when they were.
    pub(super) fn owners(
        &self,
        conn: &mut DatabaseConnection,
        keys: &[&str],
    ) -> Result<HashMap<String, Owner>, StoreError> {
        let keys: Vec<&str> = keys.iter().copied().filter(|key| !self.strangers.contains(*key)).collect();
        let rows = self.known_rows(conn, RowKind::User, &keys)?;
        let ids: Vec<i64> = rows.before.values().map(|row| row.target_id).collect();
        let existing = self.existing(conn, &ids)?;
        let now: Vec<i64> = rows.in_this_run.values().map(|row| row.target_id).collect();
        let existing_now: HashSet<i64> = imports::list_existing(conn, &now)?.into_iter().collect();
        let owner = |existing: &HashSet<i64>, (key, row): (String, ImportedRow)| {
            let id = UserId::try_from(row.target_id).ok().filter(|id| existing.contains(&id.get()));
            (key, id.map_or(Owner::Gone, Owner::Account))
        };
        let before = rows.before.into_iter().map(|row| owner(&existing, row));
        let in_this_run = rows.in_this_run.into_iter().map(|row| owner(&existing_now, row));
        Ok(before.chain(in_this_run).collect())
    }
}
