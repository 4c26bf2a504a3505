//! The authority's resources. Whatever is posted is signed, and carries a nonce that is good once.

use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use axum::{
    Json, Router,
    extract::State,
    http::{StatusCode, Uri, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Office,
    books::{Books, Order},
    jws::{self, Envelope, Jwk},
    visit::visit,
};

/// A refusal: its kind in RFC 8555 section 6.7, and words.
struct Refused(&'static str, &'static str);
type Answer = Result<Response, Refused>;

const MALFORMED: Refused = Refused("malformed", "this is not what such a request looks like");
const NO_ACCOUNT: Refused = Refused("accountDoesNotExist", "nobody here has this account");

pub(super) fn router(office: Arc<Office>) -> Router {
    Router::new()
        .route("/directory", get(directory))
        .route("/new-nonce", get(nonce))
        .fallback(post(signed))
        .with_state(office)
}

async fn directory(State(office): State<Arc<Office>>) -> Json<Value> {
    let at = |name| format!("{}/{name}", office.base);
    Json(json!({"newNonce": at("new-nonce"), "newAccount": at("new-account"), "newOrder": at("new-order")}))
}

async fn nonce(State(office): State<Arc<Office>>) -> Response {
    with_nonce(&mut office.books.lock(), StatusCode::NO_CONTENT.into_response())
}

fn with_nonce(books: &mut Books, mut answer: Response) -> Response {
    if let Ok(nonce) = books.nonce().parse() {
        answer.headers_mut().insert("replay-nonce", nonce);
    }
    answer
}

async fn signed(State(office): State<Arc<Office>>, uri: Uri, Json(envelope): Json<Envelope>) -> Response {
    let mut books = office.books.lock();
    let answer = serve(&office, &mut books, uri.path(), &envelope).unwrap_or_else(|Refused(kind, detail)| {
        let problem = json!({"type": format!("urn:ietf:params:acme:error:{kind}"), "detail": detail});
        (StatusCode::FORBIDDEN, [(header::CONTENT_TYPE, "application/problem+json")], problem.to_string())
            .into_response()
    });
    with_nonce(&mut books, answer)
}

fn serve(office: &Arc<Office>, books: &mut Books, path: &str, envelope: &Envelope) -> Answer {
    let protected = envelope.protected().ok_or(MALFORMED)?;
    if protected.url != format!("{}{path}", office.base) {
        return Err(Refused("unauthorized", "it was signed for another address"));
    }
    if !books.spend(&protected.nonce) {
        return Err(Refused("badNonce", "this nonce is not one that is still good"));
    }
    let account = protected.kid.as_deref().map(|kid| number(kid, &format!("{}/account/", office.base)));
    let key = match (&protected.jwk, account) {
        (Some(key), None) if path == "/new-account" => key,
        (None, Some(account)) => account.and_then(|account| books.accounts.get(account)).ok_or(NO_ACCOUNT)?,
        _ => return Err(MALFORMED),
    };
    let payload = envelope.open(key).ok_or(Refused("unauthorized", "the signature is not by this key"))?;
    match account.flatten() {
        None => Ok(new_account(office, books, key.clone())),
        Some(account) if path == "/new-order" => new_order(office, books, account, &payload),
        Some(account) => one_order(office, books, account, path, &payload),
    }
}

fn number(text: &str, before: &str) -> Option<usize> {
    text.strip_prefix(before)?.parse().ok()
}

fn new_account(office: &Office, books: &mut Books, key: Jwk) -> Response {
    let at = format!("{}/account/{}", office.base, books.account(key));
    (StatusCode::CREATED, [(header::LOCATION, at)], Json(json!({"status": "valid"}))).into_response()
}

fn new_order(office: &Office, books: &mut Books, account: usize, payload: &[u8]) -> Answer {
    #[derive(Deserialize)]
    struct Wanted {
        identifiers: Vec<Identifier>,
    }
    #[derive(Deserialize)]
    struct Identifier {
        value: String,
    }
    let wanted: Wanted = jws::read(payload).ok_or(MALFORMED)?;
    let order = Order::new(account, wanted.identifiers.into_iter().map(|name| name.value).collect());
    let at = format!("{}/order/{}", office.base, books.orders.len());
    let answer = (StatusCode::CREATED, [(header::LOCATION, at.clone())], Json(order.shown(&at)));
    books.orders.push(order);
    Ok(answer.into_response())
}

/// `/order/N` and what lies under it, for the account whose order it is.
fn one_order(office: &Arc<Office>, books: &mut Books, account: usize, path: &str, payload: &[u8]) -> Answer {
    let parts: Vec<&str> = path.split('/').skip(2).collect();
    let Some(n) = parts.first().and_then(|n| n.parse::<usize>().ok()) else { return Err(MALFORMED) };
    let at = format!("{}/order/{n}", office.base);
    let order = books.orders.get(n).filter(|order| order.account == account).ok_or(MALFORMED)?;
    let proof = |i: &str| i.parse::<usize>().ok().filter(|i| *i < order.proofs.len()).ok_or(MALFORMED);
    match parts.get(1..) {
        Some([]) => Ok(Json(order.shown(&at)).into_response()),
        Some(["authorization", i]) => {
            let shown = order.proofs[proof(i)?].shown(&format!("{at}/challenge/{i}"));
            Ok(Json(shown).into_response())
        }
        Some(["challenge", i]) => Ok(challenge(office, books, n, proof(i)?)),
        Some(["finalize"]) => finalize(office, books, n, &at, payload),
        Some(["certificate"]) => Ok(order.certificate.clone().ok_or(MALFORMED)?.into_response()),
        _ => Err(MALFORMED),
    }
}

/// The visit takes its time; the client asks again for its outcome.
fn challenge(office: &Arc<Office>, books: &Books, n: usize, i: usize) -> Response {
    let (order, address) = (&books.orders[n], books.visits);
    let proof = &order.proofs[i];
    let digest = digest(&SHA256, books.accounts[order.account].authorization(&proof.token).as_bytes());
    let (domain, own) = (proof.domain.clone(), office.clone());
    office.tasks.spawn(async move {
        let visited = visit(address, &domain, digest.as_ref()).await;
        own.books.lock().orders[n].proofs[i].visited = Some(visited);
    });
    Json(json!({"type": "tls-alpn-01", "status": "processing", "token": proof.token})).into_response()
}

fn finalize(office: &Office, books: &mut Books, n: usize, at: &str, payload: &[u8]) -> Answer {
    #[derive(Deserialize)]
    struct Request {
        csr: String,
    }
    let request: Request = jws::read(payload).ok_or(MALFORMED)?;
    let order = &mut books.orders[n];
    if order.status() != "ready" {
        return Err(Refused("orderNotReady", "not every name is proven"));
    }
    let request = jws::decoded(&request.csr).ok_or(MALFORMED)?;
    let age = std::mem::take(&mut books.age_of_next);
    let certificate = office.root.certify(&request, &order.domains(), age);
    let certificate =
        certificate.ok_or(Refused("badCSR", "it is not signed, or not for the names of the order"))?;
    order.certificate = Some(format!("{}{}", certificate.pem(), office.root.pem()));
    books.given.push(certificate.der().to_vec());
    Ok(Json(order.shown(at)).into_response())
}
