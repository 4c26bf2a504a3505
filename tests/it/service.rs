//! The program as a service manager runs it: told to start and to stop, watched, and given its socket.

use std::{
    net::TcpStream,
    os::unix::net::UnixDatagram,
    process::Stdio,
    time::{Duration, Instant},
};

use futures::future::join_all;
use lotline_sim::{Behaviour, BehaviourRule, Ledger, Text};
use lotlined::limits;
use reqwest::Method;
use rustix::process::{Resource, Rlimit, Signal, getrlimit, kill_process, prlimit, setrlimit};
use sqlx::{Connection, Executor, SqliteConnection};
use tokio::{io::AsyncWriteExt, net::TcpSocket};

use crate::{
    faults::{
        audit::{judge, settle},
        load::Load,
    },
    support::{
        caller::Caller,
        chance,
        db::Fresh,
        desk::PATIENCE,
        eventually,
        killable::{Desk, OWN},
        program::{Running, code, lotlined, run},
        reader::Reader,
    },
};

const RESTARTS: usize = 3;
const STREAMS: usize = 500;
const STALLED: usize = 20;
const STOP: Duration = Duration::from_secs(15);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_on_a_kept_socket_refuses_nothing_on_sqlite() {
    a_restart_refuses_nothing(Fresh::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_on_a_kept_socket_refuses_nothing_on_postgres() {
    a_restart_refuses_nothing(Fresh::postgres().await).await;
}

/// An update in the middle of the day by a store with one machine: customers who write meanwhile wait a moment, and no text
/// is refused.
async fn a_restart_refuses_nothing(db: Fresh) {
    let (mut desk, _) = Desk::on_our_socket(db, chance::seed()).await;
    let mut load = Load::start(&desk.vendors.remote, 100, Duration::from_millis(30));
    for _ in 0..RESTARTS {
        load.until_taken(20).await;
        assert!(desk.terminate(STOP).await.success());
        desk.start().await;
    }
    load.until_taken(20).await;
    let texts = load.end().await;
    settle(&desk).await;
    let ledger = desk.vendors.ledger().await;
    println!("{RESTARTS} restarts, {texts} texts, {} refused", ledger.unacknowledged().len());
    assert!(ledger.unacknowledged().is_empty(), "{:#?}", ledger.unacknowledged());
    judge(&desk, &ledger).await;
    desk.remove().await;
}

/// A full house, and some of it asleep: a restart must not wait for consoles whose machine is suspended.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_with_five_hundred_streams_waits_for_no_reader() {
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }).unwrap();
    let (mut desk, admin) = Desk::open(chance::seed()).await;
    long_texts(&desk).await;
    let stalled: Vec<_> = join_all((0..STALLED).map(|_| asleep(&desk, &admin))).await;
    let mut streams = Vec::new();
    for _ in 0..STREAMS - STALLED {
        let response = admin.request(Method::GET, "/api/v1/events").send().await.unwrap();
        assert_eq!(response.status(), 200);
        streams.push(Reader::new(response));
    }
    let load = Load::start(&desk.vendors.remote, 300, Duration::from_millis(30));
    let busy = |ledger: &Ledger| ledger.outbound.len() > 20;
    assert!(desk.vendors.remote.wait_until(PATIENCE, busy).await.unwrap());
    let begun = Instant::now();
    let status = desk.terminate(STOP).await;
    println!("SIGTERM with {STREAMS} streams: {status}, {:.2?}", begun.elapsed());
    assert_eq!(status.code(), Some(0));
    assert!(begun.elapsed() < limits::DRAIN, "it waited for a reader that is asleep");
    drop(stalled);
    load.end().await;
    for stream in &mut streams {
        while stream.frame().await.is_some() {}
        assert!(stream.ended_well, "a console sees an end, not a broken line");
    }
    desk.start().await;
    settle(&desk).await;
    judge(&desk, &desk.vendors.ledger().await).await;
    desk.remove().await;
}

/// More than the buffers between a daemon and a console hold.
async fn long_texts(desk: &Desk) {
    let text =
        |n| Text::new(format!("+1720555{:04}", 100 + n % 100), OWN, format!("No. {n}{}", " so".repeat(500)));
    let taken = join_all((0..400).map(|n| desk.vendors.remote.text(text(n)))).await;
    assert!(taken.into_iter().all(|answer| answer.unwrap().is_taken()));
}

/// A console that asks for everything and then reads nothing.
async fn asleep(desk: &Desk, admin: &Caller) -> tokio::net::TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut socket = socket.connect(desk.address()).await.unwrap();
    let token = admin.token.as_ref().unwrap();
    let head =
        format!("GET /api/v1/events?after=0 HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\r\n");
    socket.write_all(head.as_bytes()).await.unwrap();
    socket
}

