//! `lotlined audit` and `lotlined who`, as whoever runs the installation uses them.

use std::{fs, os::unix::fs::PermissionsExt};

use lotline_common::api::audit::{AuditAction, AuditLine};
use lotlined::{
    action::{by_system, erase_lead, set_carrier},
    domain::{
        audit::Origin,
        permission::{Admin, Credential, Principal},
    },
};

use crate::{
    directory::carrier,
    store::customer,
    support::{
        daemon::beside,
        db::Fresh,
        program::{code, run, text},
        seed,
    },
};

/// Lost: nobody notices that the log was cut, or a customer who asks who saw their data gets no answer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_is_verified_exported_and_asked_about_a_phone() {
    let db = Fresh::sqlite();
    let (file, key) = (db.folder.join("lotline.toml"), "5e".repeat(32));
    let secret = "a-signing-secret-of-the-tests-0123456789";
    let settings = format!(
        "[database]\nurl = {:?}\n[secrets]\nkey = \"{key}\"\n[auth]\nsecret = \"{secret}\"\n",
        db.url
    );
    fs::write(&file, settings).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    let app = beside(&db).await;
    let store = seed::store(&app.db, 1).await;
    set_carrier::run(&app, store.org, carrier("token-1"), by_system()).await.unwrap();
    let lead = customer(&app.db, store, 7).await;
    let admin = Admin::try_from(Principal {
        org: store.org,
        organization: store.organization,
        user: store.user,
        name: "Dana Example".into(),
        role: lotline_common::api::auth::Role::Admin,
        credential: Credential::Session(store.session),
        scopes: None,
        totp_missing: false,
        origin: Origin::default(),
        once: None,
    });
    erase_lead::run(&app, &admin.unwrap(), lead).await.unwrap();
    let verified = run(&db.folder, &["audit", "verify"], None);
    assert_eq!(code(&verified), 0, "{}", text(&verified));
    assert!(text(&verified).contains("2 lines are whole, from 1 to 2"), "{}", text(&verified));
    let who = run(&db.folder, &["who", "+17205550107", "--json"], None);
    assert_eq!(code(&who), 0, "{}", text(&who));
    let lines: Vec<AuditLine> = serde_json::from_slice(&who.stdout).unwrap();
    let actions: Vec<AuditAction> = lines.iter().map(|line| line.action).collect();
    assert_eq!(actions, [AuditAction::LeadErased, AuditAction::AuditExported], "the phone is recognised");
    assert_eq!(code(&run(&db.folder, &["who", "+17205550108"], None)), 1, "nobody's");
    assert_eq!(code(&run(&db.folder, &["who", "Dana"], None)), 2);
    let exported = run(&db.folder, &["audit", "export"], None);
    assert_eq!(
        String::from_utf8_lossy(&exported.stdout).lines().count(),
        4,
        "the export itself is the last line"
    );
    let cut = app.db.write(lotlined::db::Scope::System, |tx| {
        Box::pin(async move {
            tx.query("DROP TRIGGER audit_lines_are_not_changed").execute().await?;
            tx.query("UPDATE audit_log SET actor_id = NULL WHERE action = 'lead.erased'").execute().await
        })
    });
    cut.await.unwrap();
    let broken = run(&db.folder, &["audit", "verify"], None);
    assert_eq!(code(&broken), 1);
    assert!(text(&broken).contains("BROKEN: line 2 was changed"), "{}", text(&broken));
    app.close().await;
    db.remove().await;
}
