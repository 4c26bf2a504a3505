//! What a dealership that grows must find again on the other side.

use std::{collections::BTreeSet, time::Duration};

use lotline_common::{api::lead::FloorKind, event::EventKind};
use lotlined::{clock::Clock, db::Hold};
use serde_json::json;

use super::{export, filled, import, open, tables};
use crate::support::{
    db::Fresh,
    desk::Desk,
    shop::{Shop, customer},
};

/// Two stores with customers in every state that a day leaves behind.
async fn busy_day(desk: &Desk) -> (Shop, Shop) {
    let (one, two) = (desk.shop(1).await, desk.shop(2).await);
    for (shop, word) in [(&one, "MARIGOLD"), (&two, "COBALT")] {
        shop.hears(&customer(0), &format!("My code word is {word}-7731, keep it. Is the Civic there?")).await;
        shop.until_sent(&customer(0), 1).await;
    }
    let mine = one.hears(&customer(1), "I'd rather talk to a person 🚗 \u{1}\\ \"quoted\"").await;
    one.until_floor(&mine, FloorKind::Nobody).await;
    one.says(&mine, "Dana here, I will call you at five.").await;
    let gone = one.hears(&customer(2), "STOP").await;
    assert!(one.lead(&gone).await.opted_out);
    let tomorrow = Clock::system().now() + Duration::from_secs(24 * 3600);
    let held = one.send(&mine, "And bring the title.", json!({"send_at": tomorrow})).await;
    assert_eq!(held.status, 202, "{}", held.text);
    let recalled = one.send(&mine, "Never mind", json!({"hold_seconds": 30})).await.json()["id"].clone();
    let path = format!("/api/v1/messages/{}/recall", recalled.as_str().unwrap());
    assert_eq!(one.admin.post(&path, json!({})).await.status, 200);
    let note = format!("/api/v1/leads/{}/notes", mine.id);
    assert_eq!(two.admin.post(&note, json!({"text": "not theirs"})).await.status, 404);
    assert_eq!(one.admin.post(&note, json!({"text": "Brings a trade-in."})).await.status, 201);
    one.until_sent(&customer(1), 1).await;
    one.events_to(EventKind::MessageDelivered).await;
    (one, two)
}

/// Lost: the customers' history, the opt-outs, or the promise that a move can be undone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_installation_moves_there_and_back_and_conversations_go_on() {
    let (small, large, back) = (Fresh::sqlite(), Fresh::postgres().await, Fresh::sqlite());
    let mut desk = Desk::open(&small).await;
    let (one, two) = busy_day(&desk).await;
    // A copy can be made any time, whoever is served meanwhile.
    let rehearsal = small.folder.join("rehearsal");
    assert!(!export(&small, &rehearsal).await.unwrap().is_empty());

    desk.pause().await;
    let file = small.folder.join("moved");
    let left = export(&small, &file).await.unwrap();
    assert_eq!(import(&file, &large).await.unwrap(), left);
    let again = large.folder.join("again");
    assert_eq!(export(&large, &again).await.unwrap(), left, "the other engine holds the same");
    assert_eq!(import(&again, &back).await.unwrap(), left);
    assert_eq!(export(&back, &back.folder.join("last")).await.unwrap(), left);
    for table in ["jobs", "consents", "drafts", "sessions", "refresh_tokens", "carrier_accounts", "receipts"]
    {
        let moved = left.iter().find(|moved| moved.table == table).unwrap();
        assert!(moved.tally.rows > 0, "the day had nothing in {table}");
    }

    desk.resume_on(&large).await;
    for (shop, own, other) in [(&one, "MARIGOLD-7731", "COBALT"), (&two, "COBALT-7731", "MARIGOLD")] {
        let before = shop.conversations().len();
        shop.hears(&customer(0), "Are you open on Saturday?").await;
        shop.until_sent(&customer(0), 2).await;
        assert!(shop.conversations().len() > before);
        let last = shop.conversations().pop().unwrap();
        let told = last.dynamic_variables["conversation_context"].as_str().unwrap();
        assert!(told.contains(own) && !told.contains(other), "{told}");
    }
    let gone = one.find(&customer(2)).await.unwrap();
    let refused = one.send(&gone, "Still interested?", json!({})).await;
    assert_eq!(refused.problem(), (422, "refused_by_gate".to_owned()), "an opt-out moves along");
    desk.close().await;
    for fresh in [small, large, back] {
        fresh.remove().await;
    }
}

/// A table that is left behind is noticed when it is missed, which is too late.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_table_of_the_schema_is_exported_from_both_engines() {
    let (small, large) = (Fresh::sqlite(), Fresh::postgres().await);
    let (one, two) = (open(&small, Hold::Daemon).await.unwrap(), open(&large, Hold::Daemon).await.unwrap());
    let (ours, theirs) = (tables(&one).await, tables(&two).await);
    assert_eq!(ours, theirs, "tables, columns and their order");
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations/common");
    let mut made = BTreeSet::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let sql = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let names = sql.split("CREATE TABLE ").skip(1).filter_map(|rest| rest.split([' ', '(']).next());
        // What a search looks through is made anew from the rest.
        made.extend(names.filter(|name| !name.starts_with("search_")).map(str::to_owned));
    }
    assert!(made.len() >= 15, "{made:?}");
    assert_eq!(ours.iter().map(|table| table.name.clone()).collect::<BTreeSet<_>>(), made);
    assert_eq!(filled(&one).await, Vec::<String>::new());
    one.close().await;
    two.close().await;
    let file = small.folder.join("empty");
    let moved = export(&small, &file).await.unwrap();
    assert_eq!(moved.into_iter().map(|moved| moved.table).collect::<BTreeSet<_>>(), made);
    small.remove().await;
    large.remove().await;
}
