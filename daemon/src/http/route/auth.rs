//! `/api/v1/auth/…`: sign-up, sign-in, refresh, sign-out, switch.

use std::{sync::Arc, time::Instant};

use axum::extract::State;
use lotline_common::api::auth::{LogIn, Membership, Refresh, Session, SignUp, Switch};
use secrecy::ExposeSecret;

use crate::{
    action::{open_session::SignedIn, refresh_session, sign_in, sign_out, sign_up, switch_organization},
    app::App,
    domain::{account, permission::Viewer},
    error::{Error, Result},
    http::{
        answer::{Created, NoContent},
        client_address::ClientAddress,
        extract::Json,
        token::{self, Bearer},
    },
    store::member::Place,
};

/// Founds an organization and signs its first admin in.
#[utoipa::path(post, path = "", responses((status = 403, description = "`signup_closed`: ask for an invitation."), (status = 409, description = "`slug_taken` or `email_taken`.")), security(()))]
pub async fn up(
    State(app): State<Arc<App>>,
    ClientAddress(address): ClientAddress,
    Json(asked): Json<SignUp>,
) -> Result<Created<Session>> {
    let email =
        account::email(&asked.email).ok_or_else(|| Error::invalid("email", "must be an e-mail address"))?;
    let attempt = app.throttle.attempt(&email, address, Instant::now())?;
    let signed_in = sign_up::run(&app, asked).await?;
    attempt.succeeded();
    Ok(Created(session(&app, signed_in)?))
}

/// Signs in.
#[utoipa::path(post, path = "", responses((status = 401, description = "`invalid_credentials`.")), security(()))]
pub async fn log_in(
    State(app): State<Arc<App>>,
    ClientAddress(address): ClientAddress,
    Json(asked): Json<LogIn>,
) -> Result<Json<Session>> {
    if asked.totp.is_some() {
        return Err(Error::invalid("totp", "one-time codes are not in use here; leave it out"));
    }
    // What is not an address has no account, and is answered like one that has none.
    let email = account::email(&asked.email).unwrap_or_default();
    let attempt = app.throttle.attempt(&email, address, Instant::now())?;
    let signed_in = sign_in::run(&app, &email, asked.password.into(), asked.organization_id).await?;
    attempt.succeeded();
    session(&app, signed_in).map(Json)
}

/// Trades a refresh token for a new pair. A token that was used before ends its whole session.
#[utoipa::path(post, path = "", responses((status = 401, description = "The token is unknown, used, expired or revoked.")), security(()))]
pub async fn refresh(State(app): State<Arc<App>>, Json(asked): Json<Refresh>) -> Result<Json<Session>> {
    let signed_in = refresh_session::run(&app, &asked.refresh_token).await?;
    session(&app, signed_in).map(Json)
}

/// Ends the session and its streams.
#[utoipa::path(post, path = "", security(("bearer" = ["viewer"])))]
pub async fn out(State(app): State<Arc<App>>, viewer: Viewer) -> Result<NoContent> {
    sign_out::run(&app, &viewer).await?;
    Ok(NoContent)
}

/// A token for another organization of the same person.
#[utoipa::path(post, path = "", responses((status = 404, description = "Not a member there.")), security(("bearer" = ["viewer"])))]
pub async fn switch(
    State(app): State<Arc<App>>,
    viewer: Viewer,
    Json(asked): Json<Switch>,
) -> Result<Json<Session>> {
    let signed_in = switch_organization::run(&app, &viewer, asked.organization_id).await?;
    session(&app, signed_in).map(Json)
}

/// The answer of every sign-in call.
fn session(app: &App, signed_in: SignedIn) -> Result<Session> {
    let bearer = Bearer {
        user: signed_in.user.id,
        organization: signed_in.place.organization.public.id,
        role: signed_in.place.role,
        session: signed_in.session,
    };
    Ok(Session {
        access_token: app.tokens.sign(bearer, app.clock.now())?,
        token_type: "Bearer".to_owned(),
        expires_in: token::LIFETIME,
        refresh_token: signed_in.refresh.map(|token| token.expose_secret().to_owned()),
        user: signed_in.user,
        role: signed_in.place.role,
        organization: signed_in.place.organization.public,
        memberships: memberships(&signed_in.places),
    })
}

pub(super) fn memberships(places: &[Place]) -> Vec<Membership> {
    let memberships = places.iter().map(|place| Membership {
        organization_id: place.organization.public.id,
        name: place.organization.public.name.clone(),
        role: place.role,
    });
    memberships.collect()
}
