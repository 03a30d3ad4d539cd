//! Tokens: the secret somebody holds and the digest that is stored.

use std::str::FromStr;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::id::UserId;
use crate::random::Random;

/// The bytes of an access token: 256 bits, four times what OWASP ASVS 5.0 (7.2.3) asks of a session token.
///
/// It prints nothing and is wiped when dropped. Only [`TokenSecret::reveal`] shows it, once, to its owner.
pub struct TokenSecret(Zeroizing<[u8; TokenSecret::BYTES]>);

/// Not 64 lower-case hexadecimal characters.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("not an access token")]
pub struct TokenSecretError;

impl TokenSecret {
    /// How many bytes a token has; its text is twice as long.
    pub const BYTES: usize = 32;

    /// A new secret.
    #[must_use]
    pub fn new(random: &dyn Random) -> Self {
        let mut bytes = Zeroizing::new([0; Self::BYTES]);
        random.fill(bytes.as_mut());
        Self(bytes)
    }

    /// The text a client sends: 64 lower-case hexadecimal characters.
    #[must_use]
    pub fn reveal(&self) -> Zeroizing<String> {
        Zeroizing::new(base16ct::lower::encode_string(self.0.as_ref()))
    }

    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8; Self::BYTES] {
        &self.0
    }

    /// What is stored of it, and looked up.
    #[must_use]
    pub fn digest(&self) -> TokenDigest {
        TokenDigest(Sha256::digest(self.0.as_ref()).into())
    }
}

impl FromStr for TokenSecret {
    type Err = TokenSecretError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = Zeroizing::new([0; Self::BYTES]);
        let decoded = base16ct::lower::decode(text, bytes.as_mut()).map_err(|_| TokenSecretError)?;
        if decoded.len() == Self::BYTES { Ok(Self(bytes)) } else { Err(TokenSecretError) }
    }
}

/// The two kinds of access token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TokenFormat {
    /// 64 hexadecimal characters that say nothing.
    #[default]
    Opaque,
    /// A signed JWT, which others can verify by our public keys.
    Jwt,
}

impl TokenFormat {
    /// The name clients and databases use.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Opaque => "opaque",
            Self::Jwt => "jwt",
        }
    }
}

/// Neither `opaque` nor `jwt`.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("must be `opaque` or `jwt`")]
pub struct TokenFormatError;

impl FromStr for TokenFormat {
    type Err = TokenFormatError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "opaque" => Ok(Self::Opaque),
            "jwt" => Ok(Self::Jwt),
            _ => Err(TokenFormatError),
        }
    }
}

/// What a session is opened by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenGrant {
    /// An access token of this kind, and a refresh token that brings the next pair.
    Pair(TokenFormat),
    /// An access token of this kind and nothing else: the session ends with it.
    AccessAlone(TokenFormat),
}

impl TokenGrant {
    /// The kind of access token.
    #[must_use]
    pub fn format(self) -> TokenFormat {
        match self {
            Self::Pair(format) | Self::AccessAlone(format) => format,
        }
    }
}

/// A refresh token: `vrt_` and the hexadecimal characters of a secret.
pub struct RefreshToken(TokenSecret);

/// Not a refresh token.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("not a refresh token")]
pub struct RefreshTokenError;

impl RefreshToken {
    /// What every refresh token begins with, so that scanners and people know one when they see it.
    pub const PREFIX: &'static str = "vrt_";

    /// A new one.
    #[must_use]
    pub fn new(random: &dyn Random) -> Self {
        Self(TokenSecret::new(random))
    }

    /// The text a client keeps, shown this once.
    #[must_use]
    pub fn reveal(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("{}{}", Self::PREFIX, *self.0.reveal()))
    }

    /// What is stored of it. The label keeps it apart from an access token of the same bytes.
    #[must_use]
    pub fn digest(&self) -> TokenDigest {
        TokenDigest::labelled(b"vestibule/refresh/1", &[self.0.bytes()])
    }
}

impl FromStr for RefreshToken {
    type Err = RefreshTokenError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let secret = text.strip_prefix(Self::PREFIX).ok_or(RefreshTokenError)?;
        secret.parse().map(Self).map_err(|_| RefreshTokenError)
    }
}

