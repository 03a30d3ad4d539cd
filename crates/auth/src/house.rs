//! What the tests of this room stand on: a house with alice in it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tempfile::TempDir;
use vestibule_domain::audit::{AuditEvent, AuditRecord};
use vestibule_domain::caller::{Caller, ClientInfo};
use vestibule_domain::email::EmailAddress;
use vestibule_domain::id::{SessionId, UserId};
use vestibule_domain::mail::MailOrder;
use vestibule_domain::page::PageSize;
use vestibule_domain::password::{Password, PasswordHash};
use vestibule_domain::random::Random;
use vestibule_domain::time::Timestamp;
use vestibule_domain::token::{TokenFormat, TokenGrant};
use vestibule_domain::user::User;
use vestibule_domain::username::Username;
use vestibule_persistence::sessions::NewSession;
use vestibule_persistence::users::NewUser;
use vestibule_persistence::{
    Database, DatabaseUrl, PoolOptions, StoreError, audit, credentials, outbox, roles, sessions, users,
};

use crate::accounts::Accounts;
use crate::authenticate::{AuthenticateError, Presented, authenticate};
use crate::hasher::{Argon2Cost, Hasher, HasherSettings, Scratch};
use crate::pair::{Pair, PairFor};
use crate::refresh::{RefreshError, refresh};
use crate::rules::AccountRules;
use crate::sign_in::SignedIn;

/// In seconds.
pub(crate) const DAY: u64 = 24 * 60 * 60;

/// Alice's password.
pub(crate) const PASSWORD: &str = "violet harbour 42 lamps";

/// A hash of a password that nobody in these tests needs to know.
const SOMEBODYS_HASH: &str = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$c29tZW91dHB1dG9mdGhpcnR5dHdvYnl0ZXM";

/// Counts up, so that no two secrets are the same.
pub(crate) struct Counting(AtomicU64);

impl Random for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        let number = self.0.fetch_add(1, Ordering::Relaxed).to_le_bytes();
        bytes.iter_mut().zip(number.iter().cycle()).for_each(|(byte, digit)| *byte = *digit);
    }
}

pub(crate) static RANDOM: Counting = Counting(AtomicU64::new(1));

/// So many seconds after the beginning.
pub(crate) fn at(seconds: u64) -> Timestamp {
    let start = Timestamp::from_datetime(chrono::DateTime::from_timestamp(1_800_000_000, 0).unwrap());
    start.plus(Duration::from_secs(seconds))
}

/// Accounts in a SQLite file, with limits as a fresh installation has them, and alice since second 0.
pub(crate) struct House {
    pub(crate) accounts: Accounts,
    pub(crate) alice: UserId,
    _folder: TempDir,
}

impl House {
    pub(crate) fn new(rules: AccountRules) -> Self {
        let folder = TempDir::new().unwrap();
        let url = DatabaseUrl::sqlite_file(&folder.path().join("accounts.db"));
        let database = Database::open(&url, PoolOptions::default());
        database.migrate().unwrap();
        let settings = HasherSettings { argon2: Argon2Cost::cheap_for_tests(), ..HasherSettings::default() };
        let hasher = Hasher::new(&settings, &RANDOM).unwrap();
        let password = Password::new(PASSWORD.to_owned()).unwrap();
        let alice = NewUser {
            username: Some(Username::choose("alice").unwrap()),
            email: Some("alice@example.org".parse().unwrap()),
            full_name: None,
            password_hash: hasher.hash(&mut Scratch::default(), &RANDOM, &password).unwrap(),
        };
        let alice = database.write(|conn| users::insert(conn, at(0), &alice)).unwrap();
        let accounts = Accounts::embedded(database, hasher, rules, &[7; 32], "https://example.org");
        accounts.keys.load(at(0), &RANDOM).unwrap();
        Self { accounts, alice, _folder: folder }
    }

    /// A session of alice's, opened at second 0 without a password.
    pub(crate) fn open(&self, format: TokenFormat) -> SignedIn {
        self.open_for(self.alice, format)
    }

