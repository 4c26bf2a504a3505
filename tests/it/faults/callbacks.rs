//! Reports of what became of a message, doubled, reordered and before the answer: the state only moves forward.

use std::time::Duration;

use lotline_sim::{Fault, FaultKind, Ledger};

use super::{
    audit::{audit, open, settle},
    load::{Load, MANY},
    report,
};
use crate::{
    store::count,
    support::{
        chance,
        db::Fresh,
        desk::PATIENCE,
        killable::{Desk, Plan},
    },
};

const EVERY: Duration = Duration::from_millis(20);
const ODD: [FaultKind; 3] =
    [FaultKind::CallbacksDuplicated, FaultKind::CallbacksReordered, FaultKind::CallbacksBeforeAnswer];

short!(run(80), sqlite);
long!(run(3_000), sqlite, postgres);

/// Lost: "delivered" under a message that was, because a late report says "sent".
async fn run(db: Fresh, sends: usize) {
    let seed = chance::seed();
    let engine = db.engine();
    let (mut desk, _) = Desk::on(db, seed, Plan::default()).await;
    for kind in ODD {
        desk.vendors.remote.set_fault(Fault::always(kind).with_probability(0.5)).await.unwrap();
    }
    let mut load = Load::start(&desk.vendors.remote, MANY, EVERY);
    load.until_taken(sends).await;
    load.end().await;
    settle(&desk).await;
    let told = |ledger: &Ledger| {
        ledger.outbound.iter().all(|text| text.callbacks.iter().any(|it| it.status == "delivered"))
    };
    assert!(desk.vendors.remote.wait_until(PATIENCE, told).await.unwrap());
    let audit = audit(&mut desk).await;
    let db = open(&desk).await;
    let behind = "SELECT COUNT(*) FROM deliveries WHERE state <> 'delivered' AND carrier_sid IS NOT NULL";
    assert_eq!(count(&db, behind).await, 0, "a message fell back");
    db.close().await;
    let done =
        format!("{} sends, half of their reports doubled, half reversed, half before the answer", audit.sent);
    report::row("callbacks", engine, &done, &format!("every message delivered; {}", audit.told()));
    desk.remove().await;
}
