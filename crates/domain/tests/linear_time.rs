//! No text that comes in from outside can be made to cost more than its length.

use std::hint::black_box;
use std::time::{Duration, Instant};

use vestibule_domain::birth_date::BirthDate;
use vestibule_domain::email::EmailAddress;
use vestibule_domain::fold::fold;
use vestibule_domain::metadata::Metadata;
use vestibule_domain::password::Password;
use vestibule_domain::password::rules::{PasswordRules, PersonalData};
use vestibule_domain::permission::PermissionSet;
use vestibule_domain::person_name::{FullName, Nickname};
use vestibule_domain::phone::PhoneNumber;
use vestibule_domain::time::Timestamp;
use vestibule_domain::username::{Username, UsernameKey};

/// What doubling shows a bad algorithm with: repeated brackets, dots, marks, joiners, letters that fold to many.
const FILLERS: &[&str] = &[
    "a",
    "<",
    "[",
    "(",
    "{\"a\":",
    "[[",
    "@",
    "a@",
    ".",
    "a.",
    "\n",
    " ",
    "-",
    "0",
    "+1",
    "\\u",
    "é",
    "e\u{301}",
    "\u{301}",
    "\u{323}\u{301}",
    "\u{200D}",
    "\u{1F80}",
    "ﷺ",
    "字",
    "ß",
    "İ",
];

/// A parser with its name.
type Named<'a> = (&'a str, &'a dyn Fn(&str));

/// Times within this of nothing are noise.
const NOISE: Duration = Duration::from_millis(20);

fn least_time(work: &dyn Fn(&str), text: &str) -> Duration {
    let time = |()| {
        let start = Instant::now();
        work(black_box(text));
        start.elapsed()
    };
    (0..3).map(|_| time(())).min().unwrap_or_default()
}

/// S88, S89: twice the text takes at most two and a half times as long, and a parser with a bound no time at all.
#[test]
fn every_parser_is_linear() {
    let now = Timestamp::from_datetime(chrono::DateTime::UNIX_EPOCH);
    let parsers: &[Named<'_>] = &[
        ("Username::choose", &|text| _ = Username::choose(text)),
        ("Username::admit", &|text| _ = Username::admit(text)),
        ("UsernameKey::of", &|text| _ = UsernameKey::of(text)),
        ("EmailAddress", &|text| _ = text.parse::<EmailAddress>()),
        ("FullName", &|text| _ = text.parse::<FullName>()),
        ("Nickname", &|text| _ = text.parse::<Nickname>()),
        ("PhoneNumber", &|text| _ = text.parse::<PhoneNumber>()),
        ("BirthDate", &|text| _ = BirthDate::parse(text, now)),
        ("Metadata", &|text| _ = text.parse::<Metadata>()),
        ("Password", &|text| _ = Password::new(text.to_owned())),
    ];
    for filler in FILLERS {
        let text = filler.repeat((1 << 20) / filler.len());
        for (name, parse) in parsers {
            let time = least_time(parse, &text);
            assert!(time < NOISE, "{name} took {time:?} on a mebibyte of {filler:?}");
        }
    }
}

/// S89: what has no bound of its own is measured against itself.
#[test]
fn what_has_no_bound_is_linear() {
    let unbounded: &[Named<'_>] = &[
        ("fold", &|text| _ = black_box(fold(text))),
        ("PermissionSet", &|text| _ = text.parse::<PermissionSet>()),
    ];
    for filler in FILLERS {
        let once = filler.repeat((64 << 10) / filler.len());
        let twice = once.repeat(2);
        for (name, work) in unbounded {
            let (single, double) = (least_time(work, &once), least_time(work, &twice));
            assert!(
                double < NOISE + single.mul_f64(2.5),
                "{name} of {filler:?}: {single:?}, then {double:?}"
            );
        }
    }
}

/// S89: the longest password against the longest details is checked before anybody notices, even unoptimized.
#[test]
fn the_password_rules_are_cheap_at_their_bounds() {
    let rules = PasswordRules::default();
    for filler in FILLERS {
        let password = Password::new(filler.repeat(1024 / filler.len())).expect("1024 bytes are taken");
        let detail = filler.repeat((1 << 20) / filler.len());
        let person = PersonalData { username: Some(&detail), email: Some(&detail), full_name: Some(&detail) };
        let work = |_: &str| _ = black_box(rules.check(&password, person));
        let time = least_time(&work, "");
        assert!(time < 3 * NOISE, "{filler:?} took {time:?}");
    }
}
