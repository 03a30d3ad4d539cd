//! How a mailed token is written in Redis.

use vestibule_domain::time::Timestamp;
use vestibule_domain::token::TokenDigest;

use crate::ephemeral::MailedToken;

/// The form written by this program; what begins otherwise was written by another one.
const FORM: &str = "1";

/// One line: the form, the digest, the epoch, the end in microseconds, the address. None of them holds a space.
pub(super) fn write(token: &MailedToken) -> String {
    let digest = base16ct::lower::encode_string(token.digest.as_bytes());
    let (epoch, ends_at) = (token.epoch, token.expires_at.unix_micros());
    format!("{FORM} {digest} {epoch} {ends_at} {}", token.email)
}

/// Reads what [`write`] wrote, and nothing else.
pub(super) fn read(bytes: &[u8]) -> Option<MailedToken> {
    let mut words = str::from_utf8(bytes).ok()?.split(' ');
    words.next().filter(|form| *form == FORM)?;
    let token = MailedToken {
        digest: TokenDigest::from_bytes(read_digest(words.next()?)?),
        epoch: words.next()?.parse().ok()?,
        expires_at: Timestamp::from_unix_micros(words.next()?.parse().ok()?)?,
        email: words.next()?.parse().ok()?,
    };
    words.next().is_none().then_some(token)
}

fn read_digest(text: &str) -> Option<[u8; 32]> {
    let mut digest = [0; 32];
    let length = base16ct::lower::decode(text, &mut digest).ok()?.len();
    (length == digest.len()).then_some(digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token() -> MailedToken {
        MailedToken {
            digest: TokenDigest::from_bytes(std::array::from_fn(|n| u8::try_from(n * 8).unwrap())),
            epoch: 7,
            email: "Zoë+tag@bücher.example".parse().unwrap(),
            expires_at: Timestamp::from_unix_micros(1_795_132_800_123_456).unwrap(),
        }
    }

    #[test]
    fn a_token_is_read_as_it_was_written() {
        assert_eq!(read(write(&token()).as_bytes()), Some(token()));
    }

    #[test]
    fn what_was_not_written_here_is_not_read() {
        let good = write(&token());
        let cut: Vec<_> = (0..good.len()).map(|end| good.as_bytes()[..end].to_vec()).collect();
        assert!(cut.iter().filter(|bytes| read(bytes).is_some()).all(|bytes| bytes.len() > good.len() - 8));
        for junk in [
            good.replacen('1', "2", 1),
            format!("{good} more"),
            good.replacen("00", "+0", 1),
            good.replace('@', " "),
            "\u{FF}".to_owned(),
        ] {
            assert_eq!(read(junk.as_bytes()), None, "{junk}");
        }
        assert_eq!(read(&[0xFF, 0xFE]), None);
    }
}
