//! The AI gives up and a person is asked for; if nobody comes in time, that is said too.

use lotline_common::{At, api::lead::FloorKind, event::EventKind};

use crate::{
    app::App,
    db::{DbError, Scope, Tx},
    domain::{floor::Handoff, job::Job},
    error::Result,
    store::{
        self,
        event::NewEvent,
        job::Claim,
        thread::{NewTurn, Thread},
    },
};

/// Hands over in the caller's transaction and sets the alarm.
pub async fn apply(
    tx: &mut Tx,
    app_timeout: std::time::Duration,
    thread: &mut Thread,
    at: At,
    why: Handoff,
) -> Result<(), DbError> {
    let before = thread.floor.fence;
    store::floor::hand_off(tx, thread, at, why).await?;
    if thread.floor.fence == before {
        return Ok(());
    }
    let alarm = Job::ExpireHandoff { fence: thread.floor.fence };
    store::job::enqueue(tx, thread.org, thread.id, alarm, at + app_timeout, at).await
}

/// The alarm: nobody took the floor under this fence, and the customer still waits.
pub async fn expire(app: &App, claim: Claim, fence: i64) -> Result<()> {
    let Some(lead) = claim.lead else { return Ok(()) };
    let now = app.clock.now();
    app.db
        .write(Scope::Org(claim.org), move |tx| {
            Box::pin(async move {
                store::job::finish(tx, &claim).await?;
                let mut thread = store::thread::open(tx, claim.org, lead).await?;
                let alone = thread.floor.fence == fence && thread.floor.kind == FloorKind::Nobody;
                if alone && thread.waiting_since.is_some() {
                    let marker = NewTurn::marker("Nobody has taken this conversation yet.".into());
                    store::thread::add(tx, &mut thread, now, marker).await?;
                    let expired = NewEvent::new(EventKind::HandoffExpired).lead(lead);
                    store::event::append(tx, claim.org, now, expired)?;
                }
                Ok(())
            })
        })
        .await
}
