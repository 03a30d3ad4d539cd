//! The audit trail. Nothing can be changed here (S58).

use std::collections::HashMap;
use std::net::IpAddr;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use vestibule_auth::accounts::Accounts;
use vestibule_domain::audit::{AuditEvent, AuditOutcome};
use vestibule_domain::id::UserId;
use vestibule_domain::permission::Permission;
use vestibule_domain::time::Timestamp;
use vestibule_http::AuditRead;
use vestibule_persistence::audit::{self, AuditEntry, AuditFilter};
use vestibule_persistence::{StoreError, user_list};

use super::list::{Choice, Pager, Paging, nothing, parse_number, query};
use super::menu::{Frame, around};
use super::moment::Moment;
use super::users::called;
use crate::entry::May;
use crate::fields::{Faults, Fields};
use crate::page::Layout;
use crate::problem::PageProblem;
use crate::texts::ENGLISH;

/// Somebody in a row.
struct Person {
    id: i64,
    /// What they are called; nothing where they are gone, or names are not the reader's to see.
    name: Option<String>,
}

struct Row {
    when: Moment,
    event: &'static str,
    code: &'static str,
    is_done: bool,
    actor: Option<Person>,
    subject: Option<Person>,
    ip: Option<String>,
    request_id: Option<String>,
    detail: Option<String>,
}

#[derive(Template)]
#[template(path = "admin/trail.html")]
struct TrailPage {
    layout: Layout,
    frame: Frame,
    faults: Faults,
    asked: Fields,
    since: String,
    until: String,
    events: Vec<Choice>,
    outcomes: Vec<Choice>,
    sizes: Vec<Choice>,
    rows: Vec<Row>,
    pager: Pager,
    may_see_accounts: bool,
}

/// Shows it.
pub(super) async fn show_trail(visitor: May<AuditRead>) -> Result<HttpResponse, PageProblem> {
    let (asked, mut faults) = (query(&visitor), Faults::default());
    let filter = parse_filter(&mut faults, &asked);
    let paging = Paging::<i64>::parse(&mut faults, "audit", &visitor.face.cursors, &asked);
    let (before, size) = (paging.before, paging.size);
    let may_see_accounts = visitor.may(Permission::UsersRead);
    let shows_times =
        (typed_moment(asked.text("since"), filter.since), typed_moment(asked.text("until"), filter.until));
    let is_sound = faults.is_empty();
    let listing = move |accounts: &Accounts| {
        accounts.database.read(|conn| {
            let page = if is_sound { audit::list(conn, &filter, before, size)? } else { nothing() };
            let people = if may_see_accounts { people(&page.entries) } else { Vec::new() };
            Ok::<_, StoreError>((page, user_list::list_of(conn, &people)?))
        })
    };
    let (page, users) = visitor.shell.database(listing).await??;
    let names: HashMap<_, _> = users.iter().map(|user| (user.id, called(user))).collect();
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let words = &ENGLISH.admin.trail;
    let (layout, frame) = around(&visitor, words.title);
    let outcomes = [(AuditOutcome::Success, words.success), (AuditOutcome::Failure, words.failure)];
    let shown = TrailPage {
        layout,
        frame,
        faults,
        since: shows_times.0,
        until: shows_times.1,
        events: events(asked.text("event")),
        outcomes: outcomes
            .map(|(value, label)| Choice::new(value.as_str(), label, asked.text("outcome")))
            .into(),
        asked,
        sizes: Choice::sizes(size),
        pager: paging.pager(&visitor, &page, |entry| entry.id),
        rows: page.entries.into_iter().map(|entry| Row::of(entry, &names)).collect(),
        may_see_accounts,
    };
    visitor.show(status, &shown)
}

fn events(chosen: &str) -> Vec<Choice> {
    let choice = |event: &AuditEvent| Choice::new(event.as_str(), (ENGLISH.admin.events.of)(*event), chosen);
    AuditEvent::ALL.iter().map(choice).collect()
}

