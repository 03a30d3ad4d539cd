//! In which order accounts are listed: an allow-list of names, never a column somebody sent.

use utoipa::openapi::schema::{Object, ObjectBuilder, Type};
use vestibule_persistence::user_list::{UserOrder, UserSort};

/// Every name there is; a `-` before it turns the order around.
const SORTS: [(&str, UserSort); 5] = [
    ("id", UserSort::Id),
    ("created_at", UserSort::CreatedAt),
    ("username", UserSort::Username),
    ("email", UserSort::Email),
    ("last_login_at", UserSort::LastLoginAt),
];

/// The newest first.
const DEFAULT: UserOrder = UserOrder { by: UserSort::Id, descending: true };

/// An order, and what its list is called: a place in it means nothing in another.
pub(super) struct NamedOrder {
    pub(super) order: UserOrder,
    pub(super) list: String,
}

impl Default for NamedOrder {
    fn default() -> Self {
        Self { order: DEFAULT, list: "users:-id".to_owned() }
    }
}

pub(super) fn parse(text: &str) -> Result<NamedOrder, &'static str> {
    let (name, descending) = text.strip_prefix('-').map_or((text, false), |name| (name, true));
    let known = SORTS.iter().find(|(known, _)| *known == name);
    let order = known.map(|(_, by)| UserOrder { by: *by, descending });
    order.map(|order| NamedOrder { order, list: format!("users:{text}") }).ok_or(
        "must be `id`, `created_at`, `username`, `email` or `last_login_at`, with or without a `-` before it",
    )
}

pub(super) fn schema() -> Object {
    let names = SORTS.iter().flat_map(|(name, _)| [(*name).to_owned(), format!("-{name}")]);
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(names))
        .default(Some("-id".into()))
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// S30, S66: nothing but the names in the list, so that nobody sorts by a column that is not shown.
    #[test]
    fn what_is_not_on_the_list_sorts_nothing() {
        for text in [
            "",
            "-",
            "--id",
            "+id",
            "ID",
            "id ",
            "password_hash",
            "-password_hash",
            "token_epoch",
            "email_key",
            "id,username",
            "id desc",
            "id;drop table users",
            "(select 1)",
            "users.id",
            "1",
        ] {
            assert!(parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn each_order_has_a_name_of_its_own() {
        let orders = SORTS
            .iter()
            .flat_map(|(name, by)| [(name.to_string(), *by, false), (format!("-{name}"), *by, true)]);
        for (text, by, descending) in orders {
            let named = parse(&text).ok().unwrap();
            assert_eq!((named.order, named.list), (UserOrder { by, descending }, format!("users:{text}")));
        }
        let default = NamedOrder::default();
        let same = parse("-id").ok().unwrap();
        assert_eq!((default.order, default.list), (same.order, same.list));
    }
}
