//! The chain is seen to break wherever somebody with the database's password cuts into it.

use lotline_common::{LeadId, api::audit::AuditAction};
use lotlined::{
    db::{Db, DbError, Scope},
    domain::{
        audit::{Actor, Entry},
        organization::OrgKey,
    },
    store::{
        self,
        audit::{Break, Chain, Checked},
    },
};
use sqlx::{AssertSqlSafe, Executor};

use crate::{
    store::{at, commit},
    support::{
        db::Fresh,
        opened::Opened,
        seed::{self, Store, write},
    },
};

both_engines!(
    every_cut_into_the_chain_is_found,
    a_line_made_anew_breaks_the_next,
    another_end_than_was_noted_is_found,
    lines_are_only_added,
    the_old_end_is_cut_and_the_rest_still_checked
);

/// Lines of two organizations, in turn.
async fn furnish(db: &Db, one: Store, two: Store, count: i64) {
    write(db, move |tx| {
        Box::pin(async move {
            for n in 0..count {
                for store in [one, two] {
                    let entry = Entry::new(AuditAction::LeadRead, Actor::command_line()).on(LeadId::new());
                    store::audit::append(tx, store.org, at(n), entry.with("n", n)).await?;
                }
            }
            Ok(())
        })
    })
    .await;
}

async fn check(db: &Db, org: OrgKey) -> Result<Checked, Break> {
    let mut tx = db.read(Scope::Org(org)).await.unwrap();
    Chain::begin(&mut tx, org).await.unwrap().walk(&mut tx).await.unwrap()
}

/// A statement of whoever has the database.
async fn tamper(db: &Db, sql: &'static str) -> Result<u64, DbError> {
    db.write(Scope::System, move |tx| Box::pin(async move { tx.query(sql).execute().await })).await
}

/// Whoever owns the tables can do this; the daemon's own role cannot.
async fn without_triggers(fresh: &Fresh, db: &Db) {
    for name in ["audit_lines_are_not_changed", "audit_lines_are_not_deleted"] {
        if fresh.is_sqlite() {
            let drop = commit!(db, Scope::System, |tx| tx.query("DROP TRIGGER ").push(name).execute().await);
            drop.await.unwrap();
        } else {
            let sql = AssertSqlSafe(format!("DROP TRIGGER {name} ON audit_log"));
            fresh.owner().await.execute(sql).await.unwrap();
        }
    }
}

/// Lost: an insider removes the line that shows they read a neighbour's application, and the log looks whole.
async fn every_cut_into_the_chain_is_found(fresh: &Fresh) {
    let db = Opened::on(fresh).await.db;
    let (one, two) = (seed::store(&db, 1).await, seed::store(&db, 2).await);
    furnish(&db, one, two, 20).await;
    assert_eq!(check(&db, one.org).await.unwrap().lines, 20);
    without_triggers(fresh, &db).await;
    let cases: [(&'static str, &'static str, Break); 5] = [
        (
            "UPDATE audit_log SET action = 'audit.read' WHERE organization_id = 1 AND seq = 7",
            "UPDATE audit_log SET action = 'lead.read' WHERE organization_id = 1 AND seq = 7",
            Break::Changed(7),
        ),
        (
            "UPDATE audit_log SET address = '10.0.0.1' WHERE organization_id = 1 AND seq = 1",
            "UPDATE audit_log SET address = NULL WHERE organization_id = 1 AND seq = 1",
            Break::Changed(1),
        ),
        (
            "UPDATE audit_log SET at = at + 1 WHERE organization_id = 1 AND seq = 20",
            "UPDATE audit_log SET at = at - 1 WHERE organization_id = 1 AND seq = 20",
            Break::Changed(20),
        ),
        (
            "UPDATE audit_log SET seq = 40 WHERE organization_id = 1 AND seq = 9",
            "UPDATE audit_log SET seq = 9 WHERE organization_id = 1 AND seq = 40",
            Break::Missing(9),
        ),
        (
            "DELETE FROM audit_log WHERE organization_id = 1 AND seq >= 19",
            "UPDATE organizations SET audit_hash = audit_hash",
            Break::Truncated { found: 18, noted: 20 },
        ),
    ];
    for (cut, mend, found) in cases {
        assert!(tamper(&db, cut).await.unwrap() > 0, "{cut}");
        assert_eq!(check(&db, one.org).await.unwrap_err(), found, "{cut}");
        tamper(&db, mend).await.unwrap();
    }
    assert_eq!(check(&db, two.org).await.unwrap().lines, 20, "the other organization's chain is its own");
}

