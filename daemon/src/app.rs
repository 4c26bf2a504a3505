//! What handlers share. Wiring only.

use std::sync::Arc;

use crate::{bus::Bus, clock::Clock, db::Db, http::auth::SignIn, http::cursor::CursorKey, tasks::Tasks};

/// The parts of a running daemon.
pub struct App {
    pub db: Db,
    pub clock: Clock,
    pub tasks: Tasks,
    pub bus: Bus,
    pub cursors: CursorKey,
    pub sign_in: Arc<dyn SignIn>,
}
