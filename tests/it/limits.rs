//! Bounds on what a caller may send: each holds, each is answered by a problem.

use lotlined::limits;
use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

use crate::support::{
    caller::{Answer, Caller},
    daemon::{Daemon, settings},
    db::Fresh,
};

async fn raw(daemon: &Daemon, bytes: &[u8]) -> String {
    let address = daemon.base.trim_start_matches("http://");
    let mut socket = TcpStream::connect(address).await.unwrap();
    // The daemon may answer and close before it has read everything.
    drop(socket.write_all(bytes).await);
    let mut answer = Vec::new();
    drop(socket.read_to_end(&mut answer).await);
    String::from_utf8_lossy(&answer).into_owned()
}

/// A caller could otherwise take the memory, the stack or a connection of everybody.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bodies_and_heads_have_a_size_a_depth_and_a_time() {
    let db = Fresh::sqlite();
    let daemon = Daemon::start(&db).await;
    let stranger = Caller::stranger(&daemon);
    let sign_in = "/api/v1/auth/login";

    let large = json!({"email": "x".repeat(limits::REQUEST_BODY), "password": ""});
    assert_eq!(stranger.post(sign_in, large).await.problem(), (413, "too_large".to_owned()));
    let mut deep = Value::Null;
    for _ in 0..=limits::JSON_DEPTH {
        deep = json!([deep]);
    }
    let refused = stranger.post(sign_in, deep).await;
    assert_eq!((refused.status.as_u16(), &refused.json()["field"]), (400, &json!("body")));
    assert!(refused.text.contains("deeper"), "{}", refused.text);

    let head = format!("GET /healthz HTTP/1.1\r\nx: {}\r\n\r\n", "x".repeat(limits::HEAD_BYTES));
    assert!(raw(&daemon, head.as_bytes()).await.starts_with("HTTP/1.1 431"));
    // This one takes as long as the limit is.
    let begun = tokio::time::Instant::now();
    let half = b"POST /api/v1/auth/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: 9\r\n\r\n{";
    let late = raw(&daemon, half).await;
    assert!(late.starts_with("HTTP/1.1 400") && late.contains("did not arrive"), "{late}");
    assert!(begun.elapsed() < limits::BODY_TIME * 2);
    daemon.stop().await;
    db.remove().await;
}

/// A runaway script must not take the daemon from the people at work.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_asks_too_often_is_told_when_to_come_back() {
    let db = Fresh::sqlite();
    let mut config = settings(&db.url, "open_signup = true");
    config.limits.rates = true;
    let daemon = Daemon::start_with(config).await;
    let stranger = Caller::stranger(&daemon);
    let (dana, _) = stranger.found("dana@example.com", "Dana Motors").await;
    let tired = async |caller: &Caller, method: Method, path: &str, most: u32| -> Option<Answer> {
        for _ in 0..=most {
            let answer = caller.call(method.clone(), path, None).await;
            if answer.status == StatusCode::TOO_MANY_REQUESTS {
                return Some(answer);
            }
        }
        None
    };
    let most = 2 * limits::WRITES_OF_MEMBER.at_once;
    let refused = tired(&dana, Method::POST, "/api/v1/leads", most).await.unwrap();
    assert_eq!(refused.problem(), (429, "too_many_requests".to_owned()));
    assert!(refused.retry_after.unwrap() >= 1);
    assert_eq!(dana.get("/api/v1/leads").await.status, 200, "reading is counted apart");
    let (eli, _) = stranger.found("eli@example.com", "Eli Cars").await;
    assert_eq!(eli.post("/api/v1/leads", json!({"phone": "+13035550101"})).await.status, 201);
    let most = 4 * limits::SIGN_INS_OF_ADDRESS.at_once;
    assert!(tired(&stranger, Method::POST, "/api/v1/auth/refresh", most).await.is_some());
    daemon.stop().await;
    db.remove().await;
}

/// A script that was told to wait would lose its connection, and with it the answers to what it sent next.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_told_to_wait_keeps_the_connection() {
    let db = Fresh::sqlite();
    let mut config = settings(&db.url, "");
    config.limits.rates = true;
    let daemon = Daemon::start_with(config).await;
    let socket = TcpStream::connect(daemon.base.trim_start_matches("http://")).await.unwrap();
    socket.set_nodelay(true).unwrap();
    let mut socket = BufReader::new(socket);
    let body = json!({"refresh_token": "none"}).to_string();
    let head = format!(
        "POST /api/v1/auth/refresh HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let mut refused = 0;
    for n in 0..400 {
        socket.write_all(head.as_bytes()).await.unwrap();
        tokio::task::yield_now().await;
        socket.write_all(body.as_bytes()).await.unwrap();
        let (status, text) = answer(&mut socket).await.unwrap_or_else(|| panic!("closed after {n}"));
        assert!(status == 401 || status == 429, "{status}: {text}");
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap()["status"], status);
        refused += u32::from(status == 429);
    }
    assert!(refused > 200, "{refused} were refused");
    daemon.stop().await;
    db.remove().await;
}

