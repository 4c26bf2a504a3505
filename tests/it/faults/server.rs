//! The database server dies and comes back, or drops our connections, under load: no second daemon is needed to go on.

use std::time::Duration;

use sqlx::{Connection, Executor, PgConnection};

use super::{
    audit::audit,
    load::{Load, MANY},
    report, told_once,
};
use crate::support::{chance, cluster::Cluster};

const EVERY: Duration = Duration::from_millis(25);
const OTHERS: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid()";

mod short {
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn postgres() {
        super::run(2).await;
    }
}

mod long {
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    #[ignore = "long: tests/faults runs it"]
    async fn postgres() {
        super::run(30).await;
    }
}

/// Lost: texts that were acknowledged while their commit was in the air.
async fn run(rounds: usize) {
    let seed = chance::seed();
    let mut rng = fastrand::Rng::with_seed(seed);
    let cluster = Cluster::start();
    let db = cluster.database().await;
    let owner = cluster.owner();
    let mut desk = told_once(db, seed).await;
    let mut load = Load::start(&desk.vendors.remote, MANY, EVERY);
    for _ in 0..rounds {
        load.until_taken(rng.usize(5..40)).await;
        let mut connection = PgConnection::connect(&owner).await.unwrap();
        connection.execute(OTHERS).await.unwrap();
        connection.close().await.unwrap();
        load.until_taken(rng.usize(5..40)).await;
        cluster.crash();
        cluster.up();
    }
    let texts = load.end().await;
    let audit = audit(&mut desk).await;
    let done = format!(
        "{rounds} × every connection cut, {rounds} × server stopped at once and restarted, {texts} texts"
    );
    report::row("server", "postgres", &done, &audit.told());
    desk.remove().await;
}
