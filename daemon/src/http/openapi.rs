//! The API's own description, OpenAPI 3.1, put together as the router takes its routes in.
//!
//! A handler's annotation says what only it knows: method, role, query, its own refusals. Its types say what it
//! answers; what every route of a kind refuses is added here.

use std::sync::Arc;

use axum::middleware::from_fn_with_state;
use lotline_common::{
    Page, Problem,
    api::{
        alarm::Alarm,
        api_key::{ApiKey as KeyOfMember, KeyScope, NewApiKey},
        application::{Application, Completeness},
        audit::AuditLine,
        auth::{Organization, Session},
        consent::{Consent, ContactAnswer},
        draft::Draft,
        invite::{NewInvite, OpenInvite, ShownInvite},
        lead::{FloorChanged, Lead},
        lead_export::LeadExport,
        me::{Me, OpenSession, RecoveryCodes, TotpSetup},
        message::Recalled,
        organization::{AgentProfile, Carrier, Member, OwnNumber},
        retention::Clock,
        turn::Turn,
    },
    event::{Event, control::Reset},
};
use serde::Serialize;
use utoipa::{
    OpenApi, ToSchema,
    openapi::{
        self, Content, Header, HeaderBuilder, HttpMethod, Ref, RefOr, Required, ResponseBuilder,
        path::{Operation, ParameterBuilder, ParameterIn, PathItem, Paths},
        schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type},
        security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme},
    },
};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};

use super::{
    demand::{self, Demand, Demands},
    route::health::Health,
};
use crate::app::App;

/// Schemes of routes that ask who calls.
const BEARER: &str = "bearer";
const SESSION: &str = "session";
/// Paths of vendors. A carrier may append parameters, and the signature covers them.
const WEBHOOKS: &str = "webhooks";
const PROBLEM: &str = "application/problem+json";

#[derive(OpenApi)]
#[openapi(info(
    title = "Lotline",
    description = "The AI phone desk for car dealerships. Errors are `application/problem+json` with a stable `code`; \
        lists are `{items, next_cursor}`; every answer names its request in `X-Request-Id`. The first scope of a \
        route's bearer token is the least role that may call it: `viewer` < `agent` < `manager` < `admin`; the second \
        is the one that an API key must have if it was narrowed."
))]
struct Base;

/// What the document says before any route is added: who we are, how callers prove themselves, what bodies look like.
pub(super) fn base() -> openapi::OpenApi {
    let mut document = Base::openapi();
    let components = document.components.get_or_insert_default();
    let bearer = |means: &str| {
        let mut scheme = Http::new(HttpAuthScheme::Bearer);
        scheme.description = Some(means.to_owned());
        SecurityScheme::Http(scheme)
    };
    components
        .add_security_scheme(BEARER, bearer("An access token, or an API key, which begins with `lk_`."));
    components.add_security_scheme(SESSION, bearer("An access token: a person does this, no API key."));
    let signature = ApiKey::Header(ApiKeyValue::new("X-Twilio-Signature"));
    components.add_security_scheme("twilio", SecurityScheme::ApiKey(signature));
    components.schemas.extend(answers());
    document
}

/// Every type that a handler answers, with what it is made of.
fn answers() -> Vec<(String, RefOr<Schema>)> {
    let mut all = Vec::new();
    describe::<Problem>(&mut all);
    describe::<Session>(&mut all);
    describe::<Me>(&mut all);
    describe::<Organization>(&mut all);
    describe::<TotpSetup>(&mut all);
    describe::<RecoveryCodes>(&mut all);
    describe::<Page<OpenSession>>(&mut all);
    describe::<Member>(&mut all);
    describe::<Page<Member>>(&mut all);
    describe::<Page<OpenInvite>>(&mut all);
    describe::<NewInvite>(&mut all);
    describe::<ShownInvite>(&mut all);
    describe::<Page<KeyOfMember>>(&mut all);
    describe::<NewApiKey>(&mut all);
    describe::<Carrier>(&mut all);
    describe::<AgentProfile>(&mut all);
    describe::<Page<OwnNumber>>(&mut all);
    describe::<Page<Lead>>(&mut all);
    describe::<LeadExport>(&mut all);
    describe::<Page<Turn>>(&mut all);
    describe::<Page<Consent>>(&mut all);
    describe::<Page<Draft>>(&mut all);
    describe::<FloorChanged>(&mut all);
    describe::<ContactAnswer>(&mut all);
    describe::<Recalled>(&mut all);
    describe::<Page<Alarm>>(&mut all);
    describe::<Page<AuditLine>>(&mut all);
    describe::<Application>(&mut all);
    describe::<Completeness>(&mut all);
    describe::<Page<Clock>>(&mut all);
    describe::<Event>(&mut all);
    describe::<Reset>(&mut all);
    describe::<Health>(&mut all);
    all
}

