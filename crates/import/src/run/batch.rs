//! One batch of accounts: what becomes of each row.

use std::collections::{HashMap, HashSet};

use vestibule_domain::email::EmailAddress;
use vestibule_domain::id::UserId;
use vestibule_domain::time::Timestamp;
use vestibule_persistence::StoreError;
use vestibule_persistence::dialect::DatabaseConnection;
use vestibule_persistence::imports::{self, ImportedRow, ImportedUser, RowKind};

use super::clash::{self, Clash, Holds};
use super::lookup::{Before, Holder, Holders, KnownRows, View};
use super::{Outcome, RunError, accounts};
use crate::convert::{Candidate, Converted, PlainState, SignInKeys};
use crate::digest;
use crate::report::Finding;

/// Decides what becomes of `rows`, and keeps it.
pub(super) fn keep(
    conn: &mut DatabaseConnection,
    view: &View,
    now: Timestamp,
    rows: &[Converted],
    outcome: &mut Outcome,
) -> Result<(), RunError> {
    imports::prepare_bulk(conn)?;
    let mut batch = Batch::look_up(conn, view, rows)?;
    for row in rows {
        match row {
            Converted::Account(candidate) => batch.decide(candidate, outcome)?,
            Converted::Refused { place, reason } => {
                outcome.summary.skipped += 1;
                outcome.findings.push(Finding::skipped(place, reason));
            }
        }
    }
    let Batch { clashes, new, changed, .. } = batch;
    clash::tell(conn, view, clashes, outcome)?;
    accounts::claim(conn, now, view, &new, &changed)?;
    accounts::change(conn, view, now, changed, outcome)?;
    accounts::make(conn, view, now, &new, outcome)?;
    Ok(())
}

/// An account that is to be changed.
pub(super) struct Change<'a> {
    pub(super) candidate: &'a Candidate,
    pub(super) id: UserId,
    pub(super) from: ImportedUser,
    pub(super) to: ImportedUser,
}

/// A batch that is being decided.
struct Batch<'a> {
    known: KnownRows,
    existing: HashSet<i64>,
    current: HashMap<i64, ImportedUser>,
    holders: Holders,
    is_rehearsal: bool,
    takes_rest: bool,
    /// The keys of the rows before, and of what they want.
    seen: HashSet<&'a str>,
    names: HashMap<String, &'a str>,
    addresses: HashMap<String, &'a str>,
    clashes: Vec<Clash<'a>>,
    new: Vec<&'a Candidate>,
    changed: Vec<Change<'a>>,
}

impl<'a> Batch<'a> {
    fn look_up(
        conn: &mut DatabaseConnection,
        view: &View,
        rows: &'a [Converted],
    ) -> Result<Self, StoreError> {
        let candidates: Vec<&Candidate> = rows
            .iter()
            .filter_map(|row| match row {
                Converted::Account(candidate) => Some(&**candidate),
                Converted::Refused { .. } => None,
            })
            .collect();
        let keys: Vec<&str> = candidates.iter().map(|candidate| candidate.key.as_str()).collect();
        let known = if view.before == Before::NotLookedFor {
            KnownRows::default()
        } else {
            view.known_rows(conn, RowKind::User, &keys)?
        };
        let targets: Vec<i64> = known.before.values().map(|row| row.target_id).collect();
        let (mut wanted, mut changed) = (Vec::new(), Vec::new());
        for candidate in candidates {
            match known.before.get(&candidate.key) {
                Some(row) if !differs(candidate, row) => continue,
                Some(row) => changed.push(row.target_id),
                None => {}
            }
            wanted.push(SignInKeys::of(&candidate.user));
        }
        let names: Vec<&str> = wanted.iter().flat_map(|keys| &keys.names).map(String::as_str).collect();
        let addresses: Vec<&str> =
            wanted.iter().flat_map(|keys| &keys.addresses).map(String::as_str).collect();
        Ok(Self {
            existing: view.existing(conn, &targets)?,
            current: view.users(conn, &changed)?,
            holders: view.holders(conn, &names, &addresses)?,
            known,
            is_rehearsal: view.is_rehearsal,
            takes_rest: view.before == Before::LeftAlone,
            seen: HashSet::new(),
            names: HashMap::new(),
            addresses: HashMap::new(),
            clashes: Vec::new(),
            new: Vec::new(),
            changed: Vec::new(),
        })
    }

