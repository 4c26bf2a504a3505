//! A customer texts: one lead, one turn, one answer, whatever the carrier does.

use futures::future::join_all;
use lotline_common::{api::turn::AuthorKind, event::EventKind};
use lotline_sim::{Media, Text};

use crate::support::{
    db::Fresh,
    desk::{Desk, Times},
    shop::{by, customer},
};

both_engines!(
    a_text_is_answered_once,
    a_webhook_two_hundred_times_is_one_text,
    quick_texts_get_one_answer,
    one_phone_at_two_stores_is_two_customers,
    a_picture_is_kept,
    what_a_customer_writes_at_once_is_all_kept,
);

/// Lost: the customer, who gets no answer and goes to the next store.
async fn a_text_is_answered_once(db: &Fresh) {
    let desk = Desk::open(db).await;
    let shop = desk.shop(1).await;
    let lead = shop.hears(&customer(0), "Is the Civic still there?").await;
    let sent = shop.until_sent(&customer(0), 1).await;
    assert!(sent[0].body.contains("AI assistant"), "{}", sent[0].body);
    let delivered = shop.events_to(EventKind::MessageDelivered).await;
    let kinds: Vec<EventKind> = delivered.iter().map(|event| event.kind).collect();
    assert_eq!(kinds.iter().filter(|&&kind| kind == EventKind::LeadCreated).count(), 1);
    assert_eq!(kinds.iter().filter(|&&kind| kind == EventKind::TurnAdded).count(), 2, "{kinds:?}");
    let thread = shop.thread(&lead).await;
    assert_eq!(by(&thread, AuthorKind::Ai)[0].text, sent[0].body);
    let lead = shop.lead(&lead).await;
    assert_eq!((lead.waiting_since, lead.unread), (None, 0));
    assert_eq!(shop.sent(&customer(0)).len(), 1);
    desk.close().await;
}

/// Lost: trust, when one text is answered two hundred times because the carrier repeated itself.
async fn a_webhook_two_hundred_times_is_one_text(db: &Fresh) {
    let desk = Desk::open(db).await;
    let shop = desk.shop(1).await;
    let text = Text {
        message_sid: Some(format!("SM{:032x}", 7)),
        ..Text::new(customer(0), &shop.own, "Is the Civic still there?")
    };
    let posts = join_all((0..200).map(|_| desk.sim.text(text.clone()))).await;
    assert!(posts.iter().all(|post| post.status == 200 && post.body == posts[0].body));
    shop.until_sent(&customer(0), 1).await;
    assert_eq!(desk.sim.text(text).await.status, 200, "long after, too");
    shop.events_to(EventKind::MessageDelivered).await;
    assert_eq!(desk.count("leads").await, 1);
    assert_eq!(desk.count("turns WHERE author_kind = 'customer'").await, 1);
    assert_eq!(desk.count("events WHERE kind = 'turn.added' AND actor_kind = 'customer'").await, 1);
    assert_eq!(desk.count("turns WHERE author_kind = 'ai'").await, 1);
    // No second answer is on its way.
    desk.at_rest().await;
    assert_eq!(shop.sent(&customer(0)).len(), 1);
    desk.close().await;
}

/// Lost: patience, when three quick texts get three answers that talk past each other.
async fn quick_texts_get_one_answer(db: &Fresh) {
    // They have time to come, on any machine; then it is over.
    let desk = Desk::with(db, Times { burst: "40s", ..Times::default() }).await;
    let shop = desk.shop(1).await;
    let texts = ["Hi", "is the silver Civic still there", "and does it have heated seats?"];
    for text in texts {
        assert_eq!(shop.text(&customer(0), text).await.status, 200);
    }
    desk.make_due("reply_with_agent").await;
    shop.until_sent(&customer(0), 1).await;
    shop.events_to(EventKind::MessageDelivered).await;
    let asked: Vec<String> =
        shop.conversations().into_iter().flat_map(|it| it.user_messages).map(|said| said.text).collect();
    assert_eq!(asked, [texts.join("\n")]);
    desk.at_rest().await;
    assert_eq!(shop.sent(&customer(0)).len(), 1);
    desk.close().await;
}