/// What a token sent by mail is good for. One for a purpose is nothing to any other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MailPurpose {
    /// Choosing a new password without the old one.
    ResetPassword,
    /// Proving that an address is one's own.
    VerifyEmail,
    /// Proving that the address one wants to change to is one's own.
    ChangeEmail,
    /// Taking back a change of address that one did not ask for.
    KeepEmail,
}

impl MailPurpose {
    /// Every purpose.
    pub const ALL: &'static [Self] =
        &[Self::ResetPassword, Self::VerifyEmail, Self::ChangeEmail, Self::KeepEmail];

    /// The name stores use.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ResetPassword => "reset_password",
            Self::VerifyEmail => "verify_email",
            Self::ChangeEmail => "change_email",
            Self::KeepEmail => "keep_email",
        }
    }
}

/// A token in the link of a mail: the account it is for, and a secret. 80 hexadecimal characters, so that no mail
/// program breaks it and no address needs to escape it.
pub struct MailToken {
    user_id: UserId,
    secret: TokenSecret,
}

/// Not a token that a mail could have brought.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("not a token from a mail")]
pub struct MailTokenError;

impl MailToken {
    /// A new one for `user_id`.
    #[must_use]
    pub fn new(user_id: UserId, random: &dyn Random) -> Self {
        Self { user_id, secret: TokenSecret::new(random) }
    }

    /// The account it says it is for; only its digest proves that.
    #[must_use]
    pub fn user_id(&self) -> UserId {
        self.user_id
    }

    /// The text in the link.
    #[must_use]
    pub fn reveal(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("{:016x}{}", self.user_id.get(), *self.secret.reveal()))
    }

    /// What is stored of it: for another purpose or another account the same secret has another digest.
    #[must_use]
    pub fn digest(&self, purpose: MailPurpose) -> TokenDigest {
        let user_id = self.user_id.get().to_be_bytes();
        let parts: [&[u8]; 4] = [purpose.as_str().as_bytes(), b"/", &user_id, self.secret.bytes()];
        TokenDigest::labelled(b"vestibule/mail/1", &parts)
    }
}

impl FromStr for MailToken {
    type Err = MailTokenError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (id, secret) = text.split_at_checked(16).ok_or(MailTokenError)?;
        let is_hex = id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let id = i64::from_str_radix(id, 16).ok().filter(|_| is_hex).ok_or(MailTokenError)?;
        let user_id = UserId::try_from(id).map_err(|_| MailTokenError)?;
        Ok(Self { user_id, secret: secret.parse().map_err(|_| MailTokenError)? })
    }
}

/// The SHA-256 of a token: what is stored and looked up. From it no token can be made.
///
/// A plain digest suffices where the secret has 256 bits: there is nothing to guess, so nothing to slow down.
#[derive(Clone, Copy, Debug)]
pub struct TokenDigest([u8; 32]);

impl TokenDigest {
    /// The digest `bytes`, as read back from a store.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The digest of `parts` under `label`: other labels give other digests.
    #[must_use]
    pub fn labelled(label: &[u8], parts: &[&[u8]]) -> Self {
        let begun = Sha256::new().chain_update(label).chain_update([0]);
        Self(parts.iter().fold(begun, Digest::chain_update).finalize().into())
    }

    /// The digest of an access token as clients of ours and of the systems we take accounts from send it: 64 lower-case
    /// hexadecimal characters as [`TokenSecret`] has them, or the 40 that Django REST framework gives out (160 bits, which
    /// nobody guesses either). `None` where `text` is neither.
    #[must_use]
    pub fn of_imported(text: &str) -> Option<Self> {
        if let Ok(secret) = text.parse::<TokenSecret>() {
            return Some(secret.digest());
        }
        let is_short = text.len() == 40 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        is_short.then(|| Self::labelled(b"vestibule/imported-token/1", &[text.as_bytes()]))
    }

    /// The bytes as stored.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// In constant time.
impl PartialEq for TokenDigest {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for TokenDigest {}

impl std::hash::Hash for TokenDigest {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

#[cfg(test)]
mod tests;
