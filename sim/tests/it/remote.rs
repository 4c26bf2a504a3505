//! The same simulator from another process.

use lotline_sim::{
    Account, Agent, Behaviour, BehaviourRule, Fault, FaultKind, Number, Remote, Script, ShopperPace,
    ShopperPlan, Store, Text,
};

use crate::desk::{ACCOUNT, CUSTOMER, DEADLINE, Desk, OWN};

/// A test that kills the daemon keeps its simulator elsewhere and must be able to do there what it does here.
#[tokio::test]
async fn everything_can_be_done_from_afar() {
    let desk = Desk::start().await;
    let remote = Remote::new(desk.sim.base_url());
    remote
        .register_account(Account { sid: "AC2".into(), auth_token: "two".into(), ..Account::default() })
        .await
        .unwrap();
    let own = "+17205550191";
    let number = Number { phone_number: own.into(), account_sid: "AC2".into(), sms_url: desk.url("/sms") };
    remote.register_number(number).await.unwrap();
    remote.register_agent(Agent { agent_id: "agent_2".into(), ..Agent::default() }).await.unwrap();
    remote.set_answers_keywords(ACCOUNT, false).await.unwrap();
    remote.set_clock(60).await.unwrap();
    remote.set_behaviour(BehaviourRule::always(Behaviour::Silent)).await.unwrap();
    remote.clear_behaviours().await.unwrap();

    let ack = remote.text(Text::new(CUSTOMER, own, "hello")).await.unwrap();
    assert_eq!(ack.status, 200);
    assert_eq!(desk.hooks()[0].get("AccountSid"), "AC2");

    let fault = Fault::times(1, FaultKind::AcceptThen500).for_account(ACCOUNT);
    remote.set_fault(fault.clone()).await.unwrap();
    assert_eq!(remote.faults().await.unwrap(), [fault]);
    assert_eq!(desk.send("one").await.unwrap().status(), 500);
    remote.set_fault(Fault::always(FaultKind::Unauthorized)).await.unwrap();
    remote.clear_faults().await.unwrap();

    let plan = ShopperPlan {
        stores: vec![Store { number: OWN.into(), brand: "Juniper Motors".into(), canary: "MARIGOLD".into() }],
        pace: ShopperPace::instant(),
        ..ShopperPlan::default()
    };
    remote.shoppers(&plan).await.unwrap();
    assert!(remote.wait_until(DEADLINE, |ledger| ledger.inbound.len() > 5).await.unwrap());
    let report = remote.stop_shoppers().await.unwrap();
    let told = |ledger: &lotline_sim::Ledger| ledger.outbound[0].callbacks.len() == 3;
    assert!(remote.wait_until(DEADLINE, told).await.unwrap());
    let ledger = remote.ledger().await.unwrap();
    assert_eq!(ledger, desk.sim.ledger());
    assert_eq!(ledger.inbound.len() as u64, report.texts + 1);

    let script = format!("[[text]]\nfrom = \"{CUSTOMER}\"\nto = \"{own}\"\ntext = \"hi\"\n");
    assert_eq!(remote.play(&Script::parse(&script).unwrap()).await.unwrap().acknowledged, 1);
    desk.stop().await;
}

#[tokio::test]
async fn an_absent_simulator_is_named() {
    let error = Remote::new("http://127.0.0.1:1/").ledger().await.unwrap_err();
    assert!(error.to_string().contains("http://127.0.0.1:1"), "{error}");
}