/// Lost: the licence, when what a customer told one store is known at another.
async fn one_phone_at_two_stores_is_two_customers(db: &Fresh) {
    let desk = Desk::open(db).await;
    let (first, second) = (desk.shop(1).await, desk.shop(2).await);
    for (shop, word) in [(&first, "MARIGOLD"), (&second, "COBALT")] {
        let note = format!("My code word is {word}-7731, keep it. Is the Civic there?");
        shop.hears(&customer(0), &note).await;
    }
    for shop in [&first, &second] {
        shop.until_sent(&customer(0), 1).await;
        shop.hears(&customer(0), "Are you open on Saturday?").await;
    }
    for shop in [&first, &second] {
        shop.until_sent(&customer(0), 2).await;
        assert_eq!(shop.conversations().len(), 2);
    }
    let canaries = [(first.own.clone(), "MARIGOLD".to_owned()), (second.own.clone(), "COBALT".to_owned())];
    assert_eq!(desk.sim.ledger().leaks(&canaries), []);
    for (shop, own) in [(&first, "MARIGOLD-7731"), (&second, "COBALT-7731")] {
        let last = shop.conversations().pop().unwrap();
        let told = last.dynamic_variables["conversation_context"].as_str().unwrap();
        assert!(told.contains(own), "its own history is there: {told}");
        assert_eq!(last.dynamic_variables["organization_name"], shop.name.as_str());
    }
    let ids = [first.find(&customer(0)).await.unwrap().id, second.find(&customer(0)).await.unwrap().id];
    assert_ne!(ids[0], ids[1]);
    let stolen = second.admin.get(&format!("/api/v1/leads/{}", ids[0])).await;
    assert_eq!(stolen.status, 404);
    desk.close().await;
}

/// Lost: the photo of the trade-in that the customer took the trouble to send.
async fn a_picture_is_kept(db: &Fresh) {
    let desk = Desk::open(db).await;
    let shop = desk.shop(1).await;
    let picture = |kind: &str| Media { content_type: kind.to_owned(), url: None };
    let text = Text {
        media: vec![picture("image/jpeg"), picture("image/png")],
        ..Text::new(customer(0), &shop.own, "my trade-in 🚙")
    };
    assert_eq!(desk.sim.text(text).await.status, 200);
    let lead = shop.find(&customer(0)).await.unwrap();
    let thread = shop.thread(&lead).await;
    let kinds: Vec<&str> = thread[0].media.iter().map(|media| media.content_type.as_str()).collect();
    assert_eq!((thread[0].text.as_str(), kinds), ("my trade-in 🚙", vec!["image/jpeg", "image/png"]));
    assert!(thread[0].media.iter().all(|media| media.url.starts_with(&desk.sim.base_url())));
    shop.until_sent(&customer(0), 1).await;
    desk.close().await;
}

/// Lost: one text of a busy minute.
async fn what_a_customer_writes_at_once_is_all_kept(db: &Fresh) {
    let desk = Desk::open(db).await;
    let shop = desk.shop(1).await;
    let texts = (0..120).map(|n| {
        let (shop, phone) = (shop.clone(), customer(n % 12));
        async move { shop.text(&phone, &format!("text {n}")).await.status }
    });
    assert!(join_all(texts).await.iter().all(|status| *status == 200));
    assert_eq!(desk.count("leads").await, 12);
    assert_eq!(desk.count("turns WHERE author_kind = 'customer'").await, 120);
    for n in 0..12 {
        let lead = shop.find(&customer(n)).await.unwrap();
        let thread = shop.thread(&lead).await;
        let dense: Vec<i64> = (1..=i64::try_from(thread.len()).unwrap()).collect();
        assert_eq!(thread.iter().map(|turn| turn.seq).collect::<Vec<_>>(), dense);
        shop.until_sent(&customer(n), 1).await;
    }
    desk.close().await;
}
