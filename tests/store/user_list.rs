//! The list of accounts: found, filtered, sorted, and read page by page to the end.

use vestibule_domain::page::{Page, PageSize};
use vestibule_domain::person_name::FullName;
use vestibule_domain::user::User;
use vestibule_domain::username::Username;
use vestibule_persistence::Database;
use vestibule_persistence::user_list::{self, UserFilter, UserOrder, UserPosition, UserSort};
use vestibule_persistence::users::{self, NewUser, UserChange};

use super::queries::{LOGGED, queries};
use super::{Store, later, now, somebody, store, store_with};
use crate::harness::Backend;
use crate::harness::database::TestDatabase;

on_both!(
    every_order_is_read_to_its_end_page_by_page,
    names_are_found_however_they_are_written,
    what_means_something_to_a_database_is_only_looked_for,
    one_or_two_characters_begin_a_name,
    a_changed_name_is_found_and_the_old_one_is_not,
    all_conditions_hold_together,
    a_page_takes_as_many_queries_as_its_accounts_are_many_or_few,
    among_many_accounts_the_popular_and_the_rare_are_listed_alike,
);

/// PostgreSQL may have had no trigrams when the schema was made: everything is found all the same, and the index is made by hand.
#[test]
fn without_an_index_of_parts_names_are_found_all_the_same() {
    let Store { database, test } = store(Backend::Postgres);
    let definition = || test.sql("select pg_get_indexdef('users_search_idx'::regclass)");
    let is_indexed = || database.read(user_list::is_search_indexed).unwrap();
    let (made, ada) = (definition(), add(&database, "ada", "ada@example.org", None));
    test.sql("drop index users_search_idx; drop extension pg_trgm");
    assert!(!is_indexed());
    assert_eq!(found(&database, "da@ex"), [ada]);
    test.sql(user_list::MAKE_SEARCH_INDEX);
    assert!(is_indexed());
    assert_eq!((definition(), found(&database, "da@ex")), (made, vec![ada]));
}

pub(super) const ORDERS: [UserSort; 5] =
    [UserSort::Id, UserSort::CreatedAt, UserSort::Username, UserSort::Email, UserSort::LastLoginAt];

/// With ties and without values in each column; what is expected is sorted by the database, by everything at once.
async fn every_order_is_read_to_its_end_page_by_page(backend: Backend) {
    let Store { database, test } = store(backend);
    fill(&test, backend, 60);
    for (filter, condition) in [
        (UserFilter::default(), "true"),
        (searching("user"), "username_key like '%user%' or email_key like '%user%'"),
        (UserFilter { is_active: Some(true), ..UserFilter::default() }, "suspended_at is null"),
    ] {
        for by in ORDERS {
            for descending in [false, true] {
                let order = UserOrder { by, descending };
                let whole = expected(&test, order, condition);
                for size in [1, 7, 100] {
                    assert_eq!(
                        walk(&database, &filter, order, size),
                        whole,
                        "{filter:?} {order:?} by {size}"
                    );
                }
            }
        }
    }
}

/// S78: whatever the case and the form, and in each of the three places.
async fn names_are_found_however_they_are_written(backend: Backend) {
    let Store { database, test: _test } = store(backend);
    let ada = add(&database, "Ada.Lovelace", "countess@example.org", Some("Augusta Ada King"));
    let jose = add(&database, "jose7", "josé@bücher.example", Some("José Straße"));
    let wang = add(&database, "wang", "wang@example.com", Some("王小明 Wáng"));
    for (text, who) in [
        ("LOVE", vec![ada]),
        ("ada.lov", vec![ada]),
        ("a.lovelac", vec![ada]),
        ("COUNTESS", vec![ada]),
        ("augusta  ", vec![ada]),
        ("ada king", vec![ada]),
        ("example", vec![ada, jose, wang]),
        ("JOSE\u{301}", vec![jose]),
        ("ｊｏｓé@", vec![jose]),
        ("STRASSE", vec![jose]),
        ("straße", vec![jose]),
        ("José@Bücher.Example", vec![jose]),
        ("xn--bcher", vec![jose]),
        ("王小明", vec![wang]),
        ("WÁNG", vec![wang]),
        ("nobody", vec![]),
        ("lovelace ada", vec![]),
        ("wâng", vec![]),
    ] {
        assert_eq!(found(&database, text), who, "{text}");
    }
}

