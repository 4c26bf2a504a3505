//! SQLite's log while much is written.

use std::fs;

use crate::support::{
    db::Fresh,
    opened::Opened,
    seed::{self, NewLead},
};

/// Commits of some ten pages each: three times as many pages as the log may have before the writer copies all of it itself.
const COMMITS: i64 = 2_400;
const LOG: u64 = 16 * 1024 * 1024;

/// Lost: a busy hour in which each text now and then waits for thousands of pages to be copied, or a disk that fills up.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_begins_anew_while_texts_come() {
    let fresh = Fresh::sqlite();
    let db = Opened::on(&fresh).await.db;
    let store = seed::store(&db, 1).await;
    for n in 0..COMMITS {
        seed::lead(&db, store, NewLead::new("Ava Example", n)).await;
    }
    let log = format!("{}-wal", fresh.url.trim_start_matches("sqlite:"));
    let length = fs::metadata(log).unwrap().len();
    assert!(length < LOG, "the log has {length} bytes");
    db.close().await;
    fresh.remove().await;
}
