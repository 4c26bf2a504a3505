//! `lotlined serve`: the daemon, until it is told to stop.

use tokio::net::TcpListener;

use super::{Done, failure::Failure, logging, stop::Stop};
use crate::{config::Config, db::Db};

pub(super) async fn serve(config: Config) -> Done {
    logging::start(&config.log);
    let mut stop = Stop::listen()?;
    // Whoever starts a second daemon hears of the first one, not of the port that it has.
    Db::refuse_if_held(&config.database.address())?;
    let address = config.server.listen;
    let listener = TcpListener::bind(address)
        .await
        .map_err(|error| Failure::failed(format!("cannot listen on {address}: {error}")))?;
    let listening = listener.local_addr().map_err(Failure::failed)?;
    tracing::info!(%listening, "starting");
    crate::serve(config, listener, async move {
        stop.wanted().await;
        tracing::info!("stopping");
    })
    .await?;
    Ok(())
}
