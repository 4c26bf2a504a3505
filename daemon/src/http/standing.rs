//! Does a session still stand, and in which roles? Asked by every request, read from the database once in a while.
//!
//! What is known is at most [`limits::SESSION_TRUST`] old and is forgotten at once when this process commits a change
//! of sessions or memberships. One query refreshes every session in use, so a thousand open streams cost what one does.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures::future::BoxFuture;
use lotline_common::{At, OrganizationId, SessionId, UserId, api::auth::Role};
use tokio::time::Instant;

use crate::{
    bus::Listening,
    clock::Clock,
    db::{Db, DbError, Scope},
    directory::Changes,
    domain::{organization::OrgKey, permission::Principal},
    limits,
    store::{self, session::StandingRow},
};

/// A session that nobody asked about for this long is forgotten.
const FORGET: Duration = Duration::from_mins(1);
/// While the database is away, what was known this long ago still counts for a stream that is already open.
const GRACE: Duration = Duration::from_secs(5);
/// Sessions refreshed by one query.
const AT_ONCE: usize = 2_000;

/// A live session.
#[derive(Debug)]
pub struct Standing {
    user: UserId,
    name: String,
    expires_at: At,
    places: Vec<(OrgKey, OrganizationId, Role)>,
}

struct Known {
    /// `None`: revoked, or its owner is shut out.
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

/// The sessions in use.
pub struct SessionStanding {
    db: Db,
    clock: Clock,
    changes: Changes,
    known: Mutex<HashMap<SessionId, Known>>,
    loading: tokio::sync::Mutex<()>,
}

impl SessionStanding {
    /// `changes` counts the commits that told [`crate::db::Committed::Sessions`].
    pub fn new(db: Db, clock: Clock, changes: Changes) -> Self {
        Self { db, clock, changes, known: Mutex::new(HashMap::new()), loading: tokio::sync::Mutex::new(()) }
    }

    /// The member that this session makes in that organization, with the role of now; `None` when the session has
    /// ended, belongs to another person or has no place there.
    pub async fn principal(
        &self,
        session: SessionId,
        user: UserId,
        organization: OrganizationId,
    ) -> Result<Option<Principal>, DbError> {
        let standing = self.look(session).await?;
        Ok(standing.filter(|standing| standing.user == user).and_then(|standing| {
            let place = standing.places.iter().find(|(_, public, _)| *public == organization);
            place.map(|&(org, organization, role)| Principal {
                org,
                organization,
                user,
                name: standing.name.clone(),
                role,
                session,
                once: None,
            })
        }))
    }

    /// May this session still listen to that organization? Meant to be asked every second by every open stream: it
    /// is answered from memory, and one query per [`limits::SESSION_TRUST`] serves all of them.
    pub async fn is_live(&self, session: SessionId, org: OrgKey) -> bool {
        let standing = match self.look(session).await {
            Ok(standing) => standing,
            Err(error) => {
                tracing::warn!(%error, "sessions could not be checked");
                self.recent(session)
            }
        };
        standing.is_some_and(|standing| standing.places.iter().any(|(place, ..)| *place == org))
    }

    async fn look(&self, session: SessionId) -> Result<Option<Arc<Standing>>, DbError> {
        let standing = match self.trusted(session) {
            Fresh::Yes(standing) => standing,
            Fresh::No => self.refresh(session).await?,
        };
        Ok(standing.filter(|standing| standing.expires_at > self.clock.now()))
    }

    /// What is known, if it is fresh.
    fn trusted(&self, session: SessionId) -> Fresh {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(entry) = known.get_mut(&session) else {
            return Fresh::No;
        };
        entry.used_at = Instant::now();
        let fresh = entry.change == self.changes.count() && entry.read_at.elapsed() <= limits::SESSION_TRUST;
        if fresh { Fresh::Yes(entry.standing.clone()) } else { Fresh::No }
    }

    fn recent(&self, session: SessionId) -> Option<Arc<Standing>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = known.get(&session).filter(|entry| entry.read_at.elapsed() <= GRACE)?;
        entry.standing.clone()
    }

    async fn refresh(&self, session: SessionId) -> Result<Option<Arc<Standing>>, DbError> {
        let _loading = self.loading.lock().await;
        if let Fresh::Yes(standing) = self.trusted(session) {
            return Ok(standing);
        }
        let (change, read_at) = (self.changes.count(), Instant::now());
        let wanted = self.due(session, change);
        let mut tx = self.db.read(Scope::System).await?;
        let rows = store::session::standing(&mut tx, &wanted).await?;
        drop(tx);
        let mut read = group(rows);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let mut asked = None;
        for id in wanted {
            let standing = read.remove(&id).map(Arc::new);
            if id == session {
                asked.clone_from(&standing);
            }
            let used_at = known.get(&id).map_or(read_at, |entry| entry.used_at);
            let entry = Known { standing, read_at, change, used_at };
            known.insert(id, entry);
        }
        Ok(asked)
    }

    /// The session asked for, and those in use that would have to be asked for soon.
    fn due(&self, session: SessionId, change: u64) -> Vec<SessionId> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, entry| entry.used_at.elapsed() < FORGET);
        let soon =
            |entry: &Known| entry.change != change || entry.read_at.elapsed() * 2 > limits::SESSION_TRUST;
        let others = known.iter().filter(|(id, entry)| **id != session && soon(entry)).map(|(id, _)| *id);
        std::iter::once(session).chain(others).take(AT_ONCE).collect()
    }
}

fn group(rows: Vec<StandingRow>) -> HashMap<SessionId, Standing> {
    let mut read: HashMap<SessionId, Standing> = HashMap::new();
    for row in rows {
        let place = (OrgKey::new(row.organization_id), row.public_id, row.role);
        read.entry(row.id)
            .or_insert_with(|| Standing {
                user: row.user_id,
                name: row.name,
                expires_at: row.expires_at,
                places: Vec::new(),
            })
            .places
            .push(place);
    }
    read
}

impl crate::bus::Standing for SessionStanding {
    fn ended<'a>(&'a self, listening: &'a [Listening]) -> BoxFuture<'a, Vec<Listening>> {
        Box::pin(async move {
            let mut ended = Vec::new();
            for who in listening {
                if !self.is_live(who.session, who.org).await {
                    ended.push(*who);
                }
            }
            ended
        })
    }
}
