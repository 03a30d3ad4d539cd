//! What people wrote: posts, comments, messages.

use std::collections::{HashMap, HashSet};

use vestibule_domain::id::{CommentId, ContactMessageId, PostId, UserId};
use vestibule_domain::time::Timestamp;
use vestibule_persistence::comments::NewComment;
use vestibule_persistence::contact_messages::NewContactMessage;
use vestibule_persistence::dialect::DatabaseConnection;
use vestibule_persistence::imports::{self, ImportedRow, RowKind};
use vestibule_persistence::posts::NewPost;
use vestibule_persistence::{StoreError, comments, contact_messages, posts};

use super::feed::feed;
use super::lookup::{Owner, View};
use super::users::{can_be_kept, last_key};
use super::{Outcome, Phase, Run, RunError};
use crate::digest::Values;
use crate::report::Finding;
use crate::source::{Publication, Source, SourceText, TextKind};

impl Run<'_> {
    pub(super) fn take_texts(&mut self, source: &mut dyn Source, phase: Phase) -> Result<(), RunError> {
        let of = source.count(phase.step())?;
        // A post may have 64 KiB.
        let (mut after, batch) = (self.position.last_key.clone(), self.options.batch.min(TEXTS_AT_ONCE));
        let read = || {
            let texts = source.texts_after(phase.step(), after.as_deref(), batch)?;
            after = texts.last().map(|text| text.key.clone());
            Ok(after.is_some().then_some(texts))
        };
        let mut done = 0;
        feed(read, |texts| {
            let (view, now) = (self.view(), self.to.clock.now().max(self.started_at));
            self.keep(last_key(texts.iter().map(|text| &text.key)).as_deref(), &mut |conn, outcome| {
                keep(conn, &view, phase, now, &texts, outcome)
            })?;
            done += u64::try_from(texts.len()).unwrap_or(0);
            self.audience.progress(phase.name(), done, of);
            Ok(())
        })
    }
}

/// Texts in a transaction.
const TEXTS_AT_ONCE: usize = 500;

/// A text through the doors.
enum New {
    Post(NewPost),
    Comment(NewComment),
    ContactMessage(NewContactMessage),
}

/// What is there of a batch of texts.
struct Batch {
    owners: HashMap<String, Owner>,
    known: HashMap<String, ImportedRow>,
    /// What the posts became that are commented on.
    posts: HashMap<String, PostId>,
    seen: HashSet<String>,
}

fn keep(
    conn: &mut DatabaseConnection,
    view: &View,
    phase: Phase,
    now: Timestamp,
    texts: &[SourceText],
    outcome: &mut Outcome,
) -> Result<(), RunError> {
    let kind = match phase {
        Phase::Comments => RowKind::Comment,
        Phase::ContactMessages => RowKind::ContactMessage,
        _ => RowKind::Post,
    };
    let mut batch = Batch::look_up(conn, view, kind, texts)?;
    let mut rows = Vec::new();
    for text in texts {
        let digest = digest_of(text);
        match batch.decide(text, &digest, now, outcome) {
            Ok(Some(new)) => {
                let target_id = if view.is_rehearsal { 1 } else { insert(conn, text, now, &new)? };
                let source_key = text.key.clone();
                rows.push(ImportedRow { source_key, target_id, digest, kept_digest: None, imported_at: now });
                outcome.summary.texts += 1;
            }
            Ok(None) => outcome.summary.texts_unchanged += 1,
            Err(reason) => {
                outcome.summary.texts_skipped += 1;
                outcome.findings.push(Finding::skipped(&text.place, reason));
            }
        }
    }
    Ok(imports::insert_rows(conn, &view.source, kind, &rows)?)
}

fn digest_of(text: &SourceText) -> [u8; 32] {
    let values = Values::new("vestibule/import/text/1")
        .text(text.user.as_deref())
        .text(Some(&text.content))
        .moment(text.created_at);
    let values = match &text.kind {
        TextKind::Post { title, publication } => {
            let values = values.text(Some("post")).text(Some(title));
            match publication {
                Publication::Draft => values.text(Some("draft")),
                Publication::Published(None) => values,
                Publication::Published(at) => values.moment(*at),
            }
        }
        TextKind::Comment { post } => values.text(Some("comment")).text(Some(post)),
        TextKind::ContactMessage { name, email, subject } => {
            values.text(Some("message")).text(Some(name)).text(Some(email)).text(Some(subject))
        }
    };
    match text.fault {
        Some(fault) => values.text(Some(fault)).finish(),
        None => values.finish(),
    }
}

