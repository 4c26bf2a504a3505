//! Requests that are wrong: each gets a problem that names what is wrong, and none a 5xx.

use reqwest::{Method, StatusCode};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::{
    db::Fresh,
    opened::Opened,
    seed::{self, NewLead},
    server::{Server, body},
};

both_engines!(every_malformed_request_is_answered_by_a_problem);

async fn every_malformed_request_is_answered_by_a_problem(db: &Fresh) {
    let fresh = Opened::on(db).await;
    let store = seed::store(&fresh.db, 1).await;
    let other = seed::store(&fresh.db, 2).await;
    let foreign = seed::lead(&fresh.db, other, NewLead::new("Foreign Example", 1)).await;
    let own = seed::lead(&fresh.db, store, NewLead::new("Own Example", 1)).await;
    let server = Server::start(fresh).await;
    let absent = lotline_common::LeadId::new();
    let long = "x".repeat(3_000);
    let cases: Vec<(String, u16, &str)> = vec![
        ("/api/v1/leads?limit=0".into(), 400, "limit"),
        ("/api/v1/leads?limit=201".into(), 400, "limit"),
        ("/api/v1/leads?limit=-1".into(), 400, "limit"),
        ("/api/v1/leads?limit=ten".into(), 400, "limit"),
        ("/api/v1/leads?limit=99999999999999999999".into(), 400, "limit"),
        ("/api/v1/leads?sort=sideways".into(), 400, "sort"),
        ("/api/v1/leads?status=".into(), 400, "status"),
        ("/api/v1/leads?floor=everybody".into(), 400, "floor"),
        ("/api/v1/leads?waiting=maybe".into(), 400, "waiting"),
        ("/api/v1/leads?assigned_to=me".into(), 400, "assigned_to"),
        ("/api/v1/leads?sentiment=fine".into(), 400, "sentiment"),
        ("/api/v1/leads?q=a".into(), 400, "q"),
        ("/api/v1/leads?q=".into(), 400, "q"),
        (format!("/api/v1/leads?q={long}"), 400, "q"),
        ("/api/v1/leads?cursor=".into(), 400, "cursor"),
        ("/api/v1/leads?cursor=%00%ff".into(), 400, "cursor"),
        (format!("/api/v1/leads?cursor={long}"), 400, "cursor"),
        ("/api/v1/leads?colour=red".into(), 400, "colour"),
        ("/api/v1/leads?sort=recent&sort=name".into(), 400, "sort"),
        ("/api/v1/leads/not-a-uuid".into(), 400, "id"),
        ("/api/v1/leads/%00".into(), 400, "id"),
        ("/api/v1/leads/%ff%fe/timeline".into(), 400, "id"),
        (format!("/api/v1/leads/{absent}"), 404, ""),
        (format!("/api/v1/leads/{foreign}"), 404, ""),
        (format!("/api/v1/leads/{foreign}/timeline"), 404, ""),
        (format!("/api/v1/leads/{foreign}/drafts"), 404, ""),
        (format!("/api/v1/leads/{foreign}/consents"), 404, ""),
        (format!("/api/v1/leads/{own}/timeline?limit=201"), 400, "limit"),
        (format!("/api/v1/leads/{own}/timeline?cursor=AAAA"), 400, "cursor"),
        (format!("/api/v1/leads/{own}/timeline?before=3"), 400, "before"),
        (format!("/api/v1/leads/{own}/consents?cursor=AAAA"), 400, "cursor"),
        ("/api/v1/events?after=-1".into(), 400, "after"),
        ("/api/v1/events?after=".into(), 400, "after"),
        ("/api/v1/events?after=99999999999999999999".into(), 400, "after"),
        ("/api/v1/events?access_token=secret".into(), 400, "access_token"),
        ("/api/v1/nothing".into(), 404, ""),
        ("/".into(), 404, ""),
        ("/%2e%2e/etc/passwd".into(), 404, ""),
    ];
    for (path, status, field) in cases {
        let response = server.get(store, &path).send().await.unwrap();
        assert_eq!(response.status().as_u16(), status, "{path}");
        let headers = response.headers();
        assert_eq!(headers["content-type"], "application/problem+json", "{path}");
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(headers["cache-control"], "no-store");
        assert!(headers.contains_key("x-request-id"));
        let problem = body(response).await;
        assert_eq!(problem["status"], status);
        assert_eq!(problem["field"].as_str().unwrap_or(""), field, "{path}: {problem}");
    }
    absent_and_foreign_are_the_same(&server, store, &absent.to_string(), &foreign.to_string()).await;
    headers_are_checked(&server, store).await;
    methods_are_named(&server, store).await;
    two_hosts_are_no_host(&server).await;
    garbage_ends_its_connection_only(&server, store).await;
}

