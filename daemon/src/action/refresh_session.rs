//! A refresh token becomes the next one, once. A used one that comes back is a stolen copy: the family ends.

use lotline_common::{At, api::audit::AuditAction, event::EventKind};

use super::open_session::{self, SignedIn};
use crate::{
    app::App,
    db::{Scope, Tx},
    domain::{
        audit::{Actor, Entry, Origin},
        organization::OrgKey,
    },
    error::{Error, Result},
    opaque,
    store::{self, event::NewEvent, session::TokenRow},
};

/// What became of it. A theft is committed, then told as a refusal.
enum Outcome {
    Renewed(Box<SignedIn>),
    Refused,
}

pub async fn run(app: &App, token: &str, from: Origin) -> Result<SignedIn> {
    let (hash, now) = (opaque::hash(token), app.clock.now());
    let outcome = app
        .db
        .write(Scope::System, move |tx| {
            Box::pin(async move {
                let Some(found) = store::session::find_token(tx, &hash).await? else {
                    return Ok(Outcome::Refused);
                };
                if found.revoked_at.is_some() || found.disabled_at.is_some() {
                    return Ok(Outcome::Refused);
                }
                if found.used_at.is_some() {
                    return end_family(tx, &found, now, from).await;
                }
                if found.expires_at <= now {
                    return Ok(Outcome::Refused);
                }
                // Two requests with one token: the slower one is the copy.
                if !store::session::use_token(tx, &hash, now).await? {
                    return end_family(tx, &found, now, from).await;
                }
                renew(tx, &found, from, now).await
            })
        })
        .await?;
    match outcome {
        Outcome::Renewed(signed_in) => Ok(*signed_in),
        Outcome::Refused => Err(Error::Unauthorized("unauthorized")),
    }
}

async fn renew(tx: &mut Tx, found: &TokenRow, from: Origin, now: At) -> Result<Outcome> {
    let user = store::user::find(tx, found.user_id).await?;
    let places = store::member::places(tx, user.id).await?;
    let last = OrgKey::new(found.organization_id);
    let place = match places.iter().find(|place| place.organization.key == last) {
        Some(place) => place.clone(),
        // No longer a member of the organization they were in: the oldest of the others.
        None => match open_session::choose(&places, None) {
            Ok(place) => place,
            Err(_nowhere) => return Ok(Outcome::Refused),
        },
    };
    let times = (now, found.family_expires_at);
    let refresh = open_session::next_token(tx, found.session_id, place.organization.key, times).await?;
    store::session::seen(tx, found.session_id, from).await?;
    let signed_in = SignedIn::new(found.session_id, Some(refresh), &user, place, places);
    Ok(Outcome::Renewed(Box::new(signed_in)))
}

async fn end_family(tx: &mut Tx, found: &TokenRow, now: At, from: Origin) -> Result<Outcome> {
    tracing::warn!(session = %found.session_id, "a used refresh token came back; its session is ended");
    store::session::revoke(tx, found.session_id, now, "refresh_token_reused").await?;
    let alert = NewEvent::new(EventKind::SecurityAlert).detail(|detail| {
        detail.member_id = Some(found.user_id);
        detail.reason = Some("refresh_token_reused".to_owned());
    });
    let org = OrgKey::new(found.organization_id);
    store::event::append(tx, org, now, alert)?;
    let by = Actor { origin: from, ..Actor::system() };
    let entry = Entry::new(AuditAction::RefreshTokenReused, by).on(found.session_id);
    let entry = entry.with("member_id", found.user_id.to_string());
    store::audit::append(tx, org, now, entry).await?;
    Ok(Outcome::Refused)
}
