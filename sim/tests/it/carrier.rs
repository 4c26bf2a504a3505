//! The fake Twilio, driven as a real client and a real webhook receiver would.

use lotline_sim::{Media, Signed, Text};
use serde_json::Value;

use crate::desk::{ACCOUNT, CUSTOMER, DEADLINE, Desk, OWN, TOKEN};

/// The ordinary day: a text comes in signed and whole, the answer goes out and is reported delivered.
#[tokio::test]
async fn a_text_comes_in_and_an_answer_goes_out() {
    let desk = Desk::start().await;
    let ack = desk.sim.text(Text::new(CUSTOMER, OWN, "is the tacoma still there? ñ 👋")).await;
    assert_eq!((ack.status, ack.sid.len()), (200, 34));
    let hook = desk.hooks().remove(0);
    assert!(hook.signed, "signed over the exact URL, fragment aside");
    for name in [
        "MessageSid",
        "SmsSid",
        "SmsMessageSid",
        "AccountSid",
        "From",
        "To",
        "Body",
        "NumMedia",
        "NumSegments",
        "SmsStatus",
        "ApiVersion",
        "FromCity",
        "FromState",
        "FromZip",
        "FromCountry",
        "ToCity",
        "ToState",
        "ToZip",
        "ToCountry",
    ] {
        assert!(hook.fields.iter().any(|(other, _)| other == name), "{name}");
    }
    assert_eq!((hook.get("MessageSid"), hook.get("SmsStatus")), (ack.sid.as_str(), "received"));

    let response = desk.send("Yes it is").await.unwrap();
    assert_eq!(response.status(), 201);
    let message: Value = response.json().await.unwrap();
    assert_eq!(
        (&message["status"], &message["direction"]),
        (&Value::from("queued"), &Value::from("outbound-api"))
    );
    assert!(message["date_created"].as_str().unwrap().ends_with(" +0000"), "{message}");
    desk.until(|hooks| hooks.iter().any(|hook| hook.get("MessageStatus") == "delivered")).await;
    let told: Vec<String> = desk
        .hooks()
        .iter()
        .skip(1)
        .map(|hook| format!("{} {}", hook.get("MessageStatus"), hook.signed))
        .collect();
    assert_eq!(told, ["sending true", "sent true", "delivered true"]);

    assert!(desk.sim.wait_until(DEADLINE, |ledger| ledger.outbound[0].callbacks.len() == 3).await);
    let ledger = desk.sim.ledger();
    assert_eq!((ledger.covered().len(), ledger.unanswered().len(), ledger.doubled().len()), (1, 0, 0));
    desk.stop().await;
}

/// A repeat of the same message must carry the same sid and idempotency token, or deduplication cannot be tested.
#[tokio::test]
async fn a_replay_is_the_same_message() {
    let desk = Desk::start().await;
    let first = desk.sim.text(Text::new(CUSTOMER, OWN, "hello")).await;
    let replay = Text { message_sid: Some(first.sid.clone()), ..Text::new(CUSTOMER, OWN, "hello") };
    desk.sim.text(replay).await;
    let hooks = desk.hooks();
    assert_eq!(hooks[0].get("MessageSid"), hooks[1].get("MessageSid"));
    assert_eq!(hooks[0].idempotency_token, hooks[1].idempotency_token);
    let ledger = desk.sim.ledger();
    assert_eq!((ledger.inbound.len(), ledger.inbound[0].replays), (1, 1));
    desk.stop().await;
}

#[tokio::test]
async fn hostile_webhooks_can_be_made() {
    let desk = Desk::start().await;
    for signed in [Signed::NotAtAll, Signed::Wrongly, Signed::WithToken("the-other-token".into())] {
        desk.sim.text(Text { signed, ..Text::new(CUSTOMER, OWN, "let me in") }).await;
    }
    let fields = vec![("From".into(), CUSTOMER.into()), ("From".into(), "+13035550102".into())];
    desk.sim.text(Text { fields, ..Text::new(CUSTOMER, OWN, "two of me") }).await;
    let hooks = desk.hooks();
    assert_eq!(hooks.iter().map(|hook| hook.signed).collect::<Vec<_>>(), [false, false, false, true]);
    assert_eq!(hooks[3].fields.iter().filter(|(name, _)| name == "From").count(), 2);
    desk.stop().await;
}