/// Lost: an insider who has our program writes another line in place of one, with the hash that it must have.
async fn a_line_made_anew_breaks_the_next(fresh: &Fresh) {
    let db = Opened::on(fresh).await.db;
    let (one, two) = (seed::store(&db, 1).await, seed::store(&db, 2).await);
    furnish(&db, one, two, 20).await;
    without_triggers(fresh, &db).await;
    for sql in [
        "DELETE FROM audit_log WHERE organization_id = 1 AND seq = 7",
        "UPDATE organizations SET audit_seq = 6, audit_hash = (SELECT hash FROM audit_log
             WHERE organization_id = 1 AND seq = 6) WHERE id = 1",
    ] {
        tamper(&db, sql).await.unwrap();
    }
    furnish(&db, one, two, 1).await;
    let end = "UPDATE organizations SET audit_seq = 20, audit_hash = (SELECT hash FROM audit_log
         WHERE organization_id = 1 AND seq = 20) WHERE id = 1";
    tamper(&db, end).await.unwrap();
    assert_eq!(check(&db, one.org).await.unwrap_err(), Break::Changed(8));
}

/// Lost: what an insider did last, behind a log that ends before it.
async fn another_end_than_was_noted_is_found(fresh: &Fresh) {
    let db = Opened::on(fresh).await.db;
    let (one, two) = (seed::store(&db, 1).await, seed::store(&db, 2).await);
    furnish(&db, one, two, 3).await;
    tamper(&db, "UPDATE organizations SET audit_seq = 2 WHERE id = 1").await.unwrap();
    assert_eq!(check(&db, one.org).await.unwrap_err(), Break::Added(3));
    let other = "UPDATE organizations SET audit_seq = 3, audit_hash = (SELECT hash FROM audit_log
         WHERE organization_id = 1 AND seq = 2) WHERE id = 1";
    tamper(&db, other).await.unwrap();
    assert_eq!(check(&db, one.org).await.unwrap_err(), Break::OtherEnd);
}

/// Lost: one careless statement empties the evidence.
async fn lines_are_only_added(fresh: &Fresh) {
    let db = Opened::on(fresh).await.db;
    let (one, two) = (seed::store(&db, 1).await, seed::store(&db, 2).await);
    furnish(&db, one, two, 3).await;
    for sql in
        ["UPDATE audit_log SET detail = '{}'", "DELETE FROM audit_log", "DELETE FROM audit_log WHERE seq = 1"]
    {
        let refused = tamper(&db, sql).await.unwrap_err().to_string();
        assert!(refused.contains("append-only"), "{sql}: {refused}");
    }
    assert_eq!(check(&db, one.org).await.unwrap().lines, 3);
}

/// Lost: what is older than the law lets us keep stays, or its removal makes the rest unprovable.
async fn the_old_end_is_cut_and_the_rest_still_checked(fresh: &Fresh) {
    let db = Opened::on(fresh).await.db;
    let (one, two) = (seed::store(&db, 1).await, seed::store(&db, 2).await);
    furnish(&db, one, two, 20).await;
    let cut = async |before, limit| {
        let cut = db.write(Scope::Org(one.org), move |tx| {
            Box::pin(async move { store::audit::cut(tx, one.org, before, limit).await })
        });
        cut.await.unwrap()
    };
    assert_eq!(cut(at(10), 4).await, 4, "a batch at a time");
    assert_eq!(cut(at(10), 100).await, 6);
    assert_eq!(cut(at(10), 100).await, 0);
    let left = check(&db, one.org).await.unwrap();
    assert_eq!((left.cut, left.lines), (10, 10));
    assert_eq!(cut(at(9_999), 100).await, 9, "the last line stays, so that the end is known");
    assert_eq!(check(&db, one.org).await.unwrap().lines, 1);
    furnish(&db, one, two, 2).await;
    assert_eq!(check(&db, one.org).await.unwrap().lines, 3);
    assert_eq!(check(&db, two.org).await.unwrap().lines, 22);
}
