//! Texts that the carrier took and no webhook told of: while this desk was stopped, away or out of reach.
//!
//! The carrier's list is the truth: it is read for every own number, and what is not stored here goes the way of every
//! text. The vendor's id tells repeats, so a webhook that comes at the same time changes nothing.

use std::time::Duration;

use lotline_common::{At, TurnId, api::alarm::AlarmKind};

use super::{raise_alarm, receive_sms::Inbound};
use crate::{
    app::App,
    clock::Drift,
    db::Scope,
    directory::Line,
    domain::silence,
    error::Result,
    limits,
    port::carrier::{CarrierAccount, ReceivedText},
    store::{self, ingest::InboundText},
};

/// How far before the last look: the carrier's list may lag behind.
const MARGIN: Duration = Duration::from_mins(15);

/// `was_here`: a webhook could have come since the look before.
pub(super) async fn look(app: &App, line: &Line, account: &CarrierAccount, was_here: bool) -> Result<()> {
    let (now, org, id) = (app.clock.now(), line.desk.org, line.number.id);
    let mut tx = app.db.read(Scope::Org(org)).await?;
    let before = store::phone_number::listed(&mut tx, org, id).await?;
    drop(tx);
    // What came before is whoever's the number was then.
    let since = before.listed_to.map_or(before.held_since, |at| before.held_since.max(at.min(now) - MARGIN));
    let list = read(app, line, account, since).await?;
    tell_of_clock(app, list.ahead);
    fetch(app, line, account, &list.missing).await?;
    let unheard = match before.listed_to {
        _ if app.config.is_polling() => 0,
        Some(last) if was_here => {
            let new = |at: &At| *at >= last;
            let missing = list.missing.iter().map(|text| text.created_at).filter(new);
            silence::unheard(before.unheard, now, missing, list.told.iter().copied().filter(new))
        }
        _ => before.unheard,
    };
    let number = line.number.phone_number.clone();
    let read = app.db.write(Scope::Org(org), move |tx| {
        Box::pin(async move {
            store::phone_number::set_listed(tx, org, id, now, unheard).await?;
            let (kind, subject) = (AlarmKind::WebhooksMissing, Some(number.as_str()));
            if silence::are_webhooks_missing(unheard) {
                raise_alarm::raise(tx, org, kind, subject, now).await
            } else if silence::are_webhooks_missing(before.unheard) {
                raise_alarm::clear(tx, org, kind, subject, now).await
            } else {
                Ok(())
            }
        })
    });
    Ok(read.await?)
}

/// A text that cannot be had now does not keep those after it; as long as there is one, every look begins before it.
async fn fetch(app: &App, line: &Line, account: &CarrierAccount, missing: &[ReceivedText]) -> Result<()> {
    let (mut fetched, mut failed) = (0, None);
    for text in missing {
        match inbound(app, line, account, text).await {
            Ok(inbound) => {
                app.ingest.submit(inbound).await?;
                fetched += 1;
            }
            Err(error) => failed = Some(error),
        }
    }
    if fetched > 0 {
        tracing::info!(organization = %line.desk.organization, number = %line.number.phone_number,
            texts = fetched, "texts that no webhook told of were fetched");
    }
    failed.map_or(Ok(()), Err)
}

/// Evidence of what was sent is found by time.
fn tell_of_clock(app: &App, ahead: Drift) {
    if ahead.size() > limits::CLOCKS_APART {
        app.alarms.raise(AlarmKind::ClockWrong, Some(ahead.to_string()));
    } else {
        app.alarms.clear(AlarmKind::ClockWrong);
    }
}

/// What the carrier's list holds.
#[derive(Default)]
struct List {
    /// Not stored here, oldest first.
    missing: Vec<ReceivedText>,
    /// When the carrier took each of the others.
    told: Vec<At>,
    /// How far our clock is ahead of the carrier's.
    ahead: Drift,
}

async fn read(app: &App, line: &Line, account: &CarrierAccount, since: At) -> Result<List> {
    let (mut list, mut next) = (List::default(), None);
    loop {
        let page = app.carrier.received(account, &line.number.phone_number, since, next).await?;
        let texts: Vec<_> = page.texts.iter().map(|text| (&text.from, text.sid.as_str())).collect();
        let mut tx = app.db.read(Scope::Org(line.desk.org)).await?;
        let stored = store::ingest::stored(&mut tx, line.desk.org, &texts).await?;
        drop(tx);
        for text in page.texts {
            if stored.contains(&text.sid) {
                list.told.push(text.created_at);
            } else {
                list.missing.push(text);
            }
        }
        list.ahead = page.ahead;
        next = page.next;
        if next.is_none() {
            list.missing.reverse();
            return Ok(list);
        }
    }
}

async fn inbound(app: &App, line: &Line, account: &CarrierAccount, text: &ReceivedText) -> Result<Inbound> {
    let media = if text.has_media { app.carrier.media(account, &text.sid).await? } else { Vec::new() };
    let received = InboundText {
        id: TurnId::new(),
        org: line.desk.org,
        sid: text.sid.clone(),
        from: text.from.clone(),
        to: line.number.phone_number.clone(),
        body: text.body.clone(),
        media,
        raw: String::new(),
        at: app.clock.now(),
    };
    Ok(Inbound {
        text: received,
        sent_at: Some(text.created_at),
        organization: line.desk.name.as_str().into(),
        carrier_answers: account.answers_keywords,
    })
}
