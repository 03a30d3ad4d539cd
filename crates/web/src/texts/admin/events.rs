//! What the audit trail calls what happened.

use vestibule_domain::audit::AuditEvent;

use super::words;

words! {
    /// The words.
    EventTexts {
        of: fn(AuditEvent) -> &'static str = of;
    }
}

fn of(event: AuditEvent) -> &'static str {
    match event {
        AuditEvent::Registered => "Account registered",
        AuditEvent::AdminCreated => "Administrator made on the command line",
        AuditEvent::Created => "Account added",
        AuditEvent::Updated => "Account changed",
        AuditEvent::PasswordResetForced => "New password forced",
        AuditEvent::SessionsEnded => "All sessions ended by an administrator",
        AuditEvent::Exported => "Own data exported",
        AuditEvent::Suspended => "Account suspended",
        AuditEvent::Restored => "Account restored",
        AuditEvent::RolesChanged => "Roles changed",
        AuditEvent::Deleted => "Account deleted",
        AuditEvent::SignedIn => "Sign-in",
        AuditEvent::SignedOut => "Sign-out",
        AuditEvent::SignedOutEverywhere => "Sign-out everywhere",
        AuditEvent::SessionRevoked => "Session ended from another one",
        AuditEvent::RefreshReused => "Spent refresh token used again",
        AuditEvent::EverythingRevoked => "Every session ended on the command line",
        AuditEvent::PasswordChanged => "Password change",
        AuditEvent::PasswordResetRequested => "Link for a new password asked for",
        AuditEvent::PasswordReset => "Password reset by a link",
        AuditEvent::EmailVerificationRequested => "Link to confirm an address asked for",
        AuditEvent::EmailVerified => "Address confirmed",
        AuditEvent::EmailChangeRequested => "Change of address asked for",
        AuditEvent::EmailChanged => "Address changed",
        AuditEvent::EmailChangeReverted => "Change of address taken back",
        AuditEvent::LimitHit => "Told to come back later",
        AuditEvent::AccessDenied => "Access denied",
        AuditEvent::RoleCreated => "Role added",
        AuditEvent::RoleUpdated => "Role changed",
        AuditEvent::RoleDeleted => "Role deleted",
        AuditEvent::Imported => "Accounts imported",
        AuditEvent::UsersExported => "Accounts exported",
        AuditEvent::Copied => "Database copied",
        AuditEvent::PostModerated => "Post moderated",
        AuditEvent::CommentModerated => "Comment moderated",
        AuditEvent::MessageHandled => "Contact message handled",
        AuditEvent::StateEdited => "State guide edited",
        AuditEvent::MailRetried => "Mail retried",
        AuditEvent::KeysRotated => "Signing keys rotated",
        AuditEvent::TrailOverflowed => "Trail overflowed",
    }
}
