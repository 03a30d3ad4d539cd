use std::net::Ipv6Addr;
use std::sync::atomic::{AtomicU32, Ordering};

use vestibule_domain::failures::Failures;

use super::bounded::Bounded;
use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn start() -> Timestamp {
    Timestamp::from_unix_seconds(1_795_132_800).unwrap()
}

fn limits() -> Limits {
    Limits::new(LimitRules::default(), None)
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn account(id: i64) -> TriedAccount {
    TriedAccount::Known(id.try_into().unwrap())
}

fn name(text: &str) -> TriedAccount {
    TriedAccount::Unknown(SignInName::of(text))
}

/// How often `ask` is let through by `threads` at once, each asking `times` times.
fn let_through(threads: usize, times: usize, ask: impl Fn(usize) -> bool + Sync) -> u32 {
    let admitted = AtomicU32::new(0);
    let barrier = std::sync::Barrier::new(threads);
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let (ask, admitted, barrier) = (&ask, &admitted, &barrier);
            scope.spawn(move || {
                barrier.wait();
                for _ in 0..times {
                    admitted.fetch_add(u32::from(ask(thread)), Ordering::Relaxed);
                }
            });
        }
    });
    admitted.into_inner()
}

/// S35: at whatever moment they arrive, no more than the burst are let through: of an address, of an account, and in all.
#[test]
fn two_hundred_at_once_are_let_through_as_often_as_the_burst_says() {
    let limits = limits();
    let address = ip("192.0.2.1");
    let sign_in = |_| limits.admit(start(), LimitedAction::SignIn, address).is_ok();
    assert_eq!(let_through(200, 1, sign_in), 30);

    let of_one_account = |thread: usize| {
        let address = IpAddr::from([198, 51, 100, u8::try_from(thread).unwrap()]);
        limits.admit_check(start(), &account(1), address, false).is_ok()
    };
    assert_eq!(let_through(200, 5, of_one_account), 10);

    let rules = LimitRules { sign_in_in_all: "40/1m".parse().unwrap(), ..LimitRules::default() };
    let limits = Limits::new(rules, None);
    let from_everywhere = |thread: usize| {
        let address = IpAddr::from([198, 51, 100, u8::try_from(thread).unwrap()]);
        limits.admit(start(), LimitedAction::SignIn, address).is_ok()
    };
    assert_eq!(let_through(200, 3, from_everywhere), 40);
}

/// S35: good sign-ins in between give an address nothing back, nor an account.
#[test]
fn a_success_gives_nothing_back() {
    let limits = limits();
    let (address, mut admitted) = (ip("192.0.2.1"), 0);
    for _ in 0..100 {
        if limits.admit(start(), LimitedAction::SignIn, address).is_ok() {
            admitted += 1;
        }
        limits.note_check(start(), &account(2), address, true);
    }
    assert_eq!(admitted, 30);
    let mut checked = 0;
    for _ in 0..100 {
        checked += u32::from(limits.admit_check(start(), &account(2), address, false).is_ok());
        limits.note_check(start(), &account(2), address, true);
    }
    assert_eq!(checked, 10);
}

#[test]
fn a_denied_address_takes_nothing_from_everybody() {
    let rules = LimitRules { sign_in_in_all: "31/1m".parse().unwrap(), ..LimitRules::default() };
    let limits = Limits::new(rules, None);
    for _ in 0..1000 {
        let _ = limits.admit(start(), LimitedAction::SignIn, ip("192.0.2.1"));
    }
    let other = ip("192.0.2.2");
    assert_eq!(limits.admit(start(), LimitedAction::SignIn, other), Ok(()));
    let denied = limits.admit(start(), LimitedAction::SignIn, other).unwrap_err();
    assert_eq!(denied.policy, "sign-in-all");
}

