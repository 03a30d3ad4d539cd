//! Permissions as types, for the signatures of handlers.

use actix_web::HttpRequest;
use vestibule_domain::audit::{AuditEvent, AuditRecord};
use vestibule_domain::caller::Caller;
use vestibule_domain::permission::Permission;

use crate::client::client_info;
use crate::shell::Shell;

/// A permission as a type.
pub trait Needed: 'static {
    /// The permission.
    const PERMISSION: Permission;
}

macro_rules! needed {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug)]
            pub enum $name {}

            impl Needed for $name {
                const PERMISSION: Permission = Permission::$name;
            }
        )*
    };
}

needed! {
    /// See every account, and the figures.
    UsersRead,
    /// Create, change, suspend and delete accounts.
    UsersWrite,
    /// Make roles and give them to people.
    RolesManage,
    /// Read the audit trail.
    AuditRead,
    /// See the mail queue and retry what failed.
    MailManage,
    /// Write posts.
    PostsWrite,
    /// Change and remove other people's posts.
    PostsModerate,
    /// Write comments.
    CommentsWrite,
    /// Change and remove other people's comments.
    CommentsModerate,
    /// Read and handle what was sent to those who run the site.
    ContactRead,
    /// Edit the guides to the states.
    StatesWrite,
    /// Ask about other people's tokens.
    TokensIntrospect,
}

/// Writes down that `caller` asked for what takes `needed`. Somebody who asks a thousand times a second would fill the trail by
/// it, so it is once a minute.
pub fn note_denied(shell: &Shell, request: &HttpRequest, caller: &Caller, needed: Permission) {
    let (now, what, client) = (shell.now(), needed.as_str(), client_info(request));
    if shell.accounts().limits.is_news(now, what, Some(caller.user.id), client.network()) {
        let refusal = AuditRecord::failure(now, AuditEvent::AccessDenied, &client).saying(what);
        shell.accounts().refusals.push(AuditRecord { actor: Some(caller.user.id), ..refusal });
    }
}
