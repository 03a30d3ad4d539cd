//! Named sets of permissions: `/api/roles`.

mod create_role;
mod delete_role;
mod list_roles;
mod role_view;
mod update_role;

use utoipa_actix_web::service_config::ServiceConfig;
use vestibule_domain::permission::PermissionSet;
use vestibule_domain::role::RoleName;

use crate::problem::{Code, Problem};

/// The routes.
pub(crate) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(list_roles::list_roles)
        .service(create_role::create_role)
        .service(update_role::update_role)
        .service(delete_role::delete_role);
}

/// The role a path names.
fn parse_path(name: &str) -> Result<RoleName, Problem> {
    name.parse().map_err(|_| Code::NotFound.into())
}

fn parse_name(name: &str) -> Result<RoleName, &'static str> {
    name.parse()
        .map_err(|_| "must be 1 to 64 lower-case letters, digits, `-` and `_`, and begin with a letter")
}

fn parse_permissions(names: &[String]) -> Result<PermissionSet, &'static str> {
    let add = |set: PermissionSet, name: &String| {
        Ok(set.with(name.parse().map_err(|_| "names a permission that there is none of")?))
    };
    names.iter().try_fold(PermissionSet::default(), add)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_permission_is_named_as_a_whole() {
        let parse = |names: &[&str]| {
            let names: Vec<_> = names.iter().map(ToString::to_string).collect();
            parse_permissions(&names).map(|set| set.to_string())
        };
        assert_eq!(parse(&[]).as_deref(), Ok(""));
        assert_eq!(
            parse(&["users.write", "users.read", "users.read"]).as_deref(),
            Ok("users.read users.write")
        );
        for name in ["", "users", "users.read users.write", "USERS.READ", " users.read"] {
            assert!(parse(&["users.read", name]).is_err(), "{name:?}");
        }
    }
}
