//! What an import must not touch, and what it must not take; and work that was under way.

use lotline_common::api::{message::DeliveryState, turn::AuthorKind};
use lotlined::{
    archive::{ArchiveError, Reader},
    db::{DbError, Hold, Scope},
    domain::job::Job,
    store::{self, job::Lease},
};
use uuid::Uuid;

use super::{export, filled, import, import_into, open};
use crate::{
    store::{at, commit, count, customer, put, say},
    support::{db::Fresh, seed},
};

both_engines!(what_is_not_empty_stays_as_it_is, nobody_holds_work_after_a_move);

/// An import into a living installation would mix two dealerships' customers.
async fn what_is_not_empty_stays_as_it_is(target: &Fresh) {
    let source = Fresh::sqlite();
    let db = open(&source, Hold::Daemon).await.unwrap();
    seed::store(&db, 1).await;
    db.close().await;
    let file = source.folder.join("file");
    export(&source, &file).await.unwrap();
    let again = export(&source, &file).await;
    assert!(matches!(again, Err(ArchiveError::File { .. })), "an export overwrites nothing: {again:?}");
    import(&file, target).await.unwrap();
    let before = export(target, &source.folder.join("before")).await.unwrap();
    let refused = import(&file, target).await.unwrap_err();
    assert!(matches!(&refused, ArchiveError::NotEmpty(table) if table == "organizations"), "{refused}");
    assert_eq!(export(target, &source.folder.join("after")).await.unwrap(), before);
    source.remove().await;
}

/// A lease moves with its row, but whoever held it stays behind: the customer would wait for ever.
async fn nobody_holds_work_after_a_move(target: &Fresh) {
    let source = Fresh::sqlite();
    let db = open(&source, Hold::Daemon).await.unwrap();
    let store = seed::store(&db, 1).await;
    let lead = customer(&db, store, 1).await;
    let turn = say(&db, store, lead, AuthorKind::Ai, "Yes, it is here.", 1).await.id;
    put(&db, store.org, turn, DeliveryState::Attempting).await;
    let leased = commit!(&db, Scope::System, |tx| {
        store::job::enqueue(tx, store.org, lead, Job::DeliverMessage { turn }, at(1), at(1)).await?;
        let lease = Lease { steady: at(100), length: std::time::Duration::from_secs(60) };
        store::job::claim(tx, Uuid::now_v7(), at(100), lease, 10).await
    });
    assert!(!leased.await.unwrap().is_empty());
    db.close().await;
    let file = source.folder.join("file");
    export(&source, &file).await.unwrap();
    import(&file, target).await.unwrap();
    let db = open(target, Hold::Daemon).await.unwrap();
    assert_eq!(
        count(&db, "SELECT COUNT(*) FROM jobs WHERE state <> 'ready' OR lease_owner IS NOT NULL").await,
        0
    );
    // Whoever takes it up finds that its outcome is unknown.
    assert_eq!(count(&db, "SELECT COUNT(*) FROM deliveries WHERE state = 'attempting'").await, 1);
    assert_eq!(count(&db, "SELECT COUNT(*) FROM jobs WHERE kind = 'deliver_message'").await, 1);
    crate::store::events_are_dense(&db).await;
    db.close().await;
    source.remove().await;
}

/// Rows written under another schema would mean something else here.
#[tokio::test]
async fn a_file_of_another_kind_or_time_is_told_apart() {
    let fresh = Fresh::sqlite();
    let whole = fresh.folder.join("whole");
    export(&fresh, &whole).await.unwrap();
    let text = std::fs::read_to_string(&whole).unwrap();
    let other = fresh.folder.join("other");
    let cases = [
        (text.replacen("\"version\":1", "\"version\":2,\"packed\":true", 1), "format 2"),
        (text.replacen("\"schema\":[1,", "\"schema\":[9000,1,", 1), "schema 9000"),
        (text.replacen("\"schema\":[1,", "\"schema\":[", 1), "use the same version of lotlined"),
        (text.replacen("lotline-installation", "something-else", 1), "no export"),
        ("not a file of ours\n".into(), "no export"),
        (String::new(), "no export"),
        (text.replacen("\"drafts\"", "\"graphs\"", 1), "the table drafts"),
    ];
    let db = open(&fresh, Hold::Daemon).await.unwrap();
    for (bytes, expected) in cases {
        std::fs::write(&other, bytes).unwrap();
        let refused = match Reader::open(&other).await {
            Ok(reader) => import_into(&db, reader).await.unwrap_err(),
            Err(error) => error,
        };
        assert!(refused.to_string().contains(expected), "{expected}: {refused}");
        assert_eq!(filled(&db).await, Vec::<String>::new());
    }
    let held = import(&whole, &fresh).await;
    assert!(matches!(held, Err(ArchiveError::Database(DbError::Held(_)))), "a daemon has the file: {held:?}");
    db.close().await;
    fresh.remove().await;
}
