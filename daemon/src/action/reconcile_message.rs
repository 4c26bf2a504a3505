//! Finds out what became of a message whose outcome is unknown: by the carrier's own list, never by sending again.

use std::time::Duration;

use lotline_common::{At, TurnId, api::message::DeliveryState};

use super::deliver_message::{failed, wake_next};
use crate::{
    app::App,
    db::{Scope, Tx},
    domain::{
        delivery::{RESTORED, Report, after_report},
        job::Job,
        outbox,
    },
    error::Result,
    port::carrier::ListedText,
    store::{self, delivery::Sending, job::Claim, thread::Thread},
};

pub async fn run(app: &App, claim: Claim, turn: TurnId) -> Result<()> {
    let Some((sending, listed)) = look(app, &claim, turn).await? else {
        return finish(app, claim).await;
    };
    let (now, schedule) = (app.clock.now(), app.config.delivery.reconcile_after.clone());
    let timeout = app.config.floor.handoff_timeout;
    app.db
        .write(Scope::Org(claim.org), move |tx| {
            Box::pin(async move {
                let (mut now_is, thread) = store::delivery::open(tx, claim.org, turn).await?;
                store::job::finish(tx, &claim).await?;
                // A callback or an operator was quicker, or it is another attempt by now.
                if now_is.state != DeliveryState::Unknown || now_is.attempts != sending.attempts {
                    return Ok(());
                }
                let Some(listed) = listed else {
                    let again = now + schedule.first().copied().unwrap_or_default();
                    return unread(tx, &thread, now_is, again, now).await;
                };
                if let Some(found) = evidence(tx, &claim, &now_is, listed).await? {
                    return settle(tx, thread, now_is, now, found, timeout).await;
                }
                now_is.looks += 1;
                let looks = usize::try_from(now_is.looks).unwrap_or(usize::MAX);
                let attempted = now_is.attempted_at.unwrap_or(now);
                let Some(next) = outbox::next_look(looks, attempted, &schedule, now) else {
                    return absent(tx, &thread, now_is, now).await;
                };
                store::delivery::save(tx, claim.org, now, &now_is).await?;
                let job = Job::ReconcileMessage { turn };
                Ok(store::job::enqueue(tx, claim.org, now_is.lead_id, job, next, now).await?)
            })
        })
        .await
}

/// Asks the carrier, outside any transaction. `None`: nothing to reconcile. No list: ask again later.
async fn look(app: &App, claim: &Claim, turn: TurnId) -> Result<Option<(Sending, Option<Vec<ListedText>>)>> {
    let mut tx = app.db.read(Scope::Org(claim.org)).await?;
    let sending = store::delivery::find(&mut tx, claim.org, turn).await?;
    drop(tx);
    let (DeliveryState::Unknown, Some(attempted)) = (sending.state, sending.attempted_at) else {
        return Ok(None);
    };
    let desk = app.directory.organization(claim.org).await?;
    let Some(account) = desk.and_then(|desk| desk.carrier.clone()) else {
        return Ok(Some((sending, None)));
    };
    let since = outbox::searched_from(attempted, app.clock.now());
    match app.carrier.list(&account, &sending.from_number, &sending.to_number, since).await {
        Ok(listed) => Ok(Some((sending, Some(listed)))),
        Err(error) => {
            tracing::warn!(%turn, %error, "the carrier's list could not be read");
            Ok(Some((sending, None)))
        }
    }
}

/// A message in the list with this text that no other message of ours has claimed.
async fn evidence(
    tx: &mut Tx,
    claim: &Claim,
    sending: &Sending,
    listed: Vec<ListedText>,
) -> Result<Option<ListedText>> {
    for text in listed {
        if text.body == sending.text && !store::delivery::is_claimed(tx, claim.org, &text.sid).await? {
            return Ok(Some(text));
        }
    }
    Ok(None)
}

async fn settle(
    tx: &mut Tx,
    mut thread: Thread,
    mut sending: Sending,
    now: At,
    found: ListedText,
    timeout: Duration,
) -> Result<()> {
    let report = Report::from_twilio(&found.status).unwrap_or(Report::Accepted);
    sending.state = after_report(sending.state, report).unwrap_or(DeliveryState::Accepted);
    (sending.carrier_sid, sending.error_code) = (Some(found.sid), found.error_code);
    (sending.reason, sending.needs_operator) = (None, false);
    if matches!(sending.state, DeliveryState::Failed | DeliveryState::Undelivered) {
        failed(tx, &mut thread, &mut sending, now, timeout).await?;
    } else {
        store::delivery::save(tx, thread.org, now, &sending).await?;
    }
    Ok(wake_next(tx, &thread, &sending, now).await?)
}

/// No list is no evidence: it is asked for again, until a person is. What is sent after that may have the same words, so the list
/// would prove nothing any more.
async fn unread(tx: &mut Tx, thread: &Thread, mut sending: Sending, again: At, now: At) -> Result<()> {
    if outbox::is_shown_unread(sending.stale_at, now) {
        sending.needs_operator = true;
        store::delivery::save(tx, thread.org, now, &sending).await?;
        return Ok(wake_next(tx, thread, &sending, now).await?);
    }
    let job = Job::ReconcileMessage { turn: sending.turn_id };
    Ok(store::job::enqueue(tx, thread.org, sending.lead_id, job, again, now).await?)
}

/// The carrier does not have it. Young enough and for the first time, it is sent once more; else a person decides.
async fn absent(tx: &mut Tx, thread: &Thread, mut sending: Sending, now: At) -> Result<()> {
    // What came out of a backup may have been sent by words of another time.
    let restored = sending.reason.as_deref() == Some(RESTORED);
    if !restored && outbox::is_sent_again(sending.unknowns, sending.stale_at, now) {
        (sending.state, sending.looks, sending.reason) = (DeliveryState::Queued, 0, None);
        store::delivery::save(tx, thread.org, now, &sending).await?;
        let job = Job::DeliverMessage { turn: sending.turn_id };
        return Ok(store::job::enqueue(tx, thread.org, sending.lead_id, job, now, now).await?);
    }
    sending.needs_operator = true;
    store::delivery::save(tx, thread.org, now, &sending).await?;
    Ok(wake_next(tx, thread, &sending, now).await?)
}

async fn finish(app: &App, claim: Claim) -> Result<()> {
    let done = app.db.write(Scope::Org(claim.org), move |tx| {
        Box::pin(async move { store::job::finish(tx, &claim).await })
    });
    Ok(done.await?)
}
