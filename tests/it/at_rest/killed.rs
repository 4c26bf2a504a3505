//! The real program changes a data key and is killed in the middle.

use std::{fs, os::unix::fs::PermissionsExt, process::Stdio, sync::Arc, time::Duration};

use lotline_common::{At, LeadId, api::application::ApplicationField};
use lotlined::{
    app::App,
    db::{Db, Scope},
    store,
};
use secrecy::ExposeSecret;

use crate::{
    store::count,
    support::{
        daemon::beside,
        db::Fresh,
        eventually,
        program::{Running, code, lotlined, run, text},
        seed::{self, NewLead, Store},
    },
};

const CUSTOMERS: usize = 3_000;

/// Customers with a key of their own and one vaulted value each.
async fn furnish(app: &Arc<App>, store: Store) -> Vec<LeadId> {
    let leads: Vec<NewLead> = (0..CUSTOMERS).map(|_| NewLead::new("Dana Example", 1)).collect();
    let ids = leads.iter().map(|lead| lead.id).collect();
    let keyring = app.keyring.clone();
    seed::write(&app.db, move |tx| {
        Box::pin(async move {
            for lead in leads {
                seed::insert_lead(tx, store, lead.clone()).await?;
                let (field, at) = (ApplicationField::Employer, At::from_micros(1));
                let sealer = keyring.sealer_of_lead(tx, store.org, lead.id, at).await.unwrap();
                let place = store::application::place(store.org, lead.id, field);
                let sealed = sealer.seal(place, &format!("Employer of {}", lead.id).into()).unwrap();
                store::application::put(tx, store.org, lead.id, [(field, sealed)].into(), store.user, at)
                    .await?;
            }
            Ok(())
        })
    })
    .await;
    ids
}

/// Every value opens.
async fn all_open(app: &App, store: Store, leads: &[LeadId]) {
    let mut tx = app.db.read(Scope::Org(store.org)).await.unwrap();
    for &lead in leads {
        let key = app.keyring.of_lead(&mut tx, store.org, lead).await.unwrap().unwrap();
        let fields = store::application::fields(&mut tx, store.org, lead).await.unwrap();
        let [(field, sealed)] = &fields[..] else { panic!("{lead}: {} fields", fields.len()) };
        let value = key.open(store::application::place(store.org, lead, *field), sealed).unwrap();
        assert_eq!(value.expose_secret(), format!("Employer of {lead}"));
    }
}

/// By how many data keys the customers' keys are sealed.
async fn keys_in_use(db: &Db) -> i64 {
    count(db, "SELECT COUNT(DISTINCT substr(sealed, 2, 4)) FROM lead_keys").await
}

/// Lost: a power cut during the change of a key makes every application unreadable.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_of_keys_that_is_killed_loses_nothing_and_goes_on() {
    let db = Fresh::sqlite();
    let file = db.folder.join("lotline.toml");
    let (key, secret) = ("5e".repeat(32), "a-signing-secret-of-the-tests-0123456789");
    let settings = format!(
        "[database]\nurl = {:?}\n[secrets]\nkey = \"{key}\"\n[auth]\nsecret = \"{secret}\"\n",
        db.url
    );
    fs::write(&file, settings).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    let app = beside(&db).await;
    let store = seed::store(&app.db, 1).await;
    let leads = furnish(&app, store).await;
    let rotate = ["keys", "rotate", "--org", "Example Motors 1"];
    let mut rotating =
        Running(lotlined(&db.folder, &rotate).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    eventually(Duration::from_secs(20), || async { keys_in_use(&app.db).await == 2 }).await;
    rotating.0.kill().unwrap();
    rotating.0.wait().unwrap();
    assert_eq!(keys_in_use(&app.db).await, 2, "it was killed in the middle");
    assert_eq!(count(&app.db, "SELECT COUNT(*) FROM data_keys").await, 2);
    all_open(&app, store, &leads).await;
    let again = run(&db.folder, &rotate, None);
    assert_eq!(code(&again), 0, "{}", text(&again));
    assert_eq!(keys_in_use(&app.db).await, 1);
    assert_eq!(
        count(&app.db, "SELECT MAX(generation) + COUNT(*) FROM data_keys").await,
        3,
        "it went on, not anew"
    );
    all_open(&app, store, &leads).await;
    app.close().await;
    db.remove().await;
}
