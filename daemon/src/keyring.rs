//! Which key seals what: the key file seals data keys, an organization's data key its secrets and its customers' keys,
//! a customer's key what the customer told.
//!
//! A new key file means sealing the data keys anew and nothing else; destroying a customer's key destroys all of it.

use std::collections::HashMap;

use lotline_common::{At, LeadId};
use secrecy::ExposeSecret;
use uuid::Uuid;

use crate::{
    db::{DbError, Tx},
    domain::organization::OrgKey,
    seal::{SealError, SealKey, Sealer},
    store::data_key::{self, SealedKey},
};

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error(transparent)]
    Db(#[from] DbError),
    #[error(transparent)]
    Seal(#[from] SealError),
}

/// The key file's keys, and the way down from them.
#[derive(Clone)]
pub struct Keyring {
    master: Sealer,
}

impl Keyring {
    pub fn new(master: Sealer) -> Self {
        Self { master }
    }

    /// Was this data key sealed by the key file of now?
    pub fn is_current(&self, key: &SealedKey) -> bool {
        self.master.is_current(&key.sealed)
    }

    /// Opens what an organization has sealed. Keys that do not open are passed over: so are then their values.
    pub fn opener<'k>(&self, keys: impl IntoIterator<Item = &'k SealedKey>) -> Result<Sealer, SealError> {
        let opened: Vec<SealKey> = keys.into_iter().filter_map(|key| self.open(key).ok()).collect();
        self.master.under(&opened)
    }

    /// The openers of all organizations.
    pub async fn openers(&self, tx: &mut Tx) -> Result<HashMap<OrgKey, Sealer>, KeyError> {
        let keys = data_key::all(tx).await?;
        let of_one = keys.chunk_by(|one, next| one.organization_id == next.organization_id);
        let openers = of_one.filter_map(|keys| {
            let org = OrgKey::new(keys.first()?.organization_id);
            Some(self.opener(keys).map(|opener| (org, opener)))
        });
        Ok(openers.collect::<Result<_, _>>()?)
    }

    /// What opens where an organization has no data key yet.
    pub fn without_data_key(&self) -> &Sealer {
        &self.master
    }

    /// Seals with the newest key of an organization, within the transaction that stores the value; makes the first.
    pub async fn sealer(&self, tx: &mut Tx, org: OrgKey, at: At) -> Result<Sealer, KeyError> {
        let mut keys = data_key::share(tx, org).await?;
        if keys.is_empty() {
            data_key::insert(tx, self.generation(org, 1)?, at).await?;
            keys = data_key::share(tx, org).await?;
        }
        // Not with an older one: somebody is about to remove it.
        keys.first().ok_or(SealError::OtherKey).and_then(|newest| self.open(newest))?;
        Ok(self.opener(&keys)?)
    }

    /// Opens what one organization, or the installation itself, has sealed.
    pub async fn of(&self, tx: &mut Tx, org: OrgKey) -> Result<Sealer, KeyError> {
        Ok(self.opener(&data_key::of(tx, org).await?)?)
    }

    /// A new key of this generation.
    pub fn generation(&self, org: OrgKey, generation: i64) -> Result<SealedKey, SealError> {
        let sealed = self.master.seal(data_key::place(org, generation), &SealKey::generate()?)?;
        Ok(SealedKey { organization_id: org.number(), generation, sealed })
    }

    /// The same data key under the key file of now.
    pub fn reseal(&self, key: &SealedKey) -> Result<SealedKey, SealError> {
        let sealed = self.master.seal(key.place(), &self.master.open(key.place(), &key.sealed)?)?;
        Ok(SealedKey { sealed, ..key.clone() })
    }

    fn open(&self, key: &SealedKey) -> Result<SealKey, SealError> {
        let text = self.master.open(key.place(), &key.sealed)?;
        SealKey::from_text(text.expose_secret()).ok_or(SealError::Broken)
    }

    /// The key of the hashes in tombstones, if anybody was erased yet.
    pub async fn erasure(&self, tx: &mut Tx, org: OrgKey) -> Result<Option<SealKey>, KeyError> {
        let Some((id, sealed)) = data_key::of_erasure(tx, org).await? else {
            return Ok(None);
        };
        let opener = self.of(tx, org).await?;
        let text = opener.open(data_key::erasure_place(org, id), &sealed)?;
        Ok(Some(SealKey::from_text(text.expose_secret()).ok_or(SealError::Broken)?))
    }

    /// The same, made when there is none.
    pub async fn make_erasure(&self, tx: &mut Tx, org: OrgKey, at: At) -> Result<SealKey, KeyError> {
        let sealer = self.sealer(tx, org, at).await?;
        if let Some(key) = self.erasure(tx, org).await? {
            return Ok(key);
        }
        let (id, text) = (Uuid::now_v7(), SealKey::generate()?);
        let sealed = sealer.seal(data_key::erasure_place(org, id), &text)?;
        data_key::insert_of_erasure(tx, org, id, sealed, at).await?;
        Ok(SealKey::from_text(text.expose_secret()).ok_or(SealError::Broken)?)
    }

    /// Opens and seals what a customer told; `None` while they have no key.
    pub async fn of_lead(&self, tx: &mut Tx, org: OrgKey, lead: LeadId) -> Result<Option<Sealer>, KeyError> {
        let Some(sealed) = data_key::of_lead(tx, org, lead).await? else {
            return Ok(None);
        };
        let opener = self.of(tx, org).await?;
        let text = opener.open(data_key::lead_place(org, lead), &sealed)?;
        let key = SealKey::from_text(text.expose_secret()).ok_or(SealError::Broken)?;
        Ok(Some(Sealer::new(&key, None)?))
    }

    /// The same for somebody who is about to seal; makes the customer's key.
    pub async fn sealer_of_lead(
        &self,
        tx: &mut Tx,
        org: OrgKey,
        lead: LeadId,
        at: At,
    ) -> Result<Sealer, KeyError> {
        if let Some(sealer) = self.of_lead(tx, org, lead).await? {
            return Ok(sealer);
        }
        let text = SealKey::generate()?;
        let sealed = self.sealer(tx, org, at).await?.seal(data_key::lead_place(org, lead), &text)?;
        data_key::insert_of_lead(tx, org, lead, sealed, at).await?;
        let key = SealKey::from_text(text.expose_secret()).ok_or(SealError::Broken)?;
        Ok(Sealer::new(&key, None)?)
    }
}
