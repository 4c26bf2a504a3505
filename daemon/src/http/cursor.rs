//! Page cursors: opaque, sealed, and good only for the organization and the query they were made for.
//!
//! Sealed rather than signed, because a position may hold a customer's name and addresses end up in proxies' logs.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    domain::organization::OrgKey,
    error::{Error, Result},
};

/// Longest cursor that is looked at.
const LONGEST: usize = 1024;

/// Seals and opens cursors. Nodes that share a secret understand each other's.
pub struct CursorKey(RandomizedNonceKey);

/// What a cursor is good for: another organization's, or another list's, is refused like a damaged one.
#[derive(Serialize)]
pub struct Place<'a, Q> {
    org: i64,
    list: &'a str,
    query: &'a Q,
}

impl<'a, Q: Serialize> Place<'a, Q> {
    /// `query` without its `cursor` and `limit`.
    pub fn new(org: OrgKey, list: &'a str, query: &'a Q) -> Self {
        Self { org: org.number(), list, query }
    }

    fn bytes(&self) -> Result<Vec<u8>> {
        serde_json::to_vec(self).map_err(Error::internal)
    }
}

impl CursorKey {
    /// Derives the key from the installation's secret.
    pub fn derive(secret: &[u8]) -> Result<Self> {
        let secret = hmac::Key::new(hmac::HMAC_SHA256, secret);
        let key = hmac::sign(&secret, b"lotline page cursors 1");
        let key = RandomizedNonceKey::new(&AES_256_GCM, key.as_ref()).map_err(Error::internal)?;
        Ok(Self(key))
    }

    pub fn seal<Q: Serialize, P: Serialize>(&self, place: &Place<'_, Q>, position: &P) -> Result<String> {
        let mut sealed = serde_json::to_vec(position).map_err(Error::internal)?;
        let nonce = self
            .0
            .seal_in_place_append_tag(Aad::from(place.bytes()?), &mut sealed)
            .map_err(Error::internal)?;
        sealed.extend_from_slice(nonce.as_ref());
        Ok(URL_SAFE_NO_PAD.encode(sealed))
    }

    /// The position, or a 400 that names `cursor` for anything this key did not seal for this place.
    pub fn open<Q: Serialize, P: DeserializeOwned>(&self, place: &Place<'_, Q>, cursor: &str) -> Result<P> {
        let refused =
            || Error::invalid("cursor", "take next_cursor from the page before, of this same query");
        if cursor.len() > LONGEST {
            return Err(refused());
        }
        let mut sealed = URL_SAFE_NO_PAD.decode(cursor).map_err(|_damaged| refused())?;
        let nonce = sealed.split_off(sealed.len().saturating_sub(NONCE_LEN));
        let nonce = Nonce::try_assume_unique_for_key(&nonce).map_err(|_short| refused())?;
        let position = self
            .0
            .open_in_place(nonce, Aad::from(place.bytes()?), &mut sealed)
            .map_err(|_foreign| refused())?;
        serde_json::from_slice(position).map_err(|_older| refused())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(outcome: Result<i64>) -> bool {
        matches!(outcome, Err(Error::Invalid { field, .. }) if field == "cursor")
    }

    #[test]
    fn a_cursor_opens_where_it_was_made_and_nowhere_else() {
        let key = CursorKey::derive(b"secret").unwrap();
        let place = Place::new(OrgKey::new(1), "leads", &"waiting");
        let cursor = key.seal(&place, &42).unwrap();
        assert_eq!(key.open::<_, i64>(&place, &cursor).unwrap(), 42);
        assert!(!cursor.contains("42"));
        for other in [
            Place::new(OrgKey::new(2), "leads", &"waiting"),
            Place::new(OrgKey::new(1), "timeline", &"waiting"),
            Place::new(OrgKey::new(1), "leads", &"recent"),
        ] {
            assert!(refused(key.open(&other, &cursor)));
        }
        assert!(refused(CursorKey::derive(b"other").unwrap().open(&place, &cursor)));
        assert!(refused(key.open(&place, "")));
        assert!(refused(key.open(&place, "%%%")));
        assert!(refused(key.open(&place, &"A".repeat(2_000))));
    }

    #[test]
    fn every_single_damaged_character_is_noticed() {
        let key = CursorKey::derive(b"secret").unwrap();
        let place = Place::new(OrgKey::new(1), "leads", &());
        let cursor = key.seal(&place, &42).unwrap();
        for at in 0..cursor.len() {
            let mut damaged = cursor.clone().into_bytes();
            damaged[at] = if damaged[at] == b'A' { b'B' } else { b'A' };
            let damaged = String::from_utf8(damaged).unwrap();
            assert!(refused(key.open(&place, &damaged)), "character {at}");
            assert!(refused(key.open(&place, &cursor[..at])), "cut at {at}");
        }
    }
}
