//! Secrets at rest: AES-256-GCM, bound to the row and column they were sealed for.
//!
//! The key file seals data keys only; a data key seals what its organization keeps. See [`crate::keyring`].
//! A sealed value is `version ‖ key id ‖ nonce ‖ ciphertext and tag`. What it was sealed for is authenticated, so a
//! value copied into another organization's row, another column or another table does not open. Nothing here can be
//! printed: keys and opened values have no `Debug` that shows them.

use std::sync::Arc;

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    digest, hmac, rand,
};
use secrecy::{ExposeSecret, SecretBox, SecretString};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::domain::organization::OrgKey;

/// The first byte of every sealed value.
const VERSION: u8 = 1;
const KEY_ID_LEN: usize = 4;
const HEAD_LEN: usize = 1 + KEY_ID_LEN + NONCE_LEN;
/// Bytes of a key.
pub const KEY_LEN: usize = 32;

/// Where a value belongs. It opens nowhere else.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    pub organization: OrgKey,
    pub table: &'static str,
    pub column: &'static str,
    pub row: Uuid,
}

impl Place {
    /// Lengths come first, so that no two places read the same.
    fn authenticated(&self) -> Vec<u8> {
        let mut bytes = self.organization.number().to_be_bytes().to_vec();
        for name in [self.table, self.column] {
            bytes.extend(u64::try_from(name.len()).unwrap_or(u64::MAX).to_be_bytes());
            bytes.extend(name.as_bytes());
        }
        bytes.extend(self.row.as_bytes());
        bytes
    }
}

/// Why a sealed value stays shut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    #[error("sealed with a key that secrets.key_file and secrets.previous_key_file do not hold")]
    OtherKey,
    #[error("the sealed value is damaged or belongs to another row")]
    Broken,
    #[error("the random source failed")]
    Random,
}

/// Seals with its first key; opens with any of them.
#[derive(Clone)]
pub struct Sealer {
    keys: Vec<Arc<Key>>,
}

struct Key {
    id: [u8; KEY_ID_LEN],
    cipher: LessSafeKey,
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sealer").finish_non_exhaustive()
    }
}

impl Sealer {
    /// `previous` opens what an earlier key sealed, during a rotation.
    pub fn new(current: &SealKey, previous: Option<&SealKey>) -> Result<Self, SealError> {
        let keys = std::iter::once(current).chain(previous).map(|key| Key::new(key).map(Arc::new));
        Ok(Self { keys: keys.collect::<Result<_, _>>()? })
    }

    /// One that seals with the first of `keys`, and opens with them and with what `self` opens: values from before
    /// there were data keys were sealed by the key file itself.
    pub fn under(&self, keys: &[SealKey]) -> Result<Self, SealError> {
        let own = keys.iter().map(|key| Key::new(key).map(Arc::new)).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { keys: own.into_iter().chain(self.keys.iter().cloned()).collect() })
    }

    /// Name of the key that seals, as it stands in sealed values.
    pub fn key_id(&self) -> Result<Vec<u8>, SealError> {
        self.keys.first().map(|key| key.id.to_vec()).ok_or(SealError::OtherKey)
    }

    /// Was this sealed by the key that seals now?
    pub fn is_current(&self, sealed: &[u8]) -> bool {
        let id = self.keys.first().map(|key| key.id.as_slice());
        id.is_some() && sealed.get(1..=KEY_ID_LEN) == id
    }

    pub fn seal(&self, place: Place, secret: &SecretString) -> Result<Vec<u8>, SealError> {
        let key = self.keys.first().ok_or(SealError::OtherKey)?;
        let mut nonce = [0; NONCE_LEN];
        rand::fill(&mut nonce).map_err(|_unspecified| SealError::Random)?;
        let mut sealed = vec![VERSION];
        sealed.extend(key.id);
        sealed.extend(nonce);
        let mut text = Zeroizing::new(secret.expose_secret().as_bytes().to_vec());
        let tag = key
            .cipher
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(place.authenticated()),
                &mut text,
            )
            .map_err(|_unspecified| SealError::Broken)?;
        sealed.extend_from_slice(&text);
        sealed.extend_from_slice(tag.as_ref());
        Ok(sealed)
    }

    pub fn open(&self, place: Place, sealed: &[u8]) -> Result<SecretString, SealError> {
        let (head, body) = sealed.split_at_checked(HEAD_LEN).ok_or(SealError::Broken)?;
        let (version, rest) = head.split_first().ok_or(SealError::Broken)?;
        let (id, nonce) = rest.split_at(KEY_ID_LEN);
        if *version != VERSION {
            return Err(SealError::Broken);
        }
        let key = self.keys.iter().find(|key| key.id == id).ok_or(SealError::OtherKey)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_unspecified| SealError::Broken)?;
        let mut body = Zeroizing::new(body.to_vec());
        let text = key
            .cipher
            .open_in_place(nonce, Aad::from(place.authenticated()), &mut body)
            .map_err(|_unspecified| SealError::Broken)?;
        let text = std::str::from_utf8(text).map_err(|_not_text| SealError::Broken)?;
        Ok(SecretString::from(text))
    }
}

