//! Tokens in status callback URLs: they bind a report to the very attempt that asked for it.
//!
//! A token names organization, message and attempt, under a MAC of ours; nobody can make one for another message.

use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use lotline_common::TurnId;
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use crate::domain::organization::OrgKey;

const MAC_BYTES: usize = 16;

/// Makes and reads the tokens. The current secret makes, an earlier one is still read.
pub struct CallbackTokens {
    keys: Vec<hmac::Key>,
}

/// What a token names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bound {
    pub org: OrgKey,
    pub turn: TurnId,
    pub attempt: i64,
}

impl CallbackTokens {
    pub fn new(secret: &SecretString, previous: Option<&SecretString>) -> Self {
        let key = |secret: &SecretString| {
            let root = hmac::Key::new(hmac::HMAC_SHA256, secret.expose_secret().as_bytes());
            hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&root, b"lotline status callback v1").as_ref())
        };
        Self { keys: std::iter::once(secret).chain(previous).map(key).collect() }
    }

    pub fn make(&self, bound: Bound) -> String {
        let mut bytes = Vec::with_capacity(48);
        bytes.extend_from_slice(&bound.org.number().to_be_bytes());
        bytes.extend_from_slice(bound.turn.uuid().as_bytes());
        bytes.push(u8::try_from(bound.attempt).unwrap_or(u8::MAX));
        if let Some(key) = self.keys.first() {
            let mac = hmac::sign(key, &bytes);
            bytes.extend_from_slice(mac.as_ref().get(..MAC_BYTES).unwrap_or_default());
        }
        URL_SAFE_NO_PAD.encode(bytes)
    }

    pub fn read(&self, token: &str) -> Option<Bound> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (message, mac) = bytes.split_at_checked(25)?;
        let genuine = self.keys.iter().any(|key| {
            let expected = hmac::sign(key, message);
            expected.as_ref().get(..MAC_BYTES).is_some_and(|expected| {
                aws_lc_rs::constant_time::verify_slices_are_equal(expected, mac).is_ok()
            })
        });
        let (org, rest) = message.split_at_checked(8)?;
        let (turn, attempt) = rest.split_at_checked(16)?;
        genuine.then_some(Bound {
            org: OrgKey::new(i64::from_be_bytes(org.try_into().ok()?)),
            turn: TurnId::from_uuid(Uuid::from_slice(turn).ok()?),
            attempt: i64::from(*attempt.first()?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_speaks_for_one_attempt_only() {
        let (old, new) = (SecretString::from("old"), SecretString::from("new"));
        let bound = Bound { org: OrgKey::new(7), turn: TurnId::new(), attempt: 2 };
        let token = CallbackTokens::new(&old, None).make(bound);
        let rotated = CallbackTokens::new(&new, Some(&old));
        assert_eq!(rotated.read(&token), Some(bound));
        assert_eq!(CallbackTokens::new(&new, None).read(&token), None);
        for index in 0..token.len() {
            let mut bytes = token.clone().into_bytes();
            bytes[index] = if bytes[index] == b'A' { b'B' } else { b'A' };
            assert_eq!(rotated.read(&String::from_utf8_lossy(&bytes)), None, "changed at {index}");
        }
        for rubbish in ["", "AAAA", "not base64 !", &"A".repeat(4_000)] {
            assert_eq!(rotated.read(rubbish), None);
        }
    }
}
