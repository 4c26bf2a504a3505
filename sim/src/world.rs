//! What all parts of the simulator share. Holds, decides nothing.

use std::{fmt, sync::Arc};

use crate::{
    elevenlabs::Vendor, fault::Faults, ledger::Book, pace::Pace, shared::Shared, shopper::Shoppers,
    simulator::Config, tasks::Tasks, twilio::Carrier,
};

/// The shared world.
pub(crate) type App = Arc<World>;

/// Both vendors, the ledger, and the means to reach the system under test.
pub(crate) struct World {
    pub(crate) config: Config,
    /// Where both vendors are reached, without a slash at the end.
    pub(crate) base_url: String,
    pub(crate) book: Book,
    pub(crate) faults: Faults,
    pub(crate) carrier: Carrier,
    pub(crate) agents: Vendor,
    /// Shoppers at work.
    pub(crate) shoppers: Shared<Vec<Shoppers>>,
    pub(crate) tasks: Tasks,
    /// For webhooks: follows nothing, retries nothing.
    pub(crate) http: reqwest::Client,
}

/// The parts know each other, so only the address is shown.
impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World").field("base_url", &self.base_url).finish_non_exhaustive()
    }
}

impl World {
    pub(crate) const fn pace(&self) -> &Pace {
        &self.config.pace
    }
}
