//! `/api/v1/me`: the signed-in person, their password, second factor and sessions.

use std::sync::Arc;

use axum::extract::State;
use lotline_common::{
    Page, SessionId,
    api::{
        auth::User,
        me::{BothFactors, ChangePassword, ConfirmTotp, Me, OpenSession, RecoveryCodes, TotpSetup},
    },
};
use secrecy::{ExposeSecret, SecretString};

use crate::{
    action::{
        change_password, confirm_totp, count_attempt, end_session, remove_totp, renew_recovery_codes,
        set_up_totp,
    },
    app::App,
    db::Scope,
    domain::permission::{Entrant, Person},
    error::Result,
    http::{
        answer::{NoContent, Private},
        client_address::ClientAddress,
        extract::{Json, Path},
        route::auth::memberships,
    },
    store,
};

/// Who is signed in, and where.
#[utoipa::path(get, path = "", security(("session" = ["viewer"])))]
pub async fn me(State(app): State<Arc<App>>, entrant: Entrant) -> Result<Json<Me>> {
    let mut tx = app.db.read(Scope::System).await?;
    let user = store::user::find(&mut tx, entrant.user).await?;
    let organization = store::organization::find(&mut tx, entrant.org).await?;
    let places = store::member::places(&mut tx, entrant.user).await?;
    Ok(Json(Me {
        totp: user.totp_confirmed_at.is_some(),
        recovery_codes_left: store::totp::recovery_codes_left(&mut tx, entrant.user).await?,
        user: User { id: user.id, email: user.email, name: user.name },
        organization: organization.public,
        role: entrant.role,
        memberships: memberships(&places),
    }))
}

/// Changes the password and ends every other session of the person.
#[utoipa::path(
    post, path = "", security(("session" = ["viewer"])),
    responses((status = 401, description = "`invalid_credentials`: the present password is wrong."))
)]
pub async fn password(
    State(app): State<Arc<App>>,
    ClientAddress(address): ClientAddress,
    person: Person,
    Json(asked): Json<ChangePassword>,
) -> Result<NoContent> {
    // Whoever holds a stolen token must not find out the password by asking here.
    let attempt = count_attempt::run(&app, &person.user.to_string(), address).await?;
    let (current, new) = (asked.current_password.into(), asked.new_password.into());
    change_password::run(&app, &person, current, new).await?;
    attempt.succeeded().await;
    Ok(NoContent)
}

/// Prepares a second factor; it counts once it is confirmed.
#[utoipa::path(
    post, path = "", security(("session" = ["viewer"])),
    responses((status = 409, description = "`totp_in_use`: remove the other one first."))
)]
pub async fn set_up_totp(State(app): State<Arc<App>>, entrant: Entrant) -> Result<Json<TotpSetup>> {
    Ok(Json(set_up_totp::run(&app, &entrant).await?))
}

/// Puts the second factor in force, tells the recovery codes and ends every other session of the person.
#[utoipa::path(
    post, path = "", security(("session" = ["viewer"])),
    responses((status = 409, description = "`totp_not_begun` or `totp_in_use`."))
)]
pub async fn confirm_totp(
    State(app): State<Arc<App>>,
    ClientAddress(address): ClientAddress,
    entrant: Entrant,
    Json(asked): Json<ConfirmTotp>,
) -> Result<Private<RecoveryCodes>> {
    let attempt = count_attempt::run(&app, &entrant.user.to_string(), address).await?;
    let codes = confirm_totp::run(&app, &entrant, asked.code).await?;
    attempt.succeeded().await;
    Ok(told(&codes))
}

/// Gives the second factor up; needs the password and a code.
#[utoipa::path(
    delete, path = "", security(("session" = ["viewer"])),
    responses((status = 401, description = "`invalid_credentials`: the password or the code is wrong."))
)]
pub async fn remove_totp(
    State(app): State<Arc<App>>,
    ClientAddress(address): ClientAddress,
    person: Person,
    Json(asked): Json<BothFactors>,
) -> Result<NoContent> {
    let attempt = count_attempt::run(&app, &person.user.to_string(), address).await?;
    remove_totp::run(&app, &person, asked.password.into(), asked.code).await?;
    attempt.succeeded().await;
    Ok(NoContent)
}

/// Makes new recovery codes, told once, in place of the ones before; needs the password and a code.
#[utoipa::path(
    post, path = "", security(("session" = ["viewer"])),
    responses((status = 401, description = "`invalid_credentials`: the password or the code is wrong."))
)]
pub async fn renew_recovery_codes(
    State(app): State<Arc<App>>,
    ClientAddress(address): ClientAddress,
    person: Person,
    Json(asked): Json<BothFactors>,
) -> Result<Private<RecoveryCodes>> {
    let attempt = count_attempt::run(&app, &person.user.to_string(), address).await?;
    let codes = renew_recovery_codes::run(&app, &person, asked.password.into(), asked.code).await?;
    attempt.succeeded().await;
    Ok(told(&codes))
}

fn told(codes: &[SecretString]) -> Private<RecoveryCodes> {
    let recovery_codes = codes.iter().map(|code| code.expose_secret().to_owned()).collect();
    Private(RecoveryCodes { recovery_codes })
}

/// Where the person is signed in.
#[utoipa::path(get, path = "", security(("session" = ["viewer"])))]
pub async fn sessions(State(app): State<Arc<App>>, person: Person) -> Result<Json<Page<OpenSession>>> {
    let mut tx = app.db.ask(Scope::System).await?;
    let mut items = store::session::list(&mut tx, person.user, app.clock.now()).await?;
    for session in &mut items {
        session.current = session.id == person.session;
    }
    Ok(Json(Page { items, next_cursor: None }))
}

/// Ends a session of the person.
#[utoipa::path(delete, path = "", security(("session" = ["viewer"])))]
pub async fn end_session(
    State(app): State<Arc<App>>,
    person: Person,
    Path(id): Path<SessionId>,
) -> Result<NoContent> {
    end_session::run(&app, person.user, id, person.actor()).await?;
    Ok(NoContent)
}

/// Ends every session of the person but the one that asks.
#[utoipa::path(delete, path = "", security(("session" = ["viewer"])))]
pub async fn end_other_sessions(State(app): State<Arc<App>>, person: Person) -> Result<NoContent> {
    end_session::others(&app, person.user, Some(person.session), person.actor()).await?;
    Ok(NoContent)
}
