//! What every answer has, whatever its route: an id, a log line, safe headers, and no panic that ends more than itself.

use std::{any::Any, panic::AssertUnwindSafe};

use axum::{
    extract::{MatchedPath, Request},
    http::{HeaderName, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures::FutureExt;
use lotline_common::Problem;
use tracing::Instrument;
use uuid::Uuid;

use super::host;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id of a request, for whoever goes on with what it brought.
#[derive(Debug, Clone, Copy)]
pub struct RequestId(pub Uuid);

/// Runs a request. The log knows its route, never its query, body or the members of its path.
pub(super) async fn wrap(mut request: Request, next: Next) -> Response {
    let id = Uuid::now_v7();
    request.extensions_mut().insert(RequestId(id));
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or("", MatchedPath::as_str);
    let span = tracing::info_span!("request", %id, method = %request.method(), route);
    async {
        let outcome = match host::one(request.headers()) {
            Ok(()) => AssertUnwindSafe(next.run(request)).catch_unwind().await,
            Err(error) => Ok(error.into_response()),
        };
        let mut response = outcome.unwrap_or_else(|panic| {
            tracing::error!(panic = said(&*panic), "a request panicked");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        });
        if response.status() == StatusCode::INTERNAL_SERVER_ERROR {
            response = failure(id);
        }
        seal(&mut response, id);
        tracing::debug!(status = response.status().as_u16(), "answered");
        response
    }
    .instrument(span)
    .await
}

/// The caller of a failed request learns the id of its log line and nothing else.
fn failure(id: Uuid) -> Response {
    let title = "Something failed on our side; the log has the details.";
    let mut failure = Problem::new(500, "internal", title);
    failure.request_id = Some(id.to_string());
    problem(&failure)
}

/// A problem as an answer with its own status.
pub(super) fn problem(problem: &Problem) -> Response {
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = serde_json::to_vec(problem).unwrap_or_default();
    (status, [(header::CONTENT_TYPE, "application/problem+json")], body).into_response()
}

fn seal(response: &mut Response, id: Uuid) {
    let mut buffer = Uuid::encode_buffer();
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(id.hyphenated().encode_lower(&mut buffer)) {
        headers.insert(REQUEST_ID, id);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    // An answer is data: a browser that is led to it runs, frames and loads nothing.
    let nothing = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(nothing);
}

fn said(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}

#[cfg(test)]
mod tests {
    use axum::{Router, body::Body, middleware::from_fn, routing::get};
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    use super::*;

    #[expect(clippy::panic, reason = "this handler is what the test is about")]
    async fn fails() {
        panic!("the secret plan of +13035550101");
    }

    /// A caller must be able to name the log line, and must learn nothing of the inside.
    #[tokio::test]
    async fn a_panic_is_a_problem_with_an_id_and_without_its_message() {
        let router = Router::new().route("/", get(fails)).layer(from_fn(wrap));
        let request = Request::get("/").body(Body::empty()).unwrap();
        let response = router.oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let id = response.headers()[REQUEST_ID].to_str().unwrap().to_owned();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let problem: Problem = serde_json::from_slice(&body).unwrap();
        assert_eq!(problem.request_id, Some(id));
        assert!(!String::from_utf8_lossy(&body).contains("secret"));
    }
}
