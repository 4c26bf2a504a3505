//! Keys are changed while the desk works: every secret opens before, meanwhile and after.

use std::sync::Arc;

use lotline_common::{CarrierAccountId, api::organization::CarrierProvider};
use lotlined::{
    action::{by_system, rotate_keys, set_carrier},
    app::App,
    clock::Clock,
    config::Config,
    db::{Hold, Scope},
    domain::organization::OrgKey,
    seal::{SealKey, Sealer},
    store::{
        self,
        carrier_account::{SealedAccount, place},
    },
};
use secrecy::ExposeSecret;

use crate::{
    directory::carrier,
    support::{
        db::Fresh,
        seed::{self, write},
    },
};

both_engines!(
    what_the_key_file_sealed_itself_gets_a_data_key,
    a_new_key_file_takes_over,
    an_organization_gets_a_new_data_key,
);

const OLD: &str = "5e";
const NEW: &str = "7a";

/// A command with these key files.
async fn with_keys(db: &Fresh, key: &str, previous: Option<&str>) -> Arc<App> {
    let previous = previous.map(|key| format!("previous_key = \"{}\"", key.repeat(32))).unwrap_or_default();
    let config = format!(
        "[database]\nurl = {:?}\n[secrets]\nkey = \"{}\"\n{previous}\n[auth]\nsecret = \"{}\"\n",
        db.url,
        key.repeat(32),
        "a-signing-secret-of-the-tests-0123456789"
    );
    App::open(Config::from_toml(&config).unwrap(), Clock::system(), Hold::Command).await.unwrap()
}

/// The carrier's token as the desk uses it; `None` when it does not open.
async fn token(app: &App, org: OrgKey) -> Option<String> {
    let desk = app.directory.organization(org).await.unwrap().unwrap();
    desk.carrier.as_ref().map(|carrier| carrier.auth_token.expose_secret().to_owned())
}

/// Lost: after the update no dealership can text, because its carrier's token does not open.
async fn what_the_key_file_sealed_itself_gets_a_data_key(db: &Fresh) {
    let app = with_keys(db, OLD, None).await;
    let store = seed::store(&app.db, 1).await;
    let (org, id) = (store.org, CarrierAccountId::new());
    let master = Sealer::new(&SealKey::from_text(&OLD.repeat(32)).unwrap(), None).unwrap();
    let sealed = master.seal(place(org, id, "auth_token"), &"token-from-before".into()).unwrap();
    let account = SealedAccount {
        organization_id: org.number(),
        id,
        provider: CarrierProvider::Twilio,
        account_sid: "AC00000000000000000000000000000001".into(),
        auth_token: sealed.clone(),
        auth_token_secondary: None,
        api_key_sid: None,
        api_key_secret: None,
        answers_keywords: true,
    };
    write(&app.db, move |tx| {
        Box::pin(async move {
            store::carrier_account::replace(tx, org, account, lotline_common::At::from_micros(1)).await
        })
    })
    .await;
    assert_eq!(token(&app, org).await.as_deref(), Some("token-from-before"), "it opens at once");
    rotate_keys::begin(&app).await.unwrap();
    let mut tx = app.db.read(Scope::System).await.unwrap();
    let now = store::carrier_account::live(&mut tx, org).await.unwrap().auth_token;
    drop(tx);
    assert!(!master.is_current(&now), "the key file seals data keys only");
    app.close().await;
    let again = with_keys(db, OLD, None).await;
    assert_eq!(token(&again, org).await.as_deref(), Some("token-from-before"));
    again.close().await;
}

/// Lost: after a leak of the key file nothing can be done but to type in every dealership's credentials again.
async fn a_new_key_file_takes_over(db: &Fresh) {
    let app = with_keys(db, OLD, None).await;
    let store = seed::store(&app.db, 1).await;
    set_carrier::run(&app, store.org, carrier("token-1"), by_system()).await.unwrap();
    app.close().await;
    let stranger = with_keys(db, NEW, None).await;
    assert_eq!(token(&stranger, store.org).await, None, "another key opens nothing");
    stranger.close().await;
    let both = with_keys(db, NEW, Some(OLD)).await;
    assert_eq!(token(&both, store.org).await.as_deref(), Some("token-1"));
    assert_eq!(rotate_keys::run(&both).await.unwrap(), 1);
    assert_eq!(rotate_keys::run(&both).await.unwrap(), 0, "nothing is left to do");
    both.close().await;
    let new = with_keys(db, NEW, None).await;
    assert_eq!(token(&new, store.org).await.as_deref(), Some("token-1"));
    new.close().await;
    let old = with_keys(db, OLD, None).await;
    assert_eq!(token(&old, store.org).await, None, "the old file opens nothing any more");
    old.close().await;
}

/// Lost: a data key that was seen by somebody stays good for ever.
async fn an_organization_gets_a_new_data_key(db: &Fresh) {
    let app = with_keys(db, OLD, None).await;
    let (one, two) = (seed::store(&app.db, 1).await, seed::store(&app.db, 2).await);
    for store in [one, two] {
        set_carrier::run(&app, store.org, carrier("token-1"), by_system()).await.unwrap();
    }
    let keys = async || store::data_key::all(&mut app.db.read(Scope::System).await.unwrap()).await.unwrap();
    let before = keys().await;
    assert_eq!(before.len(), 2);
    assert_eq!(rotate_keys::of_organization(&app, one.org, by_system()).await.unwrap(), 1);
    let after = keys().await;
    assert_eq!(after.iter().map(|key| key.generation).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(after[1].sealed, before[1].sealed, "the other organization's stays");
    set_carrier::run(&app, one.org, carrier("token-2"), by_system()).await.unwrap();
    assert_eq!(token(&app, one.org).await.as_deref(), Some("token-2"));
    assert_eq!(token(&app, two.org).await.as_deref(), Some("token-1"));
    app.close().await;
}
