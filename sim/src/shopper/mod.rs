//! Scripted customers: they write, wait for the answer, react to it and go on, until they are told to stop.
//!
//! They know only what a phone knows. All they do and get is in the ledger.

mod actor;
mod cast;
mod persona;
mod script;
mod typing;

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde::{Deserialize, Serialize};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use actor::Deed;
use cast::{Cast, Part};
pub(crate) use script::play;
pub use script::{Script, ScriptError, ScriptLine, ScriptReport};

use crate::{App, Text, clock, shared::Shared, twilio};

/// Whom to write to, and how busily.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ShopperPlan {
    pub stores: Vec<Store>,
    /// Shoppers at the same time.
    pub concurrency: usize,
    pub pace: ShopperPace,
    /// Stop after so many texts that need an answer; `None` = until told.
    pub max_texts: Option<u64>,
}

impl Default for ShopperPlan {
    fn default() -> Self {
        Self { stores: Vec::new(), concurrency: 12, pace: ShopperPace::default(), max_texts: None }
    }
}

/// A store as its customers know it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Store {
    /// Its own number, registered with the simulator.
    pub number: String,
    pub brand: String,
    /// A code word in capitals that only this store's customers say.
    pub canary: String,
}

/// Waits of the shoppers, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ShopperPace {
    /// Between an answer and the next text.
    pub between_ms: (u64, u64),
    /// Between the texts of a burst.
    pub burst_ms: (u64, u64),
    /// How long an answer is waited for before asking again, and then before giving up.
    pub patience_ms: u64,
}

impl Default for ShopperPace {
    fn default() -> Self {
        Self { between_ms: (400, 1_600), burst_ms: (200, 700), patience_ms: 15_000 }
    }
}

impl ShopperPace {
    /// No waits but for answers: for tests.
    pub const fn instant() -> Self {
        Self { between_ms: (0, 1), burst_ms: (0, 1), patience_ms: 10_000 }
    }
}

/// What the shoppers did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShopperReport {
    pub texts: u64,
    /// Texts that need an answer.
    pub needing_answer: u64,
    /// Answers that shoppers waited for and got.
    pub answers: u64,
    /// Times a shopper lost patience.
    pub lost_patience: u64,
    pub last_text_at_us: Option<i64>,
}

impl ShopperReport {
    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            texts: self.texts + other.texts,
            needing_answer: self.needing_answer + other.needing_answer,
            answers: self.answers + other.answers,
            lost_patience: self.lost_patience + other.lost_patience,
            last_text_at_us: self.last_text_at_us.max(other.last_text_at_us),
        }
    }
}

/// Shoppers at work. Clones are the same ones.
#[derive(Debug, Clone)]
pub struct Shoppers(Arc<Crowd>);

#[derive(Debug)]
struct Crowd {
    app: App,
    plan: ShopperPlan,
    cast: Cast,
    next: AtomicUsize,
    stop: CancellationToken,
    tracker: TaskTracker,
    report: Shared<ShopperReport>,
}

impl Shoppers {
    pub(crate) fn start(app: &App, plan: ShopperPlan) -> Self {
        let crowd = Arc::new(Crowd {
            app: app.clone(),
            cast: Cast::new(app.config.seed, plan.stores.clone()),
            next: AtomicUsize::new(0),
            stop: app.tasks.shutdown().child_token(),
            tracker: TaskTracker::new(),
            report: Shared::default(),
            plan,
        });
        for _ in 0..crowd.plan.concurrency {
            let crowd = crowd.clone();
            let work = crowd.tracker.track_future(crowd.clone().work());
            app.tasks.spawn(work);
        }
        crowd.tracker.close();
        Self(crowd)
    }

    /// What they did so far.
    pub fn report(&self) -> ShopperReport {
        *self.0.report.lock()
    }

    /// No new text; waits for the webhooks under way, so that the report and the ledger are final.
    pub async fn stop(&self) -> ShopperReport {
        self.0.stop.cancel();
        self.0.tracker.wait().await;
        self.report()
    }

    /// Waits until they stopped by themselves, which they do after [`ShopperPlan::max_texts`].
    pub async fn done(&self) -> ShopperReport {
        self.0.tracker.wait().await;
        self.report()
    }
}

impl Crowd {
    async fn work(self: Arc<Self>) {
        while !self.stop.is_cancelled() {
            let Some(part) = self.cast.part(self.next.fetch_add(1, Ordering::Relaxed)) else {
                return;
            };
            self.perform(part).await;
        }
    }

    async fn perform(&self, mut part: Part) {
        let mut answer = None;
        while let Some(deed) = part.actor.next(answer.as_deref()) {
            if !self.pause(self.plan.pace.between_ms, &mut part).await {
                return;
            }
            let Some(since) = self.write(&mut part, &deed).await else {
                return;
            };
            if !deed.waits {
                continue;
            }
            answer = self.answer(&part, since).await;
            if answer.is_none() {
                let again = part.actor.asks_again();
                let Some(since) = self.write(&mut part, &again).await else {
                    return;
                };
                answer = self.answer(&part, since).await;
            }
            if answer.is_none() {
                return;
            }
        }
    }

    /// Posts the texts of a deed; the moment before the last, or `None` when told to stop.
    async fn write(&self, part: &mut Part, deed: &Deed) -> Option<i64> {
        let mut since = None;
        for body in &deed.texts {
            if since.is_some() && !self.pause(self.plan.pace.burst_ms, part).await || self.stop.is_cancelled()
            {
                return None;
            }
            since = Some(clock::now_us());
            let text = Text {
                needs_answer: deed.needs_answer,
                shopper: Some(part.actor.name().to_owned()),
                ..Text::new(&part.phone, &part.own, body)
            };
            let ack = twilio::text(&self.app, text).await;
            self.count(&ack.sid);
        }
        since
    }

    fn count(&self, sid: &str) {
        let text = self.app.book.find_inbound(sid);
        let mut report = self.report.lock();
        report.texts += 1;
        report.needing_answer += u64::from(text.as_ref().is_some_and(|text| text.needs_answer));
        report.last_text_at_us = text.map(|text| text.posted_at_us).max(report.last_text_at_us);
        if self.plan.max_texts.is_some_and(|most| report.needing_answer >= most) {
            self.stop.cancel();
        }
    }

    async fn answer(&self, part: &Part, since: i64) -> Option<String> {
        let patience = Duration::from_millis(self.plan.pace.patience_ms);
        let waiting = self.app.book.answer_since(&part.own, &part.phone, since);
        let answer = tokio::select! {
            answer = tokio::time::timeout(patience, waiting) => answer.ok(),
            () = self.stop.cancelled() => return None,
        };
        let mut report = self.report.lock();
        if answer.is_some() {
            report.answers += 1;
        } else {
            report.lost_patience += 1;
        }
        answer
    }

    /// Waits within `range`; `false` when told to stop.
    async fn pause(&self, (short, long): (u64, u64), part: &mut Part) -> bool {
        let wait = Duration::from_millis(part.actor.rng().u64(short..=long.max(short)));
        tokio::select! {
            () = tokio::time::sleep(wait) => true,
            () = self.stop.cancelled() => false,
        }
    }
}
