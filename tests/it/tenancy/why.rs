//! An operator asks about a phone: the gate's own answer for one store, and nothing where it could be several.

use lotlined::{
    action::{
        choose_organization,
        explain_contact::{self, Explanation},
    },
    app::App,
    db::{Db, Hold, Listener, Scope},
    tasks::Tasks,
};

use crate::{
    store::{count, phone},
    support::{
        db::Fresh,
        opened::Opened,
        program::{code, run, text},
        seed::{self, NewLead, Store},
    },
};

both_engines!(a_phone_without_a_store_shows_nothing);

const PHONE: &str = "+13035550101";

async fn customer(db: &Db, store: Store, name: &str) -> String {
    let mut lead = NewLead::new(name, 100);
    lead.phone = Some(PHONE.into());
    seed::lead(db, store, lead).await.to_string()
}

async fn ask(app: &App, slug: Option<&str>) -> Option<Explanation> {
    let organization = choose_organization::run(app, &phone(PHONE), slug).await.unwrap()?;
    Some(explain_contact::run(app, phone(PHONE), &organization).await.unwrap())
}

/// Lost: the answer to "is this woman a customer of the store next door?", to whoever asks for her number.
async fn a_phone_without_a_store_shows_nothing(fresh: &Fresh) {
    let opened = Opened::on(fresh).await;
    let db = &opened.db;
    let one = seed::store(db, 1).await;
    let lead = customer(db, one, "Sam Example").await;
    let alone = ask(&opened.app, None).await.unwrap();
    assert_eq!(alone.customer.unwrap().lead.id.to_string(), lead);

    let (two, three) = (seed::store(db, 2).await, seed::store(db, 3).await);
    customer(db, two, "Sam Other").await;
    let read = "SELECT COUNT(*) FROM audit_log WHERE action = 'lead.read' AND actor_kind = 'command_line'
         AND subject_id IS NOT NULL AND organization_id = 1";
    assert_eq!(count(db, read).await, 1, "who was shown to whom stands in the log");
    assert!(ask(&opened.app, None).await.is_none());
    let alert = "SELECT COUNT(*) FROM events WHERE kind = 'security.alert' AND actor_kind = 'system' AND lead_id IS NOT NULL
         AND detail LIKE '%ambiguous_phone_lookup%' AND organization_id IN (1, 2)";
    assert_eq!(count(db, alert).await, 2, "both stores learn of it");
    assert_eq!(count(db, "SELECT COUNT(*) FROM events").await, 2, "and nobody else");

    let named = ask(&opened.app, Some("Example Motors 1")).await.unwrap();
    let shown = serde_json::to_string(&named).unwrap();
    assert!(shown.contains("Sam Example") && !shown.contains("Sam Other"), "{shown}");
    let nobody = ask(&opened.app, Some("Example Motors 3")).await.unwrap();
    assert!(nobody.customer.is_none());
    assert_eq!(
        count(db, "SELECT COUNT(*) FROM events").await,
        2,
        "a lookup in one's own store alarms nobody"
    );
    assert_eq!(three.org.number(), 3);
}

/// The same at the command line, with the exit codes that scripts rely on.
#[tokio::test]
async fn the_command_line_explains_and_never_guesses() {
    let fresh = Fresh::sqlite();
    let folder = fresh.folder.as_path();
    assert_eq!(code(&run(folder, &["init", "--non-interactive", "--listen", "127.0.0.1:0"], None)), 0);
    let nobody = run(folder, &["why", PHONE], None);
    assert_eq!(code(&nobody), 2, "{}", text(&nobody));
    let db = Db::open(&fresh.url, Hold::Command, &Tasks::new(), Listener::deaf()).await.unwrap();
    let (one, two) = (seed::store(&db, 1).await, seed::store(&db, 2).await);
    let ids = [customer(&db, one, "Sam Example").await, customer(&db, two, "Sam Other").await];
    seed::number(&db, one, "+13035550199").await;

    for (asked, command) in [(1, "why"), (2, "who")] {
        let ambiguous = run(folder, &[command, PHONE], None);
        assert_eq!(code(&ambiguous), 1);
        let said = text(&ambiguous);
        assert!(said.contains("ambiguous"), "{said}");
        for theirs in ["Sam", "Example Motors", &ids[0], &ids[1]] {
            assert!(!said.contains(theirs), "{said}");
        }
        let alerts = "SELECT COUNT(*) FROM events WHERE kind = 'security.alert'";
        assert_eq!(count(&db, alerts).await, 2 * asked, "{command}: both stores learn of it");
    }
    let clear = run(folder, &["why", PHONE, "--org", "Example Motors 1"], None);
    assert_eq!(code(&clear), 0, "{}", text(&clear));
    assert!(text(&clear).contains(&ids[0]) && text(&clear).contains("allowed"), "{}", text(&clear));
    opt_out(&db, one, &ids[0]).await;
    let refused = run(folder, &["why", PHONE, "--org", "Example Motors 1", "--json"], None);
    let refused: serde_json::Value = serde_json::from_slice(&refused.stdout).unwrap();
    assert_eq!(refused["customer"]["reply"]["reasons"][0]["rule"], "opted_out");
    assert_eq!(refused["customer"]["consents"][0]["kind"], "opt_out");
    assert_eq!(code(&run(folder, &["why", PHONE, "--org", "nobody"], None)), 2);
    let absent = run(folder, &["why", "+13035550109", "--org", "Example Motors 1"], None);
    assert!(code(&absent) == 0 && text(&absent).contains("no customer"), "{}", text(&absent));

    let to = ["--from", "Example Motors 1", "--to", "Example Motors 2"];
    let moved = run(folder, &[&["number", "move", "+13035550199"], &to[..]].concat(), None);
    assert_eq!(code(&moved), 0, "{}", text(&moved));
    let again = run(folder, &[&["number", "move", "+13035550199"], &to[..]].concat(), None);
    assert_eq!(code(&again), 1, "{}", text(&again));
    assert!(text(&again).contains("does not have"), "{}", text(&again));
    db.close().await;
    fresh.remove().await;
}

async fn opt_out(db: &Db, store: Store, lead: &str) {
    let lead: uuid::Uuid = lead.parse().unwrap();
    let write = db.write(Scope::Org(store.org), move |tx| {
        Box::pin(async move {
            tx.query(
                "INSERT INTO consents (id, organization_id, lead_id, kind, channel, phone, source, at)
                 VALUES ($1, $2, $3, 'opt_out', 'sms', $4, 'keyword', 5)",
            )
            .bind(uuid::Uuid::now_v7())
            .bind(store.org.number())
            .bind(lead)
            .bind(PHONE)
            .execute()
            .await
        })
    });
    write.await.unwrap();
}
