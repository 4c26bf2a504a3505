//! The server loop by itself: what it does with connections that are slow, idle or in the way of a stop.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{Extension, Router, extract::ConnectInfo, routing::get};
use lotlined::{http::server, limits, tasks::Tasks};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::Notify,
    time::{Instant, timeout},
};

async fn serve(router: Router) -> (SocketAddr, Tasks) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, tasks) = (listener.local_addr().unwrap(), Tasks::new());
    let own = tasks.clone();
    tasks.spawn(async move { server::serve(listener, router, None, limits::CONNECTIONS, &own).await });
    (address, tasks)
}

async fn head(socket: &mut TcpStream) -> String {
    let mut bytes = [0; 1024];
    let count = socket.read(&mut bytes).await.unwrap();
    String::from_utf8_lossy(&bytes[..count]).into_owned()
}

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: lotline.example\r\n\r\n";

/// An upgrade in the middle of a text must not lose the answer to the carrier.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_lets_a_request_finish_and_takes_no_new_one() {
    let (entered, may_end) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (inside, gate) = (entered.clone(), may_end.clone());
    let slow = get(async move || {
        inside.notify_one();
        gate.notified().await;
        "done"
    });
    let (address, tasks) = serve(Router::new().route("/", slow)).await;
    let mut idle = TcpStream::connect(address).await.unwrap();
    let mut busy = TcpStream::connect(address).await.unwrap();
    busy.write_all(REQUEST).await.unwrap();
    entered.notified().await;
    let mut stopping = std::pin::pin!(tasks.drain(limits::DRAIN));
    assert!(futures::poll!(&mut stopping).is_pending());
    // The idle one is closed at once, and nobody new comes in.
    assert_eq!(head(&mut idle).await, "");
    let refused =
        timeout(Duration::from_secs(30), async { while TcpStream::connect(address).await.is_ok() {} });
    assert!(refused.await.is_ok());
    assert!(futures::poll!(&mut stopping).is_pending());
    may_end.notify_one();
    let answer = head(&mut busy).await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("done"), "{answer}");
    assert_eq!(head(&mut busy).await, "", "closed after the answer");
    timeout(Duration::from_secs(30), stopping).await.unwrap();
}

/// A few hundred clients that send one byte now and then could otherwise hold every connection.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_head_that_trickles_is_cut_off_and_a_resting_connection_is_not() {
    let peer = get(async |Extension(ConnectInfo(peer)): Extension<ConnectInfo<SocketAddr>>| peer.to_string());
    let (address, tasks) = serve(Router::new().route("/", peer)).await;
    let mut resting = TcpStream::connect(address).await.unwrap();
    resting.write_all(REQUEST).await.unwrap();
    let first = head(&mut resting).await;
    assert!(first.ends_with(&resting.local_addr().unwrap().to_string()), "{first}");
    let mut trickle = TcpStream::connect(address).await.unwrap();
    let begun = Instant::now();
    trickle.write_all(b"GET / HT").await.unwrap();
    assert_eq!(head(&mut trickle).await, "");
    let held = begun.elapsed();
    assert!(held >= limits::HEAD_TIME && held < limits::HEAD_TIME * 2, "{held:?}");
    resting.write_all(REQUEST).await.unwrap();
    assert!(head(&mut resting).await.starts_with("HTTP/1.1 200"));
    tasks.drain(limits::DRAIN).await;
}
