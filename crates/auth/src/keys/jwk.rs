//! Public keys as others read them (RFC 7517, RFC 8037).

use base64ct::{Base64UrlUnpadded, Encoding};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// What a key is called: the SHA-256 of its public half in the one form RFC 7638 (3) prescribes, so that the name cannot
/// be another key's.
pub(super) fn thumbprint(public_key: &[u8]) -> String {
    let x = Base64UrlUnpadded::encode_string(public_key);
    let form = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
    Base64UrlUnpadded::encode_string(&Sha256::digest(form))
}

/// The public half, and nothing of the private one.
pub(super) fn jwk(kid: &str, public_key: &[u8]) -> Value {
    json!({
        "kty": "OKP",
        "crv": "Ed25519",
        "use": "sig",
        "alg": "EdDSA",
        "kid": kid,
        "x": Base64UrlUnpadded::encode_string(public_key),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key of RFC 8037, A.3.
    #[test]
    fn a_thumbprint_is_that_of_the_rfc() {
        let public_key =
            Base64UrlUnpadded::decode_vec("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo").unwrap();
        assert_eq!(thumbprint(&public_key), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }
}
