//! What handlers and jobs share. Wiring only.

use std::sync::Arc;

use crate::{
    action::receive_sms::Inbound,
    bus::Bus,
    callback::CallbackTokens,
    clock::Clock,
    config::Config,
    db::{Batch, Db},
    directory::Directory,
    http::{auth::SignIn, cursor::CursorKey},
    pace::Pace,
    port::{agent::Agent, carrier::Carrier},
    store::ingest::Received,
    tasks::Tasks,
};

/// The parts of a running daemon.
pub struct App {
    pub config: Config,
    pub clock: Clock,
    pub tasks: Tasks,
    pub db: Db,
    pub directory: Directory,
    pub bus: Bus,
    pub cursors: CursorKey,
    pub sign_in: Arc<dyn SignIn>,
    pub carrier: Arc<dyn Carrier>,
    pub agent: Arc<dyn Agent>,
    pub callbacks: CallbackTokens,
    pub pace: Arc<Pace>,
    pub ingest: Batch<Inbound, Received>,
}