/// Whoever could tell them apart could list another dealer's customers.
async fn absent_and_foreign_are_the_same(server: &Server, store: seed::Store, absent: &str, foreign: &str) {
    for tail in ["", "/timeline", "/drafts", "/consents"] {
        let mut answers = Vec::new();
        for id in [absent, foreign] {
            let path = format!("/api/v1/leads/{id}{tail}");
            let response = server.get(store, &path).send().await.unwrap();
            answers.push((response.status(), response.bytes().await.unwrap()));
        }
        assert_eq!(answers[0], answers[1], "{tail}");
    }
}

async fn headers_are_checked(server: &Server, store: seed::Store) {
    for value in ["-1", "abc", "", "1 2", "9223372036854775808", "é"] {
        let request = server.get(store, "/api/v1/events?after=0");
        let response = request.header("last-event-id", value).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{value:?}");
        assert_eq!(body(response).await["field"], "Last-Event-ID");
    }
    for path in ["/api/v1/leads", "/api/v1/events"] {
        let response = server.client.get(server.url(path)).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{path}");
    }
}

async fn methods_are_named(server: &Server, store: seed::Store) {
    for path in ["/api/v1/events", "/healthz"] {
        let request = server.client.request(Method::DELETE, server.url(path));
        let response = request.bearer_auth(server.token(store, store.session)).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED, "{path}");
        assert_eq!(response.headers()["allow"], "GET,HEAD", "{path}");
        assert_eq!(body(response).await["code"], "method_not_allowed");
    }
}

/// What a proxy let through for one host would be served as another's.
async fn two_hosts_are_no_host(server: &Server) {
    for (hosts, status) in
        [("host: a\r\n", "200"), ("host: a\r\nHost: b\r\n", "400"), ("host: a\r\nhost: a\r\n", "400")]
    {
        let mut socket = TcpStream::connect(server.address).await.unwrap();
        let request = format!("GET /healthz HTTP/1.1\r\n{hosts}connection: close\r\n\r\n");
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{hosts}: {answer}");
    }
}

async fn garbage_ends_its_connection_only(server: &Server, store: seed::Store) {
    let endless = [b"GET / HTTP/1.1\r\nx: ".as_slice(), "x".repeat(100_000).as_bytes()].concat();
    let many = [b"GET / HTTP/1.1\r\n".as_slice(), "a: b\r\n".repeat(200).as_bytes(), b"\r\n"].concat();
    let garbage: [&[u8]; 5] = [b"\x16\x03\x01\x02\x00", b"GET\r\n\r\n", b"\0\0\0\0\r\n\r\n", &endless, &many];
    for bytes in garbage {
        let mut socket = TcpStream::connect(server.address).await.unwrap();
        // The server may close before it has read everything.
        drop(socket.write_all(bytes).await);
        drop(socket.shutdown().await);
        let mut answer = Vec::new();
        drop(socket.read_to_end(&mut answer).await);
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
    }
    let _alive = server.json(store, "/api/v1/leads").await;
}
