//! Rows that want what somebody has.

use std::collections::HashSet;

use vestibule_persistence::StoreError;
use vestibule_persistence::dialect::DatabaseConnection;

use super::Outcome;
use super::lookup::{Holder, View};
use crate::report::Finding;

/// Who has a key that a row wants.
pub(super) enum Holds<'a> {
    /// An earlier row of the same batch.
    Row(&'a str),
    /// An account.
    Account(Holder),
}

/// A row that wants what somebody has.
pub(super) struct Clash<'a> {
    pub(super) place: &'a str,
    /// Whether it is an account here already, which stays as it is.
    pub(super) is_known: bool,
    /// What it wants, and who has it.
    pub(super) wants: Vec<(&'static str, Holds<'a>)>,
}

/// Tells who has what the rows of `clashes` want.
pub(super) fn tell(
    conn: &mut DatabaseConnection,
    view: &View,
    clashes: Vec<Clash<'_>>,
    outcome: &mut Outcome,
) -> Result<(), StoreError> {
    let holders: HashSet<Holder> = clashes
        .iter()
        .flat_map(|clash| &clash.wants)
        .filter_map(|(_, holds)| match holds {
            Holds::Account(holder) => Some(*holder),
            Holds::Row(_) => None,
        })
        .collect();
    if clashes.is_empty() {
        return Ok(());
    }
    let words = view.describe(conn, &holders.into_iter().collect::<Vec<_>>())?;
    for Clash { place, is_known, wants } in clashes {
        let mut parts: Vec<String> = Vec::new();
        for (what, holds) in wants {
            let whose = match holds {
                Holds::Row(place) => place,
                Holds::Account(holder) => words.get(&holder).map_or("another account", String::as_str),
            };
            let part = format!("its {what} is that of {whose}");
            if !parts.contains(&part) {
                parts.push(part);
            }
        }
        let reason = parts.join("; ");
        outcome.findings.push(if is_known {
            Finding::kept(place, format!("changed there, and stays as it is here: {reason}"))
        } else {
            Finding::skipped(place, reason)
        });
    }
    Ok(())
}