/// Everybody in these rows, each once.
fn people(entries: &[AuditEntry]) -> Vec<UserId> {
    let both = entries.iter().flat_map(|entry| [entry.record.actor, entry.record.subject]);
    let mut people: Vec<_> = both.flatten().collect();
    people.sort_unstable();
    people.dedup();
    people
}

impl Row {
    fn of(entry: AuditEntry, names: &HashMap<UserId, String>) -> Self {
        let record = entry.record;
        let person = |id: UserId| Person { id: id.get(), name: names.get(&id).cloned() };
        Self {
            when: record.at.into(),
            event: (ENGLISH.admin.events.of)(record.event),
            code: record.event.as_str(),
            is_done: record.outcome == AuditOutcome::Success,
            actor: record.actor.map(person),
            subject: record.subject.map(person),
            ip: record.ip.map(|ip| ip.to_string()),
            request_id: record.request_id,
            detail: record.detail,
        }
    }
}

/// Which rows; what is wrong with that is noted.
fn parse_filter(faults: &mut Faults, asked: &Fields) -> AuditFilter {
    let words = &ENGLISH.admin.trail;
    AuditFilter {
        event: take(faults, asked, "event", words.bad_event, |text| text.parse().ok()),
        outcome: take(faults, asked, "outcome", words.bad_outcome, |text| text.parse().ok()),
        actor: take(faults, asked, "actor_id", words.bad_number, parse_number),
        subject: take(faults, asked, "subject_id", words.bad_number, parse_number),
        ip: take(faults, asked, "ip", words.bad_ip, |text| Some(text.parse::<IpAddr>().ok()?.to_canonical())),
        request_id: take(faults, asked, "request_id", words.bad_request, parse_request_id),
        since: take(faults, asked, "since", words.bad_moment, parse_moment),
        until: take(faults, asked, "until", words.bad_moment, parse_moment),
    }
}

fn take<T>(
    faults: &mut Faults,
    asked: &Fields,
    name: &'static str,
    complaint: &'static str,
    parse: impl Fn(&str) -> Option<T>,
) -> Option<T> {
    let text = asked.given(name)?;
    let parsed = parse(text);
    if parsed.is_none() {
        faults.note(name, complaint);
    }
    parsed
}

/// As request ids are; no other was ever noted.
fn parse_request_id(text: &str) -> Option<String> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    ((1..=64).contains(&text.len()) && text.bytes().all(is_plain)).then(|| text.to_owned())
}

/// A moment, or what a browser's field for one sends, which is taken for UTC.
fn parse_moment(text: &str) -> Option<Timestamp> {
    let with_seconds = || format!("{text}:00Z");
    text.parse().or_else(|_| format!("{text}Z").parse()).or_else(|_| with_seconds().parse()).ok()
}

/// A moment as a browser's field for one shows it; what is none stays as it was typed.
fn typed_moment(typed: &str, parsed: Option<Timestamp>) -> String {
    parsed.map_or_else(|| typed.to_owned(), |at| at.datetime().format("%Y-%m-%dT%H:%M:%S").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_read_as_people_and_browsers_write_it() {
        let noon = "2026-01-31T12:00:00Z".parse().ok();
        for text in
            ["2026-01-31T12:00:00Z", "2026-01-31T12:00:00", "2026-01-31T12:00", "2026-01-31T13:00:00+01:00"]
        {
            assert_eq!(parse_moment(text), noon, "{text}");
        }
        for text in ["", "noon", "2026-01-31", "2026-02-31T12:00"] {
            assert_eq!(parse_moment(text), None, "{text}");
        }
    }

    #[test]
    fn every_event_has_words_of_its_own() {
        let mut words: Vec<_> =
            AuditEvent::ALL.iter().map(|event| (ENGLISH.admin.events.of)(*event)).collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), AuditEvent::ALL.len());
    }
}