/// The carrier retries a connect failure once and nothing else; a lost text must show as lost.
#[tokio::test]
async fn an_undelivered_webhook_is_unacknowledged_and_in_the_log() {
    let desk = Desk::start().await;
    desk.answers(503, "");
    assert_eq!(desk.sim.text(Text::new(CUSTOMER, OWN, "one")).await.status, 503);
    assert_eq!(desk.hooks().len(), 1, "a 5xx is not retried");
    desk.sim.register_number(lotline_sim::Number {
        phone_number: OWN.into(),
        account_sid: ACCOUNT.into(),
        sms_url: "http://127.0.0.1:1/sms".into(),
    });
    assert_eq!(desk.sim.text(Text::new(CUSTOMER, OWN, "two")).await.status, 0);
    let ledger = desk.sim.ledger();
    assert_eq!(ledger.inbound.iter().map(|text| text.attempts).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(ledger.unacknowledged().len(), 2);
    let page = get(&desk, &format!("/Messages.json?To={}", OWN.replace('+', "%2B"))).await;
    assert_eq!(page["messages"].as_array().unwrap().len(), 2, "what was lost can be listed");
    desk.stop().await;
}

#[tokio::test]
async fn credentials_are_checked() {
    let desk = Desk::start().await;
    for (user, password, status) in [
        (ACCOUNT, TOKEN, 200),
        (ACCOUNT, "the-other-token", 200),
        ("SK1", "secret", 200),
        (ACCOUNT, "wrong", 401),
        ("SK1", TOKEN, 401),
        ("AC00000000000000000000000000000002", TOKEN, 401),
    ] {
        let request = desk.http.get(desk.api("/Messages.json")).basic_auth(user, Some(password));
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), status, "{user} {password}");
        if status == 401 {
            assert_eq!(response.json::<Value>().await.unwrap()["code"], 20003);
        }
    }
    assert_eq!(desk.http.get(desk.api(".json")).send().await.unwrap().status(), 401);
    desk.stop().await;
}

/// A backfill that pages while texts arrive must see each message once.
#[tokio::test]
async fn the_list_pages_newest_first_and_stands_still_under_new_texts() {
    let desk = Desk::start().await;
    for n in 0..5 {
        desk.sim.text(Text::new(CUSTOMER, OWN, format!("text {n}"))).await;
    }
    let bodies = |page: &Value| -> Vec<String> {
        page["messages"].as_array().unwrap().iter().map(|m| m["body"].as_str().unwrap().to_owned()).collect()
    };
    let first = get(&desk, "/Messages.json?PageSize=2").await;
    assert_eq!(bodies(&first), ["text 4", "text 3"]);
    desk.sim.text(Text::new(CUSTOMER, OWN, "meanwhile")).await;
    let second = follow(&desk, &first).await;
    assert_eq!(bodies(&second), ["text 2", "text 1"]);
    let third = follow(&desk, &second).await;
    assert_eq!(bodies(&third), ["text 0"]);
    assert_eq!(third["next_page_uri"], Value::Null);

    let none = get(&desk, "/Messages.json?From=%2B13035550177").await;
    assert_eq!(bodies(&none).len(), 0);
    assert_eq!(bodies(&get(&desk, "/Messages.json?DateSent%3E=2020-01-01").await).len(), 6);
    assert_eq!(bodies(&get(&desk, "/Messages.json?DateSent%3C=2020-01-01").await).len(), 0);
    assert_eq!(get(&desk, "/Messages.json?PageSize=0").await["code"], 20006);
    desk.stop().await;
}

#[tokio::test]
async fn one_message_can_be_read_redacted_and_removed() {
    let desk = Desk::start().await;
    let sent: Value = desk.send("a secret").await.unwrap().json().await.unwrap();
    let path = format!("/Messages/{}.json", sent["sid"].as_str().unwrap());
    assert_eq!(get(&desk, &path).await["body"], "a secret");
    let redact = desk.http.post(desk.api(&path)).basic_auth(ACCOUNT, Some(TOKEN)).form(&[("Body", "")]);
    assert_eq!(redact.send().await.unwrap().json::<Value>().await.unwrap()["body"], "");
    let delete = desk.http.delete(desk.api(&path)).basic_auth(ACCOUNT, Some(TOKEN));
    assert_eq!(delete.send().await.unwrap().status(), 204);
    assert_eq!(get(&desk, &path).await["code"], 20404);
    assert_eq!(desk.sim.ledger().outbound[0].body, "a secret", "the ledger forgets nothing");
    desk.stop().await;
}

