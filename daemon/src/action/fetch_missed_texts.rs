//! Texts that the carrier took and no webhook told of: while this desk was stopped, away or out of reach.
//!
//! The carrier's list is the truth: it is read for every own number, and what is not stored here goes the way of every
//! text. The vendor's id tells repeats, so a webhook that comes at the same time changes nothing.

use std::{sync::Arc, time::Duration};

use futures::{StreamExt, stream};
use lotline_common::At;

use super::receive_sms::Inbound;
use crate::{
    app::App,
    db::Scope,
    directory::Line,
    error::{Error, Result},
    port::carrier::{CarrierAccount, ListError, ReceivedText},
    store::{self, ingest::InboundText},
};

/// How far before the last look: the carrier's clock is not ours, and its list may lag behind.
const MARGIN: Duration = Duration::from_mins(15);
/// Numbers asked for at once.
const AT_ONCE: usize = 4;

/// Looks for every own number of every organization. A carrier that does not answer for one is asked again at the next
/// look, and does not keep the others.
pub async fn run(app: &App) -> Result<()> {
    let lines = app.directory.lines().await?;
    let look_at = async |line: Arc<Line>| {
        if let Err(error) = look(app, &line).await {
            tracing::warn!(organization = %line.desk.organization, number = %line.number.phone_number, %error,
                "the carrier's list of texts could not be read; it is read again later");
        }
    };
    stream::iter(lines).for_each_concurrent(AT_ONCE, look_at).await;
    Ok(())
}

async fn look(app: &App, line: &Line) -> Result<()> {
    let Some(account) = line.desk.carrier.as_ref().filter(|_| line.number.sms) else {
        return Ok(());
    };
    let (now, org, id) = (app.clock.now(), line.desk.org, line.number.id);
    let mut tx = app.db.read(Scope::Org(org)).await?;
    let (held_since, listed_to) = store::phone_number::listed_to(&mut tx, org, id).await?;
    drop(tx);
    // What came before is whoever's the number was then.
    let since = listed_to.map_or(held_since, |at| held_since.max(at.min(now) - MARGIN));
    let missing = missing(app, line, account, since).await?;
    for text in &missing {
        app.ingest.submit(inbound(app, line, account, text).await?).await?;
    }
    if !missing.is_empty() {
        tracing::info!(organization = %line.desk.organization, number = %line.number.phone_number,
            texts = missing.len(), "texts that no webhook told of were fetched");
    }
    let read = app.db.write(Scope::Org(org), move |tx| {
        Box::pin(async move { store::phone_number::set_listed_to(tx, org, id, now).await })
    });
    Ok(read.await?)
}

/// What the carrier has and we do not, oldest first.
async fn missing(app: &App, line: &Line, account: &CarrierAccount, since: At) -> Result<Vec<ReceivedText>> {
    let (mut missing, mut next) = (Vec::new(), None);
    loop {
        let page = app.carrier.received(account, &line.number.phone_number, since, next).await?;
        let sids: Vec<&str> = page.texts.iter().map(|text| text.sid.as_str()).collect();
        let mut tx = app.db.read(Scope::Org(line.desk.org)).await?;
        let stored = store::ingest::stored(&mut tx, line.desk.org, &sids).await?;
        drop(tx);
        missing.extend(page.texts.into_iter().filter(|text| !stored.contains(&text.sid)));
        next = page.next;
        if next.is_none() {
            missing.reverse();
            return Ok(missing);
        }
    }
}

async fn inbound(app: &App, line: &Line, account: &CarrierAccount, text: &ReceivedText) -> Result<Inbound> {
    let media = if text.has_media { app.carrier.media(account, &text.sid).await? } else { Vec::new() };
    let received = InboundText {
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

impl From<ListError> for Error {
    fn from(error: ListError) -> Self {
        Self::internal(error)
    }
}
