//! Streams when many things happen at once, on two worker threads: the races that one thread never shows.

use std::{sync::Arc, time::Duration};

use lotline_common::{
    At,
    event::{Detail, Event, EventKind},
};
use lotlined::limits;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
};

use crate::support::{
    db::Fresh,
    opened::Opened,
    seed::{self, Store},
    server::Server,
};

both_engines!(
    readers_who_come_during_a_storm_lose_nothing,
    events_told_in_any_order_arrive_in_order,
    a_slow_reader_is_closed_and_the_others_go_on,
);

const READERS: usize = 40;
const EVENTS: usize = 5_000;

/// 200,000 deliveries: every reader subscribes at another moment of the storm and must see every event once.
async fn readers_who_come_during_a_storm_lose_nothing(db: &Fresh) {
    let fresh = Opened::on(db).await;
    let store = seed::store(&fresh.db, 1).await;
    let server = Arc::new(Server::start(fresh).await);
    let mut publishers = JoinSet::new();
    for _ in 0..4 {
        let db = server.fresh.db.clone();
        publishers.spawn(async move {
            for _ in 0..EVENTS / 4 / 10 {
                seed::events(&db, store, 10).await;
            }
        });
    }
    let mut readers = JoinSet::new();
    for n in 0..READERS {
        let server = server.clone();
        readers.spawn(async move { read_all(&server, store, n).await });
    }
    while let Some(done) = publishers.join_next().await {
        done.unwrap();
    }
    let mut delivered = 0;
    while let Some(count) = readers.join_next().await {
        delivered += count.unwrap();
    }
    assert_eq!(delivered, READERS * EVENTS);
}

/// Comes when the storm has reached its share, reads to the end, and resumes whenever it is closed.
async fn read_all(server: &Server, store: Store, n: usize) -> usize {
    let session = seed::session(&server.fresh.db, store).await;
    let mut reader = server.stream_of(store, session, Some(0)).await;
    let end = i64::try_from(EVENTS).unwrap();
    let mut count = 0;
    while reader.last < end {
        let before = reader.last;
        let Some(frame) = reader.event().await else {
            reader = server.stream_of(store, session, Some(before)).await;
            reader.last = before;
            continue;
        };
        assert_eq!(frame.id, Some(before + 1), "reader {n}: lost, doubled or out of order");
        count += 1;
        // Some leave on purpose now and then, in the middle of replay or live.
        if n.is_multiple_of(4) && count % 701 == 0 {
            reader = server.stream_of(store, session, Some(before + 1)).await;
            reader.last = before + 1;
        }
    }
    count
}

fn event(seq: i64, text: &str) -> Event {
    Event {
        seq,
        kind: EventKind::LeadUpdated,
        at: At::from_micros(seq),
        lead_id: None,
        actor: None,
        turn: None,
        detail: Detail { reason: Some(text.to_owned()), ..Detail::default() },
    }
}

/// On PostgreSQL two commits in a row can be told by two tasks in the wrong order.
async fn events_told_in_any_order_arrive_in_order(db: &Fresh) {
    let fresh = Opened::on(db).await;
    let store = seed::store(&fresh.db, 1).await;
    let server = Server::start(fresh).await;
    let mut reader = server.stream(store, Some(0)).await;
    let _opening = reader.frame().await.unwrap();
    let mut order: Vec<i64> = (1..=4_000).collect();
    for window in order.chunks_mut(50) {
        fastrand::shuffle(window);
    }
    // The reader keeps up, so that nobody runs ahead by more than the ring holds.
    for round in order.chunks(400) {
        let mut publishers = JoinSet::new();
        for share in 0..4 {
            let part: Vec<i64> = round.iter().copied().skip(share).step_by(4).collect();
            let bus = server.fresh.bus.clone();
            publishers.spawn(async move {
                for seq in part {
                    bus.publish(store.org, &event(seq, "news"));
                }
            });
        }
        reader.follow_to(*round.iter().max().unwrap()).await;
        while let Some(done) = publishers.join_next().await {
            done.unwrap();
        }
    }
}

async fn read_to(socket: &mut TcpStream, text: &str) {
    let (mut seen, mut bytes) = (String::new(), [0; 1024]);
    while !seen.contains(text) {
        let count = socket.read(&mut bytes).await.unwrap();
        assert!(count > 0, "closed after {seen:?}");
        seen.push_str(std::str::from_utf8(&bytes[..count]).unwrap());
    }
}

/// One frozen console must not hold memory, nor hold up the others.
async fn a_slow_reader_is_closed_and_the_others_go_on(db: &Fresh) {
    let fresh = Opened::on(db).await;
    let store = seed::store(&fresh.db, 1).await;
    let server = Server::start(fresh).await;
    let mut slow = TcpStream::connect(server.address).await.unwrap();
    let head = format!(
        "GET /api/v1/events?after=0 HTTP/1.1\r\nhost: lotline.example\r\nauthorization: Bearer {}\r\n\r\n",
        server.token(store, store.session)
    );
    slow.write_all(head.as_bytes()).await.unwrap();
    let mut quick = server.stream(store, Some(0)).await;
    // From its first bytes on a stream misses nothing; these events are in no table to be read from.
    read_to(&mut slow, "retry: ").await;
    let bus = server.fresh.bus.clone();
    let mut seq = 1;
    bus.publish(store.org, &event(seq, "both are live now"));
    quick.follow_to(seq).await;
    read_to(&mut slow, "id: 1\n").await;
    let text = "x".repeat(16 * 1024);
    // Sockets hold some megabytes; then the slow one falls behind the ring, and the beat cuts it off.
    while bus.streams() == 2 {
        assert!(seq < 20_000, "the slow reader is still there after {seq} events");
        for _ in 0..100 {
            seq += 1;
            bus.publish(store.org, &event(seq, &text));
        }
        quick.follow_to(seq).await;
    }
    assert!(seq > i64::try_from(limits::RING).unwrap());
    bus.publish(store.org, &event(seq + 1, "after"));
    quick.follow_to(seq + 1).await;
    // It gets what its socket held, and then an end in the middle.
    let mut rest = Vec::new();
    let ended = tokio::time::timeout(Duration::from_secs(10), slow.read_to_end(&mut rest)).await;
    assert!(ended.is_ok());
    assert!(!rest.ends_with(b"0\r\n\r\n"));
}
