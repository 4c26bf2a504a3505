//! A day is lost and brought back: nobody is texted twice, nobody is forgotten.

use std::time::Duration;

use super::{SOON, nothing_is_lost, writes};
use crate::{
    faults::{
        audit::{open, settle},
        load::Load,
    },
    store::count,
    support::{
        chance,
        desk::PATIENCE,
        eventually,
        killable::Desk,
        program::{code, run, text},
    },
};

/// Lost: the customers' trust. What was open when the backup was made was done since; restored, it must not be done again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restored_desk_texts_nobody_twice() {
    let (mut desk, admin) = Desk::open(chance::seed()).await;
    let load = Load::start(&desk.vendors.remote, 300, Duration::from_millis(30));
    let busy = |ledger: &lotline_sim::Ledger| ledger.outbound.len() > 10;
    assert!(desk.vendors.remote.wait_until(PATIENCE, busy).await.unwrap());
    let made = run(desk.folder(), &["backup", "copy.db"], None);
    assert_eq!(code(&made), 0, "{}", text(&made));
    for n in 0..20 {
        writes(&desk, n).await;
    }
    load.end().await;
    settle(&desk).await;
    assert!(desk.terminate(SOON).await.success());
    let before = desk.vendors.ledger().await;

    let restored = run(desk.folder(), &["restore", "--replace", "copy.db"], None);
    assert_eq!(code(&restored), 0, "{}", text(&restored));
    let db = open(&desk).await;
    let open_work = "SELECT COUNT(*) FROM deliveries WHERE state IN ('held', 'queued', 'attempting')";
    assert_eq!(count(&db, open_work).await, 0, "nothing leaves by itself");
    let asked = count(&db, "SELECT COUNT(*) FROM deliveries WHERE reason = 'restored'").await;
    let waiting = count(&db, "SELECT COUNT(*) FROM leads WHERE floor_kind = 'nobody'").await;
    let had = count(&db, "SELECT COUNT(*) FROM turns WHERE author_kind = 'customer'").await;
    assert!(asked + waiting > 0, "the backup was made in the middle of work");
    db.close().await;

    desk.start().await;
    assert_eq!(admin.get("/api/v1/leads").await.status, 401, "everybody signs in again");
    let everybody = i64::try_from(before.inbound.len()).unwrap();
    let db = open(&desk).await;
    eventually(PATIENCE, async || {
        count(&db, "SELECT COUNT(*) FROM turns WHERE author_kind = 'customer'").await == everybody
    })
    .await;
    db.close().await;
    settle(&desk).await;
    let after = desk.vendors.ledger().await;
    println!(
        "{everybody} texts, {had} in the backup, {asked} messages and {waiting} customers in the middle of it"
    );
    assert_eq!(after.outbound.len(), before.outbound.len(), "a customer was texted again");
    nothing_is_lost(&desk, &after).await;
    desk.remove().await;
}