    /// The same for `user_id`.
    pub(crate) fn open_for(&self, user_id: UserId, format: TokenFormat) -> SignedIn {
        let session_id = SessionId::new(at(0), &RANDOM);
        let ends_at = at(0).plus(self.accounts.rules.refresh_token_ttl);
        let of = PairFor { session_id, user_id, grant: TokenGrant::Pair(format), ends_at };
        let pair = Pair::new(&self.accounts, at(0), &RANDOM, of).unwrap();
        let client = ClientInfo::default();
        let session = NewSession { id: session_id, user_id, pair: pair.kept.clone(), ends_at, client };
        self.accounts.database.write(|conn| sessions::insert(conn, at(0), &session)).unwrap();
        let user = self.accounts.database.read(|conn| users::find(conn, user_id)).unwrap().unwrap();
        pair.into_signed_in(session_id, user)
    }

    pub(crate) fn refresh(&self, now: u64, from: &SignedIn) -> Result<SignedIn, RefreshError> {
        let token = from.refresh_token.as_ref().unwrap();
        refresh(&self.accounts, at(now), &RANDOM, token, &ClientInfo::default())
    }

    pub(crate) fn is_open(&self, now: u64, pair: &SignedIn) -> bool {
        self.who(now, pair).is_ok()
    }

    /// Who holds the access token of `pair`.
    pub(crate) fn who(&self, now: u64, pair: &SignedIn) -> Result<Arc<Caller>, AuthenticateError> {
        let token = Presented::of(&pair.token.reveal()).unwrap();
        authenticate(&self.accounts, at(now), &token)
    }

    /// An account with a proven address at example.org, these roles and a password that nobody knows.
    pub(crate) fn make(&self, name: &str, roles: &[&str]) -> UserId {
        let email: EmailAddress = format!("{name}@example.org").parse().unwrap();
        let (key, username) = (email.key(), Some(Username::choose(name).unwrap()));
        let password_hash = PasswordHash::try_from(SOMEBODYS_HASH.to_owned()).unwrap();
        let new = NewUser { username, email: Some(email), full_name: None, password_hash };
        let insert = |conn: &mut _| {
            let user_id = users::insert(conn, at(0), &new)?;
            credentials::set_email_verified(conn, at(0), user_id, &key)?;
            roles
                .iter()
                .try_for_each(|role| roles::insert_user_role(conn, user_id, &role.parse().unwrap()))?;
            Ok::<_, StoreError>(user_id)
        };
        self.accounts.database.write(insert).unwrap()
    }

    /// The account as it stands.
    pub(crate) fn find(&self, user_id: UserId) -> Option<User> {
        self.accounts.database.read(|conn| users::find(conn, user_id)).unwrap()
    }

    /// Whoever is signed in as `user_id`, as a token check finds them now.
    pub(crate) fn caller(&self, user_id: UserId) -> Caller {
        let user = self.find(user_id).unwrap();
        Caller { session_id: SessionId::new(at(0), &RANDOM), expires_at: at(DAY), last_seen_at: at(0), user }
    }

    /// The mails that are ordered, the oldest first, up to a hundred.
    pub(crate) fn mails(&self) -> Vec<MailOrder> {
        let size = PageSize::try_from(100).unwrap();
        let list = |conn: &mut _| outbox::list(conn, None, None, size);
        let page = self.accounts.database.read(list).unwrap();
        page.entries.into_iter().rev().filter_map(|entry| entry.order).collect()
    }

    /// How many sessions alice has.
    pub(crate) fn sessions(&self) -> i64 {
        self.accounts.database.read(|conn| sessions::count(conn, self.alice)).unwrap()
    }

    pub(crate) fn suspend(&self, suspended: bool) {
        let set = |conn: &mut _| users::set_suspended(conn, at(0), self.alice, suspended);
        self.accounts.database.write(set).unwrap();
    }

    /// What the audit trail tells of `event`, the newest first.
    pub(crate) fn told(&self, event: AuditEvent) -> Vec<AuditRecord> {
        self.accounts.refusals.flush(&self.accounts.database).unwrap();
        let filter = audit::AuditFilter { event: Some(event), ..audit::AuditFilter::default() };
        let list = |conn: &mut _| audit::list(conn, &filter, None, PageSize::default());
        let page = self.accounts.database.read(list).unwrap();
        page.entries.into_iter().map(|entry| entry.record).collect()
    }
}
