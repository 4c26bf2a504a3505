//! `/api/v1/auth/…`: sign-up, sign-in, refresh, sign-out, switch.

use std::{sync::Arc, time::Instant};

use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use lotline_common::api::auth::{LogIn, Membership, Refresh, Session, SignUp, Switch};
use secrecy::ExposeSecret;

use crate::{
    action::{open_session::SignedIn, refresh_session, sign_in, sign_out, sign_up, switch_organization},
    app::App,
    domain::{account, permission::Viewer},
    error::{Error, Result},
    http::{
        client_address::{ClientAddress, ClientOrigin},
        extract::Json,
        token::{self, Bearer},
    },
    store::member::Place,
};

pub async fn up(
    State(app): State<Arc<App>>,
    ClientAddress(address): ClientAddress,
    ClientOrigin(from): ClientOrigin,
    Json(asked): Json<SignUp>,
) -> Result<Response> {
    let email =
        account::email(&asked.email).ok_or_else(|| Error::invalid("email", "must be an e-mail address"))?;
    let attempt = app.throttle.attempt(&email, address, Instant::now())?;
    let signed_in = sign_up::run(&app, asked, from).await?;
    attempt.succeeded();
    Ok((StatusCode::CREATED, session(&app, signed_in)?).into_response())
}

pub async fn log_in(
    State(app): State<Arc<App>>,
    ClientAddress(address): ClientAddress,
    ClientOrigin(from): ClientOrigin,
    Json(asked): Json<LogIn>,
) -> Result<Response> {
    if asked.totp.is_some() {
        return Err(Error::invalid("totp", "one-time codes are not in use here; leave it out"));
    }
    // What is not an address has no account, and is answered like one that has none.
    let email = account::email(&asked.email).unwrap_or_default();
    let attempt = app.throttle.attempt(&email, address, Instant::now())?;
    let signed_in = sign_in::run(&app, &email, asked.password.into(), asked.organization_id, from).await?;
    attempt.succeeded();
    session(&app, signed_in)
}

pub async fn refresh(
    State(app): State<Arc<App>>,
    ClientOrigin(from): ClientOrigin,
    Json(asked): Json<Refresh>,
) -> Result<Response> {
    let signed_in = refresh_session::run(&app, &asked.refresh_token, from).await?;
    session(&app, signed_in)
}

pub async fn out(State(app): State<Arc<App>>, viewer: Viewer) -> Result<StatusCode> {
    sign_out::run(&app, &viewer).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn switch(
    State(app): State<Arc<App>>,
    viewer: Viewer,
    Json(asked): Json<Switch>,
) -> Result<Response> {
    let signed_in = switch_organization::run(&app, &viewer, asked.organization_id).await?;
    session(&app, signed_in)
}

/// The answer of every sign-in call. It holds tokens, so nobody on the way may keep it.
fn session(app: &App, signed_in: SignedIn) -> Result<Response> {
    let bearer = Bearer {
        user: signed_in.user.id,
        organization: signed_in.place.organization.public.id,
        role: signed_in.place.role,
        session: signed_in.session,
    };
    let body = Session {
        access_token: app.tokens.sign(bearer, app.clock.now())?,
        token_type: "Bearer".to_owned(),
        expires_in: token::LIFETIME,
        refresh_token: signed_in.refresh.map(|token| token.expose_secret().to_owned()),
        user: signed_in.user,
        role: signed_in.place.role,
        organization: signed_in.place.organization.public,
        memberships: memberships(&signed_in.places),
    };
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(body)).into_response())
}

pub(super) fn memberships(places: &[Place]) -> Vec<Membership> {
    let memberships = places.iter().map(|place| Membership {
        organization_id: place.organization.public.id,
        name: place.organization.public.name.clone(),
        role: place.role,
    });
    memberships.collect()
}
