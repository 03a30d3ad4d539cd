//! The source's roles, by names of ours.

use std::collections::{BTreeMap, HashMap};

use sha2::{Digest, Sha256};
use vestibule_domain::permission::{Permission, PermissionSet};
use vestibule_domain::role::{Role, RoleDescription, RoleName};
use vestibule_domain::slug::Slug;
use vestibule_persistence::roles;

use super::{Run, RunError};
use crate::report::Finding;
use crate::source::{Source, SourceRole};

impl Run<'_> {
    /// Makes the roles of `source` that are not here, and answers what each is called here.
    ///
    /// A role that is here stays as it is: neither what it allows nor what it is for is changed by what another system has of
    /// that name. Nobody becomes admin by the name of a group.
    pub(super) fn settle_roles(
        &mut self,
        source: &mut dyn Source,
    ) -> Result<HashMap<String, RoleName>, RunError> {
        let wanted = named(source.roles()?);
        let view = self.view();
        let names: Vec<RoleName> = wanted.keys().cloned().collect();
        let (made, findings) = self.to.database.clone().write(|conn| {
            let here = view.look(conn, |conn| roles::list_named(conn, &names))?.unwrap_or_default();
            let mut findings = Vec::new();
            let mut made = 0;
            for (name, role) in &wanted {
                let place = format!("role {:?}", role.name);
                if let Some(here) = here.iter().find(|here| here.name == *name) {
                    // What a dry run makes accounts with.
                    roles::insert(conn, here)?;
                    findings.extend(difference(&place, role, here));
                    continue;
                }
                let description = role.name.parse::<RoleDescription>();
                if description.is_err() {
                    let reason = "its name cannot be a description, and is left out there";
                    findings.push(Finding::reduced(&place, reason));
                }
                let description = description.unwrap_or_default();
                let permissions = role.permissions.unwrap_or_default();
                let role = Role { name: name.clone(), description, permissions, is_built_in: false };
                made += u64::from(roles::insert(conn, &role)?);
            }
            self.audience.findings(&findings)?;
            Ok::<_, RunError>((made, findings))
        })?;
        drop(findings);
        self.summary.roles += made;
        Ok(wanted.into_iter().map(|(name, role)| (role.name, name)).collect())
    }
}

/// What is to be told where a role is here already: whoever has it there may more here, or less.
fn difference(place: &str, there: &SourceRole, here: &Role) -> Option<Finding> {
    let words = |more: PermissionSet, than: PermissionSet| {
        let more: Vec<_> =
            more.iter().filter(|permission| !than.contains(*permission)).map(Permission::as_str).collect();
        if more.is_empty() { "nothing".to_owned() } else { more.join(" ") }
    };
    let allowed = there.permissions.filter(|allowed| *allowed != here.permissions)?;
    let (more, less) = (words(here.permissions, allowed), words(allowed, here.permissions));
    let reason = format!(
        "the role {} is here already and stays as it is: it allows {more} beyond what it does there, and does not allow {less}",
        here.name
    );
    Some(Finding::kept(place, reason))
}

/// Every role by its name here. Of two that would have the same name the later one has a name of its own, and so has one that
/// would be called as the role that may do everything.
fn named(roles: Vec<SourceRole>) -> BTreeMap<RoleName, SourceRole> {
    let mut named = BTreeMap::new();
    for role in roles {
        let plain = plain_name(&role.name).filter(|name| {
            let is_free = !named.contains_key(name);
            is_free && name.as_str() != RoleName::ADMIN
        });
        if let Some(name) = plain.or_else(|| own_name(&role.name)) {
            named.insert(name, role);
        }
    }
    named
}

/// `Tour guides` is `tour-guides`; `2nd line` is `role-2nd-line`.
fn plain_name(name: &str) -> Option<RoleName> {
    let slug = Slug::of(name)?;
    let begins_well = slug.as_str().starts_with(|c: char| c.is_ascii_lowercase());
    let name = if begins_well { slug.as_str().to_owned() } else { format!("role-{slug}") };
    cut(&name, MAX_BYTES).parse().ok()
}

/// A name that no other has, and the same in every run.
fn own_name(name: &str) -> Option<RoleName> {
    let digest = base16ct::lower::encode_string(&Sha256::digest(name)[..4]);
    let begin = plain_name(name);
    let begin = begin.as_ref().map_or("role", RoleName::as_str);
    format!("{}-{digest}", cut(begin, MAX_BYTES - 1 - digest.len())).parse().ok()
}

/// The longest name of a role.
const MAX_BYTES: usize = 64;

fn cut(name: &str, bytes: usize) -> &str {
    name.get(..bytes).unwrap_or(name).trim_end_matches('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(of: &[&str]) -> Vec<(String, String)> {
        let roles = of.iter().map(|name| SourceRole { name: (*name).to_owned(), permissions: None });
        named(roles.collect()).into_iter().map(|(name, role)| (role.name, name.to_string())).collect()
    }

    #[test]
    fn a_role_is_called_by_its_slug() {
        for (name, slug) in [
            ("Tour guides", "tour-guides"),
            ("Redação", "redacao"),
            ("editor", "editor"),
            ("2nd line", "role-2nd-line"),
            (&"long ".repeat(30), "long-long-long-long-long-long-long-long-long-long-long-long-long"),
        ] {
            assert_eq!(names(&[name]), [(name.to_owned(), slug.to_owned())], "{name}");
        }
    }

    #[test]
    fn no_two_roles_share_a_name_and_none_is_admin() {
        let same = names(&["Guides", "guides!", "GUIDES"]);
        let mut distinct: Vec<_> = same.iter().map(|(_, name)| name.clone()).collect();
        distinct.dedup();
        assert_eq!(distinct.len(), 3, "{same:?}");
        for name in ["admin", "Admin", "केरल", "!"] {
            let (_, ours) = names(&[name]).remove(0);
            assert!(ours != "admin" && (ours.starts_with("admin-") || ours.starts_with("role-")), "{ours}");
            assert_eq!(names(&[name]).remove(0).1, ours);
        }
    }
}
