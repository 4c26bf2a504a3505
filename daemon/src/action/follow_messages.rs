//! What became of messages that the carrier took and no callback tells of: one look at its list answers for all of a
//! number's.

use std::{collections::HashMap, time::Duration};

use crate::{
    action::record_delivery,
    app::App,
    db::Scope,
    directory::Line,
    domain::{
        delivery::{Report, after_report, is_look_due},
        outbox,
    },
    error::Result,
    limits,
    port::carrier::{CarrierAccount, ListedText},
    store::{self, delivery::Underway},
};

pub(super) async fn look(app: &App, line: &Line, account: &CarrierAccount) -> Result<()> {
    let (now, org, number) = (app.clock.now(), line.desk.org, &line.number.phone_number);
    // Where callbacks come they are quicker.
    let quiet = if app.config.is_polling() { Duration::ZERO } else { limits::CALLBACK_PATIENCE };
    let (taken_after, told_before) = (now - limits::MESSAGES_FOLLOWED, now - quiet);
    let mut tx = app.db.read(Scope::Org(org)).await?;
    let open = store::delivery::underway(&mut tx, org, number, taken_after, told_before).await?;
    drop(tx);
    let every = app.config.twilio.list_every.unwrap_or(limits::LIST_EVERY);
    if !open.iter().any(|message| is_look_due(now.since(message.attempted_at), every)) {
        return Ok(());
    }
    for (message, text) in news(app, line, account, open).await? {
        record_delivery::listed(app, org, message.turn_id, text).await?;
    }
    Ok(())
}

/// Those of the messages whose state is another by now.
async fn news(
    app: &App,
    line: &Line,
    account: &CarrierAccount,
    open: Vec<Underway>,
) -> Result<Vec<(Underway, ListedText)>> {
    let Some(oldest) = open.iter().map(|message| message.attempted_at).min() else {
        return Ok(Vec::new());
    };
    let (since, number) = (outbox::searched_from(oldest, app.clock.now()), &line.number.phone_number);
    let mut open: HashMap<String, Underway> =
        open.into_iter().map(|message| (message.carrier_sid.clone(), message)).collect();
    let (mut news, mut next) = (Vec::new(), None);
    for _ in 0..limits::MESSAGE_PAGES {
        let page = app.carrier.sent(account, number, since, next).await?;
        for text in page.texts {
            let Some(message) = open.remove(&text.sid) else { continue };
            let report = Report::from_twilio(&text.status);
            if report.and_then(|report| after_report(message.state, report)).is_some() {
                news.push((message, text));
            }
        }
        next = page.next;
        if next.is_none() || open.is_empty() {
            break;
        }
    }
    Ok(news)
}
