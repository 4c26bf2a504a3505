//! The real program, stopped under load: in time, in order, and nothing is cut in half.

use std::time::{Duration, Instant};

use lotline_sim::{Behaviour, BehaviourRule, Ledger, Text};
use lotlined::limits;
use reqwest::Method;
use tokio::{io::AsyncWriteExt, net::TcpStream};

use crate::{
    faults::{
        audit::{judge, settle},
        load::{Load, phone},
    },
    support::{
        caller::PASSWORD,
        chance,
        desk::PATIENCE,
        killable::{Desk, OWN},
        reader::Reader,
    },
};

/// Customers; each writes now and then.
const PHONES: usize = 300;
const STREAMS_OF_A_SESSION: usize = 5;
const BETWEEN_TEXTS: Duration = Duration::from_millis(30);

/// Whoever supervises us kills what has not ended in its time, and then nothing is finished: what will not end by itself, be
/// it a request, a job or a transaction, is ended together with all else.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_does_not_wait_for_what_never_ends() {
    let (mut desk, _) = Desk::several(chance::seed(), 1).await;
    desk.vendors.remote.set_behaviour(BehaviourRule::always(Behaviour::Silent)).await.unwrap();
    assert!(desk.vendors.remote.text(Text::new(phone(0), OWN, "Are you open?")).await.unwrap().is_taken());
    let asked = |ledger: &Ledger| !ledger.conversations.is_empty();
    assert!(desk.vendors.remote.wait_until(PATIENCE, asked).await.unwrap());
    let mut slow = TcpStream::connect(desk.base.trim_start_matches("http://")).await.unwrap();
    slow.write_all(b"POST /api/v1/auth/login HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n{")
        .await
        .unwrap();
    let begun = Instant::now();
    let status = desk.terminate(limits::DRAIN + limits::DB_CLOSE + Duration::from_secs(1)).await;
    println!("SIGTERM with a silent AI and a silent client: {status}, {:.2?}", begun.elapsed());
    assert_eq!(status.code(), Some(0));
    desk.remove().await;
}

/// An operator's restart must neither hang on open consoles nor cut a text in half.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_under_load_ends_in_time() {
    let (mut desk, mut admin) = Desk::open(chance::seed()).await;
    let mut streams = Vec::new();
    for n in 0..50 {
        if n % STREAMS_OF_A_SESSION == 0 {
            let session = admin.log_in("dana@example.com", PASSWORD).await.session();
            admin = admin.with(&session.access_token);
        }
        let response = admin.request(Method::GET, "/api/v1/events").send().await.unwrap();
        assert_eq!(response.status(), 200);
        streams.push(Reader::new(response));
    }
    let load = Load::start(&desk.vendors.remote, PHONES, BETWEEN_TEXTS);
    let busy = |ledger: &Ledger| ledger.outbound.len() > 20;
    assert!(desk.vendors.remote.wait_until(PATIENCE, busy).await.unwrap());
    let begun = Instant::now();
    let status = desk.terminate(Duration::from_secs(12)).await;
    println!("SIGTERM with 50 streams: {status}, {:.2?}", begun.elapsed());
    assert_eq!(status.code(), Some(0));
    load.end().await;
    for stream in &mut streams {
        while stream.frame().await.is_some() {}
        assert!(stream.ended_well, "a console sees an end, not a broken line");
    }
    desk.start().await;
    settle(&desk).await;
    assert!(desk.terminate(Duration::from_secs(12)).await.success());
    judge(&desk, &desk.vendors.ledger().await).await;
    desk.remove().await;
}
