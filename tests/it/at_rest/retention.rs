//! Each class of records has its clock: what has run out goes, what is held or still needed stays.

use std::{sync::Arc, time::Duration};

use lotline_common::{
    LeadId,
    api::{application::ApplicationField, auth::Role, retention::RecordClass, turn::AuthorKind},
};
use lotlined::{
    action::prune,
    app::App,
    clock::Clock,
    db::{Hold, Scope},
    store::{self, audit::Chain},
};
use serde_json::json;

use crate::{
    store::{count, customer, say},
    support::{
        daemon::settings,
        db::Fresh,
        desk::Desk,
        opened::Opened,
        seed::{self, Store, write},
    },
};

both_engines!(
    what_has_run_out_goes_and_what_is_held_stays,
    the_newest_line_of_a_phone_stays_for_ever,
    clocks_are_set_within_the_law,
);

const DAY: Duration = Duration::from_hours(24);

/// The same database, so many days from now.
async fn days_from_now(fresh: &Fresh, days: u32) -> Arc<App> {
    let now = Clock::system().now();
    App::open(settings(&fresh.url, ""), Clock::fixed(now + DAY * days), Hold::Command).await.unwrap()
}

async fn furnish(app: &App, store: Store) -> (LeadId, LeadId) {
    let (free, held) = (customer(&app.db, store, 1).await, customer(&app.db, store, 2).await);
    let (keyring, at) = (app.keyring.clone(), app.clock.now());
    for lead in [free, held] {
        say(&app.db, store, lead, AuthorKind::Member, "I will hold it for you.", 1).await;
    }
    write(&app.db, move |tx| {
        Box::pin(async move {
            store::lead::set_hold(tx, store.org, held, true).await?;
            for lead in [free, held] {
                let field = ApplicationField::Employer;
                let sealer = keyring.sealer_of_lead(tx, store.org, lead, at).await.unwrap();
                let place = store::application::place(store.org, lead, field);
                let sealed = sealer.seal(place, &"Quarry & Daughters".into()).unwrap();
                store::application::put(tx, store.org, lead, [(field, sealed)].into(), store.user, at)
                    .await?;
            }
            Ok(())
        })
    })
    .await;
    (free, held)
}

async fn left(app: &App) -> [i64; 4] {
    [
        count(&app.db, "SELECT COUNT(*) FROM turns WHERE text <> ''").await,
        count(&app.db, "SELECT COUNT(*) FROM application_fields").await,
        count(&app.db, "SELECT COUNT(*) FROM lead_keys").await,
        count(&app.db, "SELECT COUNT(*) FROM receipts").await,
    ]
}

/// Lost: what the Safeguards Rule wants gone after two years is there for the next thief; or evidence is destroyed.
async fn what_has_run_out_goes_and_what_is_held_stays(fresh: &Fresh) {
    let app = Opened::on(fresh).await.app;
    let (store, other) = (seed::store(&app.db, 1).await, seed::store(&app.db, 2).await);
    let (_, held) = furnish(&app, store).await;
    customer(&app.db, other, 3).await;
    let own = write(&app.db, move |tx| {
        Box::pin(
            async move { store::retention::set(tx, other.org, RecordClass::Messages, Some(1_825)).await },
        )
    });
    own.await;
    let soon = days_from_now(fresh, 29).await;
    prune::run(&soon).await.unwrap();
    assert_eq!(left(&soon).await, [5, 2, 2, 3], "nothing has run out");
    soon.close().await;
    let later = days_from_now(fresh, 800).await;
    assert!(prune::run(&later).await.unwrap() > 0);
    assert_eq!(
        left(&later).await,
        [3, 1, 1, 1],
        "the held customer's, and the words of who keeps them longer"
    );
    assert_eq!(prune::run(&later).await.unwrap(), 0, "nothing is done twice");
    let mut tx = later.db.read(Scope::Org(store.org)).await.unwrap();
    assert!(Chain::begin(&mut tx, store.org).await.unwrap().walk(&mut tx).await.unwrap().is_ok());
    drop(tx);
    write(&later.db, move |tx| {
        Box::pin(async move {
            store::lead::set_hold(tx, store.org, held, false).await?;
            store::retention::look_again(tx, store.org).await
        })
    })
    .await;
    prune::run(&later).await.unwrap();
    assert_eq!(left(&later).await, [1, 0, 0, 0], "the hold was lifted");
    later.close().await;
}

