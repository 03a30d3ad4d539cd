//! Tokens: sessions without a refresh token, so that devices stay signed in.

use std::collections::{HashMap, HashSet};

use vestibule_domain::caller::ClientInfo;
use vestibule_domain::id::{SessionId, UserId};
use vestibule_domain::time::Timestamp;
use vestibule_domain::token::{TokenDigest, TokenFormat};
use vestibule_persistence::StoreError;
use vestibule_persistence::dialect::DatabaseConnection;
use vestibule_persistence::imports::{self, ImportedRow, RowKind};
use vestibule_persistence::sessions::{self, NewPair, NewSession};

use super::feed::feed;
use super::lookup::{Owner, View};
use super::users::{can_be_kept, last_key};
use super::{Outcome, Phase, Run, RunError};
use crate::report::Finding;
use crate::source::{Source, SourceToken};

impl Run<'_> {
    pub(super) fn take_tokens(&mut self, source: &mut dyn Source) -> Result<(), RunError> {
        let of = source.count(Phase::Tokens.step())?;
        let (mut after, batch) = (self.position.last_key.clone(), self.options.batch);
        let read = || {
            let tokens = source.tokens_after(after.as_deref(), batch)?;
            after = tokens.last().map(|token| token.key.clone());
            Ok(after.is_some().then_some(tokens))
        };
        let mut done = 0;
        feed(read, |tokens| {
            let (view, now) = (self.view(), self.to.clock.now().max(self.started_at));
            let (to, latest) = (self.to, now.plus(self.to.token_ttl));
            self.keep(last_key(tokens.iter().map(|token| &token.key)).as_deref(), &mut |conn, outcome| {
                let taken = Batch::look_up(conn, &view, &tokens)?.decide_all(&tokens, now, latest, outcome);
                if view.is_rehearsal {
                    return Ok(());
                }
                let rows: Vec<_> =
                    taken.iter().filter(|token| token.before.is_none()).map(|token| token.row(now)).collect();
                imports::insert_rows(conn, &view.source, RowKind::Token, &rows)?;
                taken
                    .iter()
                    .try_for_each(|token| token.open(conn, &view, now, SessionId::new(now, &*to.random)))
            })?;
            done += u64::try_from(tokens.len()).unwrap_or(0);
            self.audience.progress(Phase::Tokens.name(), done, of);
            Ok(())
        })
    }
}

/// What is there of a batch of tokens.
struct Batch {
    owners: HashMap<String, Owner>,
    /// Those of the owners who may not sign in.
    suspended: HashSet<String>,
    known: HashMap<String, ImportedRow>,
    digests: HashSet<[u8; 32]>,
    seen: HashSet<String>,
}

/// A token that comes in.
struct Taken<'a> {
    key: &'a str,
    user_id: UserId,
    digest: TokenDigest,
    ends_at: Timestamp,
    /// That of the token it takes the place of there.
    before: Option<[u8; 32]>,
}

impl Batch {
    fn look_up(conn: &mut DatabaseConnection, view: &View, tokens: &[SourceToken]) -> Result<Self, RunError> {
        let users: Vec<&str> = tokens.iter().map(|token| token.user.as_str()).collect();
        let keys: Vec<&str> =
            tokens.iter().map(|token| token.key.as_str()).filter(|key| can_be_kept(key)).collect();
        let digests: Vec<_> = tokens
            .iter()
            .filter_map(|token| TokenDigest::of_imported(&token.token))
            .map(|digest| *digest.as_bytes())
            .collect();
        let known = view.known_rows(conn, RowKind::Token, &keys)?;
        Ok(Self {
            owners: view.owners(conn, &users)?,
            suspended: suspended(conn, view, &users)?,
            known: known.before.into_iter().chain(known.in_this_run).collect(),
            digests: view
                .look(conn, |conn| imports::list_token_digests(conn, &digests))?
                .unwrap_or_default()
                .into_iter()
                .collect(),
            seen: HashSet::new(),
        })
    }

