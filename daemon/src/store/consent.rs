//! The ledger of consent: appended to, never changed; its newest line for a phone decides.

use lotline_common::{
    At, Id, PhoneNumber, TurnId, UserId,
    api::{
        consent::{ConsentKind, ConsentSource},
        turn::{Author, Channel},
    },
    event::EventKind,
};
use uuid::Uuid;

use super::{
    event::{self, NewEvent},
    thread::Thread,
};
use crate::{
    db::{DbError, Tx},
    domain::{keyword::LastWord, organization::OrgKey},
};

/// A line to be written.
#[derive(Debug, Clone)]
pub struct NewConsent {
    pub kind: ConsentKind,
    pub phone: PhoneNumber,
    pub source: ConsentSource,
    pub turn: Option<TurnId>,
    pub member: Option<UserId>,
    pub note: Option<String>,
}

/// What the newest line for a phone says, whoever's it was.
pub async fn newest(tx: &mut Tx, org: OrgKey, phone: &PhoneNumber) -> Result<Option<ConsentKind>, DbError> {
    tx.guard(org)?;
    let found: Option<(ConsentKind,)> = tx
        .query(
            "SELECT kind FROM consents WHERE phone = $2 AND organization_id = $1 AND channel = 'sms'
             ORDER BY at DESC, id DESC LIMIT 1",
        )
        .bind(org.number())
        .bind(phone.clone())
        .optional()
        .await?;
    Ok(found.map(|(kind,)| kind))
}

/// The newest line for a phone that was written at or after `since`.
pub async fn since(
    tx: &mut Tx,
    org: OrgKey,
    phone: &PhoneNumber,
    since: At,
) -> Result<Option<LastWord>, DbError> {
    tx.guard(org)?;
    let found: Option<(ConsentKind, ConsentSource)> = tx
        .query(
            "SELECT kind, source FROM consents WHERE phone = $2 AND organization_id = $1 AND channel = 'sms'
                 AND at >= $3 ORDER BY at DESC, id DESC LIMIT 1",
        )
        .bind(org.number())
        .bind(phone.clone())
        .bind(since)
        .optional()
        .await?;
    Ok(found.map(|(kind, source)| LastWord { kind, source }))
}

/// Writes the line, keeps the lead's own mark of it, and says so.
pub async fn record(
    tx: &mut Tx,
    thread: &mut Thread,
    at: At,
    actor: Author,
    new: NewConsent,
) -> Result<(), DbError> {
    let opted_out = new.kind == ConsentKind::OptOut;
    tx.query(
        "INSERT INTO consents (id, organization_id, lead_id, kind, channel, phone, source, turn_id, member_id, note, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(Id::<Uuid>::new())
    .bind(thread.org.number())
    .bind(thread.id)
    .bind(new.kind)
    .bind(Channel::Sms)
    .bind(new.phone)
    .bind(new.source)
    .bind(new.turn)
    .bind(new.member)
    .bind(new.note)
    .bind(at)
    .execute()
    .await?;
    tx.query("UPDATE leads SET opted_out = $3, updated_at = $4 WHERE id = $1 AND organization_id = $2")
        .bind(thread.id)
        .bind(thread.org.number())
        .bind(opted_out)
        .bind(at)
        .execute()
        .await?;
    thread.opted_out = opted_out;
    let changed = NewEvent::new(EventKind::ConsentChanged).lead(thread.id).by(actor);
    event::append(tx, thread.org, at, changed.detail(|detail| detail.opted_out = Some(opted_out)))
}
