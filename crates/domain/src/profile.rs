//! What a person tells about themselves.

use crate::avatar::AvatarName;
use crate::birth_date::BirthDate;
use crate::metadata::Metadata;
use crate::person_name::Nickname;
use crate::phone::PhoneNumber;
use crate::time::Timestamp;

/// The part of an account its owner fills in at leisure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// What friends say.
    pub nickname: Option<Nickname>,
    /// A telephone number in E.164.
    pub phone: Option<PhoneNumber>,
    /// The day of birth.
    pub dob: Option<BirthDate>,
    /// The picture.
    pub avatar: Option<AvatarName>,
    /// Free JSON, kept for the application in front; an empty object where nothing was set.
    pub metadata: Metadata,
    /// When any of this last changed.
    pub updated_at: Timestamp,
}
