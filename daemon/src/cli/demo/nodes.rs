//! The demo's daemons: one within this process, or several as processes of their own behind a proxy.

use std::{fs::OpenOptions, net::SocketAddr, process::Stdio};

use futures::future::BoxFuture;
use lotline_sim::proxy;
use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    net::TcpListener,
    process::{Child, Command},
    sync::Mutex,
};
use tokio_util::sync::CancellationToken;

use super::{
    client,
    folder::{Folder, SETTINGS},
    stage::LOG,
};
use crate::{
    cli::{demo::Done, failure::Failure},
    config::Config,
};

/// The daemons of a demo, reserved before the settings can name where they are.
pub(super) enum Daemons {
    Own { listener: Mutex<Option<TcpListener>>, address: SocketAddr, stop: CancellationToken },
    Several { front: SocketAddr, nodes: Mutex<Vec<Node>>, stop: CancellationToken },
}

/// One of several.
pub(super) struct Node {
    address: SocketAddr,
    command: Option<Command>,
    child: Option<Child>,
}

impl Daemons {
    /// Finds places for `count` daemons, and for a proxy when they are several.
    pub(super) async fn reserve(count: usize, stop_proxy: CancellationToken) -> Result<Self, Failure> {
        let mut listeners = Vec::new();
        for _ in 0..count {
            listeners.push(TcpListener::bind("127.0.0.1:0").await.map_err(Failure::failed)?);
        }
        let addresses = listeners.iter().map(TcpListener::local_addr).collect::<Result<Vec<_>, _>>();
        let addresses = addresses.map_err(Failure::failed)?;
        let stop = CancellationToken::new();
        if let ([address], Some(own)) = (&*addresses, listeners.pop_if(|_| count == 1)) {
            return Ok(Self::Own { listener: Mutex::new(Some(own)), address: *address, stop });
        }
        let front = proxy(addresses.clone(), stop_proxy).await.map_err(Failure::failed)?;
        let node = |address| Node { address, command: None, child: None };
        Ok(Self::Several { front, nodes: Mutex::new(addresses.into_iter().map(node).collect()), stop })
    }

    /// Where the desk is reached.
    pub(super) fn base(&self) -> String {
        let (Self::Own { address, .. } | Self::Several { front: address, .. }) = self;
        format!("http://{address}")
    }

    /// Starts them all. What comes back is ready when they have been told to stop, or when the one of this process has
    /// ended.
    pub(super) fn start(&self, config: Config, folder: &Folder) -> Result<BoxFuture<'static, Done>, Failure> {
        match self {
            Self::Own { listener, stop, .. } => {
                let listener = listener.try_lock().ok().and_then(|mut listener| listener.take());
                let listener = listener.ok_or_else(|| Failure::failed("the daemon runs already"))?;
                let stop = stop.clone().cancelled_owned();
                Ok(Box::pin(async move { Ok(crate::serve(config, listener, stop).await?) }))
            }
            Self::Several { nodes, stop, .. } => {
                let mut nodes = nodes.try_lock().map_err(Failure::failed)?;
                for node in nodes.iter_mut() {
                    node.command = Some(command(node.address, folder)?);
                    node.start()?;
                }
                let stop = stop.clone().cancelled_owned();
                Ok(Box::pin(async move {
                    stop.await;
                    Ok(())
                }))
            }
        }
    }

    /// Of several, the first is killed as a crash would do it, and comes back.
    pub(super) async fn kill_and_restart_one(&self) -> Done {
        let Self::Several { nodes, .. } = self else { return Ok(()) };
        let mut nodes = nodes.lock().await;
        let Some(node) = nodes.first_mut() else { return Ok(()) };
        if let Some(mut child) = node.child.take() {
            child.kill().await.map_err(Failure::failed)?;
        }
        tracing::warn!(address = %node.address, "killed a daemon");
        node.start()?;
        client::ready(&format!("http://{}", node.address)).await
    }

    /// Tells them to stop and waits until several have.
    pub(super) async fn stop(&self) -> Done {
        match self {
            Self::Own { stop, .. } => stop.cancel(),
            Self::Several { nodes, stop, .. } => {
                stop.cancel();
                for node in nodes.lock().await.iter_mut() {
                    node.stop().await?;
                }
            }
        }
        Ok(())
    }
}

impl Node {
    fn start(&mut self) -> Done {
        let command =
            self.command.as_mut().ok_or_else(|| Failure::failed("the daemon has no settings yet"))?;
        let child = command.spawn();
        self.child =
            Some(child.map_err(|error| Failure::failed(format!("a daemon did not start: {error}")))?);
        Ok(())
    }

    async fn stop(&mut self) -> Done {
        let Some(mut child) = self.child.take() else { return Ok(()) };
        if let Some(pid) = child.id().and_then(|id| Pid::from_raw(id.cast_signed())) {
            kill_process(pid, Signal::TERM).map_err(Failure::failed)?;
        }
        let status = child.wait().await.map_err(Failure::failed)?;
        if status.success() { Ok(()) } else { Err(Failure::failed(format!("a daemon ended with {status}"))) }
    }
}

/// `lotlined serve` as an operator would start it, with this demo's settings and log.
fn command(address: SocketAddr, folder: &Folder) -> Result<Command, Failure> {
    let log = OpenOptions::new().append(true).open(folder.file(LOG)).map_err(Failure::failed)?;
    let mut command = Command::new(std::env::current_exe().map_err(Failure::failed)?);
    command.args(["serve", "--config"]).arg(folder.file(SETTINGS)).env_clear();
    command.env("LOTLINE__SERVER__LISTEN", address.to_string());
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).kill_on_drop(true);
    Ok(command)
}