    fn decide(&mut self, candidate: &'a Candidate, outcome: &mut Outcome) -> Result<(), StoreError> {
        let summary = &mut outcome.summary;
        if !self.seen.insert(&candidate.key) || self.known.in_this_run.contains_key(&candidate.key) {
            summary.skipped += 1;
            outcome.findings.push(Finding::skipped(&candidate.place, same_key(&candidate.key)));
            return Ok(());
        }
        let Some(row) = self.known.before.get(&candidate.key) else {
            let is_hashed = candidate.plain.as_ref().is_none_or(|plain| plain.state != PlainState::Waiting);
            if !is_hashed && !self.is_rehearsal {
                // It was an account when its password should have been hashed.
                return Err(StoreError::Missing);
            }
            if self.is_free(candidate, None) {
                self.new.push(candidate);
            } else {
                summary.skipped += 1;
            }
            return Ok(());
        };
        if self.takes_rest {
            return Ok(());
        }
        if !self.existing.contains(&row.target_id) {
            summary.gone += 1;
        } else if !differs(candidate, row) {
            summary.unchanged += 1;
        } else if self.current.get(&row.target_id).is_some_and(|here| is_another(&candidate.user, here)) {
            summary.kept += 1;
            outcome.strangers.push(candidate.key.clone());
            let reason = format!(
                "another person has this key there now; their account is not taken, and account {} stays as it is",
                row.target_id
            );
            outcome.findings.push(Finding::kept(&candidate.place, reason));
        } else if let Some(change) = self.change_of(candidate, row)? {
            if self.is_free(candidate, Some(change.id)) {
                self.changed.push(change);
            } else {
                summary.kept += 1;
            }
        } else {
            summary.kept += 1;
            let reason = format!("changed there and here; account {} stays as it is", row.target_id);
            outcome.findings.push(Finding::kept(&candidate.place, reason));
        }
        Ok(())
    }

    /// What is to be changed, where nothing was changed here.
    fn change_of(
        &self,
        candidate: &'a Candidate,
        row: &ImportedRow,
    ) -> Result<Option<Change<'a>>, StoreError> {
        let Some(current) = self.current.get(&row.target_id) else { return Ok(None) };
        if row.kept_digest != Some(digest::of_kept(current)) {
            return Ok(None);
        }
        let corrupt = |_| StoreError::Corrupt { what: "target of imported row", row: row.source_key.clone() };
        let id = UserId::try_from(row.target_id).map_err(corrupt)?;
        let to = merged(&candidate.user, current);
        Ok(Some(Change { candidate, id, from: current.clone(), to }))
    }

    /// Whether nobody but the account `own` has what `candidate` wants; if so, it has it from now on.
    fn is_free(&mut self, candidate: &'a Candidate, own: Option<UserId>) -> bool {
        let keys = SignInKeys::of(&candidate.user);
        let mut wants = Vec::new();
        for (what, own_key, wanted) in
            [("username", &keys.name, &keys.names), ("address", &keys.address, &keys.addresses)]
        {
            let (rows, holders) = match what {
                "username" => (&self.names, &self.holders.names),
                _ => (&self.addresses, &self.holders.addresses),
            };
            for key in wanted {
                let row = rows.get(key).map(|place| Holds::Row(place));
                let account = holders.get(key).filter(|holder| own.map(Holder::Account) != Some(**holder));
                let Some(holds) = row.or(account.map(|holder| Holds::Account(*holder))) else { continue };
                wants.push((if own_key.as_ref() == Some(key) { what } else { other(what) }, holds));
            }
        }
        if !wants.is_empty() {
            self.clashes.push(Clash { place: &candidate.place, is_known: own.is_some(), wants });
            return false;
        }
        self.names.extend(keys.name.map(|key| (key, candidate.place.as_str())));
        self.addresses.extend(keys.address.map(|key| (key, candidate.place.as_str())));
        true
    }
}

/// Whether the row changed there. That of a password is known by what it opens here.
fn differs(candidate: &Candidate, row: &ImportedRow) -> bool {
    let has_other_password = candidate.plain.as_ref().is_some_and(|plain| plain.state == PlainState::Hashed);
    candidate.digest != row.digest || has_other_password
}

/// Whether the row is somebody else's now: a system may give the number of whoever was deleted to whoever comes next. Nobody is
/// taken for the same person without the name or the address they had.
fn is_another(there: &ImportedUser, here: &ImportedUser) -> bool {
    let [there, here] = [there, here].map(SignInKeys::of);
    let here: Vec<_> = here.name.iter().chain(&here.address).collect();
    !there.name.iter().chain(&there.address).any(|key| here.contains(&key))
}

/// What wants the key of the other kind: an address that is somebody's username, or the other way round.
fn other(what: &str) -> &'static str {
    if what == "username" { "address" } else { "username" }
}

fn same_key(key: &str) -> String {
    format!("an earlier row has the same key {key:?}")
}

/// What an account becomes that changed there: moments that only we know stay.
fn merged(there: &ImportedUser, here: &ImportedUser) -> ImportedUser {
    let key = |user: &ImportedUser| user.email.as_ref().map(EmailAddress::key);
    let verified_at = here.email_verified_at.filter(|_| key(there) == key(here));
    ImportedUser {
        email_verified_at: there.email_verified_at.map(|now| verified_at.unwrap_or(now)),
        suspended_at: there.suspended_at.map(|now| here.suspended_at.unwrap_or(now)),
        created_at: here.created_at,
        last_login_at: there.last_login_at.max(here.last_login_at),
        ..there.clone()
    }
}
