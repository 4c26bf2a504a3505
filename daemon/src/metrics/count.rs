//! Counters of what happens.

use std::sync::Arc;

use lotline_common::event::EventKind;
use prometheus_client::{
    metrics::{counter::Counter, family::Family},
    registry::Registry,
};

use crate::error::Result;

type By<const LABELS: usize> = Family<[(&'static str, &'static str); LABELS], Counter>;

/// The carrier's doors.
#[derive(Debug, Clone, Copy)]
pub enum Webhook {
    Text,
    Status,
}

/// What became of a webhook.
#[derive(Debug, Clone)]
struct Answers {
    taken: Counter,
    refused: Counter,
    failed: Counter,
}

/// Counted where it happens. On a text's way in no label is looked up: its counters are at hand. Clones count together.
#[derive(Debug, Clone)]
pub struct Counts {
    events: By<1>,
    by_kind: Arc<[Counter]>,
    webhooks: By<2>,
    texts: Answers,
    statuses: Answers,
    job_runs: By<2>,
    job_retries: Counter,
}

impl Default for Counts {
    fn default() -> Self {
        let (events, webhooks) = (By::default(), By::default());
        let by_kind = |kind: &EventKind| events.get_or_create_owned(&[("type", kind.as_str())]);
        let answers = |webhook| {
            let counter = |answer| webhooks.get_or_create_owned(&[("webhook", webhook), ("answer", answer)]);
            Answers { taken: counter("taken"), refused: counter("refused"), failed: counter("failed") }
        };
        Self {
            by_kind: EventKind::ALL.iter().map(by_kind).collect(),
            texts: answers("text"),
            statuses: answers("status"),
            events,
            webhooks,
            job_runs: By::default(),
            job_retries: Counter::default(),
        }
    }
}

impl Counts {
    /// An event was committed here.
    pub fn event(&self, kind: EventKind) {
        if let Some(counter) = self.by_kind.get(kind as usize) {
            counter.inc();
        }
    }

    /// A webhook was answered: taken, refused as somebody's mistake, or not taken for a reason of ours.
    pub fn webhook<T>(&self, webhook: Webhook, answer: &Result<T>) {
        let answers = match webhook {
            Webhook::Text => &self.texts,
            Webhook::Status => &self.statuses,
        };
        match answer {
            Ok(_) => answers.taken.inc(),
            Err(error) if error.is_ours() => answers.failed.inc(),
            Err(_) => answers.refused.inc(),
        };
    }

    /// A job ran for the `attempts`th time.
    pub fn job(&self, kind: &'static str, outcome: &'static str, attempts: i64) {
        self.job_runs.get_or_create(&[("kind", kind), ("outcome", outcome)]).inc();
        if attempts > 1 {
            self.job_retries.inc();
        }
    }

    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register("lotline_events", "Events committed by this daemon", self.events.clone());
        registry.register("lotline_webhooks", "Webhooks by answer", self.webhooks.clone());
        registry.register("lotline_job_runs", "Runs of jobs by outcome", self.job_runs.clone());
        let retries = self.job_retries.clone();
        registry.register("lotline_job_retries", "Runs of jobs after the first", retries);
    }
}
