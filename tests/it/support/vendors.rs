//! The simulated carrier and AI as a process of their own: no death of the daemon touches them.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    time::Duration,
};

use lotline_sim::{Ledger, Remote};

use super::{
    eventually,
    program::{Running, lotlined},
};

/// `lotlined sim`, and the means to speak with it.
pub(crate) struct Vendors {
    pub(crate) remote: Remote,
    said: PathBuf,
    _program: Running,
}

impl Vendors {
    /// Starts them; `seed` decides what they answer. They wait for nothing.
    pub(crate) async fn start(folder: &Path, seed: u64) -> Self {
        let said = folder.join("sim");
        let output = File::create(&said).unwrap();
        let seed = seed.to_string();
        let arguments = ["sim", "--listen", "127.0.0.1:0", "--pace", "instant", "--seed", &seed];
        let mut command = lotlined(folder, &arguments);
        command.stderr(output.try_clone().unwrap()).stdout(output);
        let program = Running(command.spawn().unwrap());
        eventually(Duration::from_secs(60), async || base_url(&said).is_some()).await;
        let remote = Remote::new(base_url(&said).unwrap());
        Self { remote, said, _program: program }
    }

    pub(crate) async fn ledger(&self) -> Ledger {
        self.remote.ledger().await.unwrap()
    }

    /// What they printed: settings for a daemon, and the log.
    pub(crate) fn said(&self) -> String {
        fs::read_to_string(&self.said).unwrap()
    }
}

/// The settings that are printed name it, once it listens.
fn base_url(said: &Path) -> Option<String> {
    let text = fs::read_to_string(said).unwrap();
    let (_, rest) = text.split_once("api_base = \"")?;
    Some(rest.split_once('"')?.0.to_owned())
}
