//! `/api/v1/auth/…`: sign-up, sign-in, refresh, sign-out, switch.

use std::sync::Arc;

use axum::extract::State;
use lotline_common::api::{
    auth::{AcceptInvite, LogIn, Membership, Refresh, Session, SignUp, Switch},
    invite::{ShowInvite, ShownInvite},
};
use secrecy::ExposeSecret;

use crate::{
    action::{
        count_attempt,
        open_session::SignedIn,
        redeem_invite, refresh_session,
        sign_in::{self, Beginning, Proof},
        sign_out, sign_up, switch_organization,
    },
    app::App,
    domain::{account, audit::Origin, permission::Entrant},
    error::{Error, Result},
    http::{
        answer::{Created, NoContent},
        client_address::ClientAddress,
        extract::Json,
        token::{self, Bearer},
    },
    opaque,
    store::member::Place,
};

/// Founds an organization and signs its first admin in, or joins one by invite.
#[utoipa::path(
    post, path = "", security(()),
    responses(
        (status = 403, description = "`signup_closed`: ask for an invite. `invite_invalid`, `invite_used`, \
            `invite_revoked` or `invite_expired`."),
        (status = 409, description = "`slug_taken` or `email_taken`.")
    )
)]
pub async fn up(
    State(app): State<Arc<App>>,
    ClientAddress(address): ClientAddress,
    from: Origin,
    Json(asked): Json<SignUp>,
) -> Result<Created<Session>> {
    let email =
        account::email(&asked.email).ok_or_else(|| Error::invalid("email", "must be an e-mail address"))?;
    let attempt = count_attempt::run(&app, &email, address).await?;
    let signed_in = sign_up::run(&app, asked, from).await?;
    attempt.succeeded().await;
    Ok(Created(session(&app, signed_in)?))
}

/// Signs in.
#[utoipa::path(
    post, path = "", security(()),
    responses(
        (status = 401, description = "`invalid_credentials`, or `totp_required`: send a code as well."),
        (status = 403, description = "`no_membership`: a member of no organization any more."),
        (status = 404, description = "Not a member of the organization that was asked for.")
    )
)]
pub async fn log_in(
    State(app): State<Arc<App>>,
    client: ClientAddress,
    from: Origin,
    Json(asked): Json<LogIn>,
) -> Result<Json<Session>> {
    let LogIn { email, password, totp, organization_id } = asked;
    let at = organization_id.map_or(Beginning::Oldest, Beginning::Organization);
    enter(&app, client, (email, password, totp), at, from).await
}

/// What an invite is for, told to whoever holds its token.
#[utoipa::path(
    post, path = "", security(()),
    responses((status = 403, description = "`invite_invalid`, `invite_used`, `invite_revoked` or `invite_expired`."))
)]
pub async fn show_invite(
    State(app): State<Arc<App>>,
    Json(asked): Json<ShowInvite>,
) -> Result<Json<ShownInvite>> {
    redeem_invite::show(&app, &opaque::hash(&asked.invite_token)).await.map(Json)
}

/// Whoever has an account proves that it is theirs and joins by invite.
#[utoipa::path(
    post, path = "", security(()),
    responses(
        (status = 401, description = "`invalid_credentials`, or `totp_required`: send a code as well."),
        (status = 403, description = "`invite_invalid`, `invite_used`, `invite_revoked` or `invite_expired`."),
        (status = 409, description = "`already_member`.")
    )
)]
pub async fn accept_invite(
    State(app): State<Arc<App>>,
    client: ClientAddress,
    from: Origin,
    Json(asked): Json<AcceptInvite>,
) -> Result<Json<Session>> {
    let AcceptInvite { email, password, totp, invite_token } = asked;
    let at = Beginning::Invite(opaque::hash(&invite_token));
    enter(&app, client, (email, password, totp), at, from).await
}

/// Wrong passwords and wrong codes use up the same few tries.
async fn enter(
    app: &App,
    ClientAddress(address): ClientAddress,
    (email, password, code): (String, String, Option<String>),
    at: Beginning,
    from: Origin,
) -> Result<Json<Session>> {
    // What is not an address has no account, and is answered like one that has none.
    let email = account::email(&email).unwrap_or_default();
    let attempt = count_attempt::run(app, &email, address).await?;
    let proof = Proof { email, password: password.into(), code };
    let signed_in = sign_in::run(app, proof, at, from).await;
    if matches!(signed_in, Ok(_) | Err(Error::Unauthorized("totp_required"))) {
        attempt.succeeded().await;
    }
    session(app, signed_in?).map(Json)
}

/// Trades a refresh token for a new pair. A token that was used before ends its whole session.
#[utoipa::path(
    post, path = "", security(()),
    responses(
        (status = 401, description = "The token is unknown, used, expired or revoked."),
        (status = 403, description = "`no_membership`: a member of no organization any more.")
    )
)]
pub async fn refresh(
    State(app): State<Arc<App>>,
    from: Origin,
    Json(asked): Json<Refresh>,
) -> Result<Json<Session>> {
    let signed_in = refresh_session::run(&app, &asked.refresh_token, from).await?;
    session(&app, signed_in).map(Json)
}

/// Ends the session and its streams.
#[utoipa::path(post, path = "", security(("session" = ["viewer"])))]
pub async fn out(State(app): State<Arc<App>>, entrant: Entrant) -> Result<NoContent> {
    sign_out::run(&app, &entrant).await?;
    Ok(NoContent)
}

/// A token for another organization of the same person.
#[utoipa::path(
    post, path = "", security(("session" = ["viewer"])),
    responses((status = 404, description = "Not a member there."))
)]
pub async fn switch(
    State(app): State<Arc<App>>,
    entrant: Entrant,
    Json(asked): Json<Switch>,
) -> Result<Json<Session>> {
    let signed_in = switch_organization::run(&app, &entrant, asked.organization_id).await?;
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
        totp_setup_required: signed_in.totp_missing,
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
