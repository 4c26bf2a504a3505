//! A status callback: the carrier tells what became of a message.

use lotline_common::{Id, api::message::DeliveryState};

use super::deliver_message::{failed, wake_next};
use crate::{
    app::App,
    callback::Bound,
    db::Scope,
    domain::delivery::{Report, after_report},
    error::{Error, Result},
    port::carrier::twilio::form::StatusReport,
    store::{self, receipt::NewReceipt},
};

/// Applies a report to the message its token names. Late, repeated and disordered reports change nothing.
pub async fn run(app: &App, bound: Bound, report: StatusReport, raw: String) -> Result<()> {
    let Some(said) = Report::from_twilio(&report.status) else {
        return Ok(());
    };
    let (now, timeout) = (app.clock.now(), app.config.floor.handoff_timeout);
    app.db
        .write(Scope::Org(bound.org), move |tx| {
            Box::pin(async move {
                let (mut sending, mut thread) = store::delivery::open(tx, bound.org, bound.turn).await?;
                if bound.attempt > sending.attempts {
                    return Err(Error::NotFound);
                }
                let receipt = NewReceipt {
                    id: Id::new(),
                    source: "twilio.status",
                    key: format!("{}:{}", report.sid, report.status),
                    body: raw,
                };
                store::receipt::insert(tx, bound.org, now, receipt).await?;
                if sending.carrier_sid.as_ref().is_some_and(|known| *known != report.sid) {
                    // Two attempts of one message both arrived: the first one known keeps the state.
                    tracing::error!(turn = %bound.turn, sid = %report.sid, "the carrier has this message twice");
                    return Ok(());
                }
                let first = sending.carrier_sid.is_none();
                sending.carrier_sid = Some(report.sid);
                let state = match after_report(sending.state, said) {
                    Some(state) => state,
                    None if first => sending.state,
                    None => return Ok(()),
                };
                sending.state = state;
                sending.needs_operator = false;
                sending.error_code = report.error_code;
                sending.reason = None;
                if matches!(state, DeliveryState::Failed | DeliveryState::Undelivered) {
                    failed(tx, &mut thread, &mut sending, now, timeout).await?;
                } else {
                    store::delivery::save(tx, bound.org, now, &sending).await?;
                }
                wake_next(tx, &thread, &sending, now).await?;
                Ok(())
            })
        })
        .await
}
