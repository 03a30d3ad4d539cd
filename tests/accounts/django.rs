//! Django itself, asked what it thinks of our hashes, and for some of its own.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use super::{import, sign_in, stored_hash};
use crate::harness::{Backend, TestApp, given};

on_both!(what_django_makes_today_opens_its_account_here);

/// Typed with a ligature, a fraction and a decomposed letter: NFKC makes another text of it.
const PASSWORD: &str = "na\u{ef}ve \u{fb01}ance\u{301}e \u{bd} and \u{1f40e}";

const PYTHON: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/venv/bin/python");

const PREAMBLE: &str = r"
import sys
from django.conf import settings
settings.configure(PASSWORD_HASHERS=['django.contrib.auth.hashers.' + name + 'PasswordHasher' for name in
    ['PBKDF2', 'PBKDF2SHA1', 'Argon2', 'BCryptSHA256', 'BCrypt', 'Scrypt']])
from django.contrib.auth.hashers import check_password, get_hashers, make_password
";

/// S32: a hash of ours is one that Django opens, so nobody is locked in here.
#[test]
fn django_takes_our_hashes() {
    let (argon2, pbkdf2) = crate::harness::run(async {
        let argon2 = TestApp::start_with(Backend::Sqlite, given::REAL_COST).await;
        argon2.signed_in("alice").await;
        let cost = &["--password-hasher", "pbkdf2", "--pbkdf2-iterations", "600000"];
        let pbkdf2 = TestApp::start_with(Backend::Sqlite, cost).await;
        pbkdf2.signed_in("alice").await;
        (stored_hash(&argon2.database, "alice"), stored_hash(&pbkdf2.database, "alice"))
    });
    assert!(argon2.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{argon2}");
    assert!(pbkdf2.starts_with("$pbkdf2-sha256$i=600000,l=32$"), "{pbkdf2}");
    // Django keeps a salt as text, and ours are bytes: its own function is asked rather than its row format.
    let script = r"
import base64, hashlib
from django.utils.crypto import constant_time_compare, pbkdf2
password, argon2, ours = sys.argv[1:]
decoded = lambda text: base64.b64decode(text + '=' * (-len(text) % 4))
_, scheme, cost, salt, output = ours.split('$')
rounds = int(cost.split(',')[0].removeprefix('i='))
def opens(password):
    derived = pbkdf2(password, decoded(salt), rounds, digest=hashlib.sha256)
    return [check_password(password, 'argon2' + argon2), constant_time_compare(derived, decoded(output))]
print(opens(password), opens(password + ' '))
";
    let told = python(script, &[given::PASSWORD, &argon2, &pbkdf2]);
    assert_eq!(told, "[True, True] [False, False]");
}

/// S32: today's Django, at its own costs, with a password whose bytes differ from its NFKC form.
async fn what_django_makes_today_opens_its_account_here(backend: Backend) {
    let script =
        "for hasher in get_hashers(): print(hasher.algorithm, make_password(sys.argv[1], hasher=hasher))";
    let app = TestApp::start(backend).await;
    let made = python(script, &[PASSWORD]);
    assert_eq!(made.lines().count(), 6, "{made}");
    for (name, hash) in made.lines().map(|line| line.split_once(' ').unwrap()) {
        import(&app.database, name, None, hash);
        sign_in(&app.anonymous(), name, PASSWORD).await.assert_status(200);
        let renewed = stored_hash(&app.database, name);
        assert!(renewed.starts_with("$argon2id$"), "{name}: {renewed}");
        // Renewed as NFKC, so that every keyboard opens it now.
        let composed = "na\u{ef}ve fianc\u{e9}e 1\u{2044}2 and \u{1f40e}";
        sign_in(&app.anonymous(), name, composed).await.assert_status(200);
        sign_in(&app.anonymous(), name, PASSWORD).await.assert_status(200);
    }
}

/// S60: Django's list of common passwords, as far as its words are long enough to be asked for at all, and but for a few
/// lines that are the debris of a lost encoding and nobody's password.
#[test]
fn what_is_on_djangos_list_is_refused_here() {
    use vestibule_domain::password::Password;
    use vestibule_domain::password::rules::{PasswordRules, PersonalData, WeakPassword};

    let script = r"
from django.contrib.auth.password_validation import CommonPasswordValidator
print('\n'.join(sorted(word for word in CommonPasswordValidator().passwords if len(word) >= 8)))
";
    let words = python(script, &[]);
    let rules = PasswordRules::default();
    let is_refused = |word: &str| {
        let weak = rules.check(&Password::new(word.to_owned()).unwrap(), PersonalData::default());
        weak.contains(&WeakPassword::TooCommon)
    };
    let is_debris = |word: &str| word.contains("\u{43f}\u{457}\u{455}");
    assert!(words.lines().filter(|word| is_debris(word)).count() < 20, "{words}");
    let missing = words.lines().filter(|word| !is_debris(word) && !is_refused(word)).fold(
        String::new(),
        |mut all, word| {
            write!(all, "{word} ").unwrap();
            all
        },
    );
    assert!(words.lines().count() > 8000, "{}", words.lines().count());
    assert_eq!(missing, "");
}

/// What Django prints.
fn python(script: &str, arguments: &[&str]) -> String {
    let install = "Django was not found in target/venv; type `just setup`";
    assert!(Path::new(PYTHON).is_file(), "{install}");
    let output =
        Command::new(PYTHON).args(["-c", &format!("{PREAMBLE}{script}")]).args(arguments).output().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{install}: {complaint}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
