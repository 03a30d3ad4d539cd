//! Pictures that lie in the store: whoever shows one is asked before it goes.

use vestibule_domain::avatar::AvatarName;
use vestibule_domain::id::UserId;
use vestibule_persistence::{Database, PoolOptions, StoreError, media_files, users};

use super::claims::in_parallel;
use super::{Store, later, now, somebody, store, store_with};
use crate::harness::Backend;

on_both!(
    a_picture_replaces_the_one_before,
    of_pictures_set_at_once_all_but_the_last_are_answered,
    what_nobody_shows_is_found_after_its_time,
);

async fn a_picture_replaces_the_one_before(backend: Backend) {
    let Store { database, test: _test } = store(backend);
    let alice = database.write(|conn| users::insert(conn, now(), &somebody("alice"))).unwrap();
    let shown = || database.read(|conn| users::find(conn, alice)).unwrap().unwrap().profile;
    assert_eq!(show(&database, alice, Some(&name(1))).unwrap(), None);
    assert_eq!((shown().avatar, shown().updated_at), (Some(name(1)), later(60)));
    assert_eq!(show(&database, alice, Some(&name(2))).unwrap(), Some(name(1)));
    assert_eq!(show(&database, alice, None).unwrap(), Some(name(2)));
    assert_eq!(show(&database, alice, None).unwrap(), None);
    assert_eq!(shown().avatar, None);
    let nobody = UserId::try_from(4711).unwrap();
    assert!(matches!(show(&database, nobody, Some(&name(3))), Err(StoreError::Missing)));
}

/// Each that was replaced is told to exactly one, who removes it: none stays behind, and none is removed that is shown.
async fn of_pictures_set_at_once_all_but_the_last_are_answered(backend: Backend) {
    let Store { database, test: _test } =
        store_with(backend, PoolOptions { size: 8, ..PoolOptions::default() });
    let alice = database.write(|conn| users::insert(conn, now(), &somebody("alice"))).unwrap();
    let replaced = in_parallel(8, |n| show(&database, alice, Some(&name(n))).unwrap());
    let mut met: Vec<_> = replaced.into_iter().flatten().collect();
    met.extend(database.read(|conn| users::find(conn, alice)).unwrap().unwrap().profile.avatar);
    met.sort();
    assert_eq!(met, (0..8).map(name).collect::<Vec<_>>());
}

async fn what_nobody_shows_is_found_after_its_time(backend: Backend) {
    let Store { database, test: _test } = store(backend);
    let alice = database.write(|conn| users::insert(conn, now(), &somebody("alice"))).unwrap();
    for n in 0..6 {
        let noted = later(u64::try_from(n).unwrap() * 10);
        database.write(|conn| media_files::insert(conn, noted, &name(n))).unwrap();
    }
    show(&database, alice, Some(&name(1))).unwrap();
    let unused = |before, limit| database.read(|conn| media_files::list_unused(conn, before, limit)).unwrap();
    assert_eq!(unused(later(0), 10), []);
    assert_eq!(unused(later(40), 10), [name(0), name(2), name(3)]);
    assert_eq!(unused(later(40), 2), [name(0), name(2)]);
    for _ in 0..2 {
        database.write(|conn| media_files::delete(conn, &name(0))).unwrap();
    }
    assert_eq!(unused(later(40), 10), [name(2), name(3)]);
    database.write(|conn| users::delete(conn, alice)).unwrap();
    assert_eq!(unused(later(40), 10), [name(1), name(2), name(3)]);
}

fn show(
    database: &Database,
    user_id: UserId,
    name: Option<&AvatarName>,
) -> Result<Option<AvatarName>, StoreError> {
    database.write(|conn| media_files::set_avatar(conn, later(60), user_id, name))
}

fn name(n: usize) -> AvatarName {
    format!("{n:016x}-{n:032x}").parse().unwrap()
}