/// The next whole answer; `None` where the connection ends.
async fn answer(socket: &mut BufReader<TcpStream>) -> Option<(u16, String)> {
    let (mut status, mut length) = (0, 0);
    loop {
        let mut line = String::new();
        if socket.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let line = line.trim_end();
        if let Some(rest) = line.strip_prefix("HTTP/1.1 ") {
            status = rest[..3].parse().unwrap();
        } else if let Some(value) = line.strip_prefix("content-length: ") {
            length = value.parse().unwrap();
        } else if line.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    socket.read_exact(&mut body).await.ok()?;
    Some((status, String::from_utf8(body).unwrap()))
}

/// A page on another site must not be able to use the API unless somebody listed it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_of_other_origins_stay_out_unless_they_are_listed() {
    let db = Fresh::sqlite();
    let mut config = settings(&db.url, "");
    let preflight = async |daemon: &Daemon, origin: &str| {
        let request = Caller::stranger(daemon)
            .request(Method::OPTIONS, "/api/v1/leads")
            .header(header::ORIGIN, origin)
            .header(header::ACCESS_CONTROL_REQUEST_METHOD, "PATCH")
            .header(header::ACCESS_CONTROL_REQUEST_HEADERS, "authorization,if-match");
        let answer = request.send().await.unwrap();
        let allowed = answer.headers().get(header::ACCESS_CONTROL_ALLOW_ORIGIN);
        allowed.map(|value| value.to_str().unwrap().to_owned())
    };
    let page = "https://desk.example.com";
    let daemon = Daemon::start_with(config.clone()).await;
    assert_eq!(preflight(&daemon, page).await, None);
    daemon.stop().await;
    config.server.cors_origins = vec![format!("{page}/").parse().unwrap()];
    let daemon = Daemon::start_with(config).await;
    assert_eq!(preflight(&daemon, page).await.as_deref(), Some(page));
    for other in ["https://desk.example.com.evil.example", "http://desk.example.com", "null"] {
        assert_eq!(preflight(&daemon, other).await, None, "{other}");
    }
    let answer = Caller::stranger(&daemon).request(Method::GET, "/healthz").header(header::ORIGIN, page);
    let headers = answer.send().await.unwrap().headers().clone();
    assert!(headers["access-control-expose-headers"].to_str().unwrap().contains("etag"));
    assert!(!headers.contains_key("access-control-allow-credentials"));
    assert!(headers["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'"));
    daemon.stop().await;
    db.remove().await;
}

/// A change over a colleague's is lost work.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lead_is_changed_only_as_it_was_seen() {
    let db = Fresh::sqlite();
    let daemon = Daemon::start(&db).await;
    let (dana, _) = Caller::stranger(&daemon).found("dana@example.com", "Dana Motors").await;
    let lead = dana.post("/api/v1/leads", json!({"phone": "+13035550101"})).await.json();
    let path = format!("/api/v1/leads/{}", lead["id"].as_str().unwrap());
    let shown = dana.request(Method::GET, &path).send().await.unwrap();
    let tag = shown.headers()[header::ETAG].to_str().unwrap().to_owned();
    let change = async |tag: Option<&str>| {
        let mut request = dana.request(Method::PATCH, &path).json(&json!({"name": "Kim Example"}));
        if let Some(tag) = tag {
            request = request.header(header::IF_MATCH, tag);
        }
        request.send().await.unwrap()
    };
    assert_eq!(change(None).await.status(), 428);
    assert_eq!(change(Some("7 or so")).await.status(), 400);
    assert_eq!(change(Some("\"999\"")).await.status(), 412);
    assert_eq!(change(Some(&format!("W/{tag}"))).await.status(), 412);
    let changed = change(Some(&format!("\"999\", {tag}"))).await;
    assert_eq!(changed.status(), 200);
    let next = changed.headers()[header::ETAG].to_str().unwrap().to_owned();
    assert_ne!(next, tag);
    assert_eq!(change(Some(&tag)).await.status(), 412);
    assert_eq!(change(Some("*")).await.status(), 200);
    daemon.stop().await;
    db.remove().await;
}
