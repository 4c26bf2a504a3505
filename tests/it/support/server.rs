//! A real server on a port of its own.

use std::{net::SocketAddr, time::Duration};

use lotline_common::{SessionId, api::auth::Role};
use lotlined::{
    http::{
        router,
        server::{self, Bounds},
        token::Bearer,
    },
    limits,
};
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use serde_json::Value;
use tokio::{net::TcpListener, task::JoinHandle};

use super::{opened::Opened, reader::Reader, seed::Store};

/// The streams' pulse in tests.
pub const BEAT: Duration = Duration::from_millis(20);

pub struct Server {
    pub address: SocketAddr,
    pub fresh: Opened,
    pub client: Client,
    serving: JoinHandle<()>,
}

impl Server {
    pub async fn start(fresh: Opened) -> Self {
        Self::beating(fresh, BEAT).await
    }

    /// With streams that beat so often.
    pub async fn beating(fresh: Opened, beat: Duration) -> Self {
        fresh.bus.start(&fresh.db, fresh.app.sessions.clone(), beat, &fresh.tasks);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (router, tasks) = (router::router(fresh.app.clone()), fresh.tasks.clone());
        let serving = fresh
            .tasks
            .spawn(async move { server::serve(listener, router, None, Bounds::default(), &tasks).await });
        Self { address, fresh, client: Client::new(), serving }
    }

    /// The access token of a store's member in one of their sessions.
    pub fn token(&self, store: Store, session: SessionId) -> String {
        let bearer =
            Bearer { user: store.user, organization: store.organization, role: Role::Agent, session };
        self.fresh.app.tokens.sign(bearer, self.fresh.app.clock.now()).unwrap()
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn get(&self, store: Store, path: &str) -> RequestBuilder {
        self.client.get(self.url(path)).bearer_auth(self.token(store, store.session))
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
        let request = self.client.get(self.url("/api/v1/events")).bearer_auth(self.token(store, session));
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
        self.fresh.tasks.drain(limits::DRAIN).await;
        self.serving.await.unwrap();
        self.fresh.db.close().await;
    }
}

pub async fn body(response: Response) -> Value {
    serde_json::from_slice(&response.bytes().await.unwrap()).unwrap()
}

/// Waits until `condition` holds; fails when it does not in time.
pub async fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let waited = tokio::time::timeout(Duration::from_secs(60), async {
        while !condition() {
            tokio::task::yield_now().await;
        }
    });
    assert!(waited.await.is_ok(), "in vain: {what}");
}
