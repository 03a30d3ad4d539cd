//! The audit trail: what is added stays as it is, is found by each of its fields, and goes when its time is over.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};

use vestibule_domain::audit::{AuditEvent, AuditOutcome, AuditRecord};
use vestibule_domain::caller::ClientInfo;
use vestibule_domain::id::UserId;
use vestibule_domain::page::{Page, PageSize, Total};
use vestibule_persistence::Database;
use vestibule_persistence::audit::{self, AuditEntry, AuditFilter};

use super::queries::{LOGGED, plan, queries};
use super::{Store, later, now, store, store_with};
use crate::harness::Backend;

on_both!(
    what_was_told_comes_back,
    nothing_told_is_ever_changed,
    each_page_begins_where_the_last_ended,
    each_field_finds_what_it_names,
    counting_ends_at_the_cap,
    every_question_is_answered_over_indexes,
    old_rows_go_in_batches,
);

async fn what_was_told_comes_back(backend: Backend) {
    let Store { database, test: _test } = store(backend);
    let client = ClientInfo::new("2001:db8::1".parse().ok(), Some("Browser")).with_request_id("r-1");
    let told = [
        AuditRecord::success(now(), AuditEvent::PasswordChanged, &client).by(user(1)),
        AuditRecord::failure(later(1), AuditEvent::SignedIn, &client).on(user(2)).saying("wrong password"),
        AuditRecord::success(later(2), AuditEvent::KeysRotated, &ClientInfo::default()),
    ];
    database.write(|conn| audit::insert(conn, &told[0])).unwrap();
    database.write(|conn| audit::insert_all(conn, &told[1..])).unwrap();
    let page = list(&database, &AuditFilter::default(), None, 100);
    assert_eq!(page.entries.iter().rev().map(|entry| &entry.record).collect::<Vec<_>>(), told.each_ref());
    assert_eq!((page.total.get(), page.total.is_exact(), page.has_more), (3, true, false));
}

async fn nothing_told_is_ever_changed(backend: Backend) {
    let Store { database, test } = store(backend);
    fill(&database, 3);
    let before = list(&database, &AuditFilter::default(), None, 100);
    for change in ["detail = 'nothing happened'", "actor_id = null", "at = at"] {
        let refused =
            catch_unwind(AssertUnwindSafe(|| test.sql(&format!("update audit_events set {change}"))));
        let why = refused.unwrap_err();
        let why = why.downcast_ref::<String>().unwrap();
        assert!(why.contains("the audit trail is not changed"), "{why}");
    }
    assert_eq!(list(&database, &AuditFilter::default(), None, 100), before);
}

/// While others are told of more, a walk through the pages meets each row that was there exactly once.
async fn each_page_begins_where_the_last_ended(backend: Backend) {
    let Store { database, test: _test } = store(backend);
    fill(&database, 257);
    let (is_over, all) = (AtomicBool::default(), AuditFilter::default());
    let there: BTreeSet<i64> = ids(&walk(&database, &all, 100)).collect();
    assert_eq!(there.len(), 257);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                fill(&database, 3);
            }
        });
        for size in [1, 7, 100] {
            let walked = walk(&database, &all, size);
            let met: Vec<_> = ids(&walked).collect();
            assert!(met.is_sorted_by(|one, next| one > next), "newest first, and none twice");
            assert!(there.is_subset(&met.into_iter().collect()), "size {size}");
        }
        is_over.store(true, Ordering::Relaxed);
    });
}

async fn each_field_finds_what_it_names(backend: Backend) {
    let Store { database, test: _test } = store(backend);
    let client = |ip: &str, request: &str| ClientInfo::new(ip.parse().ok(), None).with_request_id(request);
    let rows = [
        AuditRecord::success(later(0), AuditEvent::SignedIn, &client("192.0.2.1", "r-1")).by(user(1)),
        AuditRecord::failure(later(10), AuditEvent::SignedIn, &client("2001:db8::1", "r-2")).on(user(2)),
        AuditRecord {
            actor: Some(user(3)),
            ..AuditRecord::success(later(20), AuditEvent::Suspended, &client("192.0.2.1", "r-3")).on(user(2))
        },
        AuditRecord::failure(later(30), AuditEvent::LimitHit, &ClientInfo::default()),
    ];
    database.write(|conn| audit::insert_all(conn, &rows)).unwrap();
    let any = AuditFilter::default;
    let cases = [
        (any(), vec![3, 2, 1, 0]),
        (AuditFilter { event: Some(AuditEvent::SignedIn), ..any() }, vec![1, 0]),
        (AuditFilter { event: Some(AuditEvent::Deleted), ..any() }, vec![]),
        (AuditFilter { outcome: Some(AuditOutcome::Failure), ..any() }, vec![3, 1]),
        (AuditFilter { actor: Some(user(3)), ..any() }, vec![2]),
        (AuditFilter { subject: Some(user(2)), ..any() }, vec![2, 1]),
        (AuditFilter { ip: "192.0.2.1".parse().ok(), ..any() }, vec![2, 0]),
        (AuditFilter { ip: "2001:DB8:0::1".parse().ok(), ..any() }, vec![1]),
        (AuditFilter { request_id: Some("r-2".to_owned()), ..any() }, vec![1]),
        (AuditFilter { request_id: Some("r-%".to_owned()), ..any() }, vec![]),
        (AuditFilter { since: Some(later(10)), ..any() }, vec![3, 2, 1]),
        (AuditFilter { until: Some(later(10)), ..any() }, vec![0]),
        (AuditFilter { since: Some(later(10)), until: Some(later(30)), ..any() }, vec![2, 1]),
        (AuditFilter { subject: Some(user(2)), outcome: Some(AuditOutcome::Success), ..any() }, vec![2]),
    ];
    for (filter, expected) in cases {
        let page = list(&database, &filter, None, 100);
        let found: Vec<_> = page.entries.iter().map(|entry| entry.record.clone()).collect();
        let expected: Vec<_> = expected.into_iter().map(|place: usize| rows[place].clone()).collect();
        assert_eq!(found, expected, "{filter:?}");
        assert_eq!(page.total.get(), u64::try_from(expected.len()).unwrap(), "{filter:?}");
    }
}

