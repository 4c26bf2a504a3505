//! What all parts of the simulator share. Holds, decides nothing.

use std::sync::Arc;

use crate::{
    elevenlabs::Vendor, fault::Faults, ledger::Book, pace::Pace, simulator::Config, tasks::Tasks,
    twilio::Carrier,
};

/// The shared world.
pub(crate) type App = Arc<World>;

/// Both vendors, the ledger, and the means to reach the system under test.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) config: Config,
    /// Where both vendors are reached, without a slash at the end.
    pub(crate) base_url: String,
    pub(crate) book: Book,
    pub(crate) faults: Faults,
    pub(crate) carrier: Carrier,
    pub(crate) agents: Vendor,
    pub(crate) tasks: Tasks,
    /// For webhooks: follows nothing, retries nothing.
    pub(crate) http: reqwest::Client,
}

impl World {
    pub(crate) const fn pace(&self) -> &Pace {
        &self.config.pace
    }
}
