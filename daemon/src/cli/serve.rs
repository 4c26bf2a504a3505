//! `lotlined serve`: the daemon, until it is told to stop.

use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};

use super::{Done, failure::Failure, logging};
use crate::config::Config;

pub(super) async fn serve(config: Config) -> Done {
    logging::start(&config.log);
    let mut terminate = signal(SignalKind::terminate()).map_err(Failure::failed)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Failure::failed)?;
    let address = config.server.listen;
    let listener = TcpListener::bind(address)
        .await
        .map_err(|error| Failure::failed(format!("cannot listen on {address}: {error}")))?;
    let listening = listener.local_addr().map_err(Failure::failed)?;
    tracing::info!(%listening, "starting");
    crate::serve(config, listener, async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping");
    })
    .await?;
    Ok(())
}
