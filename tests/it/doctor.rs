//! `lotlined doctor` beside a running daemon: it names what is wrong, says what to do, and tells no secret.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, time::Duration};

use lotline_common::{LeadId, TurnId, api::alarm::AlarmKind, event::EventKind};
use lotline_sim::{Account, Number};
use lotlined::{
    backup,
    clock::Clock,
    db::{DbError, Scope},
    domain::{job::Job, organization::OrgKey},
    store,
};
use serde_json::Value;

use crate::support::{
    daemon::settings_text,
    db::Fresh,
    desk::Desk,
    program::{code, run},
    shop::{Shop, customer},
};

both_engines!(a_doctor_names_what_is_wrong);

/// What it finds wrong: subject, text, advice, as one line each; and whether it said that all is well.
fn examine(fresh: &Fresh) -> (Vec<String>, i32) {
    let output = run(&fresh.folder, &["doctor", "--json"], None);
    let findings: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    let wrong = findings.iter().filter(|of| of["verdict"] != "ok");
    let line = |of: &Value| format!("{} {}: {} → {}", of["verdict"], of["subject"], of["text"], of["advice"]);
    (wrong.map(line).collect(), code(&output))
}

/// One thing is wrong, and it is this one.
fn finds(fresh: &Fresh, what: &str, advice: &str) {
    let (wrong, code) = examine(fresh);
    let told = wrong.iter().filter(|line| line.contains(what) && line.contains(advice)).count();
    assert_eq!((told, wrong.len()), (1, 1), "{what}: {wrong:#?}");
    assert_eq!(code, i32::from(wrong[0].starts_with("\"fail\"")), "{wrong:?}");
}

fn fine(fresh: &Fresh) {
    assert_eq!(examine(fresh), (Vec::new(), 0));
}

/// A desk without a fresh copy is one disk away from its end.
fn keep_a_copy(fresh: &Fresh, copies: &Path) {
    if !fresh.is_sqlite() {
        return;
    }
    fs::create_dir(copies).unwrap();
    finds(fresh, "no fresh one in", "start the daemon");
    let copy = copies.join(backup::name_at(Clock::system().now()));
    assert!(run(&fresh.folder, &["backup", copy.to_str().unwrap()], None).status.success());
}

async fn change(desk: &Desk, statement: &'static str) {
    let done = desk.beside().await.db.write(Scope::System, move |tx| {
        Box::pin(async move { tx.query(statement).execute().await.map(drop) })
    });
    done.await.unwrap();
}

async fn organization(desk: &Desk) -> OrgKey {
    let mut tx = desk.beside().await.db.read(Scope::System).await.unwrap();
    store::organization::find_by_slug(&mut tx, "example-motors-1").await.unwrap().key
}

/// Work that nobody will do any more.
async fn give_up(desk: &Desk, lead: LeadId) {
    let (app, org) = (desk.beside().await, organization(desk).await);
    let now = app.clock.now();
    let later = now + Duration::from_hours(1);
    let enqueued = app.db.write(Scope::Org(org), move |tx| {
        Box::pin(async move {
            let job = Job::ReconcileMessage { turn: TurnId::new() };
            store::job::enqueue(tx, org, lead, job, later, now).await
        })
    });
    enqueued.await.unwrap();
    change(desk, "UPDATE jobs SET state = 'dead'").await;
}

async fn alarm(desk: &Desk, raised: bool) {
    let (app, org) = (desk.beside().await, organization(desk).await);
    let (kind, now) = (AlarmKind::NumberSilent, app.clock.now());
    let done = app.db.write(Scope::Org(org), move |tx| {
        Box::pin(async move {
            let subject = Some("+13035550199");
            if raised {
                store::alarm::raise(tx, org, kind, subject, now).await?;
            } else {
                store::alarm::clear(tx, org, kind, subject).await?;
            }
            Ok::<_, DbError>(())
        })
    });
    done.await.unwrap();
}

/// The same account at the carrier with another token, and then its own again.
fn token(desk: &Desk, shop: &Shop, auth_token: &str) {
    let (sid, auth_token) = (shop.account.clone(), auth_token.to_owned());
    desk.sim.register_account(Account { sid, auth_token, ..Account::default() });
}

fn texts_go_to(desk: &Desk, shop: &Shop, sms_url: String) {
    let (phone_number, account_sid) = (shop.own.clone(), shop.account.clone());
    desk.sim.register_number(Number { phone_number, account_sid, sms_url });
}

/// Lost: the night in which somebody looks for what a command could have told.
async fn a_doctor_names_what_is_wrong(fresh: &Fresh) {
    let desk = Desk::open(fresh).await;
    let shop = desk.shop(1).await;
    let file = fresh.folder.join("lotline.toml");
    let copies = fresh.folder.join("copies");
    let backups = if fresh.is_sqlite() {
        format!("[backup]\ndirectory = {:?}\n", copies.display().to_string())
    } else {
        String::new()
    };
    let more = format!("{}\n{backups}", desk.listening());
    fs::write(&file, settings_text(&fresh.url, &more)).unwrap();

    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    keep_a_copy(fresh, &copies);
    fine(fresh);
    token(&desk, &shop, "another-canary-token");
    finds(fresh, "the carrier refuses the credentials", "lotlined carrier set");
    token(&desk, &shop, &shop.token);
    texts_go_to(&desk, &shop, "https://elsewhere.example.com/sms".into());
    finds(fresh, "the carrier sends its texts to https://elsewhere.example.com/sms", "messaging webhook to");
    texts_go_to(&desk, &shop, format!("{}/api/webhooks/twilio/sms/incoming", desk.base));
    alarm(&desk, true).await;
    finds(fresh, "alarm number_silent (+13035550199)", AlarmKind::NumberSilent.advice());
    alarm(&desk, false).await;
    change(
        &desk,
        "INSERT INTO breakers (organization_id, vendor, failures, openings, refused, probing, until)
         SELECT id, 'carrier', 1, 1, FALSE, FALSE, 4102444800000000 FROM organizations",
    )
    .await;
    finds(fresh, "the carrier is left alone until 2100-01-01", "it asked for a pause");
    change(&desk, "DELETE FROM breakers").await;
    shop.hears(&customer(0), "Is the Civic still there?").await;
    shop.until_sent(&customer(0), 1).await;
    shop.events_to(EventKind::MessageDelivered).await;
    desk.at_rest().await;
    change(&desk, "UPDATE deliveries SET state = 'unknown', needs_operator = TRUE").await;
    finds(fresh, "1 of unknown outcome", "settle 1 of them");
    change(&desk, "UPDATE deliveries SET state = 'delivered', needs_operator = FALSE").await;
    give_up(&desk, shop.find(&customer(0)).await.unwrap().id).await;
    finds(fresh, "given up: 1 reconcile_message", "tried again or given up");
    change(&desk, "DELETE FROM jobs").await;
    fine(fresh);
    desk.close().await;
    let (wrong, _) = examine(fresh);
    assert!(wrong.iter().any(|line| line.contains("none answers at")), "{wrong:#?}");
    assert!(!wrong.concat().contains("canary"), "a secret: {wrong:?}");
}