/// S91: signs of patterns, of full-text queries and of statements.
async fn what_means_something_to_a_database_is_only_looked_for(backend: Backend) {
    let Store { database, test: _test } = store(backend);
    let names = [
        "100% sure",
        "snake_case_name",
        r"back\slash\name",
        r#"the "quoted" one"#,
        "d'Arc; drop table users",
        "a-b*c:d^e(f)",
    ];
    let ids: Vec<i64> = (0..)
        .zip(names)
        .map(|(n, name)| add(&database, &format!("somebody{n}"), &format!("s{n}@example.org"), Some(name)))
        .collect();
    for (text, which) in [
        ("100%", vec![0]),
        ("0% s", vec![0]),
        ("%%%", vec![]),
        ("%", vec![]),
        ("___", vec![]),
        ("_", vec![]),
        ("snake_", vec![1]),
        ("snakeXcase", vec![]),
        ("e_n", vec![1]),
        (r"back\slash", vec![2]),
        (r"k\s", vec![2]),
        (r"\\\", vec![]),
        (r#""quoted""#, vec![3]),
        (r#"e "q"#, vec![3]),
        (r#"""""#, vec![]),
        ("d'arc; drop", vec![4]),
        ("' or 1=1 --", vec![]),
        ("b*c:d^e(f)", vec![5]),
        ("quoted OR snake", vec![]),
        ("username_key:somebody", vec![]),
        ("some*", vec![]),
        ("NEAR(a b)", vec![]),
    ] {
        let who: Vec<i64> = which.into_iter().map(|n: usize| ids[n]).collect();
        assert_eq!(found(&database, text), who, "{text}");
    }
}

async fn one_or_two_characters_begin_a_name(backend: Backend) {
    let Store { database, test: _test } = store(backend);
    let zoe = add(&database, "zoe", "a1@example.org", None);
    let abe = add(&database, "abe", "zz@example.org", Some("Émile"));
    let max = add(&database, "max", "b@example.org", Some("Zed Abe"));
    for (text, who) in [
        ("Z", vec![zoe, abe, max]),
        ("zo", vec![zoe]),
        ("ZZ", vec![abe]),
        ("ab", vec![abe]),
        ("É", vec![abe]),
        ("b", vec![max]),
        ("e", vec![]),
        ("oe", vec![]),
        ("%", vec![]),
        ("z%", vec![]),
        ("__", vec![]),
    ] {
        assert_eq!(found(&database, text), who, "{text}");
    }
}

async fn a_changed_name_is_found_and_the_old_one_is_not(backend: Backend) {
    let Store { database, test: _test } = store(backend);
    let id = add(&database, "before", "before@example.org", Some("Before"));
    let change = UserChange {
        username: Some(Some(Username::choose("AFTERWARDS").unwrap())),
        email: Some(Some("after@example.org".parse().unwrap())),
        profile: users::ProfileChange { full_name: Some(None), ..users::ProfileChange::default() },
    };
    let user_id = id.try_into().unwrap();
    database.write(|conn| users::set_user(conn, later(1), user_id, &change)).unwrap();
    assert_eq!((found(&database, "before"), found(&database, "afterw")), (vec![], vec![id]));
    database.write(|conn| users::delete(conn, user_id)).unwrap().unwrap();
    assert_eq!(found(&database, "afterw"), Vec::<i64>::new());
}

async fn all_conditions_hold_together(backend: Backend) {
    let Store { database, test } = store(backend);
    fill(&test, backend, 60);
    give_roles(&test, "editor", "id % 4 = 0");
    let role = Some("editor".parse().unwrap());
    for (filter, condition) in [
        (UserFilter { role: role.clone(), ..UserFilter::default() }, "id % 4 = 0"),
        (UserFilter { is_active: Some(false), ..UserFilter::default() }, "suspended_at is not null"),
        (
            UserFilter { role: role.clone(), is_active: Some(true), search: None },
            "id % 4 = 0 and suspended_at is null",
        ),
        (
            UserFilter { role: role.clone(), is_active: Some(false), ..searching("user1") },
            "id % 4 = 0 and suspended_at is not null and (username_key like '%user1%' or email_key like '%user1%')",
        ),
        (
            UserFilter { role: role.clone(), is_active: None, ..searching("us") },
            "id % 4 = 0 and (username_key like 'us%' or email_key like 'us%')",
        ),
        (UserFilter { role: Some("unheard-of".parse().unwrap()), ..UserFilter::default() }, "false"),
    ] {
        for by in ORDERS {
            let order = UserOrder { by, descending: true };
            let whole = expected(&test, order, condition);
            assert_eq!(walk(&database, &filter, order, 4), whole, "{filter:?} {order:?}");
            let page = list(&database, &filter, order, None, 4);
            assert_eq!((page.total.get(), page.total.is_exact()), (whole.len() as u64, true), "{filter:?}");
        }
    }
    // Whoever is suspended is so whatever a clock says.
    let tomorrow =
        if backend == Backend::Sqlite { "'2100-01-01 00:00:00'" } else { "timestamp '2100-01-01'" };
    test.sql(&format!("update users set suspended_at = {tomorrow} where suspended_at is not null"));
    let suspended = UserFilter { is_active: Some(false), ..UserFilter::default() };
    assert_eq!(
        walk(&database, &suspended, UserOrder { by: UserSort::Id, descending: false }, 100),
        [11, 22, 33, 44, 55]
    );
}

/// Whoever holds what is asked once a page.
async fn a_page_takes_as_many_queries_as_its_accounts_are_many_or_few(backend: Backend) {
    let Store { database, test } = store_with(backend, LOGGED());
    fill(&test, backend, 100);
    give_roles(&test, "editor", "id % 2 = 0");
    give_roles(&test, "member", "true");
    let order = UserOrder { by: UserSort::Id, descending: false };
    let asked = |filter: &UserFilter, size| {
        let mut page = None;
        let asked = queries(|| page = Some(list(&database, filter, order, None, size)));
        assert_eq!(page.unwrap().entries.len(), usize::try_from(size).unwrap());
        asked.len()
    };
    let everybody = UserFilter::default();
    assert_eq!((asked(&everybody, 1), asked(&everybody, 100)), (3, 3));
    let some =
        UserFilter { role: Some("member".parse().unwrap()), is_active: Some(true), ..searching("user") };
    assert_eq!((asked(&some, 1), asked(&some, 50)), (6, 6));
    let page = list(&database, &everybody, order, None, 100);
    for user in page.entries {
        let alone = database.read(|conn| users::find(conn, user.id)).unwrap().unwrap();
        assert_eq!(user, alone);
        assert_eq!(user.roles.len(), if user.id.get() % 2 == 0 { 2 } else { 1 });
    }
}

/// Enough for a database to prefer its indexes, and more than are sorted here.
pub(super) const MANY: usize = 30_000;

/// The first page, one from the middle and the end are what the database says, whether many are wanted or few.
async fn among_many_accounts_the_popular_and_the_rare_are_listed_alike(backend: Backend) {
    let Store { database, test } = store(backend);
    fill(&test, backend, MANY);
    give_roles(&test, "member", "id % 2 = 0");
    give_roles(&test, "editor", "id % 3000 = 0");
    let (member, editor) = (Some("member".parse().unwrap()), Some("editor".parse().unwrap()));
    for (filter, condition, total) in [
        (UserFilter::default(), "true", None),
        (searching("user"), "username_key like '%user%' or email_key like '%user%'", None),
        (
            UserFilter { role: member.clone(), is_active: Some(true), ..searching("us") },
            "id % 2 = 0 and suspended_at is null and (username_key like 'us%' or email_key like 'us%')",
            None,
        ),
        (
            UserFilter { role: editor, is_active: Some(true), ..searching("user") },
            "id % 3000 = 0 and suspended_at is null and (username_key like '%user%' or email_key like '%user%')",
            Some(9),
        ),
        (
            UserFilter { role: member, is_active: None, ..searching("user123") },
            "id % 2 = 0 and (username_key like '%user123%' or email_key like '%user123%')",
            None,
        ),
    ] {
        for by in ORDERS {
            let order = UserOrder { by, descending: true };
            let whole = expected(&test, order, condition);
            let mut after = None;
            for begin in [0, whole.len() / 2, whole.len().saturating_sub(7)] {
                if begin > 0 {
                    let id = whole[begin - 1].try_into().unwrap();
                    let user = database.read(|conn| users::find(conn, id)).unwrap().unwrap();
                    after = Some(UserPosition::of(by, &user));
                }
                let page = list(&database, &filter, order, after.as_ref(), 20);
                let end = whole.len().min(begin + 20);
                assert_eq!(ids(&page), whole[begin..end], "{filter:?} {order:?} from {begin}");
                assert_eq!(page.has_more, end < whole.len());
                let counted = (page.total.get(), page.total.is_exact());
                assert_eq!(counted, (whole.len().min(10_000) as u64, whole.len() <= 10_000));
                assert!(total.is_none_or(|total| whole.len() == total), "{}", whole.len());
            }
        }
    }
}

pub(super) fn searching(text: &str) -> UserFilter {
    UserFilter { search: Some(text.parse().unwrap()), ..UserFilter::default() }
}

fn found(database: &Database, text: &str) -> Vec<i64> {
    let filter = searching(text);
    walk(database, &filter, UserOrder { by: UserSort::Id, descending: false }, 100)
}

pub(super) fn list(
    database: &Database,
    filter: &UserFilter,
    order: UserOrder,
    after: Option<&UserPosition>,
    size: u64,
) -> Page<User> {
    let size = PageSize::try_from(size).unwrap();
    database.read(|conn| user_list::list(conn, filter, order, after, size)).unwrap()
}

/// Every page until there are no more, each from where the last one ended, as a cursor carries that.
fn walk(database: &Database, filter: &UserFilter, order: UserOrder, size: u64) -> Vec<i64> {
    let (mut met, mut after) = (Vec::new(), None);
    loop {
        let page = list(database, filter, order, after.as_ref(), size);
        met.extend(ids(&page));
        let last = page.entries.last().map(|user| UserPosition::of(order.by, user).to_string());
        after = last.map(|text| text.parse().unwrap());
        if !page.has_more {
            return met;
        }
        assert_eq!(page.entries.len() as u64, size);
    }
}

fn ids(page: &Page<User>) -> Vec<i64> {
    page.entries.iter().map(|user| user.id.get()).collect()
}

fn expected(test: &TestDatabase, order: UserOrder, condition: &str) -> Vec<i64> {
    let column = match order.by {
        UserSort::Id => "id",
        UserSort::CreatedAt => "created_at",
        UserSort::Username => "username_key",
        UserSort::Email => "email_key",
        UserSort::LastLoginAt => "last_login_at",
    };
    let direction = if order.descending { "desc" } else { "asc" };
    let rows = test.sql(&format!(
        "select id from users where {condition} order by {column} is null, {column} {direction}, id {direction}"
    ));
    rows.lines().map(|id| id.parse().unwrap()).collect()
}

fn add(database: &Database, username: &str, email: &str, full_name: Option<&str>) -> i64 {
    let new = NewUser {
        username: Some(Username::admit(username).unwrap()),
        email: Some(email.parse().unwrap()),
        full_name: full_name.map(|name| name.parse::<FullName>().unwrap()),
        ..somebody("replaced")
    };
    database.write(|conn| users::insert(conn, now(), &new)).unwrap().get()
}

/// `count` accounts, in no order by any column but their numbers. Of some the name or the address is missing, some never
/// signed in, every eleventh is suspended, and fifty were made in each minute.
pub(super) fn fill(test: &TestDatabase, backend: Backend, count: usize) {
    let moment = |minutes: &str| match backend {
        Backend::Sqlite => format!("datetime('2026-01-01 00:00:00', ({minutes}) || ' minutes')"),
        Backend::Postgres => format!("timestamp '2026-01-01 00:00:00' + ({minutes}) * interval '1 minute'"),
    };
    let (made, seen) = (moment("n * 37 % 50"), moment("n * 17 % 40"));
    test.sql(&format!(
        "with recursive s(n) as (select 1 union all select n + 1 from s where n < {count})
         insert into users (username, username_key, email, email_key, password_hash, created_at, updated_at,
            profile_updated_at, last_login_at, suspended_at)
         select name, name, mail, mail, '!', {made}, {made}, {made}, case when n % 3 = 0 then null else {seen} end,
            case when n % 11 = 0 then {made} end
         from (select n, case when n % 5 <> 0 then 'user' || (n * 7919 % 30011) end as name,
            case when n % 7 <> 0 then 'user' || (n * 15013 % 30011) || '@example.org' end as mail from s) as drawn"
    ));
}

pub(super) fn give_roles(test: &TestDatabase, role: &str, condition: &str) {
    test.sql(&format!(
        "insert into user_roles (user_id, role) select id, '{role}' from users where {condition}"
    ));
}