/// An operator who cannot wait gets their machine back; what was under way is taken up as after a crash.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_signal_stops_at_once() {
    let (mut desk, _) = Desk::open(chance::seed()).await;
    desk.vendors.remote.set_behaviour(BehaviourRule::always(Behaviour::Silent)).await.unwrap();
    let text = Text::new("+17205550101", OWN, "Are you open?");
    assert!(desk.vendors.remote.text(text).await.unwrap().is_taken());
    let asked = |ledger: &Ledger| !ledger.conversations.is_empty();
    assert!(desk.vendors.remote.wait_until(PATIENCE, asked).await.unwrap());
    kill_process(desk.pid(), Signal::TERM).unwrap();
    eventually(PATIENCE, async || desk.log().contains("stopping")).await;
    kill_process(desk.pid(), Signal::TERM).unwrap();
    // The silent AI alone would hold it for ten.
    assert_eq!(desk.ended(0, Duration::from_secs(5)).await.code(), Some(1));
    assert!(desk.log().contains("stopped at once by a second signal"), "{}", desk.log());
    desk.vendors.remote.clear_behaviours().await.unwrap();
    desk.start().await;
    settle(&desk).await;
    judge(&desk, &desk.vendors.ledger().await).await;
    desk.remove().await;
}

/// Out of descriptors the desk must come back by itself when there are some again, and not be dead until somebody looks.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_descriptors_connections_wait_and_are_taken_later() {
    let (desk, admin) = Desk::open(chance::seed()).await;
    let plenty = prlimit(Some(desk.pid()), Resource::Nofile, limit_of(64)).unwrap();
    assert_eq!(plenty.current, plenty.maximum, "it had taken all it was allowed");
    let crowd: Vec<_> = (0..100).map(|_| TcpStream::connect(desk.address()).unwrap()).collect();
    eventually(PATIENCE, async || desk.log().contains("cannot accept connections")).await;
    drop(crowd);
    eventually(PATIENCE, async || desk.log().contains("connections are accepted again")).await;
    assert_eq!(admin.get("/api/v1/me").await.status, 200);
    let text = Text::new("+17205550101", OWN, "Are you open?");
    assert!(desk.vendors.remote.text(text).await.unwrap().is_taken());
    settle(&desk).await;
    judge(&desk, &desk.vendors.ledger().await).await;
    desk.remove().await;
}

fn limit_of(descriptors: u64) -> Rlimit {
    Rlimit { current: Some(descriptors), maximum: Some(descriptors) }
}

/// What systemd hears.
struct Manager(UnixDatagram);

impl Manager {
    fn hears(&self) -> String {
        let mut bytes = [0; 256];
        let count = self.0.recv(&mut bytes).expect("a word within the time");
        String::from_utf8_lossy(&bytes[..count]).into_owned()
    }

    /// Everything up to a word.
    fn hears_until(&self, word: &str) -> Vec<String> {
        let mut heard = Vec::new();
        loop {
            heard.push(self.hears());
            if heard.last().unwrap().contains(word) {
                return heard;
            }
        }
    }
}

/// A daemon whose writer hangs takes no texts and looks alive: systemd must hear nothing of it, and restart it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_service_manager_hears_what_is_true() {
    let fresh = Fresh::sqlite();
    let path = fresh.folder.join("notify");
    let manager = Manager(UnixDatagram::bind(&path).unwrap());
    manager.0.set_read_timeout(Some(PATIENCE)).unwrap();
    assert_eq!(code(&run(&fresh.folder, &["init", "--non-interactive", "--listen", "127.0.0.1:0"], None)), 0);
    let mut command = lotlined(&fresh.folder, &["serve"]);
    command.env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", "1000000");
    command.env("LOTLINE__DATABASE__URL", &fresh.url).stderr(Stdio::null());
    let mut daemon = Running(command.spawn().unwrap());
    let first = manager.hears();
    assert!(first.contains("READY=1") && first.contains("STATUS=serving"), "{first}");
    manager.hears_until("WATCHDOG=1");
    let mut other = SqliteConnection::connect(&fresh.url).await.unwrap();
    other.execute("BEGIN IMMEDIATE").await.unwrap();
    manager.hears_until("STATUS=the database does not answer");
    other.execute("ROLLBACK").await.unwrap();
    let again = manager.hears_until("STATUS=serving");
    assert_eq!(again.first().map(|word| word.trim()), Some("WATCHDOG=1"), "well again");
    let pid = rustix::process::Pid::from_child(&daemon.0);
    kill_process(pid, Signal::TERM).unwrap();
    assert!(manager.hears_until("STOPPING=1").last().unwrap().contains("STATUS=finishing"));
    assert!(daemon.0.wait().unwrap().success());
    fresh.remove().await;
}