/// Lost: an old opt-out is tidied away, and the customer is texted again.
async fn the_newest_line_of_a_phone_stays_for_ever(fresh: &Fresh) {
    let app = Opened::on(fresh).await.app;
    let store = seed::store(&app.db, 1).await;
    let line = async |years: u32, kind: &'static str| {
        let at = Clock::system().now() - DAY * 365 * years;
        write(&app.db, move |tx| {
            Box::pin(async move {
                tx.query(
                    "INSERT INTO consents (id, organization_id, lead_id, kind, channel, phone, source, at)
                     VALUES ($1, $2, $3, $4, 'sms', '+13035550101', 'keyword', $5)",
                )
                .bind(uuid::Uuid::now_v7())
                .bind(store.org.number())
                .bind(LeadId::new())
                .bind(kind)
                .bind(at)
                .execute()
                .await
                .map(drop)
            })
        })
        .await;
    };
    line(9, "opt_out").await;
    line(8, "opt_in").await;
    line(7, "opt_out").await;
    let by_hand = app.db.write(Scope::System, |tx| {
        Box::pin(async move { tx.query("DELETE FROM consents WHERE kind = 'opt_out'").execute().await })
    });
    assert!(by_hand.await.unwrap_err().to_string().contains("append-only"));
    assert_eq!(prune::run(&app).await.unwrap(), 2);
    assert_eq!(count(&app.db, "SELECT COUNT(*) FROM consents WHERE kind = 'opt_out'").await, 1);
    line(1, "opt_in").await;
    assert_eq!(prune::run(&app).await.unwrap(), 1, "the old line has a newer one now");
    line(0, "opt_out").await;
    assert_eq!(prune::run(&app).await.unwrap(), 0, "a year is no five years");
}

/// Lost: an admin sets a clock that breaks the law, or somebody else's clock.
async fn clocks_are_set_within_the_law(db: &Fresh) {
    let desk = Desk::open(db).await;
    let shop = desk.shop(1).await;
    let path = "/api/v1/retention";
    let shown = shop.admin.get(path).await.json();
    assert_eq!(shown["items"].as_array().unwrap().len(), 5);
    let set = shop.admin.put(path, json!({"days": {"messages": 365, "audit": null}})).await;
    assert_eq!(set.status, 200, "{}", set.text);
    assert_eq!(
        set.json()["items"][0],
        json!({"class": "messages", "days": 365, "default": 730, "floor": 30, "ceiling": 1825})
    );
    for (bad, field) in [
        (json!({"days": {"consents": 365}}), "days.consents"),
        (json!({"days": {"application": 762}}), "days.application"),
        (json!({"days": {"messages": 29}}), "days.messages"),
    ] {
        let refused = shop.admin.put(path, bad).await;
        assert_eq!((refused.status.as_u16(), refused.json()["field"].as_str().unwrap()), (400, field));
    }
    for bad in [
        json!({"days": {"everything": 1}}),
        json!({"days": {"messages": -1}}),
        json!({"days": {"messages": "long"}}),
    ] {
        assert_eq!(shop.admin.put(path, bad).await.status, 400);
    }
    let manager = desk.member(&shop, Role::Manager).await;
    assert_eq!(manager.get(path).await.status, 403);
    assert_eq!(manager.put(path, json!({"days": {}})).await.status, 403);
    desk.close().await;
}
