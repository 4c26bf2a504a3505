//! Opaque tokens: random text that is told once, of which only the hash is stored.
//!
//! Refresh tokens, invites, API keys and recovery codes. They have so many random bits that no slow hash is needed.

use aws_lc_rs::{constant_time, digest, rand};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use lotline_common::ApiKeyId;
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::error::{Error, Result};

/// SHA-256 of a token.
pub type Hash = Vec<u8>;

/// What every API key begins with, so that secret scanners and our own sign-in know one.
pub const KEY_PREFIX: &str = "lk_";
const ID: usize = 16;
/// Without letters and digits that look alike: these are copied by hand.
const LEGIBLE: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";
const CODES: usize = 10;
const CODE: usize = 16;

/// A new token of 256 random bits.
pub fn token() -> Result<SecretString> {
    Ok(BASE64_URL_SAFE_NO_PAD.encode(*random::<32>()?).into())
}

/// What is stored of a token.
pub fn hash(token: &str) -> Hash {
    digest::digest(&digest::SHA256, token.as_bytes()).as_ref().to_vec()
}

/// In a time that does not tell how much of it is equal.
pub fn same(one: &[u8], other: &[u8]) -> bool {
    constant_time::verify_slices_are_equal(one, other).is_ok()
}

/// A new API key: its id, by which it is looked up, and 256 random bits.
pub fn key(id: ApiKeyId) -> Result<SecretString> {
    let mut bytes = Zeroizing::new(id.uuid().as_bytes().to_vec());
    bytes.extend_from_slice(&*random::<32>()?);
    Ok(format!("{KEY_PREFIX}{}", BASE64_URL_SAFE_NO_PAD.encode(&*bytes)).into())
}

/// The id in an API key; `None` when the text is none.
pub fn key_id(text: &str) -> Option<ApiKeyId> {
    let bytes = Zeroizing::new(BASE64_URL_SAFE_NO_PAD.decode(text.strip_prefix(KEY_PREFIX)?).ok()?);
    let (id, secret) = bytes.split_at_checked(ID)?;
    (secret.len() == 32).then_some(ApiKeyId::from_uuid(Uuid::from_slice(id).ok()?))
}

/// Ten new recovery codes of 80 random bits, in groups of four.
pub fn recovery_codes() -> Result<Vec<SecretString>> {
    (0..CODES).map(|_| recovery_code()).collect()
}

/// A recovery code in its one form, however it was typed.
pub fn recovery_form(typed: &str) -> Zeroizing<String> {
    Zeroizing::new(
        typed.chars().filter(char::is_ascii_alphanumeric).take(2 * CODE).collect::<String>().to_lowercase(),
    )
}

fn recovery_code() -> Result<SecretString> {
    let mut code = Zeroizing::new(String::new());
    for (at, byte) in random::<CODE>()?.iter().enumerate() {
        if at > 0 && at % 4 == 0 {
            code.push('-');
        }
        // 256 is a multiple of 32: each character is as likely as any other.
        code.extend(LEGIBLE.get(usize::from(*byte) % LEGIBLE.len()).map(|letter| char::from(*letter)));
    }
    Ok(code.as_str().into())
}

fn random<const N: usize>() -> Result<Zeroizing<[u8; N]>> {
    let mut bytes = Zeroizing::new([0; N]);
    rand::fill(&mut *bytes).map_err(|_unspecified| Error::internal("the random source failed"))?;
    Ok(bytes)
}

/// The hashes of recovery codes.
pub fn recovery_hashes(codes: &[SecretString]) -> Vec<Hash> {
    codes.iter().map(|code| hash(&recovery_form(code.expose_secret()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_names_itself_and_nothing_else_is_a_key() {
        let id = ApiKeyId::new();
        let text = key(id).unwrap();
        let text = text.expose_secret();
        assert_eq!(key_id(text), Some(id));
        assert_ne!(key(id).unwrap().expose_secret(), text);
        for wrong in ["", "lk_", "lk_AAAA", &text[1..], &format!("{text}A"), &text[..text.len() - 4], "lk_%%"]
        {
            assert_eq!(key_id(wrong), None, "{wrong}");
        }
    }

    /// Somebody in trouble types it from paper.
    #[test]
    fn a_recovery_code_counts_however_it_is_typed() {
        let codes = recovery_codes().unwrap();
        let hashes = recovery_hashes(&codes);
        assert_eq!(codes.len(), 10);
        let code = codes[0].expose_secret();
        assert_eq!(code.len(), 19, "{code}");
        for typed in [code.to_owned(), code.to_uppercase(), code.replace('-', " "), code.replace('-', "")] {
            assert_eq!(hash(&recovery_form(&typed)), hashes[0], "{typed}");
        }
        assert!(same(&hashes[0], &hash(&recovery_form(code))) && !same(&hashes[0], &hashes[1]));
    }
}