impl Key {
    fn new(key: &SealKey) -> Result<Self, SealError> {
        let bytes = key.0.expose_secret();
        let mut named = digest::Context::new(&digest::SHA256);
        named.update(b"lotline seal key id");
        named.update(bytes);
        let mut id = [0; KEY_ID_LEN];
        for (to, from) in id.iter_mut().zip(named.finish().as_ref()) {
            *to = *from;
        }
        let cipher = UnboundKey::new(&AES_256_GCM, bytes).map_err(|_unspecified| SealError::Broken)?;
        Ok(Self { id, cipher: LessSafeKey::new(cipher) })
    }
}

/// The 32 bytes of a key file.
#[derive(Clone)]
pub struct SealKey(Arc<SecretBox<[u8; KEY_LEN]>>);

impl std::fmt::Debug for SealKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SealKey([REDACTED])")
    }
}

impl SealKey {
    pub fn new(bytes: [u8; KEY_LEN]) -> Self {
        Self(Arc::new(SecretBox::new(Box::new(bytes))))
    }

    /// Reads 64 hexadecimal digits, or base64 of 32 bytes.
    pub fn from_text(text: &str) -> Option<Self> {
        use base64::{Engine, prelude::BASE64_STANDARD};
        let text = text.trim();
        let bytes = Zeroizing::new(hex(text).or_else(|| BASE64_STANDARD.decode(text).ok())?);
        Some(Self::new(<[u8; KEY_LEN]>::try_from(bytes.as_slice()).ok()?))
    }

    /// HMAC-SHA256: recognises a text again without holding it.
    pub fn hash(&self, text: &str) -> Vec<u8> {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.0.expose_secret());
        hmac::sign(&key, text.as_bytes()).as_ref().to_vec()
    }

    /// A new key, as the text of its file.
    pub fn generate() -> Result<SecretString, SealError> {
        random_hex()
    }
}

/// 32 random bytes in hexadecimal: the text of a new key or signing secret.
pub fn random_hex() -> Result<SecretString, SealError> {
    let mut bytes = Zeroizing::new([0_u8; KEY_LEN]);
    rand::fill(&mut *bytes).map_err(|_unspecified| SealError::Random)?;
    Ok(SecretString::from(to_hex(&*bytes)))
}

/// Bytes in hexadecimal, lower-case.
pub fn to_hex(bytes: &[u8]) -> String {
    let halves = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    halves.filter_map(|half| char::from_digit(half.into(), 16)).collect()
}

fn hex(text: &str) -> Option<Vec<u8>> {
    if text.len() != 2 * KEY_LEN || !text.is_ascii() {
        return None;
    }
    (0..KEY_LEN).map(|at| u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> Place {
        Place {
            organization: OrgKey::new(1),
            table: "carrier_accounts",
            column: "auth_token",
            row: Uuid::from_u128(7),
        }
    }

    fn sealer(byte: u8) -> Sealer {
        Sealer::new(&SealKey::new([byte; KEY_LEN]), None).unwrap()
    }

    /// A row copied to another dealership must not carry a working carrier credential with it.
    #[test]
    fn a_value_opens_only_where_it_was_sealed() {
        let sealer = sealer(1);
        let sealed = sealer.seal(place(), &"canary-token".into()).unwrap();
        assert_eq!(sealer.open(place(), &sealed).unwrap().expose_secret(), "canary-token");
        let elsewhere = [
            Place { organization: OrgKey::new(2), ..place() },
            Place { table: "agent_profiles", ..place() },
            Place { column: "auth_token_secondary", ..place() },
            Place { row: Uuid::from_u128(8), ..place() },
        ];
        for other in elsewhere {
            assert_eq!(sealer.open(other, &sealed).err(), Some(SealError::Broken), "{other:?}");
        }
    }

    #[test]
    fn every_changed_byte_is_noticed_and_no_two_sealings_are_equal() {
        let sealer = sealer(1);
        let sealed = sealer.seal(place(), &"canary-token".into()).unwrap();
        assert_ne!(sealed, sealer.seal(place(), &"canary-token".into()).unwrap());
        assert!(!sealed.windows(6).any(|part| part == b"canary"));
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(sealer.open(place(), &changed).is_err(), "byte {at}");
            assert!(sealer.open(place(), &sealed[..at]).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn a_rotation_opens_old_values_and_seals_with_the_new_key() {
        let (old, new) = (SealKey::new([1; KEY_LEN]), SealKey::new([2; KEY_LEN]));
        let sealed = sealer(1).seal(place(), &"canary-token".into()).unwrap();
        assert_eq!(sealer(2).open(place(), &sealed).err(), Some(SealError::OtherKey));
        let both = Sealer::new(&new, Some(&old)).unwrap();
        assert!(both.open(place(), &sealed).is_ok());
        let again = both.seal(place(), &"canary-token".into()).unwrap();
        assert!(sealer(2).open(place(), &again).is_ok());
    }

    #[test]
    fn keys_are_read_as_hex_or_base64_and_never_shown() {
        let text = SealKey::generate().unwrap();
        assert!(SealKey::from_text(&format!("{}\n", text.expose_secret())).is_some());
        assert!(SealKey::from_text("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").is_some());
        for wrong in ["", "abc", "zz", &"0".repeat(63), &"g".repeat(64), "AAEC"] {
            assert!(SealKey::from_text(wrong).is_none(), "{wrong}");
        }
        assert_eq!(format!("{:?}", SealKey::new([7; KEY_LEN])), "SealKey([REDACTED])");
        assert!(!format!("{:?}", sealer(7)).contains('7'));
    }
}
