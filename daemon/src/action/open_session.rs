//! A session begins, or its next refresh token is made.

use std::time::Duration;

use lotline_common::{At, OrganizationId, SessionId, api::auth::User};
use secrecy::{ExposeSecret, SecretString};

use crate::{
    db::Tx,
    domain::{audit::Origin, organization::OrgKey},
    error::{Error, Result},
    opaque,
    store::{self, member::Place, user::UserRow},
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
    /// The organization wants a second factor that the person does not have.
    pub totp_missing: bool,
}

impl SignedIn {
    pub(super) fn new(
        session: SessionId,
        refresh: Option<SecretString>,
        user: &UserRow,
        place: Place,
        places: Vec<Place>,
    ) -> Self {
        let totp_missing = place.organization.public.require_totp && user.totp_confirmed_at.is_none();
        let user = User { id: user.id, email: user.email.clone(), name: user.name.clone() };
        Self { session, refresh, user, place, places, totp_missing }
    }
}

/// Begins a session in `wanted`, or in the person's oldest organization.
pub(super) async fn open(
    tx: &mut Tx,
    user: &UserRow,
    wanted: Option<OrganizationId>,
    from: Origin,
    now: At,
) -> Result<SignedIn> {
    let places = store::member::places(tx, user.id).await?;
    let place = choose(&places, wanted)?;
    let (session, end) = (SessionId::new(), now + FAMILY);
    store::session::insert(tx, session, user.id, (now, end), from).await?;
    let refresh = next_token(tx, session, place.organization.key, (now, end)).await?;
    Ok(SignedIn::new(session, Some(refresh), user, place, places))
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
    let token = opaque::token()?;
    let hash = opaque::hash(token.expose_secret());
    store::session::insert_token(tx, session, org, hash, (now, end.min(now + IDLE))).await?;
    Ok(token)
}
