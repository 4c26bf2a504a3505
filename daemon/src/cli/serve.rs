//! `lotlined serve`: the daemon, until it is told to stop.

use tokio_util::sync::CancellationToken;

use super::{Done, failure::Failure, logging, socket, stop::Stop};
use crate::{config::Config, db::Db};

pub(super) async fn serve(config: Config) -> Done {
    logging::start(&config.log);
    let mut stop = Stop::listen()?;
    // Whoever starts a second daemon hears of the first one, not of the port that it has.
    Db::refuse_if_held(&config.database.address())?;
    socket::take_descriptors();
    let listener = socket::listen(config.server.listen).await?;
    let listening = listener.local_addr().map_err(Failure::failed)?;
    tracing::info!(%listening, "starting");
    let stopping = CancellationToken::new();
    tokio::select! {
        served = crate::serve(config, listener, stopping.clone().cancelled_owned()) => Ok(served?),
        () = told_twice(&mut stop, &stopping) => Err(Failure::failed(
            "stopped at once by a second signal; what was under way is taken up at the next start",
        )),
    }
}

/// Once is a wish, twice is an order.
async fn told_twice(stop: &mut Stop, stopping: &CancellationToken) {
    stop.wanted().await;
    tracing::info!("stopping; a second signal stops at once");
    stopping.cancel();
    stop.wanted().await;
}