fn describe<T: ToSchema>(all: &mut Vec<(String, RefOr<Schema>)>) {
    all.push((T::name().into_owned(), T::schema()));
    T::schemas(all);
}

/// Routes that describe themselves.
pub(super) trait Described {
    /// Adds handlers at `path`, which therefore stands on the router's page and not at the handler.
    fn at(self, path: &str, routes: UtoipaMethodRouter<Arc<App>>) -> Self;
}

impl Described for OpenApiRouter<Arc<App>> {
    fn at(self, path: &str, (schemas, described, methods): UtoipaMethodRouter<Arc<App>>) -> Self {
        let mut item = described.paths.into_values().next().unwrap_or_default();
        let mut demands = Vec::new();
        for (method, operation) in operations_mut(&mut item) {
            complete(path, &method, operation);
            demands.push(Demand {
                method: word(&method),
                scope: scope_of(operation),
                query: query_of(operation),
            });
        }
        let mut paths = Paths::new();
        paths.paths.insert(path.to_owned(), item);
        let methods = if group(path) == WEBHOOKS {
            methods
        } else {
            methods.route_layer(from_fn_with_state(Demands::from(demands), demand::meet))
        };
        self.routes((schemas, paths, methods))
    }
}

fn query_of(operation: &Operation) -> Vec<String> {
    let parameters = operation.parameters.iter().flatten();
    let names = parameters.filter_map(|parameter| match parameter {
        RefOr::T(parameter) if parameter.parameter_in == ParameterIn::Query => Some(parameter.name.clone()),
        _ => None,
    });
    names.collect()
}

/// Adds what follows from where a route is and what it takes.
fn complete(path: &str, method: &HttpMethod, operation: &mut Operation) {
    let handler = operation.operation_id.take().unwrap_or_default();
    operation.operation_id = Some(name(path, &handler));
    operation.tags = Some(vec![group(path).to_owned()]);
    for member in path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')) {
        operation.parameters.get_or_insert_default().push(path_member(member).build().into());
    }
    for (status, means) in refusals(path, method, operation) {
        operation
            .responses
            .responses
            .entry(status.to_owned())
            .or_insert_with(|| ResponseBuilder::new().description(means).into());
    }
    if takes_key(operation) {
        let collision = operation.responses.responses.entry("409".to_owned());
        if let RefOr::T(collision) = collision.or_insert_with(|| ResponseBuilder::new().into()) {
            let separator = if collision.description.is_empty() { "" } else { " " };
            collision.description += separator;
            collision.description += "`idempotency_mismatch`: the key was used for another request.";
        }
    }
    for (status, response) in &mut operation.responses.responses {
        if let RefOr::T(response) = response
            && status.as_str() >= "400"
            && response.content.is_empty()
        {
            let problem = Content::new(Some(Ref::from_schema_name(Problem::name())));
            response.content.insert(PROBLEM.to_owned(), problem.into());
            if matches!(status.as_str(), "429" | "503") {
                response.headers.insert("Retry-After".to_owned(), retry_after().into());
            }
        }
    }
}

fn takes_key(operation: &Operation) -> bool {
    let mut parameters = operation.parameters.iter().flatten();
    parameters.any(|parameter| matches!(parameter, RefOr::T(header) if header.name == "Idempotency-Key"))
}

fn retry_after() -> Header {
    let seconds = ObjectBuilder::new().schema_type(Type::Integer);
    HeaderBuilder::new().schema(Some(seconds)).description(Some("Seconds.")).build()
}

/// `leads_drafts_list`: the words of the path, and the handler's where it says more.
fn name(path: &str, handler: &str) -> String {
    let path = path.trim_start_matches("/api/v1").replace(['-', '.'], "_");
    let mut words: Vec<&str> =
        path.split('/').filter(|word| !word.is_empty() && !word.starts_with('{')).collect();
    if words.last() != Some(&handler) {
        words.push(handler);
    }
    words.join("_")
}

