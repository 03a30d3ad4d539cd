//! Figures of an installation.

use std::time::Duration;

use vestibule_domain::audit::{AuditEvent, AuditRecord};
use vestibule_domain::caller::ClientInfo;
use vestibule_domain::mail::MailOrder;
use vestibule_domain::time::Timestamp;
use vestibule_persistence::statistics::{self, Day, Statistics};
use vestibule_persistence::{Database, audit, outbox, users};

use super::queries::{LOGGED, queries};
use super::{Store, later, now, somebody, store, store_with};
use crate::harness::Backend;

on_both!(
    every_day_of_the_span_is_there,
    days_are_those_of_utc,
    what_stands_is_counted,
    a_year_takes_as_many_queries_as_a_day,
);

const DAY: Duration = Duration::from_hours(24);

async fn every_day_of_the_span_is_there(backend: Backend) {
    let Store { database, test: _test } = store(backend);
    for (asked, given) in [(0, 1), (1, 1), (2, 2), (30, 30), (365, 365), (u16::MAX, 365)] {
        let days = find(&database, asked).days;
        assert_eq!(days.len(), given);
        assert_eq!(days.last().unwrap().date, now().naive_utc().date(), "the last is today");
        assert!(days.is_sorted_by(|one, next| one.date.succ_opt() == Some(next.date)));
        assert!(days.iter().all(|day| (day.accounts, day.sign_ins, day.refused_sign_ins) == (0, 0, 0)));
    }
}

async fn days_are_those_of_utc(backend: Backend) {
    let Store { database, test: _test } = store(backend);
    let midnight = Timestamp::from_naive_utc(now().naive_utc().date().and_time(chrono::NaiveTime::MIN));
    let before = midnight.minus(Duration::from_micros(1));
    for (n, at) in
        [midnight, before, midnight.minus(DAY), before.minus(DAY), midnight.plus(DAY)].into_iter().enumerate()
    {
        database.write(|conn| users::insert(conn, at, &somebody(&format!("user{n}")))).unwrap();
    }
    let tried = [
        AuditRecord::success(midnight, AuditEvent::SignedIn, &ClientInfo::default()),
        AuditRecord::success(now(), AuditEvent::SignedIn, &ClientInfo::default()),
        AuditRecord::failure(now(), AuditEvent::SignedIn, &ClientInfo::default()),
        AuditRecord::failure(before, AuditEvent::SignedIn, &ClientInfo::default()),
        AuditRecord::success(now(), AuditEvent::PasswordChanged, &ClientInfo::default()),
        AuditRecord::success(midnight.minus(DAY * 3), AuditEvent::SignedIn, &ClientInfo::default()),
    ];
    database.write(|conn| audit::insert_all(conn, &tried)).unwrap();
    let figures = |day: &Day| (day.accounts, day.sign_ins, day.refused_sign_ins);
    let days: Vec<_> = find(&database, 3).days.iter().map(figures).collect();
    assert_eq!(days, [(1, 0, 0), (2, 0, 1), (1, 2, 1)]);
}

async fn what_stands_is_counted(backend: Backend) {
    let Store { database, test } = store(backend);
    let nothing = find(&database, 1);
    assert_eq!((nothing.accounts, nothing.queued_mails, nothing.oldest_mail_at), (0, 0, None));
    for n in 0..5 {
        let id = database.write(|conn| users::insert(conn, now(), &somebody(&format!("user{n}")))).unwrap();
        if n < 2 {
            database.write(|conn| users::set_suspended(conn, later(n * 60), id, true)).unwrap();
        }
        let order = MailOrder::VerifyEmail { user_id: id };
        database.write(|conn| outbox::insert(conn, later(n), &order)).unwrap();
    }
    test.sql("update outbox set dead_at = created_at where id < 3");
    for (name, token, refresh) in [("both", 60, 60), ("token", 60, 0), ("refresh", 0, 60), ("none", 0, 0)] {
        open_session(&test, backend, name, later(token), later(refresh));
    }
    let figures = find(&database, 1);
    let wanted = Statistics {
        days: figures.days.clone(),
        accounts: 5,
        // Whatever a clock says: one is suspended from a minute ahead on.
        suspended_accounts: 2,
        active_sessions: 3,
        queued_mails: 3,
        dead_mails: 2,
        oldest_mail_at: Some(later(2)),
    };
    assert_eq!(figures, wanted);
}

async fn a_year_takes_as_many_queries_as_a_day(backend: Backend) {
    let Store { database, test: _test } = store_with(backend, LOGGED());
    let asked = |days| queries(|| drop(find(&database, days))).len();
    assert_eq!(asked(1), asked(365));
    assert!(asked(1) <= 7);
}

fn open_session(
    test: &crate::harness::database::TestDatabase,
    backend: Backend,
    name: &str,
    token: Timestamp,
    refresh: Timestamp,
) {
    let blob = if backend == Backend::Sqlite {
        format!("cast('{name}' as blob)")
    } else {
        format!("'{name}'::bytea")
    };
    let [token, refresh] = [token, refresh].map(|at| at.naive_utc().to_string());
    test.sql(&format!(
        "insert into sessions (id, user_id, token_digest, created_at, refresh_expires_at, format, last_seen_at,
            token_expires_at, ends_at)
         select '{name}', min(id), {blob}, '{refresh}', '{refresh}', 'opaque', '{token}', '{token}', '{refresh}' from users"
    ));
}

fn find(database: &Database, days: u16) -> Statistics {
    database.read(|conn| statistics::find(conn, now(), days)).unwrap()
}
