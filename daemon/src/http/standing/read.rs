//! What the database says of sessions and keys.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use lotline_common::{
    At, OrganizationId, UserId,
    api::{api_key::KeyScope, auth::Role},
};

use crate::{
    db::{Db, DbError, Scope},
    domain::{
        audit::Origin,
        organization::OrgKey,
        permission::{Credential, Principal, key_role},
    },
    limits, opaque,
    store::{api_key, session},
};

/// A live session or key.
#[derive(Debug)]
pub(super) struct Standing {
    pub(super) user: UserId,
    pub(super) expires_at: At,
    pub(super) places: Vec<Place>,
    /// Only of a key.
    pub(super) key: Option<Key>,
    name: String,
}

/// One organization of its owner; a key has one.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) org: OrgKey,
    pub(super) organization: OrganizationId,
    pub(super) totp_missing: bool,
    role: Role,
}

#[derive(Debug)]
pub(super) struct Key {
    pub(super) hash: opaque::Hash,
    scopes: Option<Arc<[KeyScope]>>,
    noted_at: Option<At>,
    /// Somebody is writing it down.
    noting: AtomicBool,
}

impl Key {
    /// True for one caller, and not again before the key is read anew.
    pub(super) fn is_to_be_noted(&self, now: At) -> bool {
        let before = now - limits::KEY_USE_NOTED;
        self.noted_at.is_none_or(|at| at < before) && !self.noting.swap(true, Ordering::Relaxed)
    }
}

impl Standing {
    pub(super) fn principal(&self, place: &Place, credential: Credential) -> Principal {
        Principal {
            org: place.org,
            organization: place.organization,
            user: self.user,
            name: self.name.clone(),
            role: place.role,
            credential,
            scopes: self.key.as_ref().and_then(|key| key.scopes.clone()),
            totp_missing: place.totp_missing,
            origin: Origin::default(),
            once: None,
        }
    }
}

/// Those of `wanted` that are live, by one query for sessions and one for keys.
pub(super) async fn read(db: &Db, wanted: &[Credential]) -> Result<HashMap<Credential, Standing>, DbError> {
    let (mut sessions, mut keys) = (Vec::new(), Vec::new());
    for credential in wanted {
        match credential {
            Credential::Session(id) => sessions.push(*id),
            Credential::Key(id) => keys.push(*id),
        }
    }
    let (mut read, mut tx) = (HashMap::new(), db.read(Scope::System).await?);
    if !sessions.is_empty() {
        session::standing(&mut tx, &sessions).await?.into_iter().for_each(|row| of_session(&mut read, row));
    }
    if !keys.is_empty() {
        read.extend(api_key::standing(&mut tx, &keys).await?.into_iter().map(of_key));
    }
    Ok(read)
}

/// One row for each organization of a session's owner.
fn of_session(read: &mut HashMap<Credential, Standing>, row: session::StandingRow) {
    let place = Place {
        org: OrgKey::new(row.organization_id),
        organization: row.public_id,
        totp_missing: row.totp_missing,
        role: row.role,
    };
    let standing = read.entry(Credential::Session(row.id)).or_insert_with(|| Standing {
        user: row.user_id,
        expires_at: row.expires_at,
        places: Vec::new(),
        key: None,
        name: row.name,
    });
    standing.places.push(place);
}

fn of_key(row: api_key::StandingRow) -> (Credential, Standing) {
    let place = Place {
        org: OrgKey::new(row.organization_id),
        organization: row.public_id,
        totp_missing: row.totp_missing,
        role: key_role(row.role, row.maker_role),
    };
    let key = Key {
        hash: row.hash,
        scopes: row.scopes.map(|scopes| scopes.0.into()),
        noted_at: row.last_used_at,
        noting: AtomicBool::new(false),
    };
    let standing = Standing {
        user: row.user_id,
        expires_at: row.expires_at,
        places: vec![place],
        key: Some(key),
        name: row.name,
    };
    (Credential::Key(row.id), standing)
}
