//! The disk under an SQLite desk: copies of it, damage, no room, failure, and a file that is not there any more.

mod backup;
mod damaged;
mod full;
mod log;
mod restored;

use std::{fs, path::Path, time::Duration};

use lotline_sim::{Ledger, Text};

use crate::{
    store::count,
    support::{
        caller::Caller,
        killable::{Desk, OWN},
        program::{code, run, text},
    },
};

/// A folder with settings and one store, as an operator has it.
fn store(folder: &Path) {
    assert_eq!(code(&run(folder, &["init", "--non-interactive", "--listen", "127.0.0.1:0"], None)), 0);
    let create = ["org", "create", "--name", "Dana Motors", "--admin-email", "dana@example.com"];
    let create = [&create[..], &["--admin-password-stdin"]].concat();
    let created = run(folder, &create, Some("correct horse battery\n"));
    assert_eq!(code(&created), 0, "{}", text(&created));
}

/// A customer writes; was it acknowledged?
async fn writes(desk: &Desk, n: usize) -> bool {
    let text = Text::new(format!("+172055501{:02}", n % 100), OWN, format!("What are your hours? No. {n}"));
    desk.vendors.remote.text(text).await.unwrap().is_taken()
}

async fn has_alarm(caller: &Caller, kind: &str) -> bool {
    let alarms = caller.get("/api/v1/alarms").await;
    alarms.status == 200 && alarms.text.contains(kind)
}

/// Every text that was acknowledged is in the database, once.
async fn nothing_is_lost(desk: &Desk, ledger: &Ledger) {
    let db = crate::faults::audit::open(desk).await;
    for text in ledger.inbound.iter().filter(|text| text.acknowledged_at_us.is_some()) {
        let stored = format!("SELECT COUNT(*) FROM turns WHERE carrier_sid = '{}'", text.sid);
        assert_eq!(count(&db, stored.leak()).await, 1, "{text:?}");
    }
    assert_eq!(db.examine(false).await.unwrap(), None);
    db.close().await;
}

/// Adds to the settings of the desk, for its next start.
fn set(desk: &Desk, more: &str) {
    let file = desk.folder().join("lotline.toml");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(file, text + more).unwrap();
}

const SOON: Duration = Duration::from_secs(10);
