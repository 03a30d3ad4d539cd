//! Keeping what was decided about a batch of accounts.

use vestibule_domain::id::UserId;
use vestibule_domain::role::RoleName;
use vestibule_domain::time::Timestamp;
use vestibule_persistence::dialect::DatabaseConnection;
use vestibule_persistence::imports::{self, ImportedRow, ImportedUser, RowKind};
use vestibule_persistence::{StoreError, installation, roles, sessions, users};

use super::Outcome;
use super::batch::Change;
use super::lookup::View;
use crate::convert::{Candidate, SignInKeys};
use crate::digest;
use crate::report::Finding;

fn is_active_admin(user: &ImportedUser) -> bool {
    user.suspended_at.is_none() && user.roles.iter().any(|role| role.as_str() == RoleName::ADMIN)
}

/// The first of all accounts, and the first admin, are among the new ones. Whoever takes an admin away holds the row too.
pub(super) fn claim(
    conn: &mut DatabaseConnection,
    now: Timestamp,
    view: &View,
    new: &[&Candidate],
    changed: &[Change<'_>],
) -> Result<(), StoreError> {
    if changed.iter().any(Change::takes_an_admin) && !view.is_rehearsal {
        installation::lock(conn)?;
    }
    if !new.is_empty() {
        installation::claim_first_account(conn, now)?;
    }
    let is_admin = |user: &ImportedUser| user.roles.iter().any(|role| role.as_str() == RoleName::ADMIN);
    if new.iter().any(|candidate| is_admin(&candidate.user))
        || changed.iter().any(|change| is_admin(&change.to))
    {
        installation::claim_admin(conn, now)?;
    }
    Ok(())
}

impl Change<'_> {
    fn takes_an_admin(&self) -> bool {
        is_active_admin(&self.from) && !is_active_admin(&self.to)
    }

    /// Whoever is signed in got in by what opens the account no longer, or may not be in any more.
    fn ends_sessions(&self) -> bool {
        let is_suspended = self.to.suspended_at.is_some() && self.from.suspended_at.is_none();
        is_suspended || way_in(&self.from) != way_in(&self.to)
    }
}

/// What opens an account: its name, its address and the hash of its password.
fn way_in(user: &ImportedUser) -> (Option<String>, Option<String>, &str) {
    let SignInKeys { name, address, .. } = SignInKeys::of(user);
    (name, address, user.password_hash.as_str())
}

/// Changes accounts that changed there. In a dry run they are made anew, so that later rows meet what they want.
pub(super) fn change(
    conn: &mut DatabaseConnection,
    view: &View,
    now: Timestamp,
    mut changed: Vec<Change<'_>>,
    outcome: &mut Outcome,
) -> Result<(), StoreError> {
    changed.sort_unstable_by_key(|change| change.id);
    for change in changed {
        let candidate = change.candidate;
        let has_other_admin = |conn: &mut DatabaseConnection| roles::has_other_admin(conn, change.id);
        if change.takes_an_admin() && view.look(conn, has_other_admin)? == Some(false) {
            outcome.summary.kept += 1;
            let reason = format!("account {} is the last admin here and stays as it is", change.id.get());
            outcome.findings.push(Finding::kept(&candidate.place, reason));
            continue;
        }
        if view.is_rehearsal {
            let id = imports::reserve_user_ids(conn, 1)?.pop().ok_or(StoreError::Missing)?;
            imports::insert_users(conn, now, &[(id, &change.to)])?;
            imports::insert_rows(
                conn,
                &view.source,
                RowKind::User,
                &[imported(candidate, id, &change.to, now)],
            )?;
        } else {
            users::lock(conn, change.id)?;
            imports::set_user(conn, now, change.id, &change.to)?;
            if change.ends_sessions() {
                sessions::delete_others(conn, change.id, None)?;
            }
            imports::set_row(
                conn,
                &view.source,
                RowKind::User,
                &imported(candidate, change.id, &change.to, now),
            )?;
        }
        outcome.summary.updated += 1;
        tell_what_was_left_out(candidate, outcome);
    }
    Ok(())
}

/// Makes the new accounts.
pub(super) fn make(
    conn: &mut DatabaseConnection,
    view: &View,
    now: Timestamp,
    new: &[&Candidate],
    outcome: &mut Outcome,
) -> Result<(), StoreError> {
    if new.is_empty() {
        return Ok(());
    }
    let ids = match view.numbers.get(..new.len()) {
        Some(numbers) => numbers.to_vec(),
        None => imports::reserve_user_ids(conn, new.len())?,
    };
    let accounts: Vec<_> = ids.iter().copied().zip(new.iter().map(|candidate| &candidate.user)).collect();
    imports::insert_users(conn, now, &accounts)?;
    let rows: Vec<_> =
        ids.iter().zip(new).map(|(id, candidate)| imported(candidate, *id, &candidate.user, now)).collect();
    imports::insert_rows(conn, &view.source, RowKind::User, &rows)?;
    for candidate in new {
        outcome.summary.taken += 1;
        outcome.summary.unusable += u64::from(candidate.must_reset);
        outcome.summary.avatars_left += u64::from(candidate.has_avatar && !view.takes_avatars);
        outcome.summary.admins +=
            u64::from(candidate.user.roles.iter().any(|role| role.as_str() == RoleName::ADMIN));
        tell_what_was_left_out(candidate, outcome);
    }
    Ok(())
}

fn imported(candidate: &Candidate, id: UserId, user: &ImportedUser, now: Timestamp) -> ImportedRow {
    ImportedRow {
        source_key: candidate.key.clone(),
        target_id: id.get(),
        digest: candidate.digest,
        kept_digest: Some(digest::of_kept(user)),
        imported_at: now,
    }
}

fn tell_what_was_left_out(candidate: &Candidate, outcome: &mut Outcome) {
    if !candidate.left_out.is_empty() {
        outcome.summary.reduced += 1;
        outcome.findings.push(Finding::reduced(&candidate.place, candidate.left_out.join("; ")));
    }
}
