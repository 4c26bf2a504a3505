//! Signing in and out, what is the person's own, and the refresh that never uses a token twice.

use super::{Client, Error};
use crate::{
    OrganizationId, Page, SessionId,
    api::{
        auth::{AcceptInvite, LogIn, Refresh, Session, SignUp, Switch},
        invite::{ShowInvite, ShownInvite},
        me::{BothFactors, ChangePassword, ConfirmTotp, Me, OpenSession, RecoveryCodes, TotpSetup},
    },
};

impl Client {
    /// `POST /auth/login`, and keeps the session.
    pub async fn log_in(&self, body: &LogIn) -> Result<Session, Error> {
        let session = self.ask_session("/api/v1/auth/login", body, None).await?;
        self.adopt(Some(session.clone())).await?;
        Ok(session)
    }

    /// `POST /auth/signup`, and keeps the session.
    pub async fn sign_up(&self, body: &SignUp) -> Result<Session, Error> {
        let session = self.ask_session("/api/v1/auth/signup", body, None).await?;
        self.adopt(Some(session.clone())).await?;
        Ok(session)
    }

    /// `POST /auth/invites/show`: what an invite is for.
    pub async fn show_invite(&self, token: &str) -> Result<ShownInvite, Error> {
        let body = ShowInvite { invite_token: token.to_owned() };
        let bytes = self.post("/api/v1/auth/invites/show", &body).send(None).await?;
        serde_json::from_slice(&bytes).map_err(|_broken| Error::Unexpected { status: 200 })
    }

    /// `POST /auth/invites/accept`, and keeps the session in the organization that was joined.
    pub async fn accept_invite(&self, body: &AcceptInvite) -> Result<Session, Error> {
        let session = self.ask_session("/api/v1/auth/invites/accept", body, None).await?;
        self.adopt(Some(session.clone())).await?;
        Ok(session)
    }

    /// `POST /auth/logout`. The session is forgotten here even when the daemon cannot be told.
    pub async fn log_out(&self) -> Result<(), Error> {
        let told = self.post("/api/v1/auth/logout", &serde_json::json!({})).done().await;
        self.adopt(None).await?;
        match told {
            Err(Error::SignedOut) => Ok(()),
            other => other,
        }
    }

    /// `POST /auth/switch`, and keeps the session; the refresh token stays what it was.
    pub async fn switch(&self, organization_id: OrganizationId) -> Result<Session, Error> {
        let mut session: Session =
            self.post("/api/v1/auth/switch", &Switch { organization_id }).json().await?;
        // Another process may have rotated the token meanwhile, so the newest known one is kept.
        session.refresh_token =
            session.refresh_token.or_else(|| self.session().and_then(|old| old.refresh_token));
        self.adopt(Some(session.clone())).await?;
        Ok(session)
    }

    /// `GET /me`
    pub async fn me(&self) -> Result<Me, Error> {
        self.get("/api/v1/me").json().await
    }

    /// `POST /me/password`
    pub async fn change_password(&self, body: &ChangePassword) -> Result<(), Error> {
        self.post("/api/v1/me/password", body).done().await
    }

    /// `POST /me/totp`
    pub async fn set_up_totp(&self) -> Result<TotpSetup, Error> {
        self.post("/api/v1/me/totp", &serde_json::json!({})).json().await
    }

    /// `POST /me/totp/confirm`
    pub async fn confirm_totp(&self, body: &ConfirmTotp) -> Result<RecoveryCodes, Error> {
        self.post("/api/v1/me/totp/confirm", body).json().await
    }

    /// `DELETE /me/totp`
    pub async fn remove_totp(&self, body: &BothFactors) -> Result<(), Error> {
        self.delete("/api/v1/me/totp").body(body).done().await
    }

    /// `POST /me/recovery-codes`
    pub async fn renew_recovery_codes(&self, body: &BothFactors) -> Result<RecoveryCodes, Error> {
        self.post("/api/v1/me/recovery-codes", body).json().await
    }

    /// `GET /me/sessions`
    pub async fn sessions(&self) -> Result<Page<OpenSession>, Error> {
        self.get("/api/v1/me/sessions").json().await
    }

