//! Access tokens: short-lived JWTs of ours, and nothing that merely looks like one.
//!
//! One algorithm, a header with exactly the members we write, every claim required and typed. A token says who may be
//! asking; whether the session still stands is asked of [`super::standing`].

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Validation};
use lotline_common::{At, OrganizationId, SessionId, UserId, api::auth::Role};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::error::Error;

/// Seconds that an access token lives.
pub const LIFETIME: i64 = 15 * 60;
/// Seconds that clocks of nodes may differ.
const LEEWAY: i64 = 5;
const ISSUER: &str = "lotline";
const AUDIENCE: &str = "lotline-api";
/// Ours have about 450 bytes.
const LONGEST: usize = 2048;

/// What an access token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    pub sub: UserId,
    pub org: OrganizationId,
    /// For the client; the daemon asks the database.
    pub role: Role,
    pub sid: SessionId,
    pub iss: String,
    pub aud: String,
    pub iat: i64,
    pub exp: i64,
}

/// Who a token is for.
#[derive(Debug, Clone, Copy)]
pub struct Bearer {
    pub user: UserId,
    pub organization: OrganizationId,
    pub role: Role,
    pub session: SessionId,
}

/// Why a token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    Expired,
    Invalid,
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        Self::Unauthorized(match refused {
            Refused::Expired => "token_expired",
            Refused::Invalid => "unauthorized",
        })
    }
}

/// The header as we write it. Any other member, such as `jwk` or `crit`, refuses the token.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    typ: String,
    alg: String,
    kid: String,
}

struct Key {
    id: String,
    sign: EncodingKey,
    verify: DecodingKey,
}

/// Signs with the current secret, accepts the current and the previous one.
pub struct Tokens {
    current: Key,
    previous: Option<Key>,
    rules: Validation,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tokens").finish_non_exhaustive()
    }
}

impl Tokens {
    pub fn new(secret: &SecretString, previous: Option<&SecretString>) -> Self {
        let mut rules = Validation::new(Algorithm::HS256);
        rules.set_issuer(&[ISSUER]);
        rules.set_audience(&[AUDIENCE]);
        rules.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        // Time is checked below, by the daemon's clock.
        rules.validate_exp = false;
        Self { current: Key::new(secret), previous: previous.map(Key::new), rules }
    }

    pub fn sign(&self, bearer: Bearer, now: At) -> Result<String, Error> {
        let iat = now.unix_seconds();
        let claims = Claims {
            sub: bearer.user,
            org: bearer.organization,
            role: bearer.role,
            sid: bearer.session,
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            iat,
            exp: iat + LIFETIME,
        };
        let header = jsonwebtoken::Header {
            kid: Some(self.current.id.clone()),
            ..jsonwebtoken::Header::new(Algorithm::HS256)
        };
        jsonwebtoken::encode(&header, &claims, &self.current.sign).map_err(Error::internal)
    }

    /// The claims of a token that we signed and that has not expired.
    pub fn verify(&self, token: &str, now: At) -> Result<Claims, Refused> {
        let key = self.key_of(token).ok_or(Refused::Invalid)?;
        let claims = jsonwebtoken::decode::<Claims>(token, &key.verify, &self.rules)
            .map_err(|_reason| Refused::Invalid)?
            .claims;
        let now = now.unix_seconds();
        let ours =
            claims.exp == claims.iat.saturating_add(LIFETIME) && claims.iat <= now.saturating_add(LEEWAY);
        if !ours {
            return Err(Refused::Invalid);
        }
        if claims.exp.saturating_add(LEEWAY) <= now {
            return Err(Refused::Expired);
        }
        Ok(claims)
    }

    fn key_of(&self, token: &str) -> Option<&Key> {
        if token.len() > LONGEST {
            return None;
        }
        let header = BASE64_URL_SAFE_NO_PAD.decode(token.split('.').next()?).ok()?;
        let header: Header = serde_json::from_slice(&header).ok()?;
        if header.alg != "HS256" || header.typ != "JWT" {
            return None;
        }
        std::iter::once(&self.current).chain(&self.previous).find(|key| key.id == header.kid)
    }
}

impl Key {
    fn new(secret: &SecretString) -> Self {
        let bytes = secret.expose_secret().as_bytes();
        let mut named = aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256);
        named.update(b"lotline token key id");
        named.update(bytes);
        let digest = named.finish();
        Self {
            id: BASE64_URL_SAFE_NO_PAD.encode(digest.as_ref().get(..6).unwrap_or_default()),
            sign: EncodingKey::from_secret(bytes),
            verify: DecodingKey::from_secret(bytes),
        }
    }
}

#[cfg(test)]
#[path = "token_tests.rs"]
mod tests;
