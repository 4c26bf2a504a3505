//! Password hashes: argon2id, off the async threads and no more at once than there are cores.
//!
//! Each hash takes 19 MiB and tens of milliseconds; without the bound a burst of sign-ins would take the memory and
//! the time of everybody else.

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;

use crate::error::{Error, Result};

/// Hashes and checks passwords.
#[derive(Debug)]
pub struct Passwords {
    cores: Semaphore,
}

/// The hash of no password: checked when there is nobody to check against, so that this takes as long.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

impl Default for Passwords {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self { cores: Semaphore::new(cores) }
    }
}

impl Passwords {
    /// The hash to store.
    pub async fn hash(&self, password: SecretString) -> Result<String> {
        self.blocking(move || hash(&password)).await?
    }

    /// Does the password belong to the hash? Without a hash the answer is no, after the same work.
    pub async fn verify(&self, password: SecretString, stored: Option<String>) -> Result<bool> {
        let known = stored.is_some();
        let stored = stored.unwrap_or_else(|| NOBODY.to_owned());
        let matches = self.blocking(move || matches(&password, &stored)).await?;
        Ok(matches && known)
    }

    async fn blocking<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let _core = self.cores.acquire().await.map_err(Error::internal)?;
        tokio::task::spawn_blocking(work).await.map_err(Error::internal)
    }
}

fn hash(password: &SecretString) -> Result<String> {
    let hash: PasswordHash =
        Argon2::default().hash_password(password.expose_secret().as_bytes()).map_err(Error::internal)?;
    Ok(hash.to_string())
}

fn matches(password: &SecretString, stored: &str) -> bool {
    let Ok(stored) = PasswordHash::new(stored) else {
        tracing::error!("a stored password hash is not one; its owner cannot sign in");
        return false;
    };
    Argon2::default().verify_password(password.expose_secret().as_bytes(), &stored).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A cheaper refusal would tell a stranger who has an account here.
    #[test]
    fn checking_nobody_costs_what_checking_somebody_does() {
        let (nobody, somebody) =
            (PasswordHash::new(NOBODY).unwrap(), hash(&"correct horse battery".into()).unwrap());
        let somebody = PasswordHash::new(&somebody).unwrap();
        assert_eq!(nobody.params.to_string(), somebody.params.to_string());
        assert_eq!((nobody.algorithm, nobody.version), (somebody.algorithm, somebody.version));
        let sizes = |hash: &PasswordHash| (hash.salt.map(|s| s.len()), hash.hash.map(|h| h.len()));
        assert_eq!(sizes(&nobody), sizes(&somebody));
    }

    #[tokio::test]
    async fn a_password_fits_its_own_hash_only() {
        let passwords = Passwords::default();
        let hash = passwords.hash("correct horse battery".into()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        for (password, stored, fits) in [
            ("correct horse battery", Some(hash.clone()), true),
            ("correct horse batterY", Some(hash.clone()), false),
            ("correct horse battery", None, false),
            ("correct horse battery", Some("nonsense".to_owned()), false),
        ] {
            assert_eq!(passwords.verify(password.into(), stored).await.unwrap(), fits, "{password}");
        }
    }
}
