//! Requests to the vendors that are lost, cut, late or refused on their way: sent once, or shown to a person.

use std::time::Duration;

use lotline_sim::{Fault, FaultKind};

use super::{
    audit::audit,
    load::{Load, MANY},
    report,
};
use crate::support::{
    chance,
    db::Fresh,
    killable::{Desk, Plan},
    road::{Mishap, Odds, Road},
};

/// One request to the carrier in ten is struck. Most often the answer is lost, as on a real road.
const ODDS: Odds = Odds {
    one_in: 10,
    mishaps: &[
        Mishap::DropResponse,
        Mishap::DropResponse,
        Mishap::DropResponse,
        Mishap::CutAfter(10),
        Mishap::CutAfter(200),
        Mishap::Slow(Duration::from_millis(2)),
        Mishap::Late(Duration::from_millis(800)),
        Mishap::Late(Duration::from_millis(800)),
        Mishap::Reset,
        Mishap::BlackHole,
    ],
};
const EVERY: Duration = Duration::from_millis(25);
/// As it is set when nothing is set.
const RECONCILE: &str = r#"["30s", "90s", "180s"]"#;
/// The last look is after the closed road is open again, however long a busy machine makes that.
const RECONCILE_SOON: &str = r#"["1s", "3s", "9s"]"#;

short!(run(120), sqlite);
long!(run(5_200), sqlite, postgres);

/// Lost: dignity, when a text comes twice, or a text that nobody knows was never sent.
async fn run(db: Fresh, sends: usize) {
    let seed = chance::seed();
    let (engine, road) = (db.engine(), Road::new(ODDS, seed));
    let reconcile = if sends > 1_000 { RECONCILE } else { RECONCILE_SOON };
    let plan = Plan { road: Some(road.clone()), reconcile, ..Plan::default() };
    let (mut desk, _) = Desk::on(db, seed, plan).await;
    let vendors = &desk.vendors.remote;
    // Where no report comes, only the carrier's own list can tell.
    vendors.set_fault(Fault::always(FaultKind::CallbacksNever).with_probability(0.5)).await.unwrap();
    vendors.set_fault(Fault::always(FaultKind::AcceptThen500).with_probability(0.01)).await.unwrap();
    let mut load = Load::start(vendors, MANY, EVERY);
    load.until_taken(sends / 2).await;
    road.close(true);
    load.until_taken(20).await;
    road.close(false);
    load.until_taken(sends / 2).await;
    load.end().await;
    let audit = audit(&mut desk).await;
    let struck = road.struck();
    assert!(struck * 20 > audit.sent, "{struck} of {} were struck", audit.sent);
    assert!(audit.to_operator * 1_000 <= audit.sent.max(1_000), "{} to a person", audit.to_operator);
    let done = format!(
        "{} sends, {struck} struck on the road, and {} looks and conversations; 1 % answered 500 after acceptance",
        audit.sent,
        road.others_struck()
    );
    let seen = format!("{}; every outcome known or shown, {} to a person", audit.told(), audit.to_operator);
    report::row("sends", engine, &done, &seen);
    desk.remove().await;
}
