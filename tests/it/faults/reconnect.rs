//! Every console comes back at once after a restart, some read nothing and some vanish: each of the others sees every event
//! once.

use std::time::{Duration, Instant};

use reqwest::Method;
use tokio::task::JoinSet;

use super::{
    audit::{audit, newest},
    load::{Load, MANY},
    report,
};
use crate::support::{
    caller::Caller,
    chance,
    db::Fresh,
    killable::{Desk, Plan},
    reader::Reader,
};

const LONGEST: Duration = Duration::from_secs(10);

short!(run(60), sqlite);
// Of twenty, two read nothing or vanish: a thousand come back.
long!(run(1_112), sqlite, postgres);

/// Streams and the daemon that inherits the limit need a descriptor each.
fn room_for_streams() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit).unwrap();
}

/// Between two texts: as many deliveries a second however many look on, so that nobody falls behind who reads.
fn every(consoles: usize) -> Duration {
    Duration::from_millis(consoles as u64)
}

/// A console that has seen everything up to `last`.
async fn come(admin: &Caller, last: i64) -> Reader {
    loop {
        let asked = admin.request(Method::GET, "/api/v1/events").header("last-event-id", last.to_string());
        match asked.send().await {
            Ok(answer) if answer.status() == 200 => {
                let mut reader = Reader::new(answer);
                reader.last = last;
                return reader;
            }
            // Still starting.
            _ => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

/// Reads on until the event `until`. Who falls behind is cut off, comes again and goes on where they were.
async fn follow(admin: &Caller, mut reader: Reader, until: i64) -> Reader {
    while !reader.follow_while_open(until).await {
        reader = come(admin, reader.last).await;
    }
    reader
}

/// Lost: an operator's trust in the list they look at.
async fn run(db: Fresh, consoles: usize) {
    room_for_streams();
    let seed = chance::seed();
    let engine = db.engine();
    let (mut desk, admin) = Desk::on(db, seed, Plan::default()).await;
    let mut load = Load::start(&desk.vendors.remote, MANY, every(consoles));
    load.until_taken(50).await;
    let seen = newest(&desk).await;
    let mut readers = Vec::new();
    for _ in 0..consoles {
        readers.push(come(&admin, seen).await);
    }
    load.until_taken(50).await;
    let mut following = JoinSet::new();
    let mut idle = Vec::new();
    let until = newest(&desk).await;
    for (n, reader) in readers.into_iter().enumerate() {
        match n % 20 {
            // Reads nothing from now on.
            0 => idle.push(reader),
            // Vanishes.
            1 => drop(reader),
            _ => {
                let admin = admin.clone();
                following.spawn(async move { follow(&admin, reader, until).await });
            }
        }
    }
    let readers = following.join_all().await;
    desk.kill();
    desk.start().await;
    load.until_taken(20).await;
    let until = newest(&desk).await;
    let begun = Instant::now();
    let mut back = JoinSet::new();
    let honest = readers.len();
    for reader in readers {
        let admin = admin.clone();
        back.spawn(async move {
            let reader = come(&admin, reader.last).await;
            follow(&admin, reader, until).await;
            begun.elapsed()
        });
    }
    let longest = back.join_all().await.into_iter().max().unwrap();
    load.end().await;
    drop(idle);
    let audit = audit(&mut desk).await;
    assert!(longest <= LONGEST || consoles < 1_000, "{longest:.1?} until everybody was back");
    let done = format!(
        "{honest} consoles come back at once after a kill, {} read nothing or vanished",
        consoles - honest
    );
    report::row(
        "reconnect",
        engine,
        &done,
        &format!("all in {longest:.1?}, no gap, no event twice; {}", audit.told()),
    );
    desk.remove().await;
}