/// S99: what is refused by what is known here is the refusal that asking would bring, and looking takes nothing.
#[test]
fn a_first_look_says_what_asking_would() {
    let rules = LimitRules { sign_in_in_all: "40/1m".parse().unwrap(), ..LimitRules::default() };
    let limits = Limits::new(rules, None);
    let (one, other) = (ip("192.0.2.1"), ip("192.0.2.2"));
    let look = |now, address| limits.refused(now, LimitedAction::SignIn, address);
    let ask = |now, address| limits.admit(now, LimitedAction::SignIn, address);
    for _ in 0..30 {
        assert_eq!((look(start(), one), ask(start(), one)), (None, Ok(())));
    }
    assert_eq!(look(start(), one), ask(start(), one).err());
    assert_eq!(look(start(), one).map(|hit| hit.policy), Some("sign-in"));
    for _ in 0..10 {
        assert_eq!((look(start(), other), ask(start(), other)), (None, Ok(())));
    }
    assert_eq!(look(start(), other).map(|hit| hit.policy), Some("sign-in-all"));
    assert_eq!(look(start(), other), ask(start(), other).err());
    assert_eq!(look(start().plus(SECOND * 10), one), None);
    let off = Limits::new(LimitRules { is_on: false, ..rules }, None);
    assert_eq!(off.refused(start(), LimitedAction::SignIn, one), None);
}

#[test]
fn one_action_takes_nothing_from_another() {
    let limits = limits();
    let address = ip("192.0.2.1");
    while limits.admit(start(), LimitedAction::SignIn, address).is_ok() {}
    for action in
        [LimitedAction::Register, LimitedAction::Refresh, LimitedAction::AskForMail, LimitedAction::UseToken]
    {
        assert_eq!(limits.admit(start(), action, address), Ok(()), "{action:?}");
    }
}

/// S99: of an account, whatever address it writes from; a look says what asking would.
#[test]
fn an_author_writes_and_previews_so_often_a_minute() {
    let limits = limits();
    let (alice, bob) = (1.try_into().unwrap(), 2.try_into().unwrap());
    for (action, policy, burst) in
        [(AuthorAction::Write, "write", 30), (AuthorAction::Preview, "preview", 60)]
    {
        let ask = |now, who| limits.admit_author(now, action, who);
        let admitted = (0..100).filter(|_| {
            let looked = limits.refused_author(start(), action, alice);
            let asked = ask(start(), alice);
            assert_eq!(looked, asked.err());
            asked.is_ok()
        });
        assert_eq!(admitted.count(), burst);
        assert_eq!(ask(start(), alice).map_err(|hit| hit.policy), Err(policy));
        assert_eq!(ask(start(), bob), Ok(()));
        assert_eq!(ask(start().plus(SECOND * 2), alice), Ok(()));
    }
    let off = Limits::new(LimitRules { is_on: false, ..LimitRules::default() }, None);
    assert!((0..100).all(|_| off.admit_author(start(), AuthorAction::Preview, alice).is_ok()));
}

/// S37: the 2^64 addresses of a /64 are one; the next /64 is another.
#[test]
fn a_64_is_one_address() {
    let limits = limits();
    let address = |n: u16| IpAddr::from(Ipv6Addr::new(0x2001, 0xdb8, 0, 7, n, 0, 0, n));
    let admitted =
        (0..=u16::MAX).filter(|n| limits.admit(start(), LimitedAction::SignIn, address(*n)).is_ok());
    assert_eq!(admitted.count(), 30);
    assert_eq!(limits.admit(start(), LimitedAction::SignIn, ip("2001:db8:0:8::1")), Ok(()));

    let checked = |n: u16| limits.admit_check(start(), &account(1), address(n), true).is_ok();
    assert_eq!((0..1000).filter(|n| checked(*n)).count(), 10);
}

/// Signs in with a password that is right or not, as the use case does.
fn sign_in(
    limits: &Limits,
    now: Timestamp,
    account: &TriedAccount,
    address: IpAddr,
    is_known: bool,
    is_right: bool,
) -> Result<bool, TooMany> {
    limits.admit(now, LimitedAction::SignIn, address)?;
    limits.admit_check(now, account, address, is_known)?;
    limits.note_check(now, account, address, is_right);
    Ok(is_right)
}

