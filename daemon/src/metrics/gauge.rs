//! What stands somewhere and is read when somebody asks.

use std::sync::atomic::AtomicU64;

use lotline_common::{
    At,
    api::{alarm::AlarmKind, message::DeliveryState},
};
use prometheus_client::{
    metrics::{family::Family, gauge::Gauge},
    registry::Registry,
};
use tokio::time::timeout;

use super::process;
use crate::{
    app::App,
    db::{DbError, Scope},
    domain::breaker::Vendor,
    limits,
    store::measure,
};

type Label = (&'static str, String);
type Whole<const LABELS: usize> = Family<[Label; LABELS], Gauge>;
type Seconds = Gauge<f64, AtomicU64>;

/// What the database holds of work that is not done.
struct Undone {
    jobs: Vec<measure::Jobs>,
    deliveries: Vec<measure::Deliveries>,
    breakers: Vec<(String, i64)>,
    alarms: Vec<(AlarmKind, i64)>,
}

#[derive(Debug, Default)]
pub(super) struct Gauges {
    queue_depth: Whole<1>,
    jobs: Whole<2>,
    job_oldest: Family<[Label; 2], Seconds>,
    deliveries: Whole<1>,
    delivery_oldest: Family<[Label; 1], Seconds>,
    for_operator: Gauge,
    breakers: Whole<1>,
    alarms: Whole<1>,
    streams: Gauge,
    connections: Whole<1>,
    database_up: Gauge,
    memory: Gauge,
    descriptors: Gauge,
}

impl Gauges {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let new = Self::default();
        registry.register("lotline_queue_depth", "Items that wait in memory", new.queue_depth.clone());
        registry.register("lotline_jobs", "Jobs that are not done", new.jobs.clone());
        let oldest = "Seconds since the oldest job was due";
        registry.register("lotline_job_oldest_seconds", oldest, new.job_oldest.clone());
        registry.register("lotline_deliveries", "Messages on their way", new.deliveries.clone());
        let oldest = "Age of the oldest message of a state";
        registry.register("lotline_delivery_oldest_seconds", oldest, new.delivery_oldest.clone());
        let settle = "Messages whose outcome a person must settle";
        registry.register("lotline_deliveries_for_operator", settle, new.for_operator.clone());
        let alone = "Organizations that leave a vendor alone";
        registry.register("lotline_breaker_open", alone, new.breakers.clone());
        registry.register("lotline_alarm", "Open alarms", new.alarms.clone());
        registry.register("lotline_streams", "Event streams that are open", new.streams.clone());
        let pool = "Connections of the database's pool";
        registry.register("lotline_database_connections", pool, new.connections.clone());
        registry.register("lotline_database_up", "Whether the database answered", new.database_up.clone());
        let memory = "Resident memory in bytes";
        registry.register("process_resident_memory_bytes", memory, new.memory.clone());
        registry.register("process_open_fds", "Open file descriptors", new.descriptors.clone());
        new
    }

    /// Reads everything. What the database does not answer in time is left out.
    pub(super) async fn read(&self, app: &App) {
        let set = |family: &Whole<1>, label: Label, value: usize| {
            family.get_or_create(&[label]).set(whole(value));
        };
        set(&self.queue_depth, ("queue", "ingest".into()), app.ingest.waiting());
        set(&self.queue_depth, ("queue", "write".into()), app.db.waiting_writes());
        self.streams.set(whole(app.bus.streams()));
        let pool = app.db.pool();
        let busy = pool.open.saturating_sub(pool.idle);
        self.connections.get_or_create(&[("state", "idle".into())]).set(pool.idle.into());
        self.connections.get_or_create(&[("state", "busy".into())]).set(busy.into());
        self.memory.set(process::resident_bytes());
        self.descriptors.set(process::open_descriptors());
        let held = timeout(limits::READY_TIME, held(app)).await;
        let held = held.ok().and_then(|held| {
            held.inspect_err(|error| tracing::warn!(%error, "the metrics are without the database's")).ok()
        });
        self.database_up.set(held.is_some().into());
        self.show(held, app.clock.now());
        for alarm in app.alarms.open() {
            self.alarms.get_or_create(&[("kind", alarm.kind.to_string())]).inc();
        }
    }

    fn show(&self, held: Option<Undone>, now: At) {
        use DeliveryState::{Attempting, Held, Queued, Unknown};
        self.jobs.clear();
        self.job_oldest.clear();
        for state in [Held, Queued, Attempting, Unknown] {
            let labels = [("state", state.to_string())];
            self.deliveries.get_or_create(&labels).set(0);
            self.delivery_oldest.get_or_create(&labels).set(0.0);
        }
        for vendor in Vendor::ALL {
            self.breakers.get_or_create(&[("vendor", vendor.as_str().into())]).set(0);
        }
        for kind in AlarmKind::ALL {
            self.alarms.get_or_create(&[("kind", kind.to_string())]).set(0);
        }
        let Some(held) = held else { return };
        for jobs in held.jobs {
            let labels = [("kind", jobs.kind), ("state", jobs.state)];
            self.jobs.get_or_create(&labels).set(jobs.count);
            self.job_oldest.get_or_create(&labels).set(now.since(jobs.oldest).as_secs_f64());
        }
        self.for_operator.set(held.deliveries.iter().map(|of| of.for_operator).sum());
        for deliveries in held.deliveries {
            let labels = [("state", deliveries.state.to_string())];
            self.deliveries.get_or_create(&labels).set(deliveries.count);
            self.delivery_oldest.get_or_create(&labels).set(now.since(deliveries.oldest).as_secs_f64());
        }
        for (vendor, count) in held.breakers {
            self.breakers.get_or_create(&[("vendor", vendor)]).set(count);
        }
        for (kind, count) in held.alarms {
            self.alarms.get_or_create(&[("kind", kind.to_string())]).set(count);
        }
    }
}

async fn held(app: &App) -> Result<Undone, DbError> {
    let mut tx = app.db.read(Scope::System).await?;
    Ok(Undone {
        jobs: measure::jobs(&mut tx).await?,
        deliveries: measure::deliveries(&mut tx).await?,
        breakers: measure::breakers(&mut tx).await?,
        alarms: measure::alarms(&mut tx).await?,
    })
}

fn whole(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
