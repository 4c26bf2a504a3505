//! The API's description, for programs and for people. Nothing of it comes from another host.

use std::sync::{Arc, LazyLock};

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use utoipa::{IntoResponses, openapi::ResponseBuilder};
use utoipa_swagger_ui::{Config, SwaggerFile};

use crate::{
    error::{Error, Result},
    http::{
        answer::{Described, one},
        extract::Path,
        router,
    },
};

const PAGE: &str = include_str!("documentation.html");

/// The page runs our scripts only and speaks to us only.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

static DOCUMENT: LazyLock<String> = LazyLock::new(document);

/// The document as it is served, printed and kept in `docs/`.
pub fn document() -> String {
    // Built from types, it holds nothing that JSON cannot say. Links of the source's own comments lead nowhere in it.
    let text = router::document().to_pretty_json().unwrap_or_default();
    text.replace("[`", "`").replace("`]", "`") + "\n"
}

/// The OpenAPI document.
#[derive(Debug, IntoResponses)]
#[response(status = 200, description = "OpenAPI 3.1.", content_type = "application/json")]
pub struct Document;

/// The page.
#[derive(Debug, IntoResponses)]
#[response(status = 200, description = "HTML.", content_type = "text/html")]
pub struct Page;

/// A script or a style of the page.
pub struct Part(SwaggerFile<'static>);

/// This document.
#[utoipa::path(get, path = "", security(()))]
pub async fn json() -> Document {
    Document
}

/// This document as a page, to read and to try.
#[utoipa::path(get, path = "", security(()))]
pub async fn page() -> Page {
    Page
}

/// What the page is made of.
#[utoipa::path(get, path = "", security(()), responses((status = 404, description = "The page has no such part.")))]
pub async fn part(Path(name): Path<String>) -> Result<Part> {
    // The address is relative to the page's; without `none` it would ask a validator on the internet.
    let settings = Config::from("openapi.json").validator_url("none").try_it_out_enabled(true);
    let found = utoipa_swagger_ui::serve(&name, Arc::new(settings)).map_err(Error::internal)?;
    found.map(Part).ok_or(Error::NotFound)
}

impl IntoResponses for Part {
    fn responses() -> Described {
        one(StatusCode::OK, ResponseBuilder::new().description("A script or a style."))
    }
}

impl IntoResponse for Document {
    fn into_response(self) -> Response {
        ([(header::CONTENT_TYPE, "application/json")], DOCUMENT.as_str()).into_response()
    }
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let headers =
            [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CONTENT_SECURITY_POLICY, POLICY)];
        (headers, PAGE).into_response()
    }
}

impl IntoResponse for Part {
    fn into_response(self) -> Response {
        ([(header::CONTENT_TYPE, self.0.content_type)], self.0.bytes).into_response()
    }
}
