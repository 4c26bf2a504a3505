//! Whose a number is, in memory: right at once after a change of ours, and soon after a change of others.

use std::{sync::Arc, time::Duration};

use lotline_common::{
    PhoneNumber,
    api::{
        auth::NewOrganization,
        organization::{AddNumber, CarrierProvider, SetCarrier, VoiceMode},
    },
};
use lotlined::{
    action::{add_number, add_user::Person, by_system, create_organization, remove_number, set_carrier},
    app::App,
    db::{DbError, Scope},
    domain::organization::OrgKey,
    store,
};
use secrecy::ExposeSecret;

use crate::support::{caller::PASSWORD, daemon::beside, db::Fresh, eventually};

both_engines!(
    a_change_is_seen_at_once_here_and_soon_elsewhere,
    a_row_copied_to_another_organization_opens_no_credential,
    a_scope_reaches_its_own_organization_only,
);

async fn organization(app: &App, name: &str) -> OrgKey {
    let asked =
        NewOrganization { name: name.to_owned(), slug: None, time_zone: Some("America/Denver".to_owned()) };
    let admin = Person {
        email: "dana@example.com".to_owned(),
        name: "Dana".to_owned(),
        password: Some(PASSWORD.into()),
    };
    let (added, _) = create_organization::run(app, asked, admin).await.unwrap();
    let mut tx = app.db.read(Scope::System).await.unwrap();
    store::organization::find_by_slug(&mut tx, &added.slug).await.unwrap().key
}

fn number(last: u8) -> AddNumber {
    AddNumber {
        phone_number: format!("+130355501{last:02}").parse().unwrap(),
        label: None,
        sms: true,
        voice_mode: VoiceMode::RingTeam,
    }
}

fn carrier(token: &str) -> SetCarrier {
    SetCarrier {
        provider: CarrierProvider::Twilio,
        account_sid: format!("AC{}", "0a".repeat(16)),
        auth_token: token.to_owned(),
        auth_token_secondary: None,
        api_key_sid: None,
        api_key_secret: None,
        answers_keywords: true,
    }
}

/// The token with which webhooks to that number are verified.
async fn token_of(app: &App, number: &PhoneNumber) -> Option<String> {
    let line = app.directory.line(number).await.unwrap()?;
    let carrier = line.desk.carrier.as_ref()?;
    Some(carrier.auth_token.expose_secret().to_owned())
}

async fn a_change_is_seen_at_once_here_and_soon_elsewhere(db: &Fresh) {
    let (here, there) = (beside(db).await, beside(db).await);
    let org = organization(&here, "Dana Motors").await;
    let wanted = number(1).phone_number;
    assert!(there.directory.line(&wanted).await.unwrap().is_none());
    let added = add_number::run(&here, org, number(1), by_system(), None).await.unwrap();
    set_carrier::run(&here, org, carrier("token-1")).await.unwrap();
    assert_eq!(token_of(&here, &wanted).await.as_deref(), Some("token-1"));
    let line = here.directory.line(&wanted).await.unwrap().unwrap();
    assert_eq!((line.desk.org, line.desk.name.as_str(), line.number.id), (org, "Dana Motors", added.id));
    assert_eq!(line.desk.time_zone.iana_name(), Some("America/Denver"));
    let seen = |token: &'static str| {
        let (there, wanted) = (Arc::clone(&there), wanted.clone());
        move || {
            let (there, wanted) = (there.clone(), wanted.clone());
            async move { token_of(&there, &wanted).await.as_deref() == Some(token) }
        }
    };
    let soon = Duration::from_secs(5);
    eventually(soon, seen("token-1")).await;
    set_carrier::run(&here, org, carrier("token-2")).await.unwrap();
    assert_eq!(token_of(&here, &wanted).await.as_deref(), Some("token-2"));
    eventually(soon, seen("token-2")).await;
    remove_number::run(&here, org, added.id, by_system()).await.unwrap();
    assert!(here.directory.line(&wanted).await.unwrap().is_none());
    eventually(soon, || async { there.directory.line(&wanted).await.unwrap().is_none() }).await;
    assert!(here.directory.organization(org).await.unwrap().unwrap().numbers.is_empty());
    here.close().await;
    there.close().await;
}

async fn a_row_copied_to_another_organization_opens_no_credential(db: &Fresh) {
    let app = beside(db).await;
    let dana = organization(&app, "Dana Motors").await;
    let eli = organization(&app, "Eli Cars").await;
    set_carrier::run(&app, dana, carrier("canary-token")).await.unwrap();
    app.db
        .write(Scope::System, move |tx| {
            Box::pin(async move {
                let mut row = store::carrier_account::live(tx, dana).await?;
                row.organization_id = eli.number();
                let now = lotline_common::At::from_unix_seconds(1);
                store::carrier_account::replace(tx, eli, row, now).await?;
                tx.tell(lotlined::db::Committed::Directory);
                Ok::<_, DbError>(())
            })
        })
        .await
        .unwrap();
    let of = async |org| app.directory.organization(org).await.unwrap().unwrap();
    assert!(of(eli).await.carrier.is_none());
    let danas = of(dana).await;
    assert!(danas.carrier.is_some());
    assert!(!format!("{danas:?}").contains("canary"), "credentials are not printed");
    app.close().await;
}

async fn a_scope_reaches_its_own_organization_only(db: &Fresh) {
    let app = beside(db).await;
    let dana = organization(&app, "Dana Motors").await;
    let eli = organization(&app, "Eli Cars").await;
    let danas = add_number::run(&app, dana, number(1), by_system(), None).await.unwrap();
    let mut own = app.db.read(Scope::Org(eli)).await.unwrap();
    let tx = &mut own;
    let refused = [
        store::organization::find(tx, dana).await.map(drop),
        store::phone_number::list(tx, dana).await.map(drop),
        store::carrier_account::live(tx, dana).await.map(drop),
        store::agent_profile::live(tx, dana).await.map(drop),
        store::member::list(tx, dana).await.map(drop),
    ];
    for (at, outcome) in refused.into_iter().enumerate() {
        assert!(matches!(outcome, Err(DbError::NotFound)), "function {at}: {outcome:?}");
    }
    // A database closes after its last reader.
    drop(own);
    let foreign = remove_number::run(&app, eli, danas.id, by_system()).await;
    assert!(matches!(foreign, Err(lotlined::error::Error::NotFound)));
    app.close().await;
}
