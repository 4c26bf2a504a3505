//! The simulator's own routes under `/_sim`, for a simulator in a process of its own. No vendor has them.
//!
//! They listen on loopback and carry no credentials: whoever can reach them may do everything.

use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    routing::{get, post},
};
use serde::{Deserialize, Serialize};

use crate::{
    Account, Acknowledgement, Agent, BehaviourRule, Fault, Ledger, Number, Script, ScriptReport, ShopperPlan,
    ShopperReport, Simulator, Text,
};

/// Body of `POST /_sim/keywords`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Keywords {
    pub(crate) account_sid: String,
    pub(crate) answers_keywords: bool,
}

type Sim = State<Simulator>;

pub(crate) fn routes(simulator: Simulator) -> Router {
    Router::new()
        .route("/_sim/ledger", get(async |State(sim): Sim| -> Json<Ledger> { Json(sim.ledger()) }))
        .route("/_sim/accounts", post(register_account))
        .route("/_sim/numbers", post(register_number))
        .route("/_sim/agents", post(register_agent))
        .route("/_sim/keywords", post(set_answers_keywords))
        .route("/_sim/clock", post(set_clock))
        .route("/_sim/text", post(text))
        .route("/_sim/faults", get(faults).post(set_fault).delete(clear_faults))
        .route("/_sim/behaviours", post(set_behaviour).delete(clear_behaviours))
        .route("/_sim/shoppers", post(shoppers).delete(stop_shoppers))
        .route("/_sim/scripts", post(play))
        .with_state(simulator)
}

async fn register_account(State(sim): Sim, Json(account): Json<Account>) -> StatusCode {
    sim.register_account(account);
    StatusCode::NO_CONTENT
}

async fn register_number(State(sim): Sim, Json(number): Json<Number>) -> StatusCode {
    sim.register_number(number);
    StatusCode::NO_CONTENT
}

async fn register_agent(State(sim): Sim, Json(agent): Json<Agent>) -> StatusCode {
    sim.register_agent(agent);
    StatusCode::NO_CONTENT
}

async fn set_answers_keywords(State(sim): Sim, Json(keywords): Json<Keywords>) -> StatusCode {
    sim.set_answers_keywords(&keywords.account_sid, keywords.answers_keywords);
    StatusCode::NO_CONTENT
}

async fn set_clock(State(sim): Sim, Json(ahead): Json<i64>) -> StatusCode {
    sim.set_clock(ahead);
    StatusCode::NO_CONTENT
}

async fn text(State(sim): Sim, Json(text): Json<Text>) -> Json<Acknowledgement> {
    Json(sim.text(text).await)
}

async fn faults(State(sim): Sim) -> Json<Vec<Fault>> {
    Json(sim.faults())
}

async fn set_fault(State(sim): Sim, Json(fault): Json<Fault>) -> StatusCode {
    sim.set_fault(fault);
    StatusCode::NO_CONTENT
}

async fn clear_faults(State(sim): Sim) -> StatusCode {
    sim.clear_faults();
    StatusCode::NO_CONTENT
}

async fn set_behaviour(State(sim): Sim, Json(rule): Json<BehaviourRule>) -> StatusCode {
    sim.set_behaviour(rule);
    StatusCode::NO_CONTENT
}

async fn clear_behaviours(State(sim): Sim) -> StatusCode {
    sim.clear_behaviours();
    StatusCode::NO_CONTENT
}

async fn shoppers(State(sim): Sim, Json(plan): Json<ShopperPlan>) -> StatusCode {
    sim.shoppers(plan);
    StatusCode::NO_CONTENT
}

async fn stop_shoppers(State(sim): Sim) -> Json<ShopperReport> {
    Json(sim.stop_shoppers().await)
}

async fn play(State(sim): Sim, Json(script): Json<Script>) -> Json<ScriptReport> {
    Json(sim.play(&script).await)
}
