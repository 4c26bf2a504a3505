//! Every way the carrier can fail a request, seen from the client's side of the socket.

use std::time::Duration;

use lotline_sim::{Fault, FaultKind, FaultPoint, Text};
use serde_json::Value;

use crate::desk::{ACCOUNT, CUSTOMER, DEADLINE, Desk, OWN, TOKEN};

/// The message exists although the client learns nothing of it: the case that makes careless clients text twice.
#[tokio::test]
async fn accepted_but_not_told() {
    let desk = Desk::start().await;
    desk.sim.set_fault(Fault::times(1, FaultKind::AcceptThen500));
    assert_eq!(desk.send("one").await.unwrap().status(), 500);
    desk.sim.set_fault(Fault::times(1, FaultKind::AcceptThenDrop));
    assert!(desk.send("two").await.unwrap_err().is_request());
    desk.sim.set_fault(Fault::times(1, FaultKind::CutAfterNBytes { bytes: 40 }));
    let cut = match desk.send("three").await {
        Ok(response) => response.bytes().await.is_err(),
        Err(_) => true,
    };
    assert!(cut, "the answer ends early");
    desk.sim.set_fault(Fault::times(1, FaultKind::AcceptThenHang));
    let hung = tokio::time::timeout(Duration::from_millis(300), desk.send("four")).await;
    assert!(hung.is_err(), "no answer comes");
    assert_eq!(desk.send("five").await.unwrap().status(), 201, "a fault is gone after its count");
    let ledger = desk.sim.ledger();
    let faults: Vec<_> = ledger.outbound.iter().map(|text| text.fault.clone().unwrap_or_default()).collect();
    assert_eq!(faults, ["accept_then_500", "accept_then_drop", "cut_after_n_bytes", "accept_then_hang", ""]);
    desk.stop().await;
}

#[tokio::test]
async fn refused_and_nothing_created() {
    let desk = Desk::start().await;
    desk.sim.set_fault(Fault::times(1, FaultKind::Refuse));
    assert!(desk.send("x").await.is_err());
    desk.sim.set_fault(Fault::times(1, FaultKind::TooManyRequests { retry_after: Some(7) }));
    let response = desk.send("x").await.unwrap();
    assert_eq!(
        (response.status().as_u16(), &response.headers()["retry-after"]),
        (429, &"7".parse().unwrap())
    );
    assert_eq!(response.json::<Value>().await.unwrap()["code"], 20429);
    desk.sim.set_fault(Fault::times(1, FaultKind::Unauthorized));
    assert_eq!(desk.send("x").await.unwrap().status(), 401);
    desk.sim.set_fault(Fault::times(1, FaultKind::Code { status: 400, code: 21612 }));
    assert_eq!(desk.send("x").await.unwrap().json::<Value>().await.unwrap()["code"], 21612);
    assert_eq!(desk.sim.ledger().outbound.len(), 0);

    desk.sim.set_fault(
        Fault::times(1, FaultKind::Code { status: 503, code: 20503 }).at(FaultPoint::ReadMessages),
    );
    assert_eq!(desk.send("x").await.unwrap().status(), 201, "other requests are spared");
    let list = desk.http.get(desk.api("/Messages.json")).basic_auth(ACCOUNT, Some(TOKEN));
    assert_eq!(list.send().await.unwrap().status(), 503);
    desk.stop().await;
}

/// Whoever asks what became of a message still finds it; what customers wrote is not there yet.
#[tokio::test]
async fn a_list_without_what_customers_wrote() {
    let desk = Desk::start().await;
    desk.send("ours").await.unwrap();
    desk.sim.text(Text::new(CUSTOMER, OWN, "theirs")).await;
    let listed = async || -> Vec<String> {
        let list = desk.http.get(desk.api("/Messages.json")).basic_auth(ACCOUNT, Some(TOKEN));
        let list: Value = list.send().await.unwrap().json().await.unwrap();
        list["messages"].as_array().unwrap().iter().map(|it| it["body"].as_str().unwrap().into()).collect()
    };
    assert_eq!(listed().await, ["theirs", "ours"]);
    desk.sim.set_fault(Fault::always(FaultKind::ListWithoutInbound).at(FaultPoint::ReadMessages));
    assert_eq!(listed().await, ["ours"]);
    desk.stop().await;
}

#[tokio::test]
async fn a_slow_carrier_answers_in_the_end() {
    let desk = Desk::start().await;
    desk.sim.set_fault(Fault::times(1, FaultKind::Slow { ms: 60 }));
    let begun = std::time::Instant::now();
    assert_eq!(desk.send("x").await.unwrap().status(), 201);
    assert!(begun.elapsed() >= Duration::from_millis(60));
    desk.stop().await;
}

#[tokio::test]
async fn callbacks_misbehave() {
    let desk = Desk::start().await;
    let told = |path: &str| -> Vec<String> {
        desk.hooks().iter().filter(|h| h.path == path).map(|h| h.get("MessageStatus").to_owned()).collect()
    };
    desk.sim.set_fault(Fault::times(1, FaultKind::CallbacksBeforeAnswer));
    desk.send("one").await.unwrap();
    assert_eq!(told("/status"), ["sending", "sent", "delivered"], "all there before the 201");

    desk.sim.set_fault(Fault::times(1, FaultKind::CallbacksReordered));
    desk.sim.set_fault(Fault::times(1, FaultKind::CallbacksDuplicated));
    desk.send("two").await.unwrap();
    desk.until(|hooks| hooks.len() == 9).await;
    assert_eq!(told("/status")[3..], ["delivered", "delivered", "sent", "sent", "sending", "sending"]);

    desk.sim.set_fault(Fault::times(1, FaultKind::CallbacksNever));
    desk.send("three").await.unwrap();
    assert!(desk.sim.wait_until(DEADLINE, |ledger| ledger.outbound[2].status == "delivered").await);
    assert_eq!(desk.hooks().len(), 9);

    desk.sim.set_fault(Fault::times(1, FaultKind::DeliveryFails { code: 30006 }));
    desk.send("four").await.unwrap();
    desk.until(|hooks| hooks.last().is_some_and(|hook| hook.get("ErrorCode") == "30006")).await;
    assert_eq!(desk.hooks().last().unwrap().get("MessageStatus"), "undelivered");
    desk.stop().await;
}
