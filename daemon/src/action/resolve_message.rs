//! An operator settles a message whose outcome nobody could find out.

use lotline_common::{
    TurnId,
    api::{
        message::{DeliveryState, Resolution},
        turn::Turn,
    },
};

use super::{deliver_message::wake_next, do_once};
use crate::{
    app::App,
    db::{Scope, Tx},
    domain::{
        job::Job,
        permission::{Agent, Principal},
    },
    error::{Error, Result},
    store::{
        self,
        delivery::Sending,
        thread::{NewTurn, Thread},
    },
};

/// Sent: it counts as accepted. Not sent: it failed. Send again: one more attempt, on the operator's word.
pub async fn run(app: &App, agent: &Agent, turn: TurnId, resolution: Resolution) -> Result<Turn> {
    let (now, member) = (app.clock.now(), Principal::clone(agent));
    let stale_after = app.config.delivery.stale_after;
    do_once::run(app, Scope::Org(agent.org), agent.once.clone(), move |tx| {
        Box::pin(async move {
            let (mut sending, mut thread) = store::delivery::open(tx, member.org, turn).await?;
            if sending.state != DeliveryState::Unknown {
                return Err(Error::conflict("not_unknown", "The outcome of this message is known by now."));
            }
            (sending.needs_operator, sending.reason) = (false, Some("settled_by_member".into()));
            sending.state = match resolution {
                Resolution::Sent => DeliveryState::Accepted,
                Resolution::NotSent => DeliveryState::Failed,
                Resolution::SendAgain => {
                    sending.stale_at = now + stale_after;
                    // A person decided now; the fence under which an AI wrote it is the past's.
                    sending.floor_fence = None;
                    DeliveryState::Queued
                }
            };
            store::delivery::save(tx, member.org, now, &sending).await?;
            mark(tx, &mut thread, now, &member, resolution).await?;
            follow_up(tx, &mut thread, &sending, now, resolution).await?;
            Ok(store::turn::find(tx, member.org, turn).await?)
        })
    })
    .await
}

async fn mark(
    tx: &mut Tx,
    thread: &mut Thread,
    now: lotline_common::At,
    member: &Principal,
    resolution: Resolution,
) -> Result<()> {
    let what = match resolution {
        Resolution::Sent => "was sent",
        Resolution::NotSent => "was not sent",
        Resolution::SendAgain => "is to be sent again",
    };
    let marker = NewTurn::marker(format!("{} settled it: the message {what}.", member.name));
    store::thread::add(tx, thread, now, marker).await?;
    Ok(())
}

async fn follow_up(
    tx: &mut Tx,
    thread: &mut Thread,
    sending: &Sending,
    now: lotline_common::At,
    resolution: Resolution,
) -> Result<()> {
    match resolution {
        Resolution::SendAgain => {
            let job = Job::DeliverMessage { turn: sending.turn_id };
            store::job::enqueue(tx, thread.org, thread.id, job, now, now).await?;
        }
        Resolution::NotSent => store::thread::unsaid(tx, thread, now).await?,
        Resolution::Sent => {}
    }
    Ok(wake_next(tx, thread, sending, now).await?)
}
