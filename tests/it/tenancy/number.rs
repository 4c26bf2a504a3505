//! A number goes to another store: from that commit on everything that comes in is the new owner's.

use lotline_common::{
    PhoneNumber,
    api::{message::DeliveryState, turn::AuthorKind},
    event::EventKind,
};
use lotline_sim::{Number, Text};
use lotlined::{
    action::{
        by_system, move_number,
        receive_sms::{self, Inbound},
    },
    db::Scope,
    domain::organization::OrgKey,
    error::Error,
    store,
};
use serde_json::json;

use crate::{
    store::{BURST, OWN, commit, count, inbound},
    support::{
        db::Fresh,
        desk::{Desk, PATIENCE, Times},
        eventually,
        opened::Opened,
        seed,
        shop::{Shop, by, customer, turn},
    },
};

both_engines!(
    a_number_moves_with_what_comes_in,
    a_text_to_a_number_that_has_moved_is_not_the_old_owners,
    the_carriers_list_tells_the_new_owner_nothing_of_the_old,
    only_its_owner_gives_a_number_away,
);

async fn key(desk: &Desk, shop: &Shop) -> OrgKey {
    let mut tx = desk.beside().await.db.read(Scope::System).await.unwrap();
    let slug = format!("example-motors-{}", shop.number);
    store::organization::find_by_slug(&mut tx, &slug).await.unwrap().key
}

/// Lost: the old owner's customers get words from a number that is somebody else's, or the new owner's first texts.
async fn a_number_moves_with_what_comes_in(db: &Fresh) {
    let desk = Desk::open(db).await;
    let (one, two) = (desk.shop(1).await, desk.shop(2).await);
    let other = "+17205550180";
    desk.number(other, &one.account);
    assert_eq!(one.admin.post("/api/v1/phone-numbers", json!({"phone_number": other})).await.status, 201);
    let lead = one.hears(&customer(0), "Is the Civic there?").await;
    one.until_sent(&customer(0), 1).await;
    let held = turn(&one.send(&lead, "Come by on Saturday", json!({"hold_seconds": 30})).await);

    let number: PhoneNumber = one.own.parse().unwrap();
    let (from, to) = (key(&desk, &one).await, key(&desk, &two).await);
    desk.number(&one.own, &two.account);
    // By a process beside the daemon, which has not heard of it when the next text comes.
    move_number::run(desk.beside().await, number, from, to, by_system()).await.unwrap();
    let taken = desk.sim.text(Text::new(customer(0), &one.own, "Hello again")).await;
    assert_eq!(taken.status, 200, "{}", taken.body);
    let theirs = two.find(&customer(0)).await.expect("it is the new owner's customer");
    assert_eq!(by(&two.thread(&theirs).await, AuthorKind::Customer).len(), 1);
    assert_eq!(by(&one.thread(&lead).await, AuthorKind::Customer).len(), 1, "and not the old owner's");

    let refused = one.until_state(&lead, &held, DeliveryState::Refused).await.delivery.unwrap();
    assert_eq!(refused.reason.as_deref(), Some("number_moved"));
    assert!(refused.advice.is_some());
    one.says(&lead, "We have another number now.").await;
    let sent = desk.sim.wait_until(PATIENCE, |ledger| {
        ledger.outbound.iter().any(|text| text.from == other && text.to == customer(0))
    });
    assert!(sent.await, "what is said from now on leaves from a number that is ours");
    let words = |text: &lotline_sim::Outbound| text.body.contains("Saturday");
    assert!(!desk.sim.ledger().outbound.iter().any(words), "what was held never left");
    for (shop, reason) in [(&one, "moved_away"), (&two, "moved_here")] {
        let events = shop.events_to_the_end().await;
        let told = events.iter().filter(|event| event.kind == EventKind::NumberChanged);
        assert!(told.filter_map(|event| event.detail.reason.as_deref()).eq([reason]), "{reason}");
    }
    desk.close().await;
}

