//! The Lotline daemon.

pub mod action;
pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod db;
pub mod directory;
pub mod domain;
pub mod error;
pub mod http;
pub mod limits;
pub mod password;
pub mod seal;
pub mod store;
pub mod tasks;

use std::{future::Future, net::SocketAddr, sync::Arc};

use axum::Router;
use tokio::net::TcpListener;

use app::{App, StartError};
use clock::Clock;
use config::Config;
use db::Hold;
use error::Error;

/// Serves until `shutdown` is ready, then finishes what is under way and closes the database.
pub async fn serve(
    config: Config,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), StartError> {
    let app = App::open(config, Clock::system(), Hold::Daemon).await?;
    let service = router(app.clone()).into_make_service_with_connect_info::<SocketAddr>();
    let served = axum::serve(listener, service).with_graceful_shutdown(shutdown).await;
    app.close().await;
    served.map_err(|error| Error::internal(error).into())
}

fn router(app: Arc<App>) -> Router {
    Router::new()
        .merge(http::route::auth::routes())
        .merge(http::route::me::routes())
        .merge(http::route::organization::routes())
        .layer(axum::extract::DefaultBodyLimit::max(limits::API_BODY))
        .with_state(app)
}
