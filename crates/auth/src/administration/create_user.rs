//! Making an account for somebody else, who chooses the password by a link.

use vestibule_domain::audit::AuditEvent;
use vestibule_domain::caller::{Caller, ClientInfo};
use vestibule_domain::email::EmailAddress;
use vestibule_domain::mail::MailOrder;
use vestibule_domain::password::PasswordHash;
use vestibule_domain::permission::Permission;
use vestibule_domain::person_name::FullName;
use vestibule_domain::role::RoleName;
use vestibule_domain::time::Timestamp;
use vestibule_domain::user::User;
use vestibule_domain::username::Username;
use vestibule_persistence::dialect::DatabaseConnection;
use vestibule_persistence::users::{self, NewUser};
use vestibule_persistence::{StoreError, audit, installation, outbox, roles};

use super::AdministerError;
use super::deed::Deed;
use super::guard::{ensure_may, ensure_may_give};
use super::set_roles::{each_once, listed};
use crate::accounts::Accounts;
use crate::limits::MailKind;

/// An account to be made. There is no password: nobody but its owner ever knows one.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// The name to sign in by, if any.
    pub username: Option<Username>,
    /// Where the link goes.
    pub email: EmailAddress,
    /// The person's name.
    pub full_name: Option<FullName>,
    /// The roles; `member` where none are named.
    pub roles: Option<Vec<RoleName>>,
}

/// Makes the account and orders the mail with the link, in one transaction. The address counts as proven when somebody has
/// followed the link.
pub fn create_user(
    accounts: &Accounts,
    now: Timestamp,
    caller: &Caller,
    new: &NewAccount,
    client: &ClientInfo,
) -> Result<User, AdministerError> {
    let deed = Deed { now, caller, client };
    let made = accounts.database.write(|conn| make(conn, &deed, new));
    if made.is_ok() {
        // The link goes out whatever the limit says, as at a registration: without it the account is of no use.
        let _ = accounts.limits.admit_mail(now, MailKind::Proof, &new.email.key());
    }
    let user_id = made.as_ref().ok().map(|user| user.id);
    deed.told(accounts, AuditEvent::Created, user_id, made)
}

fn make(conn: &mut DatabaseConnection, deed: &Deed<'_>, new: &NewAccount) -> Result<User, AdministerError> {
    installation::lock(conn)?;
    installation::claim_first_account(conn, deed.now)?;
    let may = ensure_may(conn, deed, Permission::UsersWrite)?;
    let member = parse(RoleName::MEMBER)?;
    let names = new.roles.as_ref().map_or_else(|| vec![member.clone()], |names| each_once(names));
    // What everybody begins as is given by whoever may make accounts; any other role is given as roles are.
    if names != [member] {
        ensure_may(conn, deed, Permission::RolesManage)?;
        ensure_may_give(conn, may, &names)?;
    }
    // Before the insert: which of two unique keys a database complains of first is its own affair.
    let username = new.username.as_ref().map(Username::key);
    if let Some(key) = users::find_taken(conn, username.as_ref(), Some(&new.email.key()))? {
        return Err(StoreError::Taken(key).into());
    }
    let row = NewUser {
        username: new.username.clone(),
        email: Some(new.email.clone()),
        full_name: new.full_name.clone(),
        password_hash: PasswordHash::unusable(),
    };
    let user_id = users::insert(conn, deed.now, &row)?;
    roles::set_of_user(conn, user_id, &names)?;
    outbox::insert(conn, deed.now, &MailOrder::ChooseFirstPassword { user_id })?;
    audit::insert(conn, &deed.done_to(user_id, AuditEvent::Created).saying(listed(&names)))?;
    users::find(conn, user_id)?.ok_or(AdministerError::Missing)
}

fn parse(role: &str) -> Result<RoleName, StoreError> {
    role.parse().map_err(|_| StoreError::Corrupt { what: "name of role", row: role.to_owned() })
}
