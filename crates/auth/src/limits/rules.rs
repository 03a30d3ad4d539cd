//! What the operator decides about limits.

use std::time::Duration;

use vestibule_domain::rate::Rate;

/// The operator's rates.
#[derive(Clone, Copy, Debug)]
pub struct LimitRules {
    /// Whether anything is limited at all; off is for tests.
    pub is_on: bool,
    /// Sign-ins from one address.
    pub sign_in_per_address: Rate,
    /// Sign-ins to one account, and other checks of its password.
    pub sign_in_per_account: Rate,
    /// Sign-ins from anywhere.
    pub sign_in_in_all: Rate,
    /// Registrations from one address.
    pub register_per_address: Rate,
    /// Registrations from anywhere.
    pub register_in_all: Rate,
    /// Refreshes from one address.
    pub refresh_per_address: Rate,
    /// Requests that cause a mail, from one address.
    pub mail_per_address: Rate,
    /// Mails of one kind to one person that others can cause.
    pub mail_per_recipient: Rate,
    /// Uses of mailed tokens from one address.
    pub token_per_address: Rate,
    /// Messages to those who run the site, from one address.
    pub contact_per_address: Rate,
    /// The same from anywhere: what strangers can fill the inbox with.
    pub contact_in_all: Rate,
    /// Posts and comments that one account writes or changes.
    pub write_per_account: Rate,
    /// Previews of posts that one account asks for.
    pub preview_per_account: Rate,
}

/// What a fresh installation has.
impl Default for LimitRules {
    fn default() -> Self {
        let per_minutes = |burst, minutes| Rate::nearest(burst, Duration::from_mins(minutes));
        Self {
            is_on: true,
            sign_in_per_address: per_minutes(30, 5),
            sign_in_per_account: per_minutes(10, 5),
            sign_in_in_all: per_minutes(6000, 1),
            register_per_address: per_minutes(60, 60),
            register_in_all: per_minutes(6000, 60),
            refresh_per_address: per_minutes(300, 5),
            mail_per_address: per_minutes(30, 60),
            mail_per_recipient: per_minutes(3, 60),
            token_per_address: per_minutes(60, 5),
            contact_per_address: per_minutes(5, 60),
            contact_in_all: per_minutes(300, 60),
            write_per_account: per_minutes(30, 1),
            preview_per_account: per_minutes(60, 1),
        }
    }
}
