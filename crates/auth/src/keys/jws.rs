//! The compact form (RFC 7515), written and read in one way only.
//!
//! A header is compared, not interpreted: there is one that we write for each key. So neither another algorithm nor a key
//! brought along by the token, nor a critical extension ever reaches code that could be talked into something.

use base64ct::{Base64UrlUnpadded, Encoding};
use serde::{Deserialize, Serialize};

/// The longest text that is looked at, in bytes.
const MAX_BYTES: usize = crate::authenticate::Presented::MAX_BYTES;

/// The characters of an encoded SHA-256.
const KID_LEN: usize = 43;

const SIGNATURE_LEN: usize = 64;

/// A token taken apart; nothing is known of it but its shape.
pub(super) struct Compact<'a> {
    /// The first part as it stands.
    pub(super) header: &'a str,
    /// What the signature is over: the first two parts and the dot between them.
    pub(super) signed: &'a str,
    /// What the second part says.
    pub(super) payload: Vec<u8>,
    /// What the third part says.
    pub(super) signature: [u8; SIGNATURE_LEN],
}

impl<'a> Compact<'a> {
    /// Takes `text` apart, if it has the shape of a token of ours.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        if text.len() > MAX_BYTES {
            return None;
        }
        let (signed, signature) = text.rsplit_once('.')?;
        let (header, payload) = signed.split_once('.')?;
        kid(header)?;
        Some(Self {
            header,
            signed,
            payload: decode(payload)?,
            signature: decode(signature)?.as_slice().try_into().ok()?,
        })
    }
}

/// The one header we write for the key `kid`, encoded. `typ` is that of RFC 9068 (2.1), in its own letters: a verifier
/// has to take others for the same, but nobody has to sign them.
pub(super) fn header(kid: &str) -> String {
    encode(format!("{HEADER_BEFORE_KID}{kid}{HEADER_AFTER_KID}").as_bytes())
}

const HEADER_BEFORE_KID: &str = r#"{"alg":"EdDSA","typ":"at+jwt","kid":""#;
const HEADER_AFTER_KID: &str = r#""}"#;

/// The key an encoded header names, if it is a header that we would write.
fn kid(header: &str) -> Option<String> {
    let header = String::from_utf8(decode(header)?).ok()?;
    let kid = header.strip_prefix(HEADER_BEFORE_KID)?.strip_suffix(HEADER_AFTER_KID)?;
    (kid.len() == KID_LEN && decode(kid).is_some()).then(|| kid.to_owned())
}

/// The claims we write, in seconds since 1970 where they are times. Others, and any of these twice, are refused.
#[derive(Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Payload<'a> {
    pub(super) iss: &'a str,
    pub(super) aud: &'a str,
    pub(super) sub: &'a str,
    pub(super) sid: &'a str,
    pub(super) client_id: &'a str,
    pub(super) iat: i64,
    pub(super) exp: i64,
    pub(super) jti: &'a str,
}

impl<'a> Payload<'a> {
    /// Reads `json`. An array, which serde would take for the fields in their order, is refused, and so is a text with
    /// escapes, of which we write none.
    pub(super) fn parse(json: &'a [u8]) -> Option<Self> {
        json.starts_with(b"{").then(|| serde_json::from_slice(json).ok()).flatten()
    }
}

/// Base64url without padding.
pub(super) fn encode(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

/// The bytes of `text`, unless other characters would have done as well: what comes in must be what goes out.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    Base64UrlUnpadded::decode_vec(text).ok().filter(|bytes| encode(bytes) == text)
}
