use super::*;
use vestibule_domain::id::SessionId;
use vestibule_domain::metadata::Metadata;
use vestibule_domain::permission::PermissionSet;
use vestibule_domain::profile::Profile;
use vestibule_domain::user::User;

const TTL: Duration = Duration::from_secs(1);

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_datetime(chrono::DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap())
}

fn digest(n: u8) -> TokenDigest {
    TokenDigest::from_bytes([n; 32])
}

fn id(n: i64) -> UserId {
    n.try_into().unwrap()
}

fn caller(n: i64) -> Arc<Caller> {
    let session_id: SessionId = "01980000-0000-7000-8000-000000000001".parse().unwrap();
    let profile = Profile {
        nickname: None,
        phone: None,
        dob: None,
        avatar: None,
        metadata: Metadata::default(),
        updated_at: at(0),
    };
    let user = User {
        id: id(n),
        username: None,
        email: None,
        email_verified_at: None,
        full_name: None,
        roles: Vec::new(),
        permissions: PermissionSet::default(),
        suspended_at: None,
        created_at: at(0),
        updated_at: at(0),
        last_login_at: None,
        profile,
    };
    Arc::new(Caller { session_id, expires_at: at(3600), last_seen_at: at(0), user })
}

#[test]
fn a_caller_is_known_for_a_second() {
    let cache = CallerCache::new(TTL);
    cache.insert(at(0), digest(1), caller(1), cache.generation());
    assert!(cache.find(at(0), &digest(1)).is_some());
    assert!(cache.find(at(1), &digest(1)).is_none());
    assert!(cache.find(at(0), &digest(2)).is_none());
}

#[test]
fn a_clock_set_back_lengthens_no_life() {
    let cache = CallerCache::new(TTL);
    cache.insert(at(10), digest(1), caller(1), cache.generation());
    assert!(cache.find(at(9), &digest(1)).is_none());
}

/// S21: what ended is forgotten at once, other accounts stay known.
#[test]
fn a_change_ends_the_entries_of_its_account_alone() {
    let cache = CallerCache::new(TTL);
    cache.insert(at(0), digest(1), caller(1), cache.generation());
    cache.insert(at(0), digest(2), caller(2), cache.generation());
    cache.forget(id(1));
    assert!(cache.find(at(0), &digest(1)).is_none());
    assert!(cache.find(at(0), &digest(2)).is_some());
    cache.forget_all();
    assert!(cache.find(at(0), &digest(2)).is_none());
}

/// S21: a token check that read before a logout and fills the cache after it does not revive the token.
#[test]
fn a_fill_that_was_read_before_a_change_is_no_entry() {
    let cache = CallerCache::new(TTL);
    let before = cache.generation();
    cache.forget(id(1));
    cache.insert(at(0), digest(1), caller(1), before);
    assert!(cache.find(at(0), &digest(1)).is_none());
    cache.insert(at(0), digest(1), caller(1), cache.generation());
    assert!(cache.find(at(0), &digest(1)).is_some());
}

#[test]
fn without_a_life_nothing_is_kept() {
    let cache = CallerCache::new(Duration::ZERO);
    cache.insert(at(0), digest(1), caller(1), cache.generation());
    assert!(cache.find(at(0), &digest(1)).is_none());
}

/// Large metadata cannot make the cache large.
#[test]
fn the_cache_is_bounded_by_bytes() {
    let cache = CallerCache::new(TTL);
    for n in 0..40_000_u32 {
        let mut bytes = [0; 32];
        bytes[..4].copy_from_slice(&n.to_le_bytes());
        cache.insert(at(0), TokenDigest::from_bytes(bytes), caller(1), cache.generation());
    }
    assert!(cache.entries.weight() <= CAPACITY_BYTES);
    assert!(cache.entries.len() > 10_000);
}
