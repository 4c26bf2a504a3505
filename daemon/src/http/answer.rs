//! What handlers answer when all went well. The type is the status, and the API's document reads it off.

use std::collections::BTreeMap;

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::{
    IntoResponses, ToSchema,
    openapi::{
        self, Content, HeaderBuilder, Ref, RefOr, ResponseBuilder,
        schema::{ObjectBuilder, Type},
    },
};

use super::extract::Json;
use crate::error::Error;

/// Answers by status, as the document has them.
pub type Described = BTreeMap<String, RefOr<openapi::Response>>;

/// 201: there is something new.
#[derive(Debug)]
pub struct Created<T>(pub T);

/// 202: it will be done; the events tell when.
#[derive(Debug)]
pub struct Accepted<T>(pub T);

/// 204: done, nothing to tell.
#[derive(Debug)]
pub struct NoContent;

/// 200 with the thing's version as its `ETag`.
#[derive(Debug)]
pub struct Versioned<T>(pub i64, pub T);

impl<T: Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        (StatusCode::CREATED, Json(self.0)).into_response()
    }
}

impl<T: Serialize> IntoResponse for Accepted<T> {
    fn into_response(self) -> Response {
        (StatusCode::ACCEPTED, Json(self.0)).into_response()
    }
}

impl IntoResponse for NoContent {
    fn into_response(self) -> Response {
        StatusCode::NO_CONTENT.into_response()
    }
}

impl<T: Serialize> IntoResponse for Versioned<T> {
    fn into_response(self) -> Response {
        ([(header::ETAG, format!("\"{}\"", self.0))], Json(self.1)).into_response()
    }
}

impl<T: ToSchema> IntoResponses for Json<T> {
    fn responses() -> Described {
        one(StatusCode::OK, body::<T>())
    }
}

impl<T: ToSchema> IntoResponses for Created<T> {
    fn responses() -> Described {
        one(StatusCode::CREATED, body::<T>())
    }
}

impl<T: ToSchema> IntoResponses for Accepted<T> {
    fn responses() -> Described {
        one(StatusCode::ACCEPTED, body::<T>())
    }
}

impl IntoResponses for NoContent {
    fn responses() -> Described {
        one(StatusCode::NO_CONTENT, ResponseBuilder::new().description("Done."))
    }
}

impl<T: ToSchema> IntoResponses for Versioned<T> {
    fn responses() -> Described {
        let tag = HeaderBuilder::new()
            .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
            .description(Some("The version, for `If-Match`."));
        one(StatusCode::OK, body::<T>().header("ETag", tag.build()))
    }
}

/// What may go wrong in any call; the document adds what a route's own parts may refuse.
impl IntoResponses for Error {
    fn responses() -> Described {
        Described::new()
    }
}

fn body<T: ToSchema>() -> ResponseBuilder {
    let content = Content::new(Some(Ref::from_schema_name(T::name())));
    ResponseBuilder::new().description("Done.").content("application/json", content)
}

/// The one answer of a handler.
pub fn one(status: StatusCode, response: ResponseBuilder) -> Described {
    BTreeMap::from([(status.as_str().to_owned(), response.into())])
}
