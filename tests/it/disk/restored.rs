//! A day is lost and brought back: nobody is texted twice, nobody is forgotten.

use std::time::Duration;

use lotline_sim::Text;
use reqwest::Method;

use super::{SOON, nothing_is_lost, writes};
use crate::{
    faults::{
        audit::{newest, open, settle},
        load::Load,
    },
    store::count,
    support::{
        caller::{Caller, PASSWORD},
        chance,
        desk::PATIENCE,
        eventually,
        killable::{Desk, OWN},
        program::{code, run, text},
        reader::Reader,
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
    assert!(text(&restored).contains("opt-outs above all"), "what nothing brings back is told");
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

/// Lost: whatever happened under numbers that the lost day had given already, to a screen that goes on from the last of
/// them; and a search that never gets beyond the numbers left out.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_seen_the_lost_day_starts_over() {
    let (mut desk, _) = Desk::open(chance::seed()).await;
    writes(&desk, 0).await;
    assert_eq!(code(&run(desk.folder(), &["backup", "copy.db"], None)), 0);
    writes(&desk, 1).await;
    settle(&desk).await;
    let seen = newest(&desk).await;
    assert!(desk.terminate(SOON).await.success());
    assert_eq!(code(&run(desk.folder(), &["restore", "--replace", "copy.db"], None)), 0);
    desk.start().await;
    desk.vendors.remote.text(Text::new("+17205550150", OWN, "Do you take a zebra in part?")).await.unwrap();
    for n in 2..9 {
        writes(&desk, n).await;
    }
    settle(&desk).await;
    assert!(newest(&desk).await > seen, "the log has outgrown what was seen");

    let session = Caller::at(&desk.base).log_in("dana@example.com", PASSWORD).await.session();
    let admin = Caller::at(&desk.base).with(&session.access_token);
    let stream = admin.request(Method::GET, "/api/v1/events").header("last-event-id", seen.to_string());
    let opening = Reader::new(stream.send().await.unwrap()).frame().await.unwrap();
    assert_eq!(opening.event, "reset", "{opening:?}");
    let found = async || admin.get("/api/v1/leads?q=zebra").await.text.contains("+17205550150");
    eventually(SOON, found).await;
    desk.remove().await;
}
