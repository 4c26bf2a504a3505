//! A session begins, or its next refresh token is made.

use std::time::Duration;

use aws_lc_rs::{digest, rand};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use lotline_common::{At, OrganizationId, SessionId, api::auth::User};
use secrecy::SecretString;

use crate::{
    db::Tx,
    domain::organization::OrgKey,
    error::{Error, Result},
    store::{self, member::Place, session::TokenHash, user::UserRow},
};

const DAY: Duration = Duration::from_hours(24);
/// A refresh token lives this long after it was made.
const IDLE: Duration = DAY.saturating_mul(30);
/// And a family of them no longer than this.
const FAMILY: Duration = DAY.saturating_mul(90);

/// Somebody is signed in, in one of their organizations.
#[derive(Debug)]
pub struct SignedIn {
    pub session: SessionId,
    /// Told once; `None` when the one that the client has stays in force.
    pub refresh: Option<SecretString>,
    pub user: User,
    pub place: Place,
    pub places: Vec<Place>,
}

/// Begins a session in `wanted`, or in the person's oldest organization.
pub(super) async fn open(
    tx: &mut Tx,
    user: &UserRow,
    wanted: Option<OrganizationId>,
    now: At,
) -> Result<SignedIn> {
    let places = store::member::places(tx, user.id).await?;
    let place = choose(&places, wanted)?;
    let (session, end) = (SessionId::new(), now + FAMILY);
    store::session::insert(tx, session, user.id, now, end).await?;
    let refresh = next_token(tx, session, place.organization.key, (now, end)).await?;
    Ok(SignedIn { session, refresh: Some(refresh), user: person(user), place, places })
}

pub(super) fn choose(places: &[Place], wanted: Option<OrganizationId>) -> Result<Place> {
    let place = match wanted {
        Some(wanted) => {
            places.iter().find(|place| place.organization.public.id == wanted).ok_or(Error::NotFound)?
        }
        None => places.first().ok_or(Error::Closed {
            code: "no_membership",
            title: "You are not a member of any organization any more; ask an admin.",
        })?,
    };
    Ok(place.clone())
}

/// Makes the live refresh token of a session that ends at `end`.
pub(super) async fn next_token(
    tx: &mut Tx,
    session: SessionId,
    org: OrgKey,
    (now, end): (At, At),
) -> Result<SecretString> {
    let mut bytes = zeroize::Zeroizing::new([0_u8; 32]);
    rand::fill(&mut *bytes).map_err(|_unspecified| Error::internal("the random source failed"))?;
    let token = BASE64_URL_SAFE_NO_PAD.encode(*bytes);
    store::session::insert_token(tx, session, org, hash(&token), (now, end.min(now + IDLE))).await?;
    Ok(SecretString::from(token))
}

/// What is stored of a refresh token. It has 256 random bits, so no slow hash is needed.
pub(super) fn hash(token: &str) -> TokenHash {
    digest::digest(&digest::SHA256, token.as_bytes()).as_ref().to_vec()
}

pub(super) fn person(user: &UserRow) -> User {
    User { id: user.id, email: user.email.clone(), name: user.name.clone() }
}
