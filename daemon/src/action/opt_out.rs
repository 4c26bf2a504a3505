//! Somebody must not be texted: from this commit on nothing leaves, whatever was queued, held or drafted.

use lotline_common::{
    At, TurnId, UserId,
    api::{
        consent::{ConsentKind, ConsentSource, Purpose},
        message::DeliveryState,
        turn::Author,
    },
};

use crate::{
    db::{DbError, Tx},
    domain::job::Job,
    store::{
        self,
        consent::NewConsent,
        thread::{NewTurn, Thread},
    },
};

/// Who said so and how.
#[derive(Debug, Clone)]
pub struct Said {
    pub by: Author,
    pub source: ConsentSource,
    pub turn: Option<TurnId>,
    pub note: Option<String>,
}

/// Records the opt-out and stops everything of this lead that has not left for certain.
pub async fn apply(tx: &mut Tx, thread: &mut Thread, at: At, said: Said) -> Result<(), DbError> {
    let sentence = match said.source {
        ConsentSource::Keyword => "The customer opted out of texts.",
        ConsentSource::Carrier => "The carrier says that the customer opted out of texts.",
        ConsentSource::Member => "An opt-out of texts was recorded.",
        ConsentSource::Ai => "The AI understood that the customer wants no more texts.",
    };
    record(tx, thread, at, ConsentKind::OptOut, said).await?;
    stop(tx, thread, at).await?;
    store::thread::settle(tx, thread).await?;
    store::thread::add(tx, thread, at, NewTurn::marker(sentence.into())).await.map(drop)
}

/// Records that the customer may be texted again.
pub async fn undo(tx: &mut Tx, thread: &mut Thread, at: At, said: Said) -> Result<(), DbError> {
    record(tx, thread, at, ConsentKind::OptIn, said).await?;
    store::thread::settle(tx, thread).await?;
    store::thread::add(tx, thread, at, NewTurn::marker("The customer may be texted again.".into()))
        .await
        .map(drop)
}

async fn record(
    tx: &mut Tx,
    thread: &mut Thread,
    at: At,
    kind: ConsentKind,
    said: Said,
) -> Result<(), DbError> {
    let Some(phone) = thread.phone.clone() else {
        return Ok(());
    };
    let member = said.by.id.map(UserId::from_uuid);
    let line = NewConsent { kind, phone, source: said.source, turn: said.turn, member, note: said.note };
    store::consent::record(tx, thread, at, said.by, line).await
}

/// Refuses what is held or queued, drops drafts, and asks the AI for nothing more. What is being attempted at this
/// very moment may have left; it is not sent again.
async fn stop(tx: &mut Tx, thread: &Thread, at: At) -> Result<(), DbError> {
    for mut sending in store::delivery::open_of(tx, thread.org, thread.id).await? {
        // Said again, it must not take back the confirmation of the first time.
        let confirms = thread.opted_out && sending.purpose == Purpose::Compliance;
        if !confirms && matches!(sending.state, DeliveryState::Held | DeliveryState::Queued) {
            sending.state = DeliveryState::Refused;
            sending.reason = Some("opted_out".into());
            store::delivery::save(tx, thread.org, at, &sending).await?;
        }
    }
    for draft in store::draft::list(tx, thread.org, thread.id).await? {
        store::draft::remove(tx, thread.org, at, thread.id, draft.id).await?;
    }
    store::job::cancel(tx, thread.org, thread.id, Job::ReplyWithAgent.kind()).await
}
