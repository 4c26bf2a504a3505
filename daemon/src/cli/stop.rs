//! Waits until somebody wants this process to stop.

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::failure::Failure;

/// SIGTERM and SIGINT, caught from the moment it is made.
pub(super) struct Stop {
    terminate: Signal,
    interrupt: Signal,
    hangup: Option<Signal>,
}

impl Stop {
    pub(super) fn listen() -> Result<Self, Failure> {
        let (terminate, interrupt) = (catch(SignalKind::terminate())?, catch(SignalKind::interrupt())?);
        Ok(Self { terminate, interrupt, hangup: None })
    }

    /// Also when the terminal is closed. Not for a daemon: `nohup` must keep it running.
    pub(super) fn listen_with_terminal() -> Result<Self, Failure> {
        Ok(Self { hangup: Some(catch(SignalKind::hangup())?), ..Self::listen()? })
    }

    /// Ready when any of them came.
    pub(super) async fn wanted(&mut self) {
        tokio::select! {
            () = ended(&mut self.terminate, self.hangup.as_mut()) => {}
            _ = self.interrupt.recv() => {}
        }
    }

    /// The same but for ctrl-C, which is not meant for us while another program has the terminal.
    pub(super) async fn terminated(&mut self) {
        ended(&mut self.terminate, self.hangup.as_mut()).await;
    }
}

async fn ended(terminate: &mut Signal, hangup: Option<&mut Signal>) {
    let Some(hangup) = hangup else {
        terminate.recv().await;
        return;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = hangup.recv() => {}
    }
}

fn catch(kind: SignalKind) -> Result<Signal, Failure> {
    signal(kind).map_err(Failure::failed)
}
