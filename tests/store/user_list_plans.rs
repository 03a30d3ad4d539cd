//! How the list of accounts is asked for among many, by the databases' own plans.

use vestibule_domain::user::User;
use vestibule_persistence::Database;
use vestibule_persistence::user_list::{UserFilter, UserOrder, UserPosition, UserSort};

use super::queries::{LOGGED, queries};
use super::user_list::{MANY, ORDERS, fill, give_roles, list, searching};
use super::{Store, store_with};
use crate::harness::Backend;
use crate::harness::database::TestDatabase;

on_both!(among_many_accounts_every_page_begins_at_an_index);

/// Shown by the plans: no page reads the accounts before it or sorts them, and what is rare is found through its index.
async fn among_many_accounts_every_page_begins_at_an_index(backend: Backend) {
    let Store { database, test } = store_with(backend, LOGGED());
    fill(&test, backend, MANY);
    give_roles(&test, "member", "true");
    give_roles(&test, "editor", "id % 10000 = 0");
    test.sql("update users set suspended_at = null where id % 100 <> 0");
    // What was added last to PostgreSQL's trigrams lies beside them until it is cleaned up.
    test.sql(if backend == Backend::Sqlite { "analyze" } else { "vacuum analyze" });
    let deep =
        list(&database, &UserFilter::default(), UserOrder { by: UserSort::Id, descending: false }, None, 1);
    let somebody = deep.entries.into_iter().next().unwrap();
    for by in ORDERS {
        for descending in [false, true] {
            for position in positions(by, &somebody) {
                let order = UserOrder { by, descending };
                let asked = statements(&database, &UserFilter::default(), order, position.as_ref());
                for query in &asked {
                    let plan = explain(&test, backend, query, "'user15000'", "21");
                    assert_walks(&plan, query);
                }
                assert!(!asked.is_empty());
            }
        }
    }
    let rare = |filter: UserFilter, text: &str, index: [&str; 2]| {
        let order = UserOrder { by: UserSort::CreatedAt, descending: true };
        let asked = statements(&database, &filter, order, None);
        let plan = explain(&test, backend, &asked[0], text, "10001");
        let index = if backend == Backend::Sqlite { index[0] } else { index[1] };
        assert!(plan.contains(index), "{filter:?}: {plan}");
        assert!(!plan.contains("SCAN users\n") && !plan.contains("Seq Scan on users"), "{filter:?}: {plan}");
    };
    let text = if backend == Backend::Sqlite { "'\"ser29999\"'" } else { "'%ser29999%'" };
    rare(searching("ser29999"), text, ["SCAN users_search VIRTUAL TABLE", "users_search_idx"]);
    rare(searching("zz"), "'zz'", ["sqlite_autoindex_users", "users_username_key"]);
    rare(
        UserFilter { role: Some("editor".parse().unwrap()), ..UserFilter::default() },
        "'editor'",
        ["user_roles_role_user_id_idx"; 2],
    );
    rare(UserFilter { is_active: Some(false), ..UserFilter::default() }, "''", ["users_suspended_at_idx"; 2]);
}

/// As a page's statements are logged, without those that only count.
fn statements(
    database: &Database,
    filter: &UserFilter,
    order: UserOrder,
    after: Option<&UserPosition>,
) -> Vec<String> {
    let asked = queries(|| drop(list(database, filter, order, after, 20)));
    let of_accounts = |query: &String| {
        let query = query.replace(['"', '`'], "");
        !query.contains("COUNT(*)") && query.contains("FROM users") && !query.contains("users.id IN ($1")
    };
    asked.into_iter().filter(of_accounts).collect()
}

/// The beginning, the middle, and among those without a value.
fn positions(by: UserSort, somebody: &User) -> Vec<Option<UserPosition>> {
    let middle = UserPosition { id: 15_000, ..UserPosition::of(by, somebody) };
    let has_gaps = matches!(by, UserSort::Username | UserSort::Email | UserSort::LastLoginAt);
    let end = has_gaps.then_some(UserPosition { value: None, id: 15_000 });
    [None, Some(middle)].into_iter().chain(end.map(Some)).collect()
}

/// The plan with the values a real page has: `text` for texts, a moment in the middle, an account in the middle.
fn explain(test: &TestDatabase, backend: Backend, query: &str, value: &str, most: &str) -> String {
    let limit = query.rfind("LIMIT").unwrap();
    let mut filled = String::new();
    let mut rest = query;
    while let Some(place) = rest.find(['$', '?']) {
        let (before, from) = rest.split_at(place);
        let digits = from[1..].chars().take_while(char::is_ascii_digit).count();
        let position = query.len() - rest.len() + place;
        filled.push_str(before);
        filled.push_str(if position > limit { most } else { value_for(before, value) });
        rest = &from[1 + digits..];
    }
    let query = filled + rest.split(" -- ").next().unwrap();
    let explain = if backend == Backend::Sqlite { "explain query plan" } else { "explain" };
    test.sql(&format!("{explain} {query}"))
}

/// The column before a place says what belongs there.
fn value_for<'a>(before: &str, text: &'a str) -> &'a str {
    let before = before.replace(['"', '`'], "");
    let column = before.rsplit('.').next().unwrap_or_default();
    let named = |name: &str| column.split(|c: char| !c.is_alphanumeric() && c != '_').next() == Some(name);
    if before.contains("LIMIT") {
        "10001"
    } else if named("id") && !before.contains("MATCH") {
        "15000"
    } else if ["created_at", "last_login_at", "suspended_at"].into_iter().any(named) {
        "'2026-01-01 00:25:00'"
    } else {
        text
    }
}

fn assert_walks(plan: &str, query: &str) {
    for word in ["Seq Scan", "Sort", "TEMP B-TREE"] {
        assert!(!plan.contains(word), "{query}: {plan}");
    }
    let whole = plan.lines().any(|line| line.contains("SCAN users") && !line.contains("USING"));
    // SQLite walks the table itself by its numbers.
    assert!(!whole || query.contains("ORDER BY `users`.`id`"), "{query}: {plan}");
}
