//! What an organization uses at one daemon counts at the others: its requests and its open streams.
//!
//! Once a beat each daemon on a server tells the others who used more than a tenth of a limit since the last beat, in
//! the notice that it sends anyway. So a limit is overshot by what the others let through within a beat, and paid off
//! afterwards; a tenth of it at each of them is never told.

use std::{collections::HashMap, sync::Arc};

use crate::{
    app::App,
    db::EngineKind,
    domain::{organization::OrgKey, usage::Usage},
    limits,
};

/// Tells until the process stops. A daemon on a file has nobody to tell.
pub fn start(app: &Arc<App>) {
    if app.db.kind() == EngineKind::Sqlite {
        return;
    }
    let app = app.clone();
    let tasks = app.tasks.clone();
    tasks.spawn_until_stop(async move {
        loop {
            tokio::time::sleep(limits::BEAT).await;
            app.db.announce(usage(&app));
        }
    });
}

fn usage(app: &App) -> HashMap<OrgKey, Usage> {
    let mut usage = app.rates.used(limits::USAGE_TOLD);
    for (org, streams) in app.bus.used(limits::USAGE_TOLD) {
        usage.entry(org).or_default().streams = streams;
    }
    usage
}