/// Routes are grouped by the noun of their path.
fn group(path: &str) -> &str {
    let mut parts = path.split('/').skip(1);
    match (parts.next(), parts.next(), parts.next()) {
        (Some("api"), Some("v1"), Some(noun)) => noun,
        (Some("api"), Some(kind), _) => kind,
        _ => "operations",
    }
}

fn path_member(name: &str) -> ParameterBuilder {
    let text = ObjectBuilder::new().schema_type(Type::String);
    let uuid = (name == "id").then_some(SchemaFormat::KnownFormat(KnownFormat::Uuid));
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .schema(Some(text.format(uuid)))
}

/// What a route of this kind refuses besides what its handler names.
fn refusals(path: &str, method: &HttpMethod, operation: &Operation) -> Vec<(&'static str, &'static str)> {
    let api = path.starts_with("/api/");
    let bearer = role_of(BEARER, operation).or_else(|| role_of(SESSION, operation)).is_some();
    let writes = api && *method != HttpMethod::Get;
    let all = [
        (true, "400", "Something is malformed; `field` names it."),
        (bearer, "401", "No token, or one that is forged, expired or revoked."),
        (bearer, "403", "The role does not allow this, or the key lacks the scope (`scope_missing`)."),
        (path.contains("{id}"), "404", "Absent, or another organization's."),
        (operation.request_body.is_some(), "413", "The body is too large."),
        (
            api && !path.starts_with("/api/webhooks"),
            "429",
            "Too many requests; `Retry-After` says when to come back.",
        ),
        (true, "500", "A failure on our side; `request_id` names its log line."),
        (api, "503", "Not now; `Retry-After` says when to come back."),
        (writes && bearer, "507", "The disk is full; nothing was stored."),
    ];
    all.into_iter().filter(|(applies, ..)| *applies).map(|(_, status, means)| (status, means)).collect()
}

fn operations_mut(item: &mut PathItem) -> Vec<(HttpMethod, &mut Operation)> {
    let all = [
        (HttpMethod::Get, &mut item.get),
        (HttpMethod::Post, &mut item.post),
        (HttpMethod::Put, &mut item.put),
        (HttpMethod::Patch, &mut item.patch),
        (HttpMethod::Delete, &mut item.delete),
    ];
    all.into_iter().filter_map(|(method, operation)| Some((method, operation.as_mut()?))).collect()
}

/// One route and who may call it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Route {
    pub method: &'static str,
    pub path: String,
    /// The least role of a member; `None` for callers without a token.
    pub role: Option<String>,
    /// An API key in that role gets in as well.
    pub keys: bool,
    /// What a narrowed one must have.
    pub scope: Option<KeyScope>,
}

/// Every route of the document with the role that its security scope names.
pub fn roles(mut document: openapi::OpenApi) -> Vec<Route> {
    let mut routes = Vec::new();
    for (path, item) in &mut document.paths.paths {
        routes.extend(operations_mut(item).into_iter().map(|(method, operation)| {
            let by_key = role_of(BEARER, operation);
            Route {
                method: word(&method),
                path: path.clone(),
                keys: by_key.is_some(),
                scope: scope_of(operation),
                role: by_key.or_else(|| role_of(SESSION, operation)),
            }
        }));
    }
    routes
}

fn role_of(scheme: &str, operation: &Operation) -> Option<String> {
    required(scheme, 0, operation)
}

fn scope_of(operation: &Operation) -> Option<KeyScope> {
    required(BEARER, 1, operation)?.parse().ok()
}

/// One of the words that stand at the requirement of `scheme`.
fn required(scheme: &str, at: usize, operation: &Operation) -> Option<String> {
    let requirement = serde_json::to_value(operation.security.as_ref()?.first()?).ok()?;
    Some(requirement.get(scheme)?.get(at)?.as_str()?.to_owned())
}

const fn word(method: &HttpMethod) -> &'static str {
    match method {
        HttpMethod::Get => "GET",
        HttpMethod::Post => "POST",
        HttpMethod::Put => "PUT",
        HttpMethod::Patch => "PATCH",
        HttpMethod::Delete => "DELETE",
        HttpMethod::Head => "HEAD",
        HttpMethod::Options => "OPTIONS",
        HttpMethod::Trace => "TRACE",
    }
}
