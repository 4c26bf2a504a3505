//! The page that an invite's link opens. The token stays behind the `#`, in the browser.

use std::sync::LazyLock;

use aws_lc_rs::digest::{SHA256, digest};
use axum::{
    http::header,
    response::{IntoResponse, Response},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use utoipa::IntoResponses;

const PAGE: &str = include_str!("join.html");

/// The page runs and wears what stands in it, speaks to us, and is nobody's frame.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    format!(
        "default-src 'none'; script-src '{}'; style-src '{}'; connect-src 'self'; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'",
        hash_of("script"),
        hash_of("style"),
    )
});

/// What lets a browser take the one element of this name, and nothing that was put beside it.
fn hash_of(element: &str) -> String {
    let (begin, end) = (format!("<{element}>"), format!("</{element}>"));
    let after = PAGE.split_once(&begin).map_or("", |(_, after)| after);
    let text = after.split_once(&end).map_or("", |(text, _)| text);
    format!("sha256-{}", BASE64_STANDARD.encode(digest(&SHA256, text.as_bytes())))
}

/// The page.
#[derive(Debug, IntoResponses)]
#[response(status = 200, description = "HTML.", content_type = "text/html")]
pub struct Page;

/// Where an invited person begins: the link of an invite leads here.
#[utoipa::path(get, path = "", security(()))]
pub async fn page() -> Page {
    Page
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let headers = [
            (header::CONTENT_TYPE, "text/html; charset=utf-8"),
            (header::CONTENT_SECURITY_POLICY, POLICY.as_str()),
            (header::REFERRER_POLICY, "no-referrer"),
        ];
        (headers, PAGE).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A page that its own policy forbids is a page that does nothing.
    #[test]
    fn the_policy_names_what_stands_in_the_page() {
        for element in ["script", "style"] {
            assert_eq!(PAGE.matches(&format!("<{element}>")).count(), 1, "{element}");
            assert_eq!(PAGE.matches(&format!("<{element}")).count(), 1, "{element} with attributes");
        }
        assert!(!POLICY.contains(&BASE64_STANDARD.encode(digest(&SHA256, b""))));
        assert!(!PAGE.contains(" style=") && !PAGE.contains(" onclick="), "no inline attributes");
    }
}
