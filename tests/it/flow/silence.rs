//! Nothing comes although something should: a person is told, before customers are lost.

use std::time::Duration;

use lotline_common::{At, api::alarm::AlarmKind};
use lotlined::{
    action::{count_texts, read_lists},
    clock::Clock,
    db::{DbError, Scope},
    domain::silence::{Traffic, hour_of},
    store,
};

use crate::support::{
    db::Fresh,
    desk::{Desk, Times},
    shop::customer,
};

both_engines!(a_busy_number_that_falls_silent_is_told, texts_that_come_by_the_list_alone_are_told);

/// A daemon that looks by itself only when it starts.
fn seldom() -> Times {
    Times { list: "1h", ..Times::default() }
}

/// Four weeks with ten customers in every hour, up to three hours ago.
fn busy(now: At) -> Traffic {
    let last = hour_of(now) - 3;
    let mut traffic = Traffic::new(last - 4 * 7 * 24);
    for hour in last - 4 * 7 * 24 + 1..=last {
        traffic.count(hour, |_| 10);
    }
    traffic
}

/// Lost: every lead of an afternoon, because a number was taken off its campaign and nobody noticed.
async fn a_busy_number_that_falls_silent_is_told(db: &Fresh) {
    let desk = Desk::with(db, seldom()).await;
    let (shop, quiet) = (desk.shop(1).await, desk.shop(2).await);
    let clock = Clock::system();
    let app = desk.by_clock(clock.clone()).await;
    let (own, history) = (shop.own.clone(), busy(clock.now()));
    let organizations = app.directory.organizations().await.unwrap();
    let org = organizations.iter().find(|desk| desk.name == shop.name).unwrap().org;
    let kept = app.db.write(Scope::Org(org), move |tx| {
        Box::pin(async move {
            let numbers = store::phone_number::traffic(tx, org).await?;
            store::phone_number::set_traffic(tx, org, numbers[0].0, &history).await
        })
    });
    kept.await.map_err(|error: DbError| error).unwrap();
    for _ in 0..2 {
        count_texts::run(&app).await.unwrap();
        assert_eq!(shop.alarms().await, [(AlarmKind::NumberSilent, Some(own.clone()))]);
        assert_eq!(quiet.alarms().await, [], "a store that was never busy is not silent");
    }
    shop.hears(&customer(0), "Is the Civic still there?").await;
    count_texts::run(&app).await.unwrap();
    assert_eq!(shop.alarms().await, []);
    app.close().await;
    desk.close().await;
}

/// Ten minutes, here and at the carrier.
fn later(desk: &Desk, clock: &Clock) {
    clock.set(Clock::system().now() + Duration::from_secs(600));
    desk.sim.set_clock(600);
}

/// Lost: minutes for every customer, and all of them when the list fails as well, because a webhook was mistyped.
async fn texts_that_come_by_the_list_alone_are_told(db: &Fresh) {
    let desk = Desk::with(db, seldom()).await;
    let shop = desk.shop(1).await;
    let begun = Clock::system().now() - Duration::from_secs(10);
    let clock = Clock::fixed(begun);
    let app = desk.by_clock(clock.clone()).await;
    read_lists::run(&app, true).await.unwrap();
    desk.cut_off(&shop);
    for n in 0..3 {
        assert_eq!(shop.alarms().await, []);
        shop.text(&customer(n), "Are you open today?").await;
    }
    later(&desk, &clock);
    read_lists::run(&app, true).await.unwrap();
    assert_eq!(desk.count("turns WHERE author_kind = 'customer'").await, 3);
    assert_eq!(shop.alarms().await, [(AlarmKind::WebhooksMissing, Some(shop.own.clone()))]);
    desk.number(&shop.own, &shop.account);
    desk.sim.set_clock(0);
    shop.hears(&customer(4), "And tomorrow?").await;
    later(&desk, &clock);
    desk.listed_to(begun).await;
    read_lists::run(&app, true).await.unwrap();
    assert_eq!(shop.alarms().await, [], "a webhook has come");
    app.close().await;
    desk.close().await;
}
