mod create;
mod last_admin;
mod reach;
mod roles;
mod seen;
mod suspend;
mod update;

use vestibule_domain::audit::{AuditEvent, AuditOutcome};
use vestibule_domain::caller::{Caller, ClientInfo};
use vestibule_domain::id::UserId;
use vestibule_domain::password::Password;
use vestibule_domain::permission::PermissionSet;
use vestibule_domain::role::{Role, RoleDescription, RoleName};
use vestibule_domain::token::{MailPurpose, MailToken, TokenFormat};
use vestibule_persistence::ephemeral::MailedToken;
use vestibule_persistence::users;

use super::*;
use crate::house::{DAY, House, RANDOM, at};
use crate::rules::AccountRules;
use crate::{reset_password, sign_in::SignedIn};

/// Something done to an account.
type Act = fn(&House, &Caller, UserId) -> Result<(), AdministerError>;

/// All that can be done to one.
const ACTS: [(&str, Act); 8] = [
    ("update", |house, caller, id| {
        let user = nicknamed("Nick");
        let change = AccountChange { user, is_active: None };
        update_user(&house.accounts, at(1), caller, id, &change, None, &client()).map(drop)
    }),
    ("deactivate", |house, caller, id| {
        let change = AccountChange { is_active: Some(false), ..AccountChange::default() };
        update_user(&house.accounts, at(1), caller, id, &change, None, &client()).map(drop)
    }),
    ("restore", |house, caller, id| restore_user(&house.accounts, at(1), caller, id, &client()).map(drop)),
    ("set roles", |house, caller, id| {
        set_roles(&house.accounts, at(1), caller, id, &[], None, &client()).map(drop)
    }),
    ("end sessions", |house, caller, id| {
        end_sessions(&house.accounts, at(1), caller, id, &client()).map(drop)
    }),
    ("force reset", |house, caller, id| force_reset(&house.accounts, at(1), caller, id, &client())),
    ("suspend", |house, caller, id| suspend_user(&house.accounts, at(1), caller, id, &client()).map(drop)),
    ("delete", |house, caller, id| delete_user(&house.accounts, at(1), caller, id, &client()).map(drop)),
];

fn client() -> ClientInfo {
    ClientInfo::new("192.0.2.7".parse().ok(), Some("Browser/1")).with_request_id("request-1")
}

fn house() -> House {
    House::new(AccountRules::default())
}

fn role(name: &str) -> RoleName {
    name.parse().unwrap()
}

fn may(permissions: &str) -> PermissionSet {
    permissions.parse().unwrap()
}

fn nicknamed(name: &str) -> users::UserChange {
    let nickname = Some(Some(name.parse().unwrap()));
    users::UserChange {
        profile: users::ProfileChange { nickname, ..users::ProfileChange::default() },
        ..users::UserChange::default()
    }
}

/// A role of the installation's own.
fn own_role(name: &str, permissions: &str) -> Role {
    let (name, permissions) = (role(name), may(permissions));
    Role { name, description: RoleDescription::default(), permissions, is_built_in: false }
}

fn keep_role(house: &House, name: &str, permissions: &str) {
    let role = own_role(name, permissions);
    let insert = |conn: &mut _| vestibule_persistence::roles::insert(conn, &role);
    assert!(house.accounts.database.write(insert).unwrap());
}

fn demote(house: &House, user_id: UserId) {
    let none = |conn: &mut _| vestibule_persistence::roles::set_of_user(conn, user_id, &[]);
    house.accounts.database.write(none).unwrap();
}

/// A link as a mail would bring it.
fn mailed(house: &House, user_id: UserId, purpose: MailPurpose) -> String {
    let token = MailToken::new(user_id, &RANDOM);
    let find = |conn: &mut _| users::find_token_epoch(conn, user_id);
    let mailed = MailedToken {
        digest: token.digest(purpose),
        epoch: house.accounts.database.read(find).unwrap().unwrap(),
        email: house.find(user_id).unwrap().email.unwrap(),
        expires_at: at(DAY),
    };
    house.accounts.mail_tokens.put(at(0), user_id, purpose, &mailed).unwrap();
    token.reveal().to_string()
}

/// Whether the link would let somebody choose a password now.
fn is_good(house: &House, link: &str) -> bool {
    let new = Password::new("marble kites 77 over the bay".to_owned()).unwrap();
    reset_password::look_up(&house.accounts, at(1), link.parse().unwrap(), &new, &client()).is_ok()
}

/// What the trail tells of `event`, the newest first: how it went, by whom, to whom, and with which words.
fn told(house: &House, event: AuditEvent) -> Vec<(AuditOutcome, Option<UserId>, Option<UserId>, String)> {
    let records = house.told(event).into_iter();
    records
        .inspect(|record| {
            let (ip, request_id) = (record.ip, record.request_id.as_deref());
            assert_eq!((ip, request_id), (client().ip(), Some("request-1")), "{record:?}");
        })
        .map(|record| (record.outcome, record.actor, record.subject, record.detail.unwrap_or_default()))
        .collect()
}

/// An opaque session and a signed one, both known to the cache.
fn signed_in(house: &House, user_id: UserId) -> [SignedIn; 2] {
    let pairs = [TokenFormat::Opaque, TokenFormat::Jwt].map(|format| house.open_for(user_id, format));
    assert!(pairs.iter().all(|pair| house.is_open(1, pair)));
    pairs
}
