//! What the daemon tells a monitoring system: Prometheus' text, made when it is asked for.
//!
//! What happens often is an atomic that its owner counts up. What stands somewhere anyway, such as the depth of a queue, is
//! read when somebody asks, at most once a second. No label names an organization, a lead or anything else that grows.

mod count;
mod gauge;
mod process;
mod standing;

use std::time::Instant;

use lotline_common::At;
use prometheus_client::{encoding::text::encode, registry::Registry};
use tokio::sync::Mutex;

pub use count::{Counts, Webhook};

use crate::{
    app::App,
    bus::Bus,
    config::Limits,
    db::{Batch, Db},
    limits,
    port::VendorMeter,
};
use gauge::Gauges;

/// Everything that is shown, and the last page of it.
pub struct Metrics {
    registry: Registry,
    gauges: Gauges,
    page: Mutex<Option<(Instant, String)>>,
}

/// The parts of a daemon that measure themselves.
pub struct Sources<'a, I, O> {
    pub counts: &'a Counts,
    pub vendors: &'a VendorMeter,
    pub bus: &'a Bus,
    pub db: &'a Db,
    pub ingest: &'a Batch<I, O>,
    /// What the settings say of bounds.
    pub set: &'a Limits,
    pub started_at: At,
}

impl Metrics {
    pub fn new<I, O>(sources: &Sources<'_, I, O>) -> Self
    where
        I: Clone + Send + Sync + 'static,
        O: Send + 'static,
    {
        let Sources { counts, vendors, bus, db, ingest, set, started_at } = sources;
        let mut registry = Registry::default();
        counts.register(&mut registry);
        let mut show = |name: &str, help: &str, histogram: &_| {
            registry.register(name, help, Clone::clone(histogram));
        };
        let (meter, texts) = (db.meter(), ingest.meter());
        show("lotline_commit_seconds", "Time of a commit", &meter.commit_seconds);
        show("lotline_write_wait_seconds", "Wait of the oldest write of a batch", &meter.writes.wait_seconds);
        show("lotline_write_batch", "Writes in one commit", &meter.writes.batch);
        show("lotline_ingest_wait_seconds", "Wait of the oldest text of a batch", &texts.wait_seconds);
        show("lotline_ingest_batch", "Texts written together", &texts.batch);
        registry.register("lotline_vendor_seconds", "Time until a vendor answered", vendors.seconds.clone());
        registry.register("lotline_vendor_calls", "Calls of vendors by outcome", vendors.calls.clone());
        let slow = bus.fell_behind().clone();
        registry.register("lotline_streams_fell_behind", "Streams closed because of a slow reader", slow);
        standing::register(&mut registry, set, *started_at);
        let gauges = Gauges::register(&mut registry);
        Self { registry, gauges, page: Mutex::default() }
    }

    /// The page, at most a second old. Who asks meanwhile waits for the same one.
    pub async fn page(&self, app: &App) -> Result<String, std::fmt::Error> {
        let mut page = self.page.lock().await;
        if let Some((made, text)) = &*page
            && made.elapsed() < limits::METRICS_FRESH
        {
            return Ok(text.clone());
        }
        self.gauges.read(app).await;
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        *page = Some((Instant::now(), text.clone()));
        Ok(text)
    }
}
