use std::sync::atomic::{AtomicU8, Ordering};

use tempfile::TempDir;
use vestibule_domain::password::PasswordHash;
use vestibule_domain::username::Username;
use vestibule_persistence::users::NewUser;
use vestibule_persistence::{DatabaseUrl, PoolOptions};

use super::*;

/// Fills with other bytes each time.
#[derive(Default)]
struct Counting(AtomicU8);

impl Random for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(self.0.fetch_add(1, Ordering::Relaxed));
    }
}

/// A composer on a database of its own.
struct House {
    composer: Composer,
    random: Counting,
    _folder: TempDir,
}

fn noon() -> Timestamp {
    "2026-01-15T12:00:00Z".parse().unwrap()
}

fn address(text: &str) -> EmailAddress {
    text.parse().unwrap()
}

impl House {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let url = DatabaseUrl::sqlite_file(&folder.path().join("test.db"));
        let database = Database::open(&url, PoolOptions::default());
        database.migrate().unwrap();
        let options = MailerOptions {
            public_url: Url::parse("https://accounts.example.org").unwrap(),
            from: "no-reply@example.org".parse().unwrap(),
            reset_token_ttl: Duration::from_hours(1),
            verify_token_ttl: Duration::from_hours(24),
        };
        let tokens = MailTokens::new(database.clone(), None);
        let composer = Composer::new(options, database, tokens);
        Self { composer, random: Counting::default(), _folder: folder }
    }

    fn member(&self, name: &str, email: Option<&str>) -> UserId {
        let new = NewUser {
            username: Some(Username::choose(name).unwrap()),
            email: email.map(address),
            full_name: None,
            password_hash: PasswordHash::unusable(),
        };
        self.composer.database.write(|conn| users::insert(conn, noon(), &new)).unwrap()
    }

    fn prove(&self, user_id: UserId, email: &str) {
        let key = address(email).key();
        let proven = |conn: &mut _| credentials::set_email_verified(conn, noon(), user_id, &key);
        assert!(self.composer.database.write(proven).unwrap());
    }

    fn suspend(&self, user_id: UserId) {
        self.composer.database.write(|conn| users::set_suspended(conn, noon(), user_id, true)).unwrap();
    }

    /// What is leased after `order` was given, the newest order.
    fn leased(&self, order: &MailOrder) -> LeasedMail {
        let database = &self.composer.database;
        database.write(|conn| outbox::insert(conn, noon(), order)).unwrap();
        database.write(|conn| outbox::lease(conn, noon(), "us", 100)).unwrap().pop().unwrap()
    }

    fn compose(&self, order: &MailOrder) -> Option<Composed> {
        self.composer.compose(noon(), &self.random, &self.leased(order)).unwrap()
    }

    /// The token of the letter's link, as it is kept.
    fn kept(&self, composed: &Composed, purpose: MailPurpose) -> Option<MailedToken> {
        let token = token(composed);
        let digest = token.digest(purpose);
        self.composer.tokens.find(noon(), token.user_id(), purpose, &digest).unwrap()
    }
}

fn link(composed: &Composed) -> String {
    let text = composed.letter.to_text().unwrap();
    text.lines().find(|line| line.contains("token=")).unwrap().to_owned()
}

fn token(composed: &Composed) -> MailToken {
    link(composed).split("token=").nth(1).unwrap().parse().unwrap()
}

/// S08: whatever look-alike was typed, the mail goes to the stored address or to nobody.
#[test]
fn a_reset_goes_to_the_stored_address() {
    let house = House::new();
    let mike = house.member("mike", Some("Mike@Example.org"));
    for typed in ["Mike@Example.org", "mike@example.org", "MI\u{212A}E@example.org", "ｍｉｋｅ@example.org"]
    {
        let composed = house.compose(&MailOrder::ResetPassword { typed: address(typed) }).unwrap();
        assert_eq!(composed.to.as_str(), "Mike@Example.org");
        assert!(link(&composed).starts_with("https://accounts.example.org/reset-password?token="));
        let kept = house.kept(&composed, MailPurpose::ResetPassword).unwrap();
        assert_eq!((kept.email.as_str(), kept.epoch), ("Mike@Example.org", 0));
        assert_eq!(kept.expires_at, noon().plus(Duration::from_hours(1)));
        assert_eq!(token(&composed).user_id(), mike);
    }
    for typed in ["mıke@example.org", "mіke@example.org", "nobody@example.org"] {
        assert!(house.compose(&MailOrder::ResetPassword { typed: address(typed) }).is_none(), "{typed}");
    }
    house.suspend(mike);
    assert!(house.compose(&MailOrder::ResetPassword { typed: address("mike@example.org") }).is_none());
}

