//! Rubbish over real sockets: bytes that no library would write, on a few connections that stay open.

use std::{collections::BTreeMap, net::SocketAddr, sync::Arc, time::Duration};

use axum::Router;
use lotlined::{
    app::App,
    http::server::{self, Bounds},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

use super::{Answer, make::Rubbish};

const CONNECTIONS: usize = 4;

/// Sends all of it; how often each status came. 0: the connection was closed without an answer.
pub(super) async fn send(
    app: &Arc<App>,
    router: &Router,
    rubbish: Vec<Rubbish>,
    canaries: &[String],
) -> BTreeMap<u16, usize> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (router, tasks) = (router.clone(), app.tasks.clone());
    app.tasks.spawn(async move { server::serve(listener, router, None, Bounds::default(), &tasks).await });
    let mut senders = JoinSet::new();
    let share = rubbish.len().div_ceil(CONNECTIONS);
    for part in rubbish.chunks(share) {
        let (part, canaries) = (part.to_vec(), canaries.to_vec());
        senders.spawn(async move { converse(address, part, canaries).await });
    }
    let mut sum = BTreeMap::new();
    for statuses in senders.join_all().await {
        for (status, count) in statuses {
            *sum.entry(status).or_default() += count;
        }
    }
    sum
}

async fn converse(address: SocketAddr, part: Vec<Rubbish>, canaries: Vec<String>) -> BTreeMap<u16, usize> {
    let (mut statuses, mut connection) = (BTreeMap::new(), None);
    for rubbish in part {
        let mut open = match connection.take() {
            Some(open) => open,
            None => BufReader::new(TcpStream::connect(address).await.unwrap()),
        };
        // The daemon may close before it has read everything.
        drop(open.write_all(&bytes(&rubbish)).await);
        let read = tokio::time::timeout(Duration::from_secs(20), answer(&mut open, rubbish.method == "HEAD"));
        let (answer, goes_on) = read.await.unwrap_or_else(|_| panic!("no answer to {rubbish:?}"));
        let fault = answer.fault(&rubbish, &canaries);
        assert!(fault.is_none(), "{}", fault.unwrap_or_default());
        *statuses.entry(answer.status).or_default() += 1;
        connection = goes_on.then_some(open);
    }
    statuses
}

fn bytes(rubbish: &Rubbish) -> Vec<u8> {
    let mut bytes = format!("{} {} HTTP/1.1\r\n", rubbish.method, rubbish.path).into_bytes();
    for (name, value) in &rubbish.headers {
        bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    bytes.extend_from_slice(format!("content-length: {}\r\n\r\n", rubbish.body.len()).as_bytes());
    bytes.extend_from_slice(&rubbish.body);
    bytes
}

/// The next answer, and whether the connection stays open after it.
async fn answer(open: &mut BufReader<TcpStream>, without_body: bool) -> (Answer, bool) {
    let (mut status, mut length, mut goes_on) = (0, 0, true);
    loop {
        let mut line = String::new();
        if open.read_line(&mut line).await.unwrap_or(0) == 0 {
            return (Answer { status, text: String::new() }, false);
        }
        let line = line.trim_end().to_ascii_lowercase();
        if let Some(rest) = line.strip_prefix("http/1.1 ") {
            status = rest[..3].parse().unwrap();
        } else if let Some(value) = line.strip_prefix("content-length: ") {
            length = value.parse().unwrap();
        } else if line == "connection: close" {
            goes_on = false;
        } else if line.is_empty() && status >= 200 {
            break;
        }
    }
    let mut body = vec![0; if without_body { 0 } else { length }];
    goes_on &= open.read_exact(&mut body).await.is_ok();
    (Answer { status, text: String::from_utf8_lossy(&body).into_owned() }, goes_on)
}
