//! In which order accounts are listed: an allow-list of names, never a column somebody sent.

use vestibule_persistence::user_list::{UserOrder, UserSort};

/// The names in addresses, as the JSON API has them; a `-` before one turns the order around.
const SORTS: [(&str, UserSort); 5] = [
    ("id", UserSort::Id),
    ("created_at", UserSort::CreatedAt),
    ("username", UserSort::Username),
    ("email", UserSort::Email),
    ("last_login_at", UserSort::LastLoginAt),
];

/// The newest first.
pub(super) const DEFAULT: &str = "-id";

/// The order of that name.
pub(super) fn parse(text: &str) -> Result<UserOrder, &'static str> {
    let (name, descending) = text.strip_prefix('-').map_or((text, false), |name| (name, true));
    let known = SORTS.iter().find(|(known, _)| *known == name);
    known.map(|(_, by)| UserOrder { by: *by, descending }).ok_or("is no order of this list")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texts::ENGLISH;

    #[test]
    fn every_order_that_is_offered_is_one() {
        for (name, _) in ENGLISH.admin.users.sorts {
            assert!(parse(name).is_ok(), "{name}");
        }
        assert_eq!(ENGLISH.admin.users.sorts.len(), SORTS.len() * 2);
    }

    /// S30, S66: nobody sorts by a column that is not shown.
    #[test]
    fn what_is_not_on_the_list_sorts_nothing() {
        for text in ["", "-", "--id", "ID", "password_hash", "-token_epoch", "id,username", "(select 1)", "1"]
        {
            assert!(parse(text).is_err(), "{text:?}");
        }
    }
}