/// S54: the newest voids the one before.
#[test]
fn each_writing_has_a_token_of_its_own() {
    let house = House::new();
    let user_id = house.member("mike", Some("mike@example.org"));
    let leased = house.leased(&MailOrder::VerifyEmail { user_id });
    let compose = || house.composer.compose(noon(), &house.random, &leased).unwrap().unwrap();
    let (first, second) = (compose(), compose());
    assert!(first.holds_token && link(&first) != link(&second));
    assert!(house.kept(&first, MailPurpose::VerifyEmail).is_none());
    assert!(house.kept(&second, MailPurpose::VerifyEmail).is_some());
}

#[test]
fn an_address_is_proven_once_and_where_there_is_one() {
    let house = House::new();
    let mike = house.member("mike", Some("mike@example.org"));
    let nobody = house.member("nemo", None);
    let verify = |user_id| house.compose(&MailOrder::VerifyEmail { user_id });
    assert!(link(&verify(mike).unwrap()).starts_with("https://accounts.example.org/verify-email?token="));
    house.prove(mike, "mike@example.org");
    assert!(verify(mike).is_none() && verify(nobody).is_none());
    assert!(verify(UserId::try_from(99).unwrap()).is_none());
}

#[test]
fn a_new_address_is_asked_unless_somebody_has_it() {
    let house = House::new();
    let mike = house.member("mike", Some("mike@example.org"));
    house.member("anna", Some("Anna@example.org"));
    let change = |new: &str, epoch| {
        house.compose(&MailOrder::ConfirmEmailChange { user_id: mike, new_email: address(new), epoch })
    };
    let asked = change("mike@new.example", 0).unwrap();
    assert_eq!(asked.to.as_str(), "mike@new.example");
    assert_eq!(house.kept(&asked, MailPurpose::ChangeEmail).unwrap().email.as_str(), "mike@new.example");
    let told = change("anna@example.org", 0).unwrap();
    assert_eq!(told.to.as_str(), "Anna@example.org");
    assert!(!told.holds_token && told.letter.subject.starts_with("You have an account"));
    assert!(change("mike@new.example", 1).is_none(), "what was voided meanwhile is not asked");
    house.suspend(mike);
    assert!(change("mike@new.example", 0).is_none());
}

/// S62, S56: the notice has a way back, and of the new address no more than its owner needs.
#[test]
fn the_old_address_gets_a_way_back() {
    let house = House::new();
    let user_id = house.member("mike", Some("mike@example.org"));
    let new_email = address("click.evil@evil.example");
    let (old_email, old_verified_at) = (address("mike@example.org"), Some(noon()));
    let order = MailOrder::EmailChangeNotice { user_id, old_email, old_verified_at, new_email };
    let notice = house.compose(&order).unwrap();
    assert_eq!(notice.to.as_str(), "mike@example.org");
    let text = notice.letter.to_text().unwrap();
    assert!(text.contains("c***@e***") && !text.contains("evil"), "{text}");
    assert!(link(&notice).starts_with("https://accounts.example.org/confirm-email?token="));
    let digest = token(&notice).digest(MailPurpose::KeepEmail);
    let later = noon().plus(WAY_BACK_TTL).minus(Duration::from_secs(1));
    let database = &house.composer.database;
    let taken = database.write(|conn| email_ways_back::take(conn, later, user_id, &digest)).unwrap().unwrap();
    let old_email = address("mike@example.org");
    assert_eq!(taken, WayBack { old_email, old_verified_at: Some(noon()), asked_at: noon() });
}

