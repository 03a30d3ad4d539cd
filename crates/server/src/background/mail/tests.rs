use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tempfile::TempDir;
use vestibule_domain::mail::MailOrder;
use vestibule_domain::page::PageSize;
use vestibule_domain::password::PasswordHash;
use vestibule_domain::time::{Clock, Timestamp};
use vestibule_http::ShellLimits;
use vestibule_mail::{MailerOptions, Transport};
use vestibule_persistence::outbox::OutboxEntry;
use vestibule_persistence::users::{self, NewUser};

use super::*;
use crate::settings::{Secret, Settings};
use crate::store;
use crate::system::{SystemClock, SystemRandom};

/// A clock that stands until it is moved.
struct Hand(Mutex<Timestamp>);

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// Does what it is told to, and counts.
struct Puppet {
    calls: Arc<AtomicUsize>,
    act: fn(usize) -> Result<(), SendError>,
}

impl Transport for Puppet {
    fn send(&self, _: &Mail) -> Result<(), SendError> {
        (self.act)(self.calls.fetch_add(1, Ordering::SeqCst) + 1)
    }
}

/// A shell with one account, its mail room, the clock, and the count of mails handed in.
struct House {
    shell: Shell,
    room: Arc<MailRoom>,
    clock: Arc<Hand>,
    calls: Arc<AtomicUsize>,
    _folder: TempDir,
}

impl House {
    /// Within a runtime; `orders` mails are ordered.
    fn new(orders: usize, act: fn(usize) -> Result<(), SendError>) -> Self {
        let folder = TempDir::new().unwrap();
        let dir = folder.path().to_str().unwrap();
        let settings = Settings::from_arguments(["--data-dir", dir], &|_| None, None).unwrap();
        let database = store::open(&settings).unwrap();
        database.migrate().unwrap();
        let now = SystemClock.now();
        let alice = NewUser {
            username: None,
            email: Some("alice@example.org".parse().unwrap()),
            full_name: None,
            password_hash: PasswordHash::unusable(),
        };
        let user_id = database.write(|conn| users::insert(conn, now, &alice)).unwrap();
        let order = MailOrder::PasswordChanged { user_id };
        let all = |conn: &mut _| (0..orders).try_for_each(|_| outbox::insert(conn, now, &order));
        database.write(all).unwrap();
        let key = Secret::new("0123456789abcdefghijklmnopqrstuvwxyz".to_owned());
        let accounts = store::accounts(&settings, database, &key, "http://localhost", &SystemRandom).unwrap();
        let options = MailerOptions {
            public_url: "http://localhost".parse().unwrap(),
            from: "no-reply@localhost".parse().unwrap(),
            reset_token_ttl: Duration::from_hours(1),
            verify_token_ttl: Duration::from_hours(1),
        };
        let calls = Arc::new(AtomicUsize::default());
        let puppet = Puppet { calls: Arc::clone(&calls), act };
        let mailer =
            Mailer::new(options, accounts.database.clone(), accounts.mail_tokens.clone(), Box::new(puppet));
        let clock = Arc::new(Hand(Mutex::new(now)));
        let stopping = Arc::new(AtomicBool::default());
        let random = Arc::new(SystemRandom);
        let avatars = store::avatars(&settings, accounts.database.clone()).unwrap();
        let shell =
            Shell::new(accounts, avatars, ShellLimits::default(), clock.clone(), random, stopping).unwrap();
        let room = start(&shell, &JobFailures::default(), mailer).unwrap();
        Self { shell, room, clock, calls, _folder: folder }
    }

    fn queue(&self) -> Vec<OutboxEntry> {
        let database = &self.shell.accounts().database;
        database.read(|conn| outbox::list(conn, None, None, PageSize::default())).unwrap().entries
    }

    async fn until(&self, holds: impl Fn(&[OutboxEntry]) -> bool) {
        for _ in 0..500 {
            if holds(&self.queue()) {
                return;
            }
            sleep(Duration::from_millis(20)).await;
        }
        panic!("waited in vain: {:?}", self.queue());
    }
}

/// F16: a mail whose sending panics is tried again, and the others go.
#[test]
fn a_panic_costs_one_try() {
    actix_web::rt::System::new().block_on(async {
        let act = |call| if call == 1 { panic!("while sending") } else { Ok(()) };
        let house = House::new(6, act);
        house.until(|queue| queue.len() == 1 && queue[0].last_error.is_some()).await;
        let left = &house.queue()[0];
        assert_eq!((left.attempts, left.last_error.as_deref()), (1, Some("sending it panicked")));
        let later = house.clock.now().plus(Duration::from_secs(10));
        *house.clock.0.lock().unwrap() = later;
        house.until(<[_]>::is_empty).await;
        assert_eq!(house.calls.load(Ordering::SeqCst), 7);
    });
}

/// F11: at the end those under way are waited for and noted, and no other begins.
#[test]
fn the_end_comes_between_two_mails() {
    actix_web::rt::System::new().block_on(async {
        let act = |_| {
            std::thread::sleep(Duration::from_millis(500));
            Ok(())
        };
        let house = House::new(12, act);
        house.until(|_| house.calls.load(Ordering::SeqCst) > 0).await;
        house.room.finish().await;
        let begun = house.calls.load(Ordering::SeqCst);
        assert_eq!(house.queue().len() + begun, 12);
        assert!((1..12).contains(&begun), "{begun}");
        sleep(Duration::from_secs(1)).await;
        assert_eq!(house.calls.load(Ordering::SeqCst), begun);
    });
}