/// After STOP the carrier refuses, until START; a text before that needs no answer.
#[tokio::test]
async fn the_carrier_heeds_stop_and_start() {
    let desk = Desk::start().await;
    desk.sim.text(Text::new(CUSTOMER, OWN, " Stop ")).await;
    desk.sim.text(Text::new(CUSTOMER, OWN, "why are you still there")).await;
    let refused: Value = desk.send("Hi again").await.unwrap().json().await.unwrap();
    assert_eq!((&refused["code"], &refused["status"]), (&Value::from(21610), &Value::from(400)));
    desk.sim.text(Text::new(CUSTOMER, OWN, "START")).await;
    assert_eq!(desk.send("Welcome back").await.unwrap().status(), 201);
    let ledger = desk.sim.ledger();
    assert!(ledger.inbound.iter().all(|text| !text.needs_answer));
    assert_eq!((ledger.carrier_replies.len(), ledger.refused[0].code), (2, 21610));

    desk.sim.set_answers_keywords(ACCOUNT, false);
    desk.sim.text(Text::new(CUSTOMER, OWN, "STOP")).await;
    assert_eq!(desk.send("You are unsubscribed").await.unwrap().status(), 201);
    desk.stop().await;
}

#[tokio::test]
async fn foreign_senders_are_refused() {
    let desk = Desk::start().await;
    let form = [("From", "+17205550188"), ("To", CUSTOMER), ("Body", "x")];
    let request = desk.http.post(desk.api("/Messages.json")).basic_auth(ACCOUNT, Some(TOKEN)).form(&form);
    assert_eq!(request.send().await.unwrap().json::<Value>().await.unwrap()["code"], 21606);
    desk.stop().await;
}

#[tokio::test]
async fn numbers_are_found_and_pointed_elsewhere() {
    let desk = Desk::start().await;
    let found =
        get(&desk, &format!("/IncomingPhoneNumbers.json?PhoneNumber={}", OWN.replace('+', "%2B"))).await;
    let sid = found["incoming_phone_numbers"][0]["sid"].as_str().unwrap().to_owned();
    let path = desk.api(&format!("/IncomingPhoneNumbers/{sid}.json"));
    let new = desk.url("/elsewhere");
    let update = desk.http.post(path).basic_auth(ACCOUNT, Some(TOKEN)).form(&[("SmsUrl", &new)]);
    assert_eq!(update.send().await.unwrap().json::<Value>().await.unwrap()["sms_url"], new.as_str());
    desk.sim.text(Text::new(CUSTOMER, OWN, "hello")).await;
    assert_eq!(desk.hooks()[0].path, "/elsewhere");
    let bought = desk.http.post(desk.api("/IncomingPhoneNumbers.json")).basic_auth(ACCOUNT, Some(TOKEN));
    let bought = bought.form(&[("PhoneNumber", "+13035550177")]).send().await.unwrap();
    assert_eq!(bought.status(), 201);
    assert_eq!(get(&desk, "/IncomingPhoneNumbers/PN0.json").await["code"], 20404);
    desk.stop().await;
}

/// A reply inside the webhook's answer reaches the customer and must be seen as a text.
#[tokio::test]
async fn twiml_replies_are_sent() {
    let desk = Desk::start().await;
    desk.answers(200, "<Response><Message>Got it &amp; thanks</Message></Response>");
    desk.sim.text(Text::new(CUSTOMER, OWN, "hello")).await;
    let ledger = desk.sim.ledger();
    assert_eq!(
        (ledger.outbound[0].body.as_str(), ledger.outbound[0].direction.as_str()),
        ("Got it & thanks", "outbound-reply")
    );
    desk.answers(200, "OK");
    desk.sim.text(Text::new(CUSTOMER, OWN, "hello?")).await;
    assert_eq!(desk.sim.ledger().violations.len(), 1);
    desk.stop().await;
}

#[tokio::test]
async fn pictures_are_announced_and_served() {
    let desk = Desk::start().await;
    let media = vec![Media { content_type: "image/gif".into(), url: None }];
    let ack = desk.sim.text(Text { media, ..Text::new(CUSTOMER, OWN, "") }).await;
    assert!(ack.sid.starts_with("MM"));
    let hook = desk.hooks().remove(0);
    assert_eq!((hook.get("NumMedia"), hook.get("MediaContentType0")), ("1", "image/gif"));
    let picture = desk.http.get(hook.get("MediaUrl0")).basic_auth(ACCOUNT, Some(TOKEN)).send().await.unwrap();
    assert_eq!(picture.headers()["content-type"], "image/gif");
    desk.stop().await;
}

async fn get(desk: &Desk, path: &str) -> Value {
    let request = desk.http.get(desk.api(path)).basic_auth(ACCOUNT, Some(TOKEN));
    request.send().await.unwrap().json().await.unwrap()
}

async fn follow(desk: &Desk, page: &Value) -> Value {
    let url = format!("{}{}", desk.sim.base_url(), page["next_page_uri"].as_str().unwrap());
    desk.http.get(url).basic_auth(ACCOUNT, Some(TOKEN)).send().await.unwrap().json().await.unwrap()
}