    fn decide_all<'a>(
        mut self,
        tokens: &'a [SourceToken],
        now: Timestamp,
        latest: Timestamp,
        outcome: &mut Outcome,
    ) -> Vec<Taken<'a>> {
        let mut taken = Vec::new();
        for token in tokens {
            match self.decide(token, now, latest) {
                Ok(decided) => taken.extend(decided),
                Err(reason) => {
                    outcome.summary.tokens_skipped += 1;
                    outcome.findings.push(Finding::skipped(format!("token {:?}", token.key), reason));
                }
            }
        }
        outcome.summary.tokens += u64::try_from(taken.len()).unwrap_or(0);
        taken
    }

    /// The token if it is to be kept, nothing if it was before, or why not.
    fn decide<'a>(
        &mut self,
        token: &'a SourceToken,
        now: Timestamp,
        latest: Timestamp,
    ) -> Result<Option<Taken<'a>>, &'static str> {
        if !can_be_kept(&token.key) {
            return Err("its key cannot be kept");
        }
        if !self.seen.insert(token.key.clone()) {
            return Err("an earlier one has the same key");
        }
        let digest = TokenDigest::of_imported(&token.token)
            .ok_or("is neither 64 nor 40 lower-case hexadecimal characters")?;
        let before = self.known.get(&token.key).map(|row| row.digest);
        // One that was taken before may have ended here: it does not come back.
        if before == Some(*digest.as_bytes()) {
            return Ok(None);
        }
        let user_id = match self.owners.get(&token.user) {
            Some(Owner::Account(id)) => *id,
            Some(Owner::Gone) => return Err("its account was deleted here"),
            None => return Err("its account was not taken"),
        };
        if self.suspended.contains(&token.user) {
            return Err("its account is suspended here");
        }
        if let Some(fault) = token.fault {
            return Err(fault);
        }
        let ends_at = token.expires_at.unwrap_or(latest).min(latest);
        if ends_at <= now {
            return Err("has run out");
        }
        if !self.digests.insert(*digest.as_bytes()) {
            return Err("is here already");
        }
        Ok(Some(Taken { key: &token.key, user_id, digest, ends_at, before }))
    }
}

/// Those of the users `keys` of the source who may not sign in here: what they hold would open nothing, and would again once
/// they were restored.
fn suspended(
    conn: &mut DatabaseConnection,
    view: &View,
    keys: &[&str],
) -> Result<HashSet<String>, StoreError> {
    let rows = view.known_rows(conn, RowKind::User, keys)?;
    let ids = |rows: &HashMap<String, ImportedRow>| -> Vec<i64> {
        rows.values().map(|row| row.target_id).collect()
    };
    let (before, now) = (ids(&rows.before), ids(&rows.in_this_run));
    let before = view.look(conn, |conn| imports::list_suspended(conn, &before))?.unwrap_or_default();
    let now = imports::list_suspended(conn, &now)?;
    let of = |rows: HashMap<String, ImportedRow>, ids: Vec<i64>| {
        let ids: HashSet<i64> = ids.into_iter().collect();
        rows.into_iter().filter(move |(_, row)| ids.contains(&row.target_id)).map(|(key, _)| key)
    };
    Ok(of(rows.before, before).chain(of(rows.in_this_run, now)).collect())
}

impl Taken<'_> {
    fn row(&self, now: Timestamp) -> ImportedRow {
        ImportedRow {
            source_key: self.key.to_owned(),
            target_id: self.user_id.get(),
            digest: *self.digest.as_bytes(),
            kept_digest: None,
            imported_at: now,
        }
    }

    /// Opens a session by the token, in the place of the one it replaced there.
    fn open(
        &self,
        conn: &mut DatabaseConnection,
        view: &View,
        now: Timestamp,
        id: SessionId,
    ) -> Result<(), RunError> {
        if let Some(before) = self.before {
            imports::delete_token(conn, &before)?;
            imports::set_row(conn, &view.source, RowKind::Token, &self.row(now))?;
        }
        let pair = NewPair {
            format: TokenFormat::Opaque,
            token_digest: self.digest,
            token_expires_at: self.ends_at,
            refresh_digest: None,
            refresh_expires_at: self.ends_at,
        };
        let client = ClientInfo::default();
        let session = NewSession { id, user_id: self.user_id, pair, ends_at: self.ends_at, client };
        Ok(sessions::insert(conn, now, &session)?)
    }
}
