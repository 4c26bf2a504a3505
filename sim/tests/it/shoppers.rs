//! Shoppers against a desk that answers, and against one that does not.

use std::{collections::HashSet, time::Duration};

use lotline_sim::{Number, Script, ShopperPace, ShopperPlan, Store, Text};

use crate::desk::{ACCOUNT, CUSTOMER, DEADLINE, Desk, OWN};

const SECOND: &str = "+17205550191";

fn plan(desk: &Desk) -> ShopperPlan {
    desk.sim.register_number(Number {
        phone_number: SECOND.into(),
        account_sid: ACCOUNT.into(),
        sms_url: desk.url("/sms"),
    });
    ShopperPlan {
        stores: vec![
            Store { number: OWN.into(), brand: "Juniper Motors".into(), canary: "MARIGOLD".into() },
            Store { number: SECOND.into(), brand: "Copper Ridge Auto".into(), canary: "COBALT".into() },
        ],
        concurrency: 8,
        pace: ShopperPace::instant(),
        max_texts: Some(60),
    }
}

/// The demo stands on this: enough texts, every one of them answered, nobody answered twice.
#[tokio::test]
async fn shoppers_write_until_they_have_written_enough() {
    let desk = Desk::start().await;
    desk.answers_bursts(Duration::from_millis(60));
    let report = tokio::time::timeout(DEADLINE * 3, desk.sim.shoppers(plan(&desk)).done()).await.unwrap();
    assert!((60..70).contains(&report.needing_answer), "{report:?}");
    assert_eq!(report.lost_patience, 0);
    assert!(desk.sim.wait_until(DEADLINE, |ledger| ledger.unanswered().is_empty()).await);
    let ledger = desk.sim.ledger();
    assert_eq!(ledger.covered().len() as u64, report.needing_answer);
    assert_eq!(ledger.inbound.len() as u64, report.texts);
    assert_eq!(ledger.inbound.last().map(|text| text.posted_at_us), report.last_text_at_us);
    // This desk names the text it answers.
    let answers: HashSet<_> = ledger.outbound.iter().map(|text| &text.body).collect();
    assert_eq!(answers.len(), ledger.outbound.len(), "a text is answered once");
    let shared: Vec<_> = ledger.inbound.iter().filter(|text| text.from == "+13035550100").collect();
    assert!(shared.iter().any(|text| text.to == OWN) && shared.iter().any(|text| text.to == SECOND));
    let canaries = [(OWN.to_owned(), "MARIGOLD".to_owned()), (SECOND.to_owned(), "COBALT".to_owned())];
    assert_eq!(ledger.leaks(&canaries), []);
    desk.stop().await;
}

/// After "last text" nothing more may come, or the count of answers is never final.
#[tokio::test]
async fn a_stop_is_the_last_text() {
    let desk = Desk::start().await;
    let crowd = desk.sim.shoppers(ShopperPlan { max_texts: None, ..plan(&desk) });
    desk.until(|hooks| hooks.len() >= 8).await;
    let report = desk.sim.stop_shoppers().await;
    let (texts, ledger) = (report.texts, desk.sim.ledger());
    assert_eq!(ledger.inbound.len() as u64, texts);
    assert!(ledger.inbound.iter().all(|text| text.acknowledged_at_us.is_some()));
    assert_eq!(crowd.report(), report);
    desk.sim.text(Text::new(CUSTOMER, OWN, "after")).await;
    assert_eq!(desk.sim.ledger().inbound.len() as u64, texts + 1);
    desk.stop().await;
}

#[tokio::test]
async fn nobody_waits_for_ever() {
    let desk = Desk::start().await;
    let pace = ShopperPace { patience_ms: 20, ..ShopperPace::instant() };
    let plan = ShopperPlan { pace, concurrency: 2, max_texts: Some(6), ..plan(&desk) };
    let report = tokio::time::timeout(DEADLINE, desk.sim.shoppers(plan).done()).await.unwrap();
    assert!(report.lost_patience >= 2 && report.answers == 0, "{report:?}");
    assert!(!desk.sim.ledger().unanswered().is_empty());
    desk.stop().await;
}

#[tokio::test]
async fn a_script_waits_for_answers() {
    let desk = Desk::start().await;
    desk.answers_bursts(Duration::ZERO);
    let script = format!(
        "[[text]]\nfrom = \"{CUSTOMER}\"\nto = \"{OWN}\"\ntext = \"one\"\n\
         [[text]]\nfrom = \"{CUSTOMER}\"\nto = \"{OWN}\"\nafter_answer = true\ntext = \"two\"\n\
         [[text]]\nfrom = \"{CUSTOMER}\"\nto = \"{OWN}\"\nafter_answer = true\ntext = \"STOP\"\n"
    );
    let report = desk.sim.play(&Script::parse(&script).unwrap()).await;
    assert_eq!((report.texts, report.acknowledged, report.missing_answers), (3, 3, 0));
    let ledger = desk.sim.ledger();
    assert_eq!(ledger.inbound.iter().map(|text| text.needs_answer).collect::<Vec<_>>(), [true, true, false]);
    assert!(ledger.outbound[0].created_at_us <= ledger.inbound[1].posted_at_us);
    desk.stop().await;
}
