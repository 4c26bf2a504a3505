//! Does a session or an API key still stand, and in which roles? Asked by every request, read from the database once in
//! a while.
//!
//! What is known is at most [`limits::SESSION_TRUST`] old and is forgotten at once when this process commits a change
//! of sessions, keys or memberships. One query refreshes every session in use, so a thousand open streams cost what one
//! does.

mod read;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use futures::future::BoxFuture;
use lotline_common::{ApiKeyId, OrganizationId, SessionId, UserId};
use tokio::time::Instant;

use crate::{
    bus::Listening,
    clock::Clock,
    db::{Db, DbError, Scope},
    directory::Changes,
    domain::{
        organization::OrgKey,
        permission::{Credential, Principal},
    },
    limits, opaque, store,
};
use read::Standing;

struct Known {
    /// `None`: a session that was revoked, or whose owner is shut out.
    standing: Option<Arc<Standing>>,
    read_at: Instant,
    change: u64,
    used_at: Instant,
}

/// May what is known be relied on? If not, ask the database.
enum Fresh {
    Yes(Option<Arc<Standing>>),
    No,
}

/// The sessions and keys in use.
pub struct SessionStanding {
    db: Db,
    clock: Clock,
    changes: Changes,
    known: Mutex<HashMap<Credential, Known>>,
    loading: tokio::sync::Mutex<()>,
}

impl SessionStanding {
    /// `changes` counts the commits that told [`crate::db::Committed::Sessions`].
    pub fn new(db: Db, clock: Clock, changes: Changes) -> Self {
        Self { db, clock, changes, known: Mutex::new(HashMap::new()), loading: tokio::sync::Mutex::new(()) }
    }

    /// The member that this session makes in that organization, with the role of now; `None` when the session has
    /// ended, belongs to another person or has no place there.
    pub async fn of_session(
        &self,
        session: SessionId,
        user: UserId,
        organization: OrganizationId,
    ) -> Result<Option<Principal>, DbError> {
        let credential = Credential::Session(session);
        let standing = self.look(credential).await?;
        Ok(standing.filter(|standing| standing.user == user).and_then(|standing| {
            let place = standing.places.iter().find(|place| place.organization == organization)?;
            Some(standing.principal(place, credential))
        }))
    }

    /// The member for whom the key with this id and hash acts; `None` when there is no such key any more.
    pub async fn of_key(&self, id: ApiKeyId, hash: &[u8]) -> Result<Option<Principal>, DbError> {
        let credential = Credential::Key(id);
        let standing = self.look(credential).await?;
        let right =
            |standing: &Arc<Standing>| standing.key.as_ref().is_some_and(|key| opaque::same(&key.hash, hash));
        let Some(standing) = standing.filter(right) else {
            return Ok(None);
        };
        if standing.key.as_ref().is_some_and(|key| key.is_to_be_noted(self.clock.now())) {
            self.note_use(id).await;
        }
        Ok(standing.places.first().map(|place| standing.principal(place, credential)))
    }

    /// A use that cannot be noted is a use all the same.
    async fn note_use(&self, id: ApiKeyId) {
        let now = self.clock.now();
        let noted = self.db.write(Scope::System, move |tx| {
            Box::pin(async move { store::api_key::touch(tx, id, now).await })
        });
        if let Err::<(), DbError>(error) = noted.await {
            tracing::warn!(%error, "the use of an API key could not be noted");
        }
    }

    /// May whoever came in with this still listen to that organization? Meant to be asked every second by every open
    /// stream: it is answered from memory, and one query per [`limits::SESSION_TRUST`] serves all of them.
    pub async fn is_live(&self, credential: Credential, org: OrgKey) -> bool {
        let standing = match self.look(credential).await {
            Ok(standing) => standing,
            Err(error) => {
                tracing::warn!(%error, "sessions could not be checked");
                self.recent(credential)
            }
        };
        let listens = |place: &read::Place| place.org == org && !place.totp_missing;
        standing.is_some_and(|standing| standing.places.iter().any(listens))
    }

    async fn look(&self, credential: Credential) -> Result<Option<Arc<Standing>>, DbError> {
        let standing = match self.trusted(credential) {
            Fresh::Yes(standing) => standing,
            Fresh::No => self.refresh(credential).await?,
        };
        Ok(standing.filter(|standing| standing.expires_at > self.clock.now()))
    }

    /// What is known, if it is fresh.
    fn trusted(&self, credential: Credential) -> Fresh {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(entry) = known.get_mut(&credential) else {
            return Fresh::No;
        };
        entry.used_at = Instant::now();
        let fresh = entry.change == self.changes.count() && entry.read_at.elapsed() <= limits::SESSION_TRUST;
        if fresh { Fresh::Yes(entry.standing.clone()) } else { Fresh::No }
    }

    fn recent(&self, credential: Credential) -> Option<Arc<Standing>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let entry =
            known.get(&credential).filter(|entry| entry.read_at.elapsed() <= limits::SESSION_GRACE)?;
        entry.standing.clone()
    }

    async fn refresh(&self, credential: Credential) -> Result<Option<Arc<Standing>>, DbError> {
        let _loading = self.loading.lock().await;
        if let Fresh::Yes(standing) = self.trusted(credential) {
            return Ok(standing);
        }
        let (change, read_at) = (self.changes.count(), Instant::now());
        let wanted = self.due(credential, change);
        let mut read = read::read(&self.db, &wanted).await?;
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let mut asked = None;
        for id in wanted {
            let standing = read.remove(&id).map(Arc::new);
            if id == credential {
                asked.clone_from(&standing);
            }
            // Anybody can make up the id of a key; only we make sessions' ids that get this far.
            if standing.is_none() && matches!(id, Credential::Key(_)) {
                known.remove(&id);
                continue;
            }
            let used_at = known.get(&id).map_or(read_at, |entry| entry.used_at);
            let entry = Known { standing, read_at, change, used_at };
            known.insert(id, entry);
        }
        Ok(asked)
    }

    /// What is asked for, and what in use would have to be asked for soon.
    fn due(&self, credential: Credential, change: u64) -> Vec<Credential> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, entry| entry.used_at.elapsed() < limits::SESSION_FORGOTTEN);
        let soon =
            |entry: &Known| entry.change != change || entry.read_at.elapsed() * 2 > limits::SESSION_TRUST;
        let others = known.iter().filter(|(id, entry)| **id != credential && soon(entry)).map(|(id, _)| *id);
        std::iter::once(credential).chain(others).take(limits::SESSIONS_AT_ONCE).collect()
    }
}

impl crate::bus::Standing for SessionStanding {
    fn ended<'a>(&'a self, listening: &'a [Listening]) -> BoxFuture<'a, Vec<Listening>> {
        Box::pin(async move {
            let mut ended = Vec::new();
            for who in listening {
                if !self.is_live(who.credential, who.org).await {
                    ended.push(*who);
                }
            }
            ended
        })
    }
}
