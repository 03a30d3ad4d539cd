//! What is answered where an account or a role stays as it is.

use vestibule_auth::administration::AdministerError;

use crate::problem::{Code, Problem};

impl From<AdministerError> for Problem {
    fn from(error: AdministerError) -> Self {
        match error {
            AdministerError::Missing => Code::NotFound.into(),
            AdministerError::Stale => Code::Stale.into(),
            AdministerError::BeyondCaller => Self::from(Code::Forbidden)
                .saying("You may not change, give or take what allows more than you may do yourself."),
            AdministerError::LastAdmin => Code::LastAdmin.into(),
            AdministerError::NoWayIn => {
                let sentence =
                    "A way to sign in has to be left: a username with a password, or an e-mail address.";
                Self::from(Code::NoWayIn).at("username", sentence).at("email", sentence)
            }
            AdministerError::OwnAccount => Code::OwnAccount.into(),
            AdministerError::NoEmail => Code::NoEmail.into(),
            AdministerError::UsernameTaken => Code::UsernameTaken.into(),
            AdministerError::EmailTaken => Code::EmailTaken.into(),
            AdministerError::UnknownRole(name) => {
                Self::from(Code::UnknownRole).at("roles", format!("There is no role `{name}`."))
            }
            AdministerError::RoleTaken => Code::RoleTaken.into(),
            AdministerError::BuiltInRole => Code::BuiltInRole.into(),
            AdministerError::Store(error) => error.into(),
        }
    }
}
