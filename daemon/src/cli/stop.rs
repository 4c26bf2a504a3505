//! Waits until somebody wants this process to stop.

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::failure::Failure;

/// SIGTERM and SIGINT, caught from the moment it is made.
pub(super) struct Stop {
    terminate: Signal,
    interrupt: Signal,
}

impl Stop {
    pub(super) fn listen() -> Result<Self, Failure> {
        let catch = |kind| signal(kind).map_err(Failure::failed);
        Ok(Self { terminate: catch(SignalKind::terminate())?, interrupt: catch(SignalKind::interrupt())? })
    }

    /// Ready when either came.
    pub(super) async fn wanted(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }

    /// A terminal's ctrl-C is not meant for us.
    pub(super) async fn terminated(&mut self) {
        self.terminate.recv().await;
    }
}
