//! A real server on a port of its own.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use futures::future::BoxFuture;
use lotline_common::{OrganizationId, SessionId, UserId, api::auth::Role};
use lotlined::{
    app::App,
    bus::Tables,
    clock::Clock,
    domain::{organization::OrgKey, permission::Principal},
    error::{Error, Result},
    http::{auth::SignIn, cursor::CursorKey, router, server},
};
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use serde_json::Value;
use tokio::{net::TcpListener, task::JoinHandle};

use super::{db::Fresh, reader::Reader, seed::Store};

/// The streams' pulse in tests.
pub const BEAT: Duration = Duration::from_millis(20);

pub struct Server {
    pub address: SocketAddr,
    pub fresh: Fresh,
    pub client: Client,
    serving: JoinHandle<()>,
}

/// A token of these tests names the principal itself: `organization.user.session.role`.
struct Named;

impl SignIn for Named {
    fn principal<'a>(&'a self, bearer: &'a str) -> BoxFuture<'a, Result<Principal>> {
        let named = named(bearer).ok_or(Error::Unauthorized("unauthorized"));
        Box::pin(async { named })
    }
}

fn named(bearer: &str) -> Option<Principal> {
    let mut parts = bearer.split('.');
    Some(Principal {
        org: OrgKey::new(parts.next()?.parse().ok()?),
        organization: OrganizationId::new(),
        user: parts.next()?.parse::<UserId>().ok()?,
        session: parts.next()?.parse::<SessionId>().ok()?,
        role: parts.next()?.parse::<Role>().ok()?,
        name: "Dana Example".into(),
    })
}

/// The token of a store's member in one of their sessions.
pub fn token(store: Store, session: SessionId) -> String {
    format!("{}.{}.{session}.agent", store.org.number(), store.user)
}

impl Server {
    pub async fn start(fresh: Fresh) -> Self {
        let clock = Clock::system();
        let standing = Tables { db: fresh.db.clone(), clock: clock.clone() };
        fresh.bus.start(&fresh.db, Arc::new(standing), BEAT, &fresh.tasks);
        let app = App {
            db: fresh.db.clone(),
            clock,
            tasks: fresh.tasks.clone(),
            bus: fresh.bus.clone(),
            cursors: CursorKey::derive(b"secret").unwrap(),
            sign_in: Arc::new(Named),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (router, tasks) = (router::router(Arc::new(app)), fresh.tasks.clone());
        let serving = fresh.tasks.spawn(async move { server::serve(listener, router, &tasks).await });
        Self { address, fresh, client: Client::new(), serving }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn get(&self, store: Store, path: &str) -> RequestBuilder {
        self.client.get(self.url(path)).bearer_auth(token(store, store.session))
    }

    /// A 200 with JSON.
    pub async fn json(&self, store: Store, path: &str) -> Value {
        let response = self.get(store, path).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        body(response).await
    }

    /// Opens a stream; `after` is its resume point.
    pub async fn stream(&self, store: Store, after: Option<i64>) -> Reader {
        self.stream_of(store, store.session, after).await
    }

    pub async fn stream_of(&self, store: Store, session: SessionId, after: Option<i64>) -> Reader {
        let request = self.client.get(self.url("/api/v1/events")).bearer_auth(token(store, session));
        let request = match after {
            Some(seq) => request.header("last-event-id", seq),
            None => request,
        };
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        Reader::new(response)
    }

    /// Stops as a signal would; returns when everything has ended.
    pub async fn stop(self) {
        self.fresh.tasks.drain().await;
        self.serving.await.unwrap();
        self.fresh.db.close().await;
    }
}

pub async fn body(response: Response) -> Value {
    serde_json::from_slice(&response.bytes().await.unwrap()).unwrap()
}

/// Waits until `condition` holds; fails when it does not in time.
pub async fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let waited = tokio::time::timeout(Duration::from_secs(20), async {
        while !condition() {
            tokio::task::yield_now().await;
        }
    });
    assert!(waited.await.is_ok(), "in vain: {what}");
}
