//! The same webhooks again and again, many at once and in no order: each has one effect.

use std::sync::Arc;

use lotline_sim::Text;
use tokio::{sync::Semaphore, task::JoinSet};

use super::{
    audit::audit,
    load::{MANY, phone},
    report,
};
use crate::support::{
    chance,
    db::Fresh,
    desk::PATIENCE,
    eventually,
    killable::{Desk, OWN, Plan},
};

const TIMES: usize = 5;
const AT_ONCE: usize = 32;

short!(run(200), sqlite, postgres);
long!(run(20_000), sqlite, postgres);

/// Lost: a thread that says everything five times, and a customer who gets five answers.
async fn run(db: Fresh, texts: usize) {
    let seed = chance::seed();
    let engine = db.engine();
    let (mut desk, _) = Desk::on(db, seed, Plan::default()).await;
    let mut order: Vec<usize> = (0..texts).flat_map(|n| [n; TIMES]).collect();
    fastrand::Rng::with_seed(seed).shuffle(&mut order);
    let (turns, mut posting) = (Arc::new(Semaphore::new(AT_ONCE)), JoinSet::new());
    for n in order {
        let (sim, turn) = (desk.vendors.remote.clone(), turns.clone().acquire_owned().await.unwrap());
        posting.spawn(async move {
            let sid = Some(format!("SM{n:032x}"));
            // More texts than the bound of automatic answers to one customer need none.
            let needs_answer = Some(texts <= MANY);
            let text = Text::new(phone(n % MANY), OWN, format!("What are your hours? No. {n}"));
            let text = Text { message_sid: sid, needs_answer, ..text };
            // A fast machine delivers more to one number than the daemon takes in a second; the carrier comes back.
            eventually(PATIENCE, || async { sim.text(text.clone()).await.unwrap().is_taken() }).await;
            drop(turn);
        });
        while posting.try_join_next().transpose().unwrap().is_some() {}
    }
    posting.join_all().await;
    let audit = audit(&mut desk).await;
    assert_eq!(audit.turns, texts);
    let done = format!("{texts} texts delivered {} times, {AT_ONCE} at once, in disorder", texts * TIMES);
    report::row("duplicates", engine, &done, &format!("{texts} effects; {}", audit.told()));
    desk.remove().await;
}
