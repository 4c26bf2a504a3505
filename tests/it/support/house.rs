//! Organizations with people in them, by a clock that stands until the test moves it.

use std::{sync::Arc, time::Duration};

use lotline_common::api::auth::{Role, Session};
use lotlined::{
    action::{
        add_user::{self, Person},
        by_system,
    },
    app::App,
    clock::Clock,
    db::Scope,
    store,
};
use reqwest::Method;
use serde_json::{Value, json};
use totp_rs::Totp;

use super::{
    caller::{Answer, Caller, PASSWORD},
    db::Fresh,
    opened::Opened,
    reader::Reader,
    server::Server,
};

/// What is revoked must be refused after this time at the latest.
pub(crate) const REVOKED_WITHIN: Duration = Duration::from_secs(5);

pub(crate) struct House {
    pub(crate) stranger: Caller,
    server: Server,
    clock: Clock,
}

impl House {
    pub(crate) async fn open(db: &Fresh) -> Self {
        let clock = Clock::fixed(Clock::system().now());
        let server = Server::start(Opened::timed(db, clock.clone()).await).await;
        let stranger = Caller::at(&format!("http://{}", server.address));
        Self { stranger, server, clock }
    }

    pub(crate) fn app(&self) -> &Arc<App> {
        &self.server.fresh.app
    }

    pub(crate) fn pass(&self, time: Duration) {
        self.clock.set(self.clock.now() + time);
    }

    /// Gives somebody a place, as whoever runs the installation does, and signs them in there.
    pub(crate) async fn member(&self, at: &Session, email: &str, role: Role) -> (Caller, Session) {
        let mut tx = self.app().db.read(Scope::System).await.unwrap();
        let found = store::organization::find_by_slug(&mut tx, &at.organization.slug).await.unwrap();
        drop(tx);
        let person = Person {
            email: email.to_owned(),
            name: "Eli Example".to_owned(),
            password: Some(PASSWORD.into()),
        };
        add_user::run(self.app(), found.key, person, role, by_system()).await.unwrap();
        let there = json!({"email": email, "password": PASSWORD, "organization_id": at.organization.id});
        let session = self.stranger.post("/api/v1/auth/login", there).await.session();
        (self.stranger.with(&session.access_token), session)
    }

    /// Signs in with a code.
    pub(crate) async fn log_in(&self, email: &str, code: &str) -> Answer {
        let body = json!({"email": email, "password": PASSWORD, "totp": code});
        self.stranger.post("/api/v1/auth/login", body).await
    }

    /// Sets a second factor up; the app on the phone, and the recovery codes.
    pub(crate) async fn phone(&self, caller: &Caller) -> (Phone, Vec<String>) {
        let begun = caller.call(Method::POST, "/api/v1/me/totp", None).await.json();
        let phone = self.scan(&begun);
        let code = phone.code();
        let confirmed = caller.post("/api/v1/me/totp/confirm", json!({"code": code})).await;
        assert_eq!(confirmed.status, 200, "{}", confirmed.text);
        (phone, serde_json::from_value(confirmed.json()["recovery_codes"].clone()).unwrap())
    }

    /// What an authenticator app makes of the QR code.
    pub(crate) fn scan(&self, begun: &Value) -> Phone {
        let totp = Totp::from_url(begun["otpauth_url"].as_str().unwrap()).unwrap();
        Phone { totp, clock: self.clock.clone() }
    }

    /// What rows a statement of the test finds.
    pub(crate) async fn count(&self, sql: &'static str) -> i64 {
        let mut tx = self.app().db.read(Scope::System).await.unwrap();
        let (count,): (i64,) = tx.query(sql).one().await.unwrap();
        count
    }

    pub(crate) async fn stop(self) {
        self.server.stop().await;
    }
}

/// Somebody's event stream, open.
pub(crate) async fn listen(caller: &Caller) -> Reader {
    Reader::new(caller.request(Method::GET, "/api/v1/events").send().await.unwrap())
}

/// Waits for the end of a stream; fails when it goes on for too long.
pub(crate) async fn goes_dark(mut reader: Reader) {
    let ended = async { while reader.frame().await.is_some() {} };
    assert!(tokio::time::timeout(REVOKED_WITHIN, ended).await.is_ok(), "the stream goes on");
}

/// An authenticator app.
pub(crate) struct Phone {
    totp: Totp,
    clock: Clock,
}

impl Phone {
    /// What it shows now.
    pub(crate) fn code(&self) -> String {
        let seconds = u64::try_from(self.clock.now().unix_seconds()).unwrap();
        self.totp.generate(seconds).to_string()
    }
}
