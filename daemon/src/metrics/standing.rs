//! What does not change while a daemon runs: its bounds, its version, when it started.

use std::sync::atomic::AtomicU64;

use lotline_common::At;
use prometheus_client::{
    metrics::{family::Family, gauge::Gauge},
    registry::Registry,
};

use crate::{
    config::Limits,
    limits::{self, Bound},
};

type Bounds = Family<[(&'static str, String); 1], Gauge<f64, AtomicU64>>;

pub(super) fn register(registry: &mut Registry, set: &Limits, started_at: At) {
    let bounds = Bounds::default();
    let show = |name: &str, value: f64| {
        bounds.get_or_create(&[("name", name.to_lowercase())]).set(value);
    };
    for (name, value) in limits::all() {
        show(name, value);
    }
    // What the settings say instead.
    show("CONNECTIONS", set.connections.shown());
    show("STREAMS_PER_SESSION", set.streams_per_session.shown());
    show("STREAMS_PER_ORGANIZATION", set.streams_per_organization.shown());
    show("JOBS_AT_ONCE", set.jobs_at_once.shown());
    show("RECEIPTS_KEPT", set.receipts_kept.shown());
    registry.register("lotline_limit", "Bounds of the daemon: counts, bytes, seconds, each a second", bounds);
    let build: Family<[(&'static str, &'static str); 1], Gauge> = Family::default();
    build.get_or_create(&[("version", env!("CARGO_PKG_VERSION"))]).set(1);
    registry.register("lotline_build_info", "The program that answers", build);
    let started: Gauge<f64, AtomicU64> = Gauge::default();
    started.set(started_at.since(At::from_unix_seconds(0)).as_secs_f64());
    registry.register("process_start_time_seconds", "When this process started, since 1970", started);
}
