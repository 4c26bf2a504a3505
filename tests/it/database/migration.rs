//! Updates: the machine dies while the schema is brought up to date; what an older program left is taken over.

use std::{collections::BTreeSet, path::Path, process::Stdio, time::Duration};

use lotlined::{
    db::{Scope, pending, prepare},
    store::lead,
};
use sqlx::{Connection, Executor, SqliteConnection};

use crate::{
    postgres::open,
    store::{at, commit, count, inbound, receive},
    support::{
        chance,
        db::Fresh,
        program::{code, lotlined, run},
        seed,
    },
};

both_engines!(whom_an_older_program_erased_stays_erased);

/// What the step takes away and brings, undone.
const BEFORE_SIDS_OF_A_LEAD: &str = "
    DROP INDEX turns_erased;
    DROP INDEX turns_by_carrier_sid;
    ALTER TABLE turns DROP COLUMN erased;
    CREATE UNIQUE INDEX turns_by_carrier_sid ON turns (carrier_sid, organization_id) WHERE carrier_sid IS NOT NULL;
    DELETE FROM _sqlx_migrations WHERE version = 25;";

const KILLS: usize = 12;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_migration_leaves_whole_steps_on_sqlite() {
    a_killed_migration_leaves_whole_steps(Fresh::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_migration_leaves_whole_steps_on_postgres() {
    a_killed_migration_leaves_whole_steps(Fresh::postgres_without_schema().await).await;
}

/// A schema between two versions serves neither program, and the customers are in it.
async fn a_killed_migration_leaves_whole_steps(fresh: Fresh) {
    let mut rng = fastrand::Rng::with_seed(chance::seed());
    assert_eq!(code(&run(&fresh.folder, &["init", "--non-interactive"], None)), 0);
    // Of a server only its owner may look before all is done.
    let owner = if fresh.is_sqlite() { fresh.url.clone() } else { fresh.admin_url() };
    let mut left = BTreeSet::new();
    for _ in 0..KILLS {
        let mut command = migrate(&fresh);
        let mut migrating = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // Where in its work it dies is left to chance.
        tokio::time::sleep(Duration::from_millis(rng.u64(0..400))).await;
        migrating.kill().unwrap();
        migrating.wait().unwrap();
        if fresh.url.strip_prefix("sqlite:").is_some_and(|file| !Path::new(file).exists()) {
            // It died before it began.
            continue;
        }
        // Refuses a step that is half done.
        left.insert(pending(owner.as_str()).await.unwrap().len());
    }
    println!("steps left after {KILLS} kills: {left:?}");
    let whole = migrate(&fresh).output().unwrap();
    assert_eq!(code(&whole), 0, "{}", String::from_utf8_lossy(&whole.stderr));
    let db = open(&fresh.url).await.unwrap();
    let mut tx = db.read(Scope::System).await.unwrap();
    let (jobs,): (i64,) = tx.query("SELECT COUNT(*) FROM jobs").one().await.unwrap();
    assert_eq!(jobs, 0);
    drop(tx);
    db.close().await;
    fresh.remove().await;
}

/// Lost: a customer who was forgotten before the update is back the next time that the carrier's list is read.
async fn whom_an_older_program_erased_stays_erased(fresh: &Fresh) {
    let db = open(&fresh.url).await.unwrap();
    let org = seed::store(&db, 1).await.org;
    let text = |from, sid| inbound(org, sid, from, "Hello", 0);
    let (forgotten, known) = ([text(1, "SM1")], [text(2, "SM2")]);
    let lead = receive(&db, forgotten.to_vec()).await.unwrap()[0].lead;
    receive(&db, known.to_vec()).await.unwrap();
    commit!(&db, Scope::Org(org), |tx| lead::erase(tx, org, lead, at(1)).await).await.unwrap();
    db.close().await;
    if fresh.is_sqlite() {
        let mut file = SqliteConnection::connect(&fresh.url).await.unwrap();
        file.execute(BEFORE_SIDS_OF_A_LEAD).await.unwrap();
        file.close().await.unwrap();
    } else {
        fresh.owner().await.execute(BEFORE_SIDS_OF_A_LEAD).await.unwrap();
        prepare(&fresh.admin_url(), &fresh.url).await.unwrap();
    }
    let db = open(&fresh.url).await.unwrap();
    for repeat in [forgotten, known] {
        assert!(receive(&db, repeat.to_vec()).await.unwrap()[0].repeated);
    }
    assert_eq!(count(&db, "SELECT COUNT(*) FROM leads").await, 2);
    assert_eq!(count(&db, "SELECT COUNT(*) FROM turns WHERE erased").await, 1);
    db.close().await;
}

fn migrate(fresh: &Fresh) -> std::process::Command {
    let mut command = lotlined(&fresh.folder, &["migrate"]);
    command.env("LOTLINE__DATABASE__URL", &fresh.url);
    if !fresh.is_sqlite() {
        command.env("LOTLINE_ADMIN_URL", fresh.admin_url());
    }
    command
}
