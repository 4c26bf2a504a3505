//! Webhooks that are not the carrier's own leave nothing behind and teach nothing.

use lotline_common::api::turn::AuthorKind;
use lotline_sim::{Acknowledgement, Signed, Text, sign};
use reqwest::{Client, StatusCode};
use serde_json::json;

use crate::support::{
    caller::{Answer, Caller},
    daemon::{Daemon, settings},
    db::Fresh,
    desk::Desk,
    shop::{by, customer},
};

both_engines!(
    a_forged_text_is_refused_and_leaves_nothing,
    a_text_signed_with_either_token_is_taken,
    a_forged_report_moves_nothing,
);

const TABLES: [&str; 6] = ["receipts", "leads", "lead_contacts", "turns", "events", "jobs"];

async fn rows(desk: &Desk) -> Vec<i64> {
    let mut counts = Vec::new();
    for table in TABLES {
        counts.push(desk.count(table).await);
    }
    counts
}

/// Lost: the desk, when strangers can put words into customers' mouths or learn which numbers are ours.
async fn a_forged_text_is_refused_and_leaves_nothing(db: &Fresh) {
    let desk = Desk::open(db).await;
    let (shop, other) = (desk.shop(1).await, desk.shop(2).await);
    desk.number("+17205550190", &shop.account);
    let before = rows(&desk).await;
    let good = Text::new(customer(0), &shop.own, "hello");
    let with = |fields: &[(&str, &str)]| Text {
        fields: fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        ..good.clone()
    };
    let signed = |signed| Text { signed, ..good.clone() };
    let forged = [
        signed(Signed::NotAtAll),
        signed(Signed::Wrongly),
        signed(Signed::WithToken(other.token.clone())),
        Text::new(customer(0), "+17205550190", "an own number nobody has added"),
        with(&[("AccountSid", &other.account)]),
        with(&[("AccountSid", &shop.account), ("AccountSid", &other.account)]),
        with(&[("To", &other.own)]),
        with(&[("To", &shop.own), ("To", &other.own)]),
        with(&[("To", "")]),
    ];
    let mut answers: Vec<Acknowledgement> = Vec::new();
    for text in forged {
        answers.push(desk.sim.text(text).await);
    }
    for answer in &answers {
        assert_eq!((answer.status, &answer.body), (403, &answers[0].body));
    }
    let malformed = [
        with(&[("From", &customer(0)), ("From", &customer(1))]),
        with(&[("From", "client:somebody")]),
        with(&[("From", "")]),
        with(&[("MessageSid", "'; DROP TABLE leads")]),
        with(&[("NumMedia", "many")]),
    ];
    for text in malformed {
        let answer = desk.sim.text(text.clone()).await;
        assert_eq!(answer.status, 400, "{text:?}: {}", answer.body);
    }
    let huge = Text::new(customer(0), &shop.own, "x".repeat(300 * 1024));
    assert_eq!(desk.sim.text(huge).await.status, 413);
    assert_eq!(rows(&desk).await, before, "{TABLES:?}");
    assert_eq!(desk.sim.text(good).await.status, 200, "the real one is taken");
    desk.close().await;
}

/// Lost: every text during the hours in which the carrier's token is exchanged.
async fn a_text_signed_with_either_token_is_taken(db: &Fresh) {
    let desk = Desk::open(db).await;
    let shop = desk.shop_with(1, json!({"auth_token_secondary": "the-token-to-come"})).await;
    for (n, token) in [shop.token.as_str(), "the-token-to-come"].into_iter().enumerate() {
        let signed = Signed::WithToken(token.to_owned());
        let text = Text { signed, ..Text::new(customer(n), &shop.own, "hello") };
        assert_eq!(desk.sim.text(text).await.status, 200);
        shop.until_sent(&customer(n), 1).await;
    }
    desk.close().await;
}

/// Lost: the truth about a message, when anybody can report it delivered.
async fn a_forged_report_moves_nothing(db: &Fresh) {
    let desk = Desk::open(db).await;
    let (shop, other) = (desk.shop(1).await, desk.shop(2).await);
    let lead = shop.hears(&customer(0), "hello").await;
    shop.until_sent(&customer(0), 1).await;
    let settled = |thread: &[_]| {
        by(thread, AuthorKind::Ai)
            .iter()
            .any(|turn| turn.delivery.as_ref().is_some_and(|delivery| delivery.state.as_str() == "delivered"))
    };
    shop.until_thread(&lead, "delivered", settled).await;
    let before = rows(&desk).await;
    let text = shop.sent(&customer(0)).remove(0);
    let url = text.status_callback.unwrap();
    let fields: Vec<(String, String)> = [
        ("MessageSid", text.sid.as_str()),
        ("MessageStatus", "failed"),
        ("ErrorCode", "30007"),
        ("AccountSid", &shop.account),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    let client = Client::new();
    let bent = format!("{}x", url.trim_end_matches(|c: char| c.is_ascii_alphanumeric()));
    let mut bodies = Vec::new();
    for (url, token) in [(&url, "wrong"), (&url, other.token.as_str()), (&bent, shop.token.as_str())] {
        let signature = sign(token, url, &fields);
        let request = client.post(url).header("x-twilio-signature", signature).form(&fields);
        let answer = Answer::read(request.send().await.unwrap()).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        bodies.push(answer.text);
    }
    assert!(bodies.iter().all(|body| *body == bodies[0]));
    assert_eq!(rows(&desk).await, before);
    desk.close().await;
}

/// Lost: nothing but time. A desk that cannot check a signature says so instead of believing or dropping texts.
#[tokio::test]
async fn without_a_public_address_no_text_is_taken() {
    let db = Fresh::sqlite();
    let daemon = Daemon::start_with(settings(&db.url, "open_signup = true")).await;
    let stranger = Caller::stranger(&daemon);
    let post = stranger.request(reqwest::Method::POST, "/api/webhooks/twilio/sms/incoming");
    let answer = Answer::read(post.body("To=%2B17205550101").send().await.unwrap()).await;
    assert_eq!(answer.status, 503);
    assert!(answer.text.contains("public_url"), "{}", answer.text);
    daemon.stop().await;
    db.remove().await;
}
