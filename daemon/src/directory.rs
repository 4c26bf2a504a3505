//! Whose a number is, and with which credentials an organization talks: a snapshot in memory.
//!
//! A webhook asks here before anything touches the database. The snapshot is loaded again when a commit of this
//! process changed it, and when it is older than [`limits::DIRECTORY_TRUST`], so that a command beside the daemon or
//! another node is heard too. Credentials are opened here and live nowhere else.

use std::{
    collections::HashMap,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use jiff::tz::TimeZone;
use lotline_common::{OrganizationId, PhoneNumber, api::organization::OwnNumber};
use tokio::{sync::Mutex, time::Instant};

use crate::{
    db::{Db, DbError, Scope},
    domain::organization::OrgKey,
    keyring::{KeyError, Keyring},
    limits,
    port::{agent::AgentProfile, carrier::CarrierAccount},
    seal::Sealer,
    store::{
        self,
        agent_profile::SealedProfile,
        carrier_account::{self, SealedAccount},
        organization::OrganizationRow,
    },
};

/// An own number and the organization that holds it.
#[derive(Debug)]
pub struct Line {
    pub number: OwnNumber,
    pub desk: Arc<Desk>,
}

/// An organization with what it needs to talk to its customers.
#[derive(Debug)]
pub struct Desk {
    pub org: OrgKey,
    pub organization: OrganizationId,
    pub name: String,
    pub time_zone: TimeZone,
    /// `None` while none is set, or when its secrets do not open with our key.
    pub carrier: Option<CarrierAccount>,
    /// `None` while none is set, or when its key does not open with ours.
    pub agent: Option<AgentProfile>,
    /// Oldest first.
    pub numbers: Vec<OwnNumber>,
}

/// Counts commits that changed what a cache holds; the caches compare.
#[derive(Debug, Clone, Default)]
pub struct Changes(Arc<AtomicU64>);

impl Changes {
    pub fn note(&self) {
        self.0.fetch_add(1, Ordering::Release);
    }

    pub fn count(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }
}

/// The snapshot and how to make a new one.
pub struct Directory {
    db: Db,
    keyring: Keyring,
    changes: Changes,
    snapshot: RwLock<Option<Arc<Snapshot>>>,
    loading: Mutex<()>,
}

struct Snapshot {
    lines: HashMap<PhoneNumber, Arc<Line>>,
    desks: HashMap<OrgKey, Arc<Desk>>,
    /// Of [`Changes`] before it was read.
    change: u64,
    read_at: Instant,
}

impl Directory {
    /// `changes` counts the commits that told [`crate::db::Committed::Directory`].
    pub fn new(db: Db, keyring: Keyring, changes: Changes) -> Self {
        Self { db, keyring, changes, snapshot: RwLock::new(None), loading: Mutex::new(()) }
    }

    /// Whose own number this is; `None` when it is nobody's. An error only when nothing could ever be read.
    pub async fn line(&self, number: &PhoneNumber) -> Result<Option<Arc<Line>>, DbError> {
        Ok(self.fresh().await?.lines.get(number).cloned())
    }

    /// Every own number of the installation.
    pub async fn lines(&self) -> Result<Vec<Arc<Line>>, DbError> {
        Ok(self.fresh().await?.lines.values().cloned().collect())
    }

    pub async fn organization(&self, org: OrgKey) -> Result<Option<Arc<Desk>>, DbError> {
        Ok(self.fresh().await?.desks.get(&org).cloned())
    }

    /// Somebody was refused who may have come with news: the next who asks gets it read anew, unless it was read less
    /// than `age` ago. True when it will be.
    pub fn doubt(&self, age: Duration) -> bool {
        let old = self.held().is_none_or(|snapshot| snapshot.read_at.elapsed() >= age);
        if old {
            self.changes.note();
        }
        old
    }

    /// Every organization, for periodic work and checks.
    pub async fn organizations(&self) -> Result<Vec<Arc<Desk>>, DbError> {
        Ok(self.fresh().await?.desks.values().cloned().collect())
    }

    fn held(&self) -> Option<Arc<Snapshot>> {
        self.snapshot.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A snapshot that may be relied on. One caller reads it anew; the others wait only when what they have is wrong
    /// or far too old.
    async fn fresh(&self) -> Result<Arc<Snapshot>, DbError> {
        let held = self.held();
        if let Some(snapshot) = &held
            && snapshot.is_current(&self.changes, 1)
        {
            return Ok(snapshot.clone());
        }
        let _loading = match (self.loading.try_lock(), &held) {
            (Ok(loading), _) => loading,
            (Err(_busy), Some(snapshot)) if snapshot.is_current(&self.changes, 2) => {
                return Ok(snapshot.clone());
            }
            (Err(_busy), _) => self.loading.lock().await,
        };
        if let Some(snapshot) = self.held()
            && snapshot.is_current(&self.changes, 1)
        {
            return Ok(snapshot);
        }
        self.reload(held).await
    }

    async fn reload(&self, held: Option<Arc<Snapshot>>) -> Result<Arc<Snapshot>, DbError> {
        match self.load().await {
            Ok(snapshot) => {
                let snapshot = Arc::new(snapshot);
                *self.snapshot.write().unwrap_or_else(PoisonError::into_inner) = Some(snapshot.clone());
                Ok(snapshot)
            }
            Err(error) => {
                tracing::warn!(%error, "own numbers and accounts could not be read; the last known ones stand");
                held.ok_or_else(|| match error {
                    KeyError::Db(error) => error,
                    KeyError::Seal(error) => DbError::Refused(error.to_string()),
                })
            }
        }
    }

    async fn load(&self) -> Result<Snapshot, KeyError> {
        let (change, read_at) = (self.changes.count(), Instant::now());
        let mut tx = self.db.read(Scope::System).await?;
        let organizations = store::organization::all(&mut tx).await?;
        let mut numbers: HashMap<OrgKey, Vec<OwnNumber>> = HashMap::new();
        for (org, number) in store::phone_number::all(&mut tx).await? {
            numbers.entry(org).or_default().push(number);
        }
        let sealers = self.keyring.openers(&mut tx).await?;
        let mut carriers =
            by_organization(carrier_account::all_live(&mut tx).await?, |account| account.organization_id);
        let mut agents = by_organization(store::agent_profile::all_live(&mut tx).await?, |profile| {
            profile.organization_id
        });
        drop(tx);
        let mut snapshot = Snapshot {
            lines: HashMap::new(),
            desks: HashMap::with_capacity(organizations.len()),
            change,
            read_at,
        };
        for organization in organizations {
            let key = organization.key;
            let sealer = sealers.get(&key).unwrap_or(self.keyring.without_data_key());
            let desk = desk(
                organization,
                sealer,
                numbers.remove(&key).unwrap_or_default(),
                carriers.remove(&key),
                agents.remove(&key),
            );
            snapshot.add(Arc::new(desk));
        }
        Ok(snapshot)
    }
}

fn desk(
    organization: OrganizationRow,
    sealer: &Sealer,
    numbers: Vec<OwnNumber>,
    carrier: Option<SealedAccount>,
    agent: Option<SealedProfile>,
) -> Desk {
    let OrganizationRow { key, public } = organization;
    Desk {
        org: key,
        organization: public.id,
        time_zone: TimeZone::get(&public.time_zone).unwrap_or(TimeZone::UTC),
        carrier: carrier.and_then(|sealed| opened(&public.name, open_carrier(sealer, key, sealed))),
        agent: agent.and_then(|sealed| opened(&public.name, open_agent(sealer, key, sealed))),
        name: public.name,
        numbers,
    }
}

impl Snapshot {
    /// Unchanged, and not older than `times` the trusted age.
    fn is_current(&self, changes: &Changes, times: u32) -> bool {
        self.change == changes.count() && self.read_at.elapsed() <= limits::DIRECTORY_TRUST * times
    }

    fn add(&mut self, desk: Arc<Desk>) {
        for number in &desk.numbers {
            let line = Line { number: number.clone(), desk: desk.clone() };
            self.lines.insert(number.phone_number.clone(), Arc::new(line));
        }
        self.desks.insert(desk.org, desk);
    }
}

fn by_organization<T>(rows: Vec<T>, key: impl Fn(&T) -> i64) -> HashMap<OrgKey, T> {
    rows.into_iter().map(|row| (OrgKey::new(key(&row)), row)).collect()
}

fn opened<T>(organization: &str, result: Result<T, crate::seal::SealError>) -> Option<T> {
    result.inspect_err(|error| tracing::error!(organization, %error, "credentials do not open")).ok()
}

/// Opens the secrets of an account with the key they were sealed under.
pub fn open_carrier(
    sealer: &Sealer,
    org: OrgKey,
    sealed: SealedAccount,
) -> Result<CarrierAccount, crate::seal::SealError> {
    let open = |column, bytes: &[u8]| sealer.open(carrier_account::place(org, sealed.id, column), bytes);
    let open_if = |column, bytes: &Option<Vec<u8>>| bytes.as_deref().map(|b| open(column, b)).transpose();
    let key_secret = open_if("api_key_secret", &sealed.api_key_secret)?;
    Ok(CarrierAccount {
        auth_token: open("auth_token", &sealed.auth_token)?,
        auth_token_secondary: open_if("auth_token_secondary", &sealed.auth_token_secondary)?,
        api_key: sealed.api_key_sid.clone().zip(key_secret),
        answers_keywords: sealed.answers_keywords,
        account_sid: sealed.account_sid.clone(),
    })
}

/// Opens the key of a profile.
pub fn open_agent(
    sealer: &Sealer,
    org: OrgKey,
    sealed: SealedProfile,
) -> Result<AgentProfile, crate::seal::SealError> {
    Ok(AgentProfile {
        api_key: sealer.open(store::agent_profile::place(org, sealed.id), &sealed.api_key)?,
        provider: sealed.provider,
        agent_id: sealed.agent_id,
        connect: sealed.connect,
        persona: sealed.persona,
        disclosure: sealed.disclosure,
        language: sealed.language,
    })
}