/// S36: for an hour somebody fails ten times a second from one address. Whoever has the password gets in from another one
/// within a minute, at any time, and from an address the account knows at once.
#[test]
fn one_address_locks_nobody_else_out() {
    let limits = limits();
    let (attacker, stranger, known) = (ip("203.0.113.66"), ip("192.0.2.1"), ip("192.0.2.2"));
    let (mut guesses, mut waiting_since, mut longest) = (0, None, Duration::ZERO);
    for tenth in 0..36_000_u32 {
        let now = start().plus(Duration::from_millis(100) * tenth);
        guesses += u32::from(sign_in(&limits, now, &account(1), attacker, false, false).is_ok());
        // Every two minutes the owner wants in from somewhere new, and tries every five seconds.
        if tenth % 1200 == 600 {
            waiting_since = Some(now);
        }
        if let Some(since) = waiting_since.filter(|_| tenth % 50 == 0)
            && sign_in(&limits, now, &account(1), stranger, false, true).is_ok()
        {
            longest = longest.max(now.since(since));
            waiting_since = None;
        }
        if tenth % 600 == 0 {
            assert_eq!(sign_in(&limits, now, &account(1), known, true, true), Ok(true), "at {tenth}");
        }
    }
    assert_eq!(waiting_since, None);
    assert!(longest <= Duration::from_mins(1), "{longest:?}");
    assert!(guesses <= 25, "{guesses} guesses in an hour");
}

/// S36: many addresses together empty the bucket for strangers, and no other.
#[test]
fn a_known_address_has_a_bucket_of_its_own() {
    let limits = limits();
    for host in 0..200 {
        let _ = sign_in(&limits, start(), &account(1), IpAddr::from([203, 0, 113, host]), false, false);
    }
    let denied = sign_in(&limits, start(), &account(1), ip("192.0.2.1"), false, true).unwrap_err();
    assert_eq!((denied.policy, denied.retry_after), ("sign-in-account", Duration::from_secs(30)));
    assert_eq!(sign_in(&limits, start(), &account(1), ip("192.0.2.1"), true, true), Ok(true));
    assert_eq!(sign_in(&limits, start(), &account(2), ip("192.0.2.1"), false, true), Ok(true));
}

#[test]
fn the_delay_grows_with_each_failure_and_ends_with_a_success() {
    let limits = limits();
    let (address, mut now, mut waits) = (ip("192.0.2.1"), start(), Vec::new());
    for _ in 0..14 {
        assert_eq!(sign_in(&limits, now, &account(1), address, true, false), Ok(false));
        let denied = limits.sign_in_delays.check(None, now, "account/1/192.0.2.1").err();
        let wait = denied.map_or(Duration::ZERO, |denied| denied.retry_after);
        waits.push(wait.as_secs());
        now = now.plus(wait);
    }
    assert_eq!(waits, [0, 0, 0, 0, 0, 0, 0, 0, 0, 60, 120, 240, 300, 300]);
    assert_eq!(sign_in(&limits, now, &account(1), address, true, true), Ok(true));
    now = now.plus(Duration::from_mins(5));
    for _ in 0..=Failures::FREE {
        assert_eq!(sign_in(&limits, now, &account(1), address, true, false), Ok(false));
    }
    let denied = sign_in(&limits, now, &account(1), address, true, true).unwrap_err();
    assert_eq!(
        (denied.policy, denied.rate.burst(), denied.retry_after),
        ("sign-in-delay", 1, Failures::FIRST_WAIT)
    );
    assert_eq!(sign_in(&limits, now, &account(1), ip("192.0.2.2"), true, true), Ok(true));
    assert_eq!(sign_in(&limits, now, &account(2), address, true, true), Ok(true));
}

/// S38: what is asked about a name that nobody has is answered as if somebody had it, in whatever way it is written.
#[test]
fn a_name_nobody_has_is_limited_like_any_other() {
    let limits = limits();
    let (address, other) = (ip("192.0.2.1"), ip("192.0.2.2"));
    let spellings = ["Mike@Bücher.example", " mike@BÜCHER.example", "mike@xn--bcher-kva.example"];
    for tenth in 0..3000_u32 {
        let now = start().plus(Duration::from_millis(100) * tenth);
        let from = if tenth % 3 == 0 { address } else { other };
        let unknown = name(spellings[tenth as usize % spellings.len()]);
        let known = limits.admit_check(now, &account(1), from, false);
        assert_eq!(limits.admit_check(now, &unknown, from, false), known, "at {tenth}");
        if known.is_ok() {
            limits.note_check(now, &account(1), from, tenth % 7 == 0);
            limits.note_check(now, &unknown, from, tenth % 7 == 0);
        }
    }
    assert_ne!(name("mike").key(), name("mike@example.org").key());
    assert!(!name("mike@example.org").key().contains("mike"));
}

