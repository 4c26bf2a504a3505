//! A power cut, an out-of-memory kill or a bad update at any moment: no customer is forgotten, none hears us twice.

use std::time::Duration;

use super::{
    audit::audit,
    load::{Load, MANY},
    report, told_once,
};
use crate::support::{chance, db::Fresh};

/// Fifty-five texts a second.
const EVERY: Duration = Duration::from_millis(18);
/// A restart that takes longer loses texts: the carrier waits for seconds, and for one try.
const READY: Duration = Duration::from_secs(2);

short!(run(15), sqlite, postgres);
long!(run(200), sqlite, postgres);

/// Lost: a customer's text, or their patience when they get an answer twice.
async fn run(db: Fresh, kills: usize) {
    let seed = chance::seed();
    let mut rng = fastrand::Rng::with_seed(seed);
    let engine = db.engine();
    let mut desk = told_once(db, seed).await;
    let mut load = Load::start(&desk.vendors.remote, MANY, EVERY);
    let mut slowest = Duration::ZERO;
    for _ in 0..kills {
        load.until_taken(rng.usize(1..30)).await;
        // Half of them die with an answer to the carrier just out; the others anywhere in the work that follows, and nothing
        // tells when that moment has come.
        if rng.bool() {
            tokio::time::sleep(Duration::from_millis(rng.u64(0..300))).await;
        }
        desk.kill();
        slowest = slowest.max(desk.start().await);
    }
    let texts = load.end().await;
    let audit = audit(&mut desk).await;
    // A crowded test machine may be slow in a short run.
    assert!(slowest <= READY || kills < 100, "a start took {slowest:.2?}");
    let done = format!("{kills} × kill -9 under 55 texts/s and their answers, {texts} texts");
    report::row("kill", engine, &done, &format!("{}; slowest start {slowest:.2?}", audit.told()));
    desk.remove().await;
}
