//! Boxes to tick.

use vestibule_domain::permission::Permission;
use vestibule_domain::permission::PermissionSet;
use vestibule_domain::role::{Role, RoleName};

use crate::fields::Fields;
use crate::texts::ENGLISH;

/// One box.
pub(super) struct TickBox {
    pub(super) value: String,
    pub(super) about: String,
    pub(super) is_chosen: bool,
}

/// A box for each of `roles`, ticked where it is among `held`.
pub(super) fn of_roles(roles: &[Role], held: &[RoleName]) -> Vec<TickBox> {
    let tick_box = |role: &Role| TickBox {
        value: role.name.to_string(),
        about: role.description.as_str().to_owned(),
        is_chosen: held.contains(&role.name),
    };
    roles.iter().map(tick_box).collect()
}

/// A box for each permission that `may` includes, and for those held beyond that.
pub(super) fn of_permissions(may: PermissionSet, held: PermissionSet) -> Vec<TickBox> {
    let shown = may.union(held).iter();
    let tick_box = |permission: Permission| TickBox {
        value: permission.to_string(),
        about: (ENGLISH.admin.roles.explain)(permission).to_owned(),
        is_chosen: held.contains(permission),
    };
    shown.map(tick_box).collect()
}

/// The roles that were ticked, each once; nothing where one of them names no role: that comes from no form of ours.
pub(super) fn ticked_roles(fields: &Fields) -> Option<Vec<RoleName>> {
    let mut roles = fields.all("roles").map(str::parse).collect::<Result<Vec<RoleName>, _>>().ok()?;
    roles.sort_unstable();
    roles.dedup();
    Some(roles)
}

/// The same for permissions.
pub(super) fn ticked_permissions(fields: &Fields) -> Option<PermissionSet> {
    let add = |set: PermissionSet, name: &str| Some(set.with(name.parse().ok()?));
    fields.all("permissions").try_fold(PermissionSet::default(), add)
}
