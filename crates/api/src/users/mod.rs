//! Looking after other people's accounts: `/api/users`.

mod create_user;
mod delete_user;
mod end_user_sessions;
mod force_password_reset;
mod get_user;
mod list_user_sessions;
mod list_users;
mod refused;
mod restore_user;
mod set_user_roles;
mod suspend_user;
mod update_user;
mod user_order;

use utoipa_actix_web::service_config::ServiceConfig;
use vestibule_domain::id::UserId;
use vestibule_domain::role::RoleName;

use crate::fields::FieldFaults;
use crate::path_number::parse_number;
use crate::problem::{Code, Problem};

/// The routes.
pub(crate) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(list_users::list_users)
        .service(create_user::create_user)
        .service(get_user::get_user)
        .service(update_user::update_user)
        .service(delete_user::delete_user)
        .service(set_user_roles::set_user_roles)
        .service(suspend_user::suspend_user)
        .service(restore_user::restore_user)
        .service(force_password_reset::force_password_reset)
        .service(list_user_sessions::list_user_sessions)
        .service(end_user_sessions::end_user_sessions);
}

/// The account a path names. What is no number is nobody's, like a number that nobody has.
fn parse_id(text: &str) -> Result<UserId, Problem> {
    parse_number(text).and_then(|number| UserId::try_from(number).ok()).ok_or_else(|| Code::NotFound.into())
}

/// The roles a body names, each once. A name that no role can have is one that no role has.
fn parse_roles(faults: &mut FieldFaults, names: Vec<String>) -> Option<Vec<RoleName>> {
    let parse = |name: String| name.parse().map_err(|_| "names a role that there is none of");
    let mut roles: Vec<RoleName> = faults.take("roles", names.into_iter().map(parse).collect())?;
    roles.sort_unstable();
    roles.dedup();
    Some(roles)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_plain_number_names_an_account() {
        assert_eq!(parse_id("9223372036854775807").map(UserId::get).ok(), Some(i64::MAX));
        for text in ["", "0", "01", "-1", "+1", "1.0", "1e3", "x", " 1", "٣", "9223372036854775808", "1%20"]
        {
            assert_eq!(parse_id(text).map_err(|problem| problem.code()), Err(Code::NotFound), "{text:?}");
        }
    }

    #[test]
    fn a_role_named_twice_is_given_once() {
        let mut faults = FieldFaults::default();
        let names = ["member", "editor", "member"].map(str::to_owned).to_vec();
        let roles = parse_roles(&mut faults, names).unwrap();
        assert_eq!(roles.iter().map(RoleName::as_str).collect::<Vec<_>>(), ["editor", "member"]);
        assert_eq!(parse_roles(&mut faults, vec!["Admin".to_owned()]), None);
        assert!(faults.or(()).is_err());
    }
}
