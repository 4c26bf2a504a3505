//! Texts that no webhook told of: the carrier's own list brings them in, once.

use futures::future::join_all;
use lotline_common::api::turn::AuthorKind;
use lotline_sim::{Fault, FaultKind, FaultPoint, Media, Text};
use lotlined::db::{DbError, Scope};
use serde_json::json;

use crate::support::{
    db::Fresh,
    desk::{Desk, PATIENCE, Times},
    eventually,
    shop::{by, customer, markers},
};

both_engines!(
    what_came_while_the_desk_was_stopped_is_there_once,
    a_desk_that_no_webhook_reaches_hears_by_the_list,
    a_picture_that_cannot_be_had_keeps_nobody_waiting,
    a_late_stop_counts_and_an_overtaken_start_does_not,
);

const MISSED: usize = 200;

/// A list that is read again and again.
fn often() -> Times {
    Times { list: "200ms", ..Times::default() }
}

async fn until_heard(desk: &Desk, texts: i64) {
    let heard = async || desk.count("turns WHERE author_kind = 'customer'").await == texts;
    eventually(PATIENCE, heard).await;
}

/// What came before the number was theirs is not.
async fn long_since_theirs(desk: &Desk) {
    let aged = desk.beside().await.db.write(Scope::System, |tx| {
        let age =
            "UPDATE organization_phone_numbers SET created_at = created_at - 86400000000, listed_to = NULL";
        Box::pin(async move { tx.query(age).execute().await })
    });
    aged.await.map_err(|error: DbError| error).unwrap();
}

/// Lost: 500 to 1,500 dollars for the next text to somebody whose STOP, or whose order of STOP and START, got lost.
async fn a_late_stop_counts_and_an_overtaken_start_does_not(db: &Fresh) {
    let mut desk = Desk::open(db).await;
    let shop = desk.shop_with(1, json!({"answers_keywords": false})).await;
    for n in 0..3 {
        shop.hears(&customer(n), "Is the Civic still there?").await;
        shop.until_sent(&customer(n), 1).await;
    }
    long_since_theirs(&desk).await;
    desk.cut_off(&shop);
    shop.text(&customer(0), "START").await;
    shop.text(&customer(1), "STOP").await;
    let old = Text { age: 600, ..Text::new(customer(2), &shop.own, "STOP") };
    desk.sim.text(old).await;
    desk.number(&shop.own, &shop.account);
    shop.hears(&customer(0), "STOP").await;
    desk.restart().await;
    until_heard(&desk, 7).await;
    desk.at_rest().await;
    for n in 0..3 {
        let lead = shop.find(&customer(n)).await.unwrap();
        assert!(lead.opted_out, "customer {n} said STOP");
        let late = markers(&shop.thread(&lead).await).iter().any(|marker| marker.contains("reached us late"));
        assert_eq!(late, n == 2, "an operator sees which text is older than its place");
    }
    let confirmed: Vec<usize> = (0..3).map(|n| shop.sent(&customer(n)).len() - 1).collect();
    assert_eq!(confirmed, [1, 1, 0], "a confirmation after five minutes is a text to somebody who said no");
    desk.close().await;
}

/// Lost: two hundred customers, whose texts came during an update and were answered by nobody.
async fn what_came_while_the_desk_was_stopped_is_there_once(db: &Fresh) {
    let mut desk = Desk::with(db, often()).await;
    let shop = desk.shop(1).await;
    shop.hears(&customer(0), "Is the Civic still there?").await;
    shop.until_sent(&customer(0), 1).await;
    desk.at_rest().await;
    desk.pause().await;
    let texts = (0..MISSED).map(|n| desk.sim.text(Text::new(customer(n), &shop.own, "Are you open today?")));
    assert!(join_all(texts).await.iter().all(|told| told.status == 0), "nobody was there to be told");
    // The list does not come whole the first time.
    desk.sim
        .set_fault(Fault::times(1, FaultKind::CutAfterNBytes { bytes: 400 }).at(FaultPoint::ReadMessages));
    desk.resume().await;
    until_heard(&desk, 1 + i64::try_from(MISSED).unwrap()).await;
    desk.restart().await;
    desk.at_rest().await;
    until_heard(&desk, 1 + i64::try_from(MISSED).unwrap()).await;
    assert_eq!(desk.count("leads").await, i64::try_from(MISSED).unwrap());
    for n in [1, MISSED - 1] {
        assert_eq!(shop.sent(&customer(n)).len(), 1, "answered, and once");
    }
    desk.close().await;
}

/// Lost: everybody who wrote after a picture that the carrier does not hand out.
async fn a_picture_that_cannot_be_had_keeps_nobody_waiting(db: &Fresh) {
    let desk = Desk::with(db, often()).await;
    let shop = desk.shop(1).await;
    desk.cut_off(&shop);
    let withheld = FaultKind::Code { status: 500, code: 20500 };
    desk.sim.set_fault(Fault::always(withheld).at(FaultPoint::ListMedia));
    let picture = vec![Media { content_type: "image/jpeg".to_owned(), url: None }];
    desk.sim.text(Text { media: picture, ..Text::new(customer(0), &shop.own, "my trade-in") }).await;
    desk.sim.text(Text::new(customer(1), &shop.own, "Are you open today?")).await;
    shop.until_sent(&customer(1), 1).await;
    assert!(shop.find(&customer(0)).await.is_none(), "it is not taken without its picture");
    desk.sim.clear_faults();
    shop.until_sent(&customer(0), 1).await;
    until_heard(&desk, 2).await;
    desk.close().await;
}

/// Lost: everything, at a store whose machine no carrier can reach.
async fn a_desk_that_no_webhook_reaches_hears_by_the_list(db: &Fresh) {
    let desk = Desk::with(db, often()).await;
    let shop = desk.shop(1).await;
    desk.cut_off(&shop);
    let picture = |kind: &str| Media { content_type: kind.to_owned(), url: None };
    let text = Text {
        media: vec![picture("image/jpeg"), picture("image/png")],
        ..Text::new(customer(0), &shop.own, "my trade-in 🚙")
    };
    desk.sim.text(text).await;
    shop.until_sent(&customer(0), 1).await;
    let lead = shop.find(&customer(0)).await.unwrap();
    let thread = shop.thread(&lead).await;
    let heard = by(&thread, AuthorKind::Customer);
    let kinds: Vec<&str> = heard[0].media.iter().map(|media| media.content_type.as_str()).collect();
    assert_eq!((heard[0].text.as_str(), kinds), ("my trade-in 🚙", vec!["image/jpeg", "image/png"]));
    assert!(heard[0].media.iter().all(|media| media.url.starts_with(&desk.sim.base_url())));
    desk.close().await;
}
