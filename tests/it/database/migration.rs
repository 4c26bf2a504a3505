//! An update that is cut off: the machine dies while the schema is brought up to date.

use std::{collections::BTreeSet, path::Path, process::Stdio, time::Duration};

use lotlined::db::{Db, Hold, Listener, Scope, pending};
use lotlined::tasks::Tasks;

use crate::support::{
    chance,
    db::Fresh,
    program::{code, lotlined, run},
};

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
    let db = Db::open(fresh.url.as_str(), Hold::Daemon, &Tasks::new(), Listener::deaf()).await.unwrap();
    let mut tx = db.read(Scope::System).await.unwrap();
    let (jobs,): (i64,) = tx.query("SELECT COUNT(*) FROM jobs").one().await.unwrap();
    assert_eq!(jobs, 0);
    drop(tx);
    db.close().await;
    fresh.remove().await;
}

fn migrate(fresh: &Fresh) -> std::process::Command {
    let mut command = lotlined(&fresh.folder, &["migrate"]);
    command.env("LOTLINE__DATABASE__URL", &fresh.url);
    if !fresh.is_sqlite() {
        command.env("LOTLINE_ADMIN_URL", fresh.admin_url());
    }
    command
}