    /// `DELETE /me/sessions/{id}`
    pub async fn end_session(&self, id: SessionId) -> Result<(), Error> {
        self.delete(format!("/api/v1/me/sessions/{id}")).done().await
    }

    /// `DELETE /me/sessions`: all but this one.
    pub async fn end_other_sessions(&self) -> Result<(), Error> {
        self.delete("/api/v1/me/sessions").done().await
    }

    /// A token newer than `stale`, refreshing at most once however many callers ask at the same time.
    #[expect(clippy::disallowed_methods, reason = "it ends with the answer, and its caller waits for it")]
    pub(crate) async fn refreshed(&self, stale: &str) -> Result<String, Error> {
        // In its own task: were the caller dropped between the daemon's rotation and our saving it, the new token
        // would be lost and the old one is dead.
        let (client, stale) = (self.clone(), stale.to_owned());
        match tokio::spawn(async move { client.refresh(&stale).await }).await {
            Ok(outcome) => outcome,
            Err(ended) => Err(Error::Setup(ended.to_string())),
        }
    }

    async fn refresh(&self, stale: &str) -> Result<String, Error> {
        let _flight = self.inner.refreshing.lock().await;
        let ours = self.session().ok_or(Error::SignedOut)?;
        if ours.access_token != stale {
            return Ok(ours.access_token);
        }
        let _others = self.blocking(|client| client.inner.keep.lock()).await?;
        let kept = self.blocking(|client| client.inner.keep.load()).await?;
        let fresh = match kept {
            // Somebody else signed in under this profile: their tokens are not ours to use.
            Some(kept) if kept.user.id != ours.user.id => return Err(Error::SignedOut),
            Some(kept) if kept.access_token != stale => kept,
            kept => self.rotate(kept.unwrap_or_else(|| ours.clone())).await?,
        };
        let token = fresh.access_token.clone();
        let elsewhere = fresh.organization.id != ours.organization.id;
        self.adopt(Some(fresh)).await?;
        if elsewhere { self.stay_in(ours.organization.id, &token).await } else { Ok(token) }
    }

    /// Trades the refresh token of `old` for a new pair. A refused one means that we are signed out.
    async fn rotate(&self, old: Session) -> Result<Session, Error> {
        let refresh_token = old.refresh_token.clone().ok_or(Error::SignedOut)?;
        let body = Refresh { refresh_token: refresh_token.clone() };
        match self.ask_session("/api/v1/auth/refresh", &body, None).await {
            Ok(mut session) => {
                session.refresh_token.get_or_insert(refresh_token);
                Ok(session)
            }
            Err(Error::Problem(problem)) if matches!(problem.status, 400 | 401 | 403) => {
                Err(Error::SignedOut)
            }
            Err(other) => Err(other),
        }
    }

    /// Another process of this profile changed organization: this one stays where its operator sees it to be.
    async fn stay_in(&self, organization_id: OrganizationId, token: &str) -> Result<String, Error> {
        let body = Switch { organization_id };
        let mut session = self.ask_session("/api/v1/auth/switch", &body, Some(token)).await?;
        session.refresh_token =
            session.refresh_token.or_else(|| self.session().and_then(|kept| kept.refresh_token));
        let token = session.access_token.clone();
        self.adopt(Some(session)).await?;
        Ok(token)
    }

    async fn ask_session(
        &self,
        path: &str,
        body: &impl serde::Serialize,
        token: Option<&str>,
    ) -> Result<Session, Error> {
        let bytes = self.post(path, body).send(token).await?;
        serde_json::from_slice(&bytes).map_err(|_broken| Error::Unexpected { status: 200 })
    }

    async fn adopt(&self, session: Option<Session>) -> Result<(), Error> {
        self.slot().clone_from(&session);
        self.blocking(move |client| client.inner.keep.save(session.as_ref())).await
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> std::io::Result<T> + Send + 'static,
    ) -> Result<T, Error> {
        let client = self.clone();
        match tokio::task::spawn_blocking(move || work(&client)).await {
            Ok(outcome) => outcome.map_err(Error::Keep),
            Err(ended) => Err(Error::Setup(ended.to_string())),
        }
    }
}