/// Lost: a customer's words, in the thread of a store that they did not write to.
async fn a_text_to_a_number_that_has_moved_is_not_the_old_owners(fresh: &Fresh) {
    let opened = Opened::on(fresh).await;
    let db = &opened.db;
    let (one, two) = (seed::store(db, 1).await, seed::store(db, 2).await);
    seed::number(db, two, OWN).await;
    // The webhook of a node that has not heard of the move names the old owner.
    let late = |org, sid| Inbound {
        text: inbound(org, sid, 1, "Hello", 0),
        sent_at: None,
        organization: "Example Motors".into(),
        carrier_answers: true,
    };
    let ingest = receive_sms::ingest(db, &opened.tasks, BURST);
    let (stray, own) = tokio::join!(ingest.submit(late(one.org, "SM1")), ingest.submit(late(two.org, "SM2")));
    assert!(stray.unwrap().is_none());
    assert!(own.unwrap().is_some());
    for table in ["leads", "turns", "receipts", "jobs"] {
        let mut tx = db.read(Scope::System).await.unwrap();
        let query = tx.query("SELECT organization_id FROM ").push(table);
        let rows: Vec<(i64,)> = query.all().await.unwrap();
        assert_eq!(rows, [(2,)], "{table}");
    }
    // Together with texts of others, in one transaction.
    let texts = [late(two.org, "SM3"), late(two.org, "SM4")];
    let outcome = commit!(db, Scope::Org(two.org), |tx| receive_sms::receive(tx, &texts, BURST).await).await;
    assert!(outcome.unwrap().iter().all(Option::is_some));
    assert_eq!(count(db, "SELECT COUNT(*) FROM turns").await, 3);
}

/// Lost: what customers wrote to one store, on the screens of the next that gets its number.
async fn the_carriers_list_tells_the_new_owner_nothing_of_the_old(db: &Fresh) {
    let desk = Desk::with(db, Times { list: "200ms", ..Times::default() }).await;
    let one = desk.shop(1).await;
    let shared = json!({"account_sid": one.account, "auth_token": one.token});
    let two = desk.shop_with(2, shared).await;
    let before = Text { age: 60, ..Text::new(customer(0), &one.own, "Words for the first store") };
    assert_eq!(desk.sim.text(before).await.status, 200);
    let (from, to) = (key(&desk, &one).await, key(&desk, &two).await);
    move_number::run(desk.beside().await, one.own.parse().unwrap(), from, to, by_system()).await.unwrap();
    let (phone_number, account_sid) = (one.own.clone(), one.account.clone());
    desk.sim.register_number(Number { phone_number, account_sid, sms_url: String::new() });
    desk.sim.text(Text::new(customer(1), &one.own, "Hello")).await;
    eventually(PATIENCE, async || two.find(&customer(1)).await.is_some()).await;
    assert!(two.find(&customer(0)).await.is_none());
    desk.close().await;
}

/// A move that is wrong in any way is none: the number stays where it is and nobody is told otherwise.
async fn only_its_owner_gives_a_number_away(fresh: &Fresh) {
    let opened = Opened::on(fresh).await;
    let (one, two) = (seed::store(&opened.db, 1).await, seed::store(&opened.db, 2).await);
    seed::number(&opened.db, one, OWN).await;
    let number: PhoneNumber = OWN.parse().unwrap();
    let to = |from, to| move_number::run(&opened.app, number.clone(), from, to, by_system());
    assert!(matches!(to(two.org, one.org).await, Err(Error::NotFound)));
    assert!(matches!(to(one.org, one.org).await, Err(Error::Invalid { .. })));
    assert!(to(one.org, OrgKey::new(77)).await.is_err());
    assert_eq!(count(&opened.db, "SELECT COUNT(*) FROM events").await, 0);
    assert_eq!(count(&opened.db, "SELECT organization_id FROM organization_phone_numbers").await, 1);
    // Two operators at once: the number has one owner, and each move one event per side.
    let (a, b) = tokio::join!(to(one.org, two.org), to(one.org, two.org));
    assert_eq!(usize::from(a.is_ok()) + usize::from(b.is_ok()), 1);
    assert_eq!(count(&opened.db, "SELECT organization_id FROM organization_phone_numbers").await, 2);
    assert_eq!(count(&opened.db, "SELECT COUNT(*) FROM events").await, 2);
}
