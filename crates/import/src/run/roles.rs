//! The source's roles, by names of ours.

use std::collections::{BTreeMap, HashMap};

use sha2::{Digest, Sha256};
use vestibule_domain::permission::{Permission, PermissionSet};
use vestibule_domain::role::{Role, RoleDescription, RoleName};
use vestibule_domain::slug::Slug;
use vestibule_domain::time::Timestamp;
use vestibule_persistence::dialect::DatabaseConnection;
use vestibule_persistence::imports::{self, ImportedRow, RowKind};
use vestibule_persistence::{StoreError, roles};

use super::lookup::View;
use super::users::can_be_kept;
use super::{Run, RunError};
use crate::report::Finding;
use crate::source::{Source, SourceRole};

impl Run<'_> {
    /// Makes the roles of `source` that are not here, and answers what each is called here.
    ///
    /// A role that is here stays as it is: neither what it allows nor what it is for is changed by what another system has of
    /// that name. Only a role that came from this source before, and a built-in one called exactly so, are the source's own too:
    /// nobody comes to what a role allows because a group elsewhere has a name like it. Nobody becomes admin by the name of a
    /// group.
    pub(super) fn settle_roles(
        &mut self,
        source: &mut dyn Source,
    ) -> Result<HashMap<String, RoleName>, RunError> {
        let roles = source.roles()?;
        let (view, now) = (self.view(), self.to.clock.now().max(self.started_at));
        let (made, wanted) = self.to.database.clone().write(|conn| {
            // Of two runs at once one makes the roles.
            self.move_to(conn, &self.position)?;
            let known = Here::look_up(conn, &view, &roles)?;
            let (wanted, mut findings) = named(roles, &known);
            let (mut made, mut marks) = (0, Vec::new());
            for (name, role) in &wanted {
                let place = place_of(role);
                if let Some(here) = known.roles.get(name) {
                    // What a dry run makes accounts with.
                    roles::insert(conn, here)?;
                    findings.extend(difference(&place, role, here));
                    if !here.is_built_in && !known.marks.contains_key(&role.name) && can_be_kept(&role.name) {
                        marks.push(mark(role, name, now));
                    }
                    continue;
                }
                let description = role.name.parse::<RoleDescription>();
                if description.is_err() {
                    let reason = "its name cannot be a description, and is left out there";
                    findings.push(Finding::reduced(&place, reason));
                }
                let description = description.unwrap_or_default();
                let permissions = role.permissions.unwrap_or_default();
                let made_role = Role { name: name.clone(), description, permissions, is_built_in: false };
                made += u64::from(roles::insert(conn, &made_role)?);
                match known.marks.get(&role.name) {
                    Some(_) if view.is_rehearsal => {}
                    Some(_) => imports::set_row(conn, &view.source, RowKind::Role, &mark(role, name, now))?,
                    None if can_be_kept(&role.name) => marks.push(mark(role, name, now)),
                    None => {}
                }
            }
            imports::insert_rows(conn, &view.source, RowKind::Role, &marks)?;
            self.audience.findings(&findings)?;
            Ok::<_, RunError>((made, wanted))
        })?;
        self.summary.roles += made;
        Ok(wanted.into_iter().map(|(name, role)| (role.name, name)).collect())
    }
}

fn place_of(role: &SourceRole) -> String {
    format!("role {:?}", role.name)
}

/// What is here of the roles of a source.
#[derive(Default)]
struct Here {
    roles: HashMap<RoleName, Role>,
    /// What its roles became when they came from it before, by their names there.
    marks: HashMap<String, ImportedRow>,
}

impl Here {
    fn look_up(conn: &mut DatabaseConnection, view: &View, roles: &[SourceRole]) -> Result<Self, StoreError> {
        let names: Vec<RoleName> =
            roles.iter().flat_map(|role| [plain_name(&role.name), own_name(&role.name)]).flatten().collect();
        // Where there is no installation yet, a dry run finds what every new one has.
        let here = match view.look(conn, |conn| roles::list_named(conn, &names))? {
            Some(here) => here,
            None => roles::list_named(conn, &names)?,
        };
        let keys: Vec<&str> =
            roles.iter().map(|role| role.name.as_str()).filter(|name| can_be_kept(name)).collect();
        let marks = view.known_rows(conn, RowKind::Role, &keys)?;
        Ok(Self {
            roles: here.into_iter().map(|role| (role.name.clone(), role)).collect(),
            marks: marks.before.into_iter().chain(marks.in_this_run).collect(),
        })
    }

