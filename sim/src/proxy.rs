//! What stands in front of several servers: each request goes to one that answers.
//!
//! As a store's proxy is set up: what may be repeated goes to the next server when the first breaks off. Reading may,
//! and so may webhooks, which the desk takes once however often they come.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    http::{Method, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use reqwest::Client;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::tasks::Tasks;

/// Largest request.
const BODY: usize = 1024 * 1024;

struct Servers {
    http: Client,
    addresses: Vec<SocketAddr>,
    next: AtomicUsize,
}

/// Passes requests on to `servers`, in turn, until `shutdown`; where it listens.
pub async fn proxy(servers: Vec<SocketAddr>, shutdown: CancellationToken) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    // A connection of its own for each request: one that is being closed fails none.
    let http = Client::builder().no_proxy().pool_max_idle_per_host(0).build().map_err(io::Error::other)?;
    let servers = Arc::new(Servers { http, addresses: servers, next: AtomicUsize::new(0) });
    let router = Router::new().fallback(pass).with_state(servers);
    Tasks::new(shutdown).spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!(%error, "the proxy stopped listening");
        }
    });
    Ok(address)
}

async fn pass(State(servers): State<Arc<Servers>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let first = servers.next.fetch_add(1, Ordering::Relaxed);
    let repeatable = head.method == Method::GET || head.uri.path().starts_with("/api/webhooks/");
    for turn in 0..servers.addresses.len() {
        match servers.ask(first + turn, &head, body.clone()).await {
            // It is stopping, or its database is away for a moment.
            Ok(answer) if answer.status() == StatusCode::SERVICE_UNAVAILABLE && repeatable => {}
            Ok(answer) => return answer,
            Err(error) if error.is_connect() || repeatable => {}
            Err(_broken) => break,
        }
    }
    StatusCode::BAD_GATEWAY.into_response()
}

impl Servers {
    async fn ask(&self, turn: usize, head: &Parts, body: Bytes) -> Result<Response, reqwest::Error> {
        let address = self.addresses[turn % self.addresses.len()];
        let target = head.uri.path_and_query().map_or("/", |target| target.as_str());
        let mut headers = head.headers.clone();
        for of_this_hop in
            [header::HOST, header::CONNECTION, header::CONTENT_LENGTH, header::TRANSFER_ENCODING]
        {
            headers.remove(of_this_hop);
        }
        let url = format!("http://{address}{target}");
        let asked = self.http.request(head.method.clone(), url).headers(headers).body(body);
        let answer = asked.send().await?;
        let mut passed = Response::builder().status(answer.status());
        for (name, value) in answer.headers() {
            if *name != header::CONNECTION && *name != header::TRANSFER_ENCODING {
                passed = passed.header(name, value);
            }
        }
        let body = Body::from_stream(answer.bytes_stream());
        Ok(passed.body(body).unwrap_or_else(|_| StatusCode::BAD_GATEWAY.into_response()))
    }
}