/// S81: no failure is lost.
#[test]
fn failures_of_sixty_four_writers_are_all_counted() {
    let delays = Delays::new();
    let_through(64, 100, |_| {
        delays.note_failure(None, start(), "pair");
        true
    });
    assert_eq!(delays.count(start(), "pair"), 6400);
}

/// S56, S36: three of each kind, and none of another.
#[test]
fn a_recipient_gets_three_mails_of_a_kind_an_hour_whoever_asks() {
    let limits = limits();
    let recipient = "mike@example.org".parse::<vestibule_domain::email::EmailAddress>().unwrap().key();
    for kind in [MailKind::Notice, MailKind::Proof, MailKind::Reset] {
        let admitted = |second: &u32| limits.admit_mail(start().plus(SECOND * *second), kind, &recipient);
        let sent = |from: u32, to: u32| (from..to).filter(admitted).count();
        assert_eq!((sent(0, 1000), sent(1000, 3601)), (3, 3), "{kind:?}");
    }
}

/// F10: neither way does a jump lock for ever, and forwards it frees only what the time would have.
#[test]
fn jumps_of_the_clock_lock_nobody_out_for_long() {
    let limits = limits();
    let address = ip("192.0.2.1");
    let spend = |now: Timestamp| {
        (0..50).filter(|_| sign_in(&limits, now, &account(1), address, false, false).is_ok()).count()
    };
    let ahead = start().plus(Duration::from_hours(13));
    assert_eq!(spend(ahead), 10);
    while limits.admit(ahead, LimitedAction::SignIn, address).is_ok() {}
    assert!(limits.admit(start(), LimitedAction::SignIn, address).is_err());
    let tries = |second: &u32| {
        sign_in(&limits, start().plus(SECOND * *second), &account(1), address, false, true).is_ok()
    };
    let waited = (0..600).find(tries);
    assert!(waited.is_some_and(|seconds| (10..=120).contains(&seconds)), "{waited:?}");
    assert_eq!(spend(ahead), 10);
}

/// S90: an attacker with addresses without number fills no memory, and makes nobody forget that they are being refused.
#[test]
fn what_is_remembered_is_bounded() {
    let limits = limits();
    let spent = ip("192.0.2.1");
    while limits.admit(start(), LimitedAction::SignIn, spent).is_ok() {}
    let buckets = Bounded::new(Duration::from_mins(5), |at: &Timestamp| *at);
    let network = |n: u32| Ipv6Addr::from_bits(0x2001_0db8 << 96 | u128::from(n) << 64);
    for n in 0..300_000 {
        let _ = limits.admit(start(), LimitedAction::SignIn, network(n).into());
        buckets.update(start(), &n.to_string(), |_| (Some(start().plus(SECOND)), ()));
    }
    assert!(limits.admit(start(), LimitedAction::SignIn, spent).is_err());
    assert!((90_000..=100_000).contains(&buckets.len()), "{}", buckets.len());
    let later = start().plus(Duration::from_mins(1));
    for n in 0..100_000 {
        buckets.update(later, &format!("later/{n}"), |_| (Some(later), ()));
    }
    assert!(buckets.update(later, "0", |known| (None, known)).is_none());
}

/// S90: what has ended goes by itself, also what was put in before the clock was set back.
#[test]
fn what_has_ended_makes_room() {
    let buckets = Bounded::new(Duration::from_mins(5), |at: &Timestamp| *at);
    let put = |now: Timestamp, from: u32| {
        for n in from..from + 50_000 {
            buckets.update(now, &n.to_string(), |_| (Some(now.plus(SECOND)), ()));
        }
    };
    put(start().plus(Duration::from_hours(13)), 0);
    put(start(), 50_000);
    assert!(buckets.len() <= 60_000, "{}", buckets.len());
    put(start().plus(Duration::from_mins(1)), 100_000);
    assert!(buckets.len() <= 60_000, "{}", buckets.len());
}

#[test]
fn switched_off_nothing_is_limited() {
    let limits = Limits::new(LimitRules { is_on: false, ..LimitRules::default() }, None);
    let recipient = "mike@example.org".parse::<vestibule_domain::email::EmailAddress>().unwrap().key();
    for _ in 0..10_000 {
        assert_eq!(sign_in(&limits, start(), &account(1), ip("192.0.2.1"), false, false), Ok(false));
        assert!(limits.admit_mail(start(), MailKind::Reset, &recipient));
    }
    assert!(!limits.may_wait());
}