/// S62: a way back that was taken closes those whose mails are still being written.
#[test]
fn a_notice_whose_order_is_gone_opens_no_way() {
    let house = House::new();
    let user_id = house.member("mike", Some("mike@example.org"));
    let [old_email, new_email] = ["mike@example.org", "thief@example.org"].map(address);
    let order = MailOrder::EmailChangeNotice { user_id, old_email, old_verified_at: None, new_email };
    let (first, second) = (house.leased(&order), house.leased(&order));
    let compose = |leased| house.composer.compose(noon(), &house.random, leased).unwrap();
    let digest = token(&compose(&first).unwrap()).digest(MailPurpose::KeepEmail);
    let database = &house.composer.database;
    assert!(database.write(|conn| email_ways_back::take(conn, noon(), user_id, &digest)).unwrap().is_some());
    assert!(compose(&second).is_none());
}

/// S08: whoever looks after accounts has a link sent, and never sees one.
#[test]
fn links_that_others_cause_go_to_the_stored_address_while_the_account_may_act() {
    let house = House::new();
    let mike = house.member("mike", Some("Mike@Example.org"));
    let nobody = house.member("nemo", None);
    let orders =
        |user_id| [MailOrder::ChooseFirstPassword { user_id }, MailOrder::ChooseNewPassword { user_id }];
    for order in orders(mike) {
        let composed = house.compose(&order).unwrap();
        assert_eq!(composed.to.as_str(), "Mike@Example.org");
        assert!(link(&composed).starts_with("https://accounts.example.org/reset-password?token="));
        let kept = house.kept(&composed, MailPurpose::ResetPassword).unwrap();
        assert_eq!((kept.email.as_str(), kept.epoch), ("Mike@Example.org", 0));
        assert_eq!(kept.expires_at, noon().plus(Duration::from_hours(24)));
        assert!(composed.holds_token && token(&composed).user_id() == mike);
    }
    assert!(orders(nobody).iter().all(|order| house.compose(order).is_none()));
    assert!(orders(UserId::try_from(99).unwrap()).iter().all(|order| house.compose(order).is_none()));
    house.suspend(mike);
    assert!(orders(mike).iter().all(|order| house.compose(order).is_none()));
}

/// The last word about an account goes to where it was, whatever became of it since.
#[test]
fn word_of_what_others_did_goes_to_the_address_it_was_ordered_for() {
    let house = House::new();
    let user_id = UserId::try_from(99).unwrap();
    let old_email = address("Mike@old.example");
    for order in [
        MailOrder::EmailReplaced { user_id, old_email },
        MailOrder::AccountDeleted { email: address("Mike@old.example") },
    ] {
        let composed = house.compose(&order).unwrap();
        assert_eq!(composed.to.as_str(), "Mike@old.example");
        let text = composed.letter.to_text().unwrap().replace('\n', " ");
        assert!(!composed.holds_token && !text.contains("token=") && !text.contains("old.example"), "{text}");
        assert!(text.contains("15 January 2026"), "{text}");
    }
}

#[test]
fn notices_go_to_the_address_there_is() {
    let house = House::new();
    let mike = house.member("mike", Some("mike@example.org"));
    let nobody = house.member("nemo", None);
    let orders = |user_id| {
        let user_agent = Some("<b>Firefox/1</b>\r\nX: y".to_owned());
        let ip = Some("203.0.113.7".to_owned());
        [
            MailOrder::PasswordChanged { user_id },
            MailOrder::NewSignIn { user_id, ip, user_agent },
            MailOrder::NewSignIn { user_id, ip: Some("not an address".into()), user_agent: None },
            MailOrder::AccountExists { user_id },
        ]
    };
    for order in orders(mike) {
        let composed = house.compose(&order).unwrap();
        assert_eq!(composed.to.as_str(), "mike@example.org");
        let text = composed.letter.to_text().unwrap();
        assert!(!composed.holds_token && !text.contains("mike") && !text.contains("<b>"), "{text}");
        assert!(!text.contains("not an address") && text.contains("/forgot-password\n"), "{text}");
    }
    assert!(orders(nobody).iter().all(|order| house.compose(order).is_none()));
}

#[test]
fn a_hint_says_little() {
    for (email, hinted) in
        [("mike@example.org", "m***@e***"), ("éva@bücher.example", "***@x***"), ("'x@a.example", "***@a***")]
    {
        assert_eq!(hint(&address(email)), hinted);
    }
}