async fn counting_ends_at_the_cap(backend: Backend) {
    let Store { database, test: _test } = store(backend);
    fill(&database, Total::CAP);
    let exact = list(&database, &AuditFilter::default(), None, 1);
    assert_eq!((exact.total.get(), exact.total.is_exact(), exact.has_more), (Total::CAP, true, true));
    fill(&database, 20);
    let capped = list(&database, &AuditFilter::default(), None, 1);
    assert_eq!((capped.total.get(), capped.total.is_exact()), (Total::CAP, false));
    let few = AuditFilter { since: Some(later(5)), until: Some(later(6)), ..AuditFilter::default() };
    assert_eq!(list(&database, &few, None, 1).total.get(), 2, "a part is counted by itself");
}

/// A trail of a million rows answers as fast as one of a thousand: the page and the count go over an index each.
async fn every_question_is_answered_over_indexes(backend: Backend) {
    let Store { database, test } = store_with(backend, LOGGED());
    fill(&database, 30);
    let any = AuditFilter::default;
    let moment = "'2026-01-15 12:00:00'";
    let cases: [(AuditFilter, &str, &str); 8] = [
        (AuditFilter { event: Some(AuditEvent::SignedIn), ..any() }, "text", "'a'"),
        (AuditFilter { outcome: Some(AuditOutcome::Failure), ..any() }, "text", "'a'"),
        (AuditFilter { actor: Some(user(1)), ..any() }, "bigint", "1"),
        (AuditFilter { subject: Some(user(1)), ..any() }, "bigint", "1"),
        (AuditFilter { ip: "192.0.2.1".parse().ok(), ..any() }, "text", "'a'"),
        (AuditFilter { request_id: Some("r".to_owned()), ..any() }, "text", "'a'"),
        (AuditFilter { since: Some(now()), ..any() }, "timestamp", moment),
        (AuditFilter { until: Some(now()), ..any() }, "timestamp", moment),
    ];
    for (filter, kind, value) in cases {
        let asked = queries(|| drop(list(&database, &filter, Some(7), 20)));
        let [page, count] = asked.as_slice() else { panic!("{asked:?}") };
        let page = plan(&test, backend, page, &[kind, "bigint", "bigint"], &[value, "7", "20"]);
        let count = plan(&test, backend, count, &[kind, "bigint"], &[value, "10001"]);
        for plan in [page, count] {
            assert!(uses_an_index(&plan), "{filter:?}: {plan}");
        }
    }
    let asked = queries(|| drop(list(&database, &any(), None, 20)));
    let page = plan(&test, backend, &asked[0], &["bigint"], &["20"]);
    assert!(uses_an_index(&page) || page.contains("SCAN audit_events"), "{page}");
    assert!(!page.to_ascii_lowercase().contains("sort") && !page.contains("TEMP B-TREE"), "{page}");
    assert!(asked[1].contains("LIMIT"), "{asked:?}");
}

/// S90: what is kept stays, and no batch is longer than it says.
async fn old_rows_go_in_batches(backend: Backend) {
    let Store { database, test } = store(backend);
    fill(&database, 1201);
    let go = |before, limit| database.write(|conn| audit::delete_before(conn, before, limit)).unwrap();
    assert_eq!(go(now(), 500), 0);
    assert_eq!([go(later(1000), 500), go(later(1000), 500), go(later(1000), 500)], [500, 500, 0]);
    assert_eq!(test.sql("select count(*), min(at) from audit_events").split('|').next(), Some("201"));
    assert_eq!(
        list(&database, &AuditFilter { until: Some(later(1000)), ..AuditFilter::default() }, None, 1)
            .total
            .get(),
        0
    );
}

fn uses_an_index(plan: &str) -> bool {
    let by_sqlite = plan.contains("SEARCH audit_events USING");
    let by_postgres = plan.contains("Index Scan") || plan.contains("Index Only Scan");
    (by_sqlite || by_postgres) && !plan.contains("Seq Scan")
}

fn user(number: i64) -> UserId {
    number.try_into().unwrap()
}

/// `count` refusals, one a second from noon on.
fn fill(database: &Database, count: u64) {
    let refusal = |n| AuditRecord::failure(later(n), AuditEvent::SignedIn, &ClientInfo::default());
    let rows: Vec<_> = (0..count).map(refusal).collect();
    database.write(|conn| audit::insert_all(conn, &rows)).unwrap();
}

fn list(database: &Database, filter: &AuditFilter, before: Option<i64>, size: u64) -> Page<AuditEntry> {
    let size = PageSize::try_from(size).unwrap();
    database.read(|conn| audit::list(conn, filter, before, size)).unwrap()
}

/// Every row from the newest on, page by page.
fn walk(database: &Database, filter: &AuditFilter, size: u64) -> Vec<AuditEntry> {
    let mut met: Vec<AuditEntry> = Vec::new();
    loop {
        let page = list(database, filter, met.last().map(|entry| entry.id), size);
        assert!(page.has_more || page.entries.len() <= usize::try_from(size).unwrap());
        met.extend(page.entries);
        if !page.has_more {
            return met;
        }
    }
}

fn ids(entries: &[AuditEntry]) -> impl Iterator<Item = i64> {
    entries.iter().map(|entry| entry.id)
}
