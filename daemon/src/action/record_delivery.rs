//! The carrier tells what became of a message: by a status callback, or by its list.

use std::time::Duration;

use lotline_common::{At, Id, TurnId, api::message::DeliveryState};

use super::deliver_message::{failed, wake_next};
use crate::{
    app::App,
    callback::Bound,
    db::{DbError, Scope, Tx},
    domain::{
        delivery::{Report, after_report},
        organization::OrgKey,
    },
    error::{Error, Result},
    port::carrier::{ListedText, twilio::form::StatusReport},
    store::{self, delivery::Sending, receipt::NewReceipt, thread::Thread},
};

/// What is new of a message.
struct News {
    sid: String,
    report: Report,
    error_code: Option<i64>,
}

/// Applies a callback to the message its token names. Late, repeated and disordered ones change nothing.
pub async fn run(app: &App, bound: Bound, told: StatusReport, raw: String) -> Result<()> {
    let Some(report) = Report::from_twilio(&told.status) else {
        return Ok(());
    };
    let (now, timeout) = (app.clock.now(), app.config.floor.handoff_timeout);
    app.db
        .write(Scope::Org(bound.org), move |tx| {
            Box::pin(async move {
                let (sending, thread) = store::delivery::open(tx, bound.org, bound.turn).await?;
                if bound.attempt > sending.attempts {
                    return Err(Error::NotFound);
                }
                let receipt = NewReceipt {
                    id: Id::new(),
                    source: "twilio.status",
                    key: format!("{}:{}", told.sid, told.status),
                    body: raw,
                };
                store::receipt::insert(tx, bound.org, now, receipt).await?;
                let news = News { sid: told.sid, report, error_code: told.error_code };
                Ok(apply(tx, thread, sending, now, news, timeout).await?)
            })
        })
        .await
}

/// The same for what the carrier's list says of the message that has this sid.
pub(super) async fn listed(app: &App, org: OrgKey, turn: TurnId, text: ListedText) -> Result<()> {
    let Some(report) = Report::from_twilio(&text.status) else {
        return Ok(());
    };
    let (now, timeout) = (app.clock.now(), app.config.floor.handoff_timeout);
    app.db
        .write(Scope::Org(org), move |tx| {
            Box::pin(async move {
                let (sending, thread) = store::delivery::open(tx, org, turn).await?;
                let news = News { sid: text.sid, report, error_code: text.error_code };
                Ok(apply(tx, thread, sending, now, news, timeout).await?)
            })
        })
        .await
}

async fn apply(
    tx: &mut Tx,
    mut thread: Thread,
    mut sending: Sending,
    now: At,
    news: News,
    timeout: Duration,
) -> Result<(), DbError> {
    if sending.carrier_sid.as_ref().is_some_and(|known| *known != news.sid) {
        // Two attempts of one message both arrived: the first one known keeps the state.
        tracing::error!(turn = %sending.turn_id, sid = %news.sid, "the carrier has this message twice");
        return Ok(());
    }
    let first = sending.carrier_sid.is_none();
    sending.carrier_sid = Some(news.sid);
    let state = match after_report(sending.state, news.report) {
        Some(state) => state,
        None if first => sending.state,
        None => return Ok(()),
    };
    sending.state = state;
    sending.needs_operator = false;
    sending.error_code = news.error_code;
    sending.reason = None;
    if matches!(state, DeliveryState::Failed | DeliveryState::Undelivered) {
        failed(tx, &mut thread, &mut sending, now, timeout).await?;
    } else {
        store::delivery::save(tx, thread.org, now, &sending).await?;
    }
    wake_next(tx, &thread, &sending, now).await
}
