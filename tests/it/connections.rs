//! The server loop by itself: what it does with connections that are slow, idle or in the way of a stop.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Extension, Router,
    body::to_bytes,
    extract::{ConnectInfo, Request},
    http::StatusCode,
    routing::{get, post},
};
use lotlined::{
    http::server::{self, Bounds},
    limits,
    tasks::Tasks,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::Notify,
    time::{Instant, timeout},
};

async fn serve(router: Router) -> (SocketAddr, Tasks) {
    let (listener, tasks) = (TcpListener::bind("127.0.0.1:0").await.unwrap(), Tasks::new());
    let address = listener.local_addr().unwrap();
    serve_on(listener, router, Bounds::default(), &tasks);
    (address, tasks)
}

fn serve_on(listener: TcpListener, router: Router, bounds: Bounds, tasks: &Tasks) {
    let own = tasks.clone();
    tasks.spawn(async move { server::serve(listener, router, None, bounds, &own).await });
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
    // The idle one is closed, and nobody new comes in.
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

/// A proxy that has connected thinks that it was heard, and may not ask another daemon for what cannot be done twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_came_before_the_stop_is_answered() {
    let (listener, tasks) = (TcpListener::bind("127.0.0.1:0").await.unwrap(), Tasks::new());
    let address = listener.local_addr().unwrap();
    // They wait at the door; nobody has let them in when the stop comes.
    let mut asking = TcpStream::connect(address).await.unwrap();
    asking.write_all(REQUEST).await.unwrap();
    let mut silent = TcpStream::connect(address).await.unwrap();
    tasks.stopping().cancel();
    serve_on(listener, Router::new().route("/", get("done")), Bounds::default(), &tasks);
    let answer = head(&mut asking).await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("connection: close"), "{answer}");
    silent.write_all(REQUEST).await.unwrap();
    let answer = head(&mut silent).await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("connection: close"), "{answer}");
    assert_eq!(head(&mut silent).await, "");
    timeout(Duration::from_secs(30), tasks.drain(limits::DRAIN)).await.unwrap();
}

/// A balancer that asks for health every few seconds sends requests until it has heard.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_daemon_that_lingers_takes_requests_and_keeps_no_connection() {
    let (listener, tasks) = (TcpListener::bind("127.0.0.1:0").await.unwrap(), Tasks::new());
    let address = listener.local_addr().unwrap();
    let bounds = Bounds { linger: Duration::from_secs(3_600), ..Bounds::default() };
    serve_on(listener, Router::new().route("/", get("done")), bounds, &tasks);
    let mut kept = TcpStream::connect(address).await.unwrap();
    kept.write_all(REQUEST).await.unwrap();
    let answer = head(&mut kept).await;
    assert!(answer.ends_with("done") && !answer.contains("connection: close"), "{answer}");
    tasks.stopping().cancel();
    for _ in 0..3 {
        let mut new = TcpStream::connect(address).await.unwrap();
        new.write_all(REQUEST).await.unwrap();
        assert!(head(&mut new).await.ends_with("done"));
    }
    kept.write_all(REQUEST).await.unwrap();
    let answer = head(&mut kept).await;
    assert!(answer.ends_with("done") && answer.contains("connection: close"), "{answer}");
    assert_eq!(head(&mut kept).await, "");
}

/// Who is refused before their body is read would lose the answer with the connection, or have the body taken for the next
/// request.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_early_refusal_leaves_the_connection_whole() {
    let entered = Arc::new(Notify::new());
    let inside = entered.clone();
    let refuse = post(async move || {
        inside.notify_one();
        StatusCode::TOO_MANY_REQUESTS
    });
    let (address, tasks) = serve(Router::new().route("/", refuse)).await;
    let mut socket = TcpStream::connect(address).await.unwrap();
    socket.set_nodelay(true).unwrap();
    let post = b"POST / HTTP/1.1\r\nhost: lotline.example\r\n";
    for n in 0..300 {
        socket.write_all(post).await.unwrap();
        let chunked = n % 2 == 0;
        let length: &[u8] =
            if chunked { b"transfer-encoding: chunked\r\n\r\n" } else { b"content-length: 20\r\n\r\n" };
        socket.write_all(length).await.unwrap();
        entered.notified().await;
        // It is refused already, and the body only comes now.
        let body: &[u8] = if chunked { b"5\r\nGET /\r\n0\r\n\r\n" } else { b"GET / HTTP/1.1\r\n\r\n\r\n" };
        socket.write_all(body).await.unwrap();
        let answer = head(&mut socket).await;
        assert!(answer.starts_with("HTTP/1.1 429") && !answer.contains("connection: close"), "{n}: {answer}");
        assert_eq!(answer.matches("HTTP/1.1").count(), 1, "the body was taken for a request");
    }
    // Two at once, the second behind the first one's body.
    let pipelined = [post.as_slice(), b"content-length: 2\r\n\r\n{}"].concat().repeat(2);
    socket.write_all(&pipelined).await.unwrap();
    let mut answers = String::new();
    while answers.matches("HTTP/1.1 429").count() < 2 {
        let more = head(&mut socket).await;
        assert!(!more.is_empty(), "closed after {answers}");
        answers += &more;
    }
    tasks.drain(limits::DRAIN).await;
}

/// A body that comes after its head must not start the clock of a head: a proxy would lose the answer of a slow request,
/// and a connection that it keeps.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_is_not_taken_for_a_slow_head() {
    let asked = Arc::new(Notify::new());
    let slow = post({
        let asked = asked.clone();
        async move |request: Request| {
            asked.notify_one();
            let body = to_bytes(request.into_body(), 5).await.unwrap();
            tokio::time::sleep(limits::HEAD_TIME + Duration::from_secs(1)).await;
            body
        }
    });
    let (address, tasks) = serve(Router::new().route("/", slow)).await;
    let mut socket = TcpStream::connect(address).await.unwrap();
    socket.set_nodelay(true).unwrap();
    socket
        .write_all(b"POST / HTTP/1.1\r\nhost: lotline.example\r\ncontent-length: 5\r\n\r\nhe")
        .await
        .unwrap();
    asked.notified().await;
    socket.write_all(b"llo").await.unwrap();
    let answer = head(&mut socket).await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("hello"), "{answer}");
    tasks.drain(limits::DRAIN).await;
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