    /// Whether a role called `name` is here that is not what `role` became, nor one of the same full name, from another source,
    /// that allows nothing which `role` does not.
    fn is_others(&self, name: &RoleName, role: &SourceRole) -> bool {
        let Some(here) = self.roles.get(name) else { return false };
        if here.is_built_in {
            return role.name != name.as_str();
        }
        let is_alike = here.description.as_str() == role.name
            && role.permissions.unwrap_or_default().includes(here.permissions);
        !is_alike && self.marks.get(&role.name).is_none_or(|mark| mark.digest != digest_of(name))
    }
}

fn mark(role: &SourceRole, name: &RoleName, now: Timestamp) -> ImportedRow {
    ImportedRow {
        source_key: role.name.clone(),
        target_id: 0,
        digest: digest_of(name),
        kept_digest: None,
        imported_at: now,
    }
}

fn digest_of(name: &RoleName) -> [u8; 32] {
    Sha256::digest(name.as_str()).into()
}

/// What is to be told where a role is here already: whoever has it there may more here, or less.
fn difference(place: &str, there: &SourceRole, here: &Role) -> Option<Finding> {
    let words = |more: PermissionSet, than: PermissionSet| {
        let more: Vec<_> =
            more.iter().filter(|permission| !than.contains(*permission)).map(Permission::as_str).collect();
        if more.is_empty() { "nothing".to_owned() } else { more.join(" ") }
    };
    // What a source does not tell of, nobody has there.
    let allowed = there.permissions.unwrap_or_default();
    if allowed == here.permissions {
        return None;
    }
    let (more, less) = (words(here.permissions, allowed), words(allowed, here.permissions));
    let reason = format!(
        "the role {} is here already and stays as it is: it allows {more} beyond what it does there, and does not allow {less}",
        here.name
    );
    Some(Finding::kept(place, reason))
}

/// Every role by its name here, and what is to be told of that. A role that is called so already comes first; of two others that
/// would have the same name the later one has a name of its own, and so has one that would be called as another's role here,
/// or as the one that may do everything.
fn named(mut roles: Vec<SourceRole>, here: &Here) -> (BTreeMap<RoleName, SourceRole>, Vec<Finding>) {
    let (mut named, mut findings) = (BTreeMap::new(), Vec::new());
    roles.sort_by_key(|role| plain_name(&role.name).is_none_or(|name| name.as_str() != role.name));
    for role in roles {
        let plain = plain_name(&role.name).filter(|name| name.as_str() != RoleName::ADMIN);
        let is_others = plain.as_ref().is_some_and(|name| here.is_others(name, &role));
        let own = own_name(&role.name);
        if let (true, Some(plain), Some(own)) = (is_others, &plain, &own) {
            let reason =
                format!("the role {plain} here did not come from this source: this one is called {own} here");
            findings.push(Finding::kept(place_of(&role), reason));
        }
        let plain = plain.filter(|name| !is_others && !named.contains_key(name));
        if let Some(name) = plain.or(own) {
            named.insert(name, role);
        }
    }
    (named, findings)
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
        let (named, _) = super::named(roles.collect(), &Here::default());
        named.into_iter().map(|(name, role)| (role.name, name.to_string())).collect()
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
    fn a_role_that_is_called_so_comes_before_those_that_are_only_like_it() {
        let ours = names(&["Guides!", "guides"]);
        assert!(ours.contains(&("guides".to_owned(), "guides".to_owned())), "{ours:?}");
    }

    /// Unless it came from the source, or is a built-in one and called exactly so.
    #[test]
    fn a_role_of_somebody_else_is_left_alone() {
        let role = |name: &str, is_built_in| {
            let name: RoleName = name.parse().unwrap();
            let (description, permissions) = (RoleDescription::default(), PermissionSet::default());
            (name.clone(), Role { name, description, permissions, is_built_in })
        };
        let there = |name: &str| SourceRole { name: name.to_owned(), permissions: None };
        let marked = there("Came before");
        let marks = [(
            marked.name.clone(),
            mark(&marked, &"came-before".parse().unwrap(), Timestamp::from_unix_seconds(0).unwrap()),
        )];
        let here = Here {
            roles: [role("editor", true), role("guides", false), role("came-before", false)].into(),
            marks: marks.into(),
        };
        for (name, stays) in
            [("editor", true), ("Editor", false), ("guides", false), ("Guides", false), ("Came before", true)]
        {
            let (named, findings) = super::named(vec![there(name)], &here);
            let is_theirs = here.roles.contains_key(named.keys().next().unwrap());
            assert_eq!((is_theirs, findings.is_empty()), (stays, stays), "{name}");
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
