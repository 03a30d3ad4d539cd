//! Secrets on their way in.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use validator::ValidateLength;
use zeroize::Zeroizing;

/// A password or a token out of a body. It prints nothing and is wiped when dropped, wherever its way ends.
pub(crate) struct PostedSecret(Zeroizing<String>);

impl PostedSecret {
    /// The secret itself, still wiped when dropped.
    pub(crate) fn into_text(self) -> Zeroizing<String> {
        self.0
    }
}

impl PostedSecret {
    /// Whether the same person typed the same twice; both came in one body, so the time it takes tells nobody anything.
    pub(crate) fn is_same(&self, again: &Self) -> bool {
        *self.0 == *again.0
    }
}

impl<'de> Deserialize<'de> for PostedSecret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(text.into()))
    }
}

/// Shows nothing: the wire's own checks keep a copy of what they refuse.
impl Serialize for PostedSecret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("..")
    }
}

/// In characters.
impl ValidateLength<u64> for PostedSecret {
    fn length(&self) -> Option<u64> {
        u64::try_from(self.0.chars().count()).ok()
    }
}

#[cfg(test)]
mod tests {
    use validator::Validate;

    use super::*;

    #[derive(Deserialize, Validate)]
    struct Body {
        #[validate(length(max = 3))]
        token: PostedSecret,
    }

    #[test]
    fn a_secret_that_is_refused_is_not_kept_beside_the_fault() {
        let short: Body = serde_json::from_str(r#"{"token":"\u00e9\u00e9\u00e9"}"#).unwrap();
        assert!(short.validate().is_ok());
        let long: Body = serde_json::from_str(r#"{"token":"canary"}"#).unwrap();
        let errors = long.validate().unwrap_err();
        assert!(!format!("{errors:?}").contains("canary"), "{errors:?}");
        assert_eq!(*long.token.into_text(), "canary");
    }
}
