//! Customers who write all the time, whatever becomes of the daemon.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use lotline_sim::{Remote, Text};
use lotlined::tasks::Tasks;
use tokio::{
    sync::watch,
    task::{JoinHandle, JoinSet},
    time::MissedTickBehavior,
};

use crate::support::{desk::PATIENCE, killable::OWN};

/// Numbers for fiction are a hundred in each area.
const IN_AREA: usize = 100;
/// As many as write so seldom that the bound of automatic answers to one customer is never met.
pub(crate) const MANY: usize = 30 * IN_AREA;

/// Area codes begin with 2 to 9; those with 9 in the middle are kept back, those that end in 11 are services, and 303 is the
/// desk's own.
fn area(n: usize) -> usize {
    let is_area = |code: &usize| code / 10 % 10 != 9 && code % 100 != 11 && *code != 303;
    (200..1_000).filter(is_area).nth(n).expect("fewer than seven hundred areas")
}

pub(crate) fn phone(n: usize) -> String {
    format!("+1{}55501{:02}", area(n / IN_AREA), n % IN_AREA)
}

pub(crate) struct Load {
    stop: Arc<AtomicBool>,
    taken: watch::Receiver<usize>,
    writing: JoinHandle<usize>,
}

impl Load {
    /// One of `phones` customers writes once in `every`.
    pub(crate) fn start(sim: &Remote, phones: usize, every: Duration) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (sim, ended) = (sim.clone(), stop.clone());
        let (taking, taken) = watch::channel(0);
        let writing = Tasks::new().spawn(async move {
            let mut texts = JoinSet::new();
            let mut beat = tokio::time::interval(every);
            beat.set_missed_tick_behavior(MissedTickBehavior::Burst);
            let mut written = 0;
            while !ended.load(Ordering::Relaxed) {
                beat.tick().await;
                let text =
                    Text::new(phone(written % phones), OWN, format!("What are your hours? No. {written}"));
                let (sim, taking) = (sim.clone(), taking.clone());
                texts.spawn(async move {
                    let taken = sim.text(text).await.unwrap().is_taken();
                    taking.send_if_modified(|count| {
                        *count += usize::from(taken);
                        taken
                    });
                });
                written += 1;
                // Those that were answered are forgotten.
                while texts.try_join_next().is_some() {}
            }
            texts.join_all().await;
            written
        });
        Self { stop, taken, writing }
    }

    /// Texts that the daemon has taken.
    pub(crate) fn taken(&self) -> usize {
        *self.taken.borrow()
    }

    /// Waits until the daemon has taken `more` texts than by now; fails when it takes none for a long time.
    pub(crate) async fn until_taken(&mut self, more: usize) {
        let enough = self.taken() + more;
        while self.taken() < enough {
            let taken = tokio::time::timeout(PATIENCE, self.taken.changed()).await;
            assert!(taken.is_ok_and(|load| load.is_ok()), "the daemon takes no texts");
        }
    }

    /// No more texts; returns when the last was answered or given up, with how many were written.
    pub(crate) async fn end(self) -> usize {
        self.stop.store(true, Ordering::Relaxed);
        self.writing.await.unwrap()
    }
}
