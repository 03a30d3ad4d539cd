//! Hashing passwords that a source has in the clear, on all cores and outside of any transaction.

use std::collections::HashMap;

use vestibule_auth::hasher::{HasherError, Scratch, Verdict};
use vestibule_domain::password::PasswordHash;
use vestibule_persistence::StoreError;
use vestibule_persistence::imports::{ImportedRow, ImportedUser, RowKind};

use super::parallel::in_parallel;
use super::{Destination, Run, RunError};
use crate::convert::{Candidate, Converted, PlainState};
use crate::digest;

/// A password on its way, and the hash it has to be held against.
struct Task<'a> {
    candidate: &'a mut Candidate,
    /// That of the account it became, which is as it was kept.
    kept: Option<PasswordHash>,
}

impl Run<'_> {
    /// Hashes the passwords of `rows`. A row that became an account keeps that account's hash where the password still opens it; where
    /// the account is gone or changed here, nothing is done: its password is not touched any more.
    pub(super) fn hash(&self, rows: &mut [Converted]) -> Result<(), RunError> {
        let mut waiting: Vec<&mut Candidate> = rows
            .iter_mut()
            .filter_map(|row| match row {
                Converted::Account(candidate) if candidate.plain.is_some() => Some(&mut **candidate),
                _ => None,
            })
            .collect();
        if waiting.is_empty() {
            return Ok(());
        }
        let known = self.known_accounts(&waiting)?;
        let tasks: Vec<_> = waiting
            .drain(..)
            .filter_map(|candidate| match known.get(&candidate.key) {
                Some(Some(user)) => Some(Task { candidate, kept: Some(user.password_hash.clone()) }),
                Some(None) => None,
                // What is not kept is not hashed.
                None if self.to.rehearsal.is_some() => None,
                None => Some(Task { candidate, kept: None }),
            })
            .collect();
        let to = self.to;
        in_parallel(self.options.hash_threads, tasks, Scratch::default, |scratch, task| {
            hash_one(to, scratch, task)
        })?;
        Ok(())
    }

    /// What `candidates` became, where they became anything: the account, if it is still as it was kept and is to be looked at.
    fn known_accounts(
        &self,
        candidates: &[&mut Candidate],
    ) -> Result<HashMap<String, Option<ImportedUser>>, StoreError> {
        let view = self.view();
        let digests: HashMap<&str, [u8; 32]> =
            candidates.iter().map(|candidate| (candidate.key.as_str(), candidate.digest)).collect();
        let keys: Vec<&str> = digests.keys().copied().collect();
        // This very run hashed the passwords of what it took a moment ago.
        let is_settled = |row: &ImportedRow| {
            let is_fresh = self.rest.is_some_and(|rest| row.imported_at >= rest.since);
            self.takes_rest() || (is_fresh && digests.get(row.source_key.as_str()) == Some(&row.digest))
        };
        self.to.database.read(|conn| {
            let rows = view.known_rows(conn, RowKind::User, &keys)?;
            let ids: Vec<i64> = rows.before.values().map(|row| row.target_id).collect();
            let mut users = view.users(conn, &ids)?;
            let before = rows.before.into_iter().map(|(key, row)| {
                let user = users.remove(&row.target_id).filter(|_| !is_settled(&row));
                (key, user.filter(|user| row.kept_digest == Some(digest::of_kept(user))))
            });
            let repeated = rows.in_this_run.into_keys().map(|key| (key, None));
            Ok(before.chain(repeated).collect())
        })
    }
}

fn hash_one(to: &Destination, scratch: &mut Scratch, task: Task<'_>) -> Result<(), HasherError> {
    let Task { candidate, kept } = task;
    let Some(plain) = &mut candidate.plain else { return Ok(()) };
    if let Some(kept) = kept
        && to.hasher.verify(scratch, &plain.password, Some(&kept))? != Verdict::Rejected
    {
        candidate.user.password_hash = kept;
        plain.state = PlainState::Same;
        return Ok(());
    }
    candidate.user.password_hash = to.hasher.hash(scratch, &*to.random, &plain.password)?;
    plain.state = PlainState::Hashed;
    Ok(())
}
