//! `/healthz` and `/readyz`: what a load balancer and an operator's doctor rely on.

use reqwest::StatusCode;

use crate::support::{
    db::Fresh,
    opened::Opened,
    server::{Server, body},
};

both_engines!(a_daemon_is_ready_until_its_database_goes);

/// A balancer that sends webhooks to a node without a database loses customers' texts.
async fn a_daemon_is_ready_until_its_database_goes(db: &Fresh) {
    let fresh = Opened::on(db).await;
    let server = Server::start(fresh).await;
    for path in ["/healthz", "/readyz"] {
        let response = server.client.get(server.url(path)).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        assert_eq!(body(response).await["status"], "ok");
    }
    server.fresh.db.close().await;
    let ready = server.client.get(server.url("/readyz")).send().await.unwrap();
    assert_eq!(ready.status(), StatusCode::SERVICE_UNAVAILABLE);
    let reasons = body(ready).await["reasons"].as_array().unwrap().len();
    assert_eq!(reasons, 2, "neither reads nor writes");
    let alive = server.client.get(server.url("/healthz")).send().await.unwrap();
    assert_eq!(alive.status(), StatusCode::OK);
}
