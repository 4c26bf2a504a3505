//! The codes of authenticator apps (RFC 6238): six digits, a new one every thirty seconds; the neighbours of the
//! present one count as well, since clocks differ.

use aws_lc_rs::rand;
use lotline_common::At;
use secrecy::{ExposeSecret, SecretString};
use totp_rs::{Builder, Secret, Totp};

use crate::error::{Error, Result};

const ISSUER: &str = "Lotline";

/// A new secret, as base32.
pub fn secret() -> Result<SecretString> {
    let mut bytes = zeroize::Zeroizing::new([0_u8; 20]);
    rand::fill(&mut *bytes).map_err(|_unspecified| Error::internal("the random source failed"))?;
    Ok(Secret::new_stack(*bytes).to_base32().into())
}

/// The address that a QR code holds.
pub fn url(secret: &SecretString, email: &str) -> Result<String> {
    // A colon would end the account's name.
    let account = email.replace(':', "_");
    let totp = builder(secret)?.with_issuer(Some(ISSUER)).with_account_name(account).build();
    totp.and_then(|totp| totp.to_url()).map_err(Error::internal)
}

/// The time step whose code this is, if any. Whoever takes a code remembers it: a code is good once.
pub fn step_of(secret: &SecretString, code: &str, now: At) -> Result<Option<i64>> {
    let totp: Totp = builder(secret)?.build().map_err(Error::internal)?;
    let code: String = code.chars().filter(|c| !c.is_whitespace()).take(16).collect();
    let seconds = u64::try_from(now.unix_seconds()).unwrap_or(0);
    let well_formed = code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit());
    let step = totp.check(&code, seconds).filter(|_| well_formed);
    Ok(step.and_then(|step| i64::try_from(step).ok()))
}

fn builder(secret: &SecretString) -> Result<Builder> {
    let secret = Secret::try_from_base32(secret.expose_secret()).map_err(Error::internal)?;
    Ok(Builder::new().with_secret(secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vectors of RFC 6238, cut to six digits: an app of any vendor must be understood.
    #[test]
    fn codes_are_the_ones_of_the_standard() {
        let secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ".into();
        let step = |code: &str, seconds| step_of(&secret, code, At::from_unix_seconds(seconds)).unwrap();
        assert_eq!(step("287082", 59), Some(1));
        assert_eq!(step("081804", 1_111_111_109), Some(37_037_036));
        assert_eq!(step("081 804", 1_111_111_109), Some(37_037_036), "as apps show it");
        assert_eq!(step("287082", 89), Some(1), "one step late");
        assert_eq!(step("287082", 29), Some(1), "one step early");
        assert_eq!(step("287082", 120), None);
        for wrong in ["", "28708", "2870820", "287083", "２８７０８２", "-87082", "not a code"] {
            assert_eq!(step(wrong, 59), None, "{wrong}");
        }
    }

    #[test]
    fn the_address_names_the_account() {
        let secret = secret().unwrap();
        assert_eq!(secret.expose_secret().len(), 32);
        let url = url(&secret, "a:b@example.com").unwrap();
        assert!(url.starts_with("otpauth://totp/Lotline:a_b%40example.com?secret="), "{url}");
        assert!(url.contains(secret.expose_secret()) && url.contains("issuer=Lotline"), "{url}");
    }
}