impl Batch {
    fn look_up(
        conn: &mut DatabaseConnection,
        view: &View,
        kind: RowKind,
        texts: &[SourceText],
    ) -> Result<Self, StoreError> {
        let users: Vec<&str> = texts.iter().filter_map(|text| text.user.as_deref()).collect();
        let keys: Vec<&str> =
            texts.iter().map(|text| text.key.as_str()).filter(|key| can_be_kept(key)).collect();
        let commented: Vec<&str> = texts
            .iter()
            .filter_map(|text| match &text.kind {
                TextKind::Comment { post } if can_be_kept(post) => Some(post.as_str()),
                _ => None,
            })
            .collect();
        let known = view.known_rows(conn, kind, &keys)?;
        let commented = view.known_rows(conn, RowKind::Post, &commented)?;
        let posts: HashMap<String, PostId> = commented
            .before
            .into_iter()
            .chain(commented.in_this_run)
            .filter_map(|(key, row)| Some((key, PostId::try_from(row.target_id).ok()?)))
            .collect();
        let ids: Vec<PostId> = posts.values().copied().collect();
        let existing: HashSet<PostId> = if view.is_rehearsal {
            ids.into_iter().collect()
        } else {
            imports::list_existing_posts(conn, &ids)?.into_iter().collect()
        };
        Ok(Self {
            owners: view.owners(conn, &users)?,
            known: known.before.into_iter().chain(known.in_this_run).collect(),
            posts: posts.into_iter().filter(|(_, id)| existing.contains(id)).collect(),
            seen: HashSet::new(),
        })
    }

    /// The text if it is to be kept, nothing if it was before, or why not.
    fn decide(
        &mut self,
        text: &SourceText,
        digest: &[u8; 32],
        now: Timestamp,
        outcome: &mut Outcome,
    ) -> Result<Option<New>, String> {
        if !can_be_kept(&text.key) {
            return Err("its key cannot be kept".to_owned());
        }
        if !self.seen.insert(text.key.clone()) {
            return Err(format!("an earlier one has the same key {:?}", text.key));
        }
        if let Some(row) = self.known.get(&text.key) {
            if row.digest != *digest {
                let reason = "changed there since it was taken, and stays as it is here";
                outcome.findings.push(Finding::kept(&text.place, reason));
            }
            return Ok(None);
        }
        if let Some(fault) = text.fault {
            return Err(fault.to_owned());
        }
        let owner = text.user.as_ref().map(|user| self.owners.get(user).copied());
        self.admit(text, owner, now, outcome).map(Some)
    }

    /// Takes `text` through the doors. `owner` is whom it belonged to there, and what became of them.
    fn admit(
        &self,
        text: &SourceText,
        owner: Option<Option<Owner>>,
        now: Timestamp,
        outcome: &mut Outcome,
    ) -> Result<New, String> {
        let author: Option<UserId> = match owner {
            Some(Some(Owner::Account(id))) => Some(id),
            _ => None,
        };
        let new = match &text.kind {
            TextKind::Post { title, publication } => New::Post(NewPost {
                author,
                title: door("title", title.parse())?,
                content: door("content", text.content.parse())?,
                published_at: published_at(text, *publication, now, outcome),
            }),
            TextKind::Comment { post } => New::Comment(NewComment {
                post: *self.posts.get(post).ok_or("the post it is about is not here")?,
                author,
                content: door("content", text.content.parse())?,
            }),
            // It goes with its sender's account, so it does not come after it has gone.
            TextKind::ContactMessage { .. } if owner == Some(Some(Owner::Gone)) => {
                return Err("its sender's account was deleted here".to_owned());
            }
            TextKind::ContactMessage { name, email, subject } => New::ContactMessage(NewContactMessage {
                user: author,
                name: door("name", name.parse())?,
                email: door("email", email.parse())?,
                subject: door("subject", subject.parse())?,
                message: door("message", text.content.parse())?,
            }),
        };
        let told = |reason| Finding::reduced(&text.place, reason);
        outcome.findings.extend(text.losses.iter().map(told));
        if owner == Some(None) {
            let reason = "the account it belongs to was not taken: it is nobody's here";
            outcome.findings.push(Finding::reduced(&text.place, reason));
        }
        Ok(new)
    }
}

/// When a post was published; a draft where that is not yet.
fn published_at(
    text: &SourceText,
    publication: Publication,
    now: Timestamp,
    outcome: &mut Outcome,
) -> Option<Timestamp> {
    let Publication::Published(at) = publication else { return None };
    let at = at.or(text.created_at).unwrap_or(now);
    if at > now {
        let reason = "is to be published later, and nothing here does that: it is a draft";
        outcome.findings.push(Finding::reduced(&text.place, reason));
        return None;
    }
    Some(at)
}

fn door<T, E: std::fmt::Display>(field: &str, parsed: Result<T, E>) -> Result<T, String> {
    parsed.map_err(|error| format!("{field} {error}"))
}

fn insert(
    conn: &mut DatabaseConnection,
    text: &SourceText,
    now: Timestamp,
    new: &New,
) -> Result<i64, StoreError> {
    let written_at = text.created_at.unwrap_or(now);
    match new {
        New::Post(post) => posts::insert(conn, written_at, post).map(PostId::get),
        New::Comment(comment) => comments::insert(conn, written_at, comment).map(CommentId::get),
        New::ContactMessage(message) => {
            contact_messages::insert(conn, written_at, message).map(ContactMessageId::get)
        }
    }
}
