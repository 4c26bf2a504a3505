//! Deliveries: where each outgoing message is. Every change of state is one function and one event.

use lotline_common::{
    At, LeadId, PhoneNumber, TurnId, UserId,
    api::{
        consent::Purpose,
        message::{Delivery, DeliveryState},
        turn::AuthorKind,
    },
    event::EventKind,
};
use sqlx::FromRow;
use uuid::Uuid;

use super::{
    event::{self, NewEvent},
    thread::Thread,
};
use crate::{
    db::{DbError, Tx},
    domain::{delivery::advice, organization::OrgKey, outbox::Message},
    limits,
};

/// A delivery with the turn it carries.
#[derive(Debug, Clone, FromRow)]
pub struct Sending {
    pub turn_id: TurnId,
    pub lead_id: LeadId,
    pub state: DeliveryState,
    pub purpose: Purpose,
    pub from_number: PhoneNumber,
    pub to_number: PhoneNumber,
    pub segments: i64,
    pub floor_fence: Option<i64>,
    pub client_id: Option<Uuid>,
    pub hold_until: Option<At>,
    pub stale_at: At,
    pub attempts: i64,
    pub attempted_at: Option<At>,
    pub looks: i64,
    /// How often its outcome was unknown.
    pub unknowns: i64,
    pub carrier_sid: Option<String>,
    pub error_code: Option<i64>,
    pub reason: Option<String>,
    pub needs_operator: bool,
    pub created_at: At,
    pub text: String,
    pub seq: i64,
    pub author_kind: AuthorKind,
    pub author_id: Option<UserId>,
}

const COLUMNS: &str =
    "SELECT d.turn_id, d.lead_id, d.state, d.purpose, d.from_number, d.to_number, d.segments,
    d.floor_fence, d.client_id, d.hold_until, d.stale_at, d.attempts, d.attempted_at, d.looks, d.unknowns,
    d.carrier_sid, d.error_code, d.reason, d.needs_operator, d.created_at, t.text, t.seq, t.author_kind, t.author_id
    FROM deliveries d JOIN turns t ON t.id = d.turn_id AND t.organization_id = d.organization_id ";

impl Sending {
    /// What decides whether it leaves.
    pub const fn message(&self) -> Message {
        Message {
            seq: self.seq,
            state: self.state,
            floor_fence: self.floor_fence,
            hold_until: self.hold_until,
            stale_at: self.stale_at,
            needs_operator: self.needs_operator,
        }
    }

    /// As the API shows it.
    pub fn view(&self) -> Delivery {
        Delivery {
            state: self.state,
            client_id: self.client_id,
            hold_until: self.hold_until.filter(|_| self.state == DeliveryState::Held),
            segments: self.segments,
            attempts: self.attempts,
            error_code: self.error_code,
            reason: self.reason.clone(),
            advice: advice(self.error_code, self.reason.as_deref()).map(str::to_owned),
            needs_operator: self.needs_operator,
        }
    }
}

/// A delivery to be stored with its turn.
#[derive(Debug, Clone)]
pub struct NewDelivery {
    pub state: DeliveryState,
    pub purpose: Purpose,
    pub from: PhoneNumber,
    pub to: PhoneNumber,
    pub segments: i64,
    pub floor_fence: Option<i64>,
    pub client_id: Option<Uuid>,
    pub hold_until: Option<At>,
    pub stale_at: At,
}

impl NewDelivery {
    pub fn view(&self) -> Delivery {
        Delivery {
            state: self.state,
            client_id: self.client_id,
            hold_until: self.hold_until,
            segments: self.segments,
            attempts: 0,
            error_code: None,
            reason: None,
            advice: None,
            needs_operator: false,
        }
    }
}

pub async fn insert(
    tx: &mut Tx,
    thread: &Thread,
    turn: TurnId,
    at: At,
    new: &NewDelivery,
) -> Result<(), DbError> {
    tx.query(
        "INSERT INTO deliveries (turn_id, organization_id, lead_id, state, purpose, from_number, to_number, segments,
             floor_fence, client_id, hold_until, stale_at, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13)",
    )
    .bind(turn)
    .bind(thread.org.number())
    .bind(thread.id)
    .bind(new.state)
    .bind(new.purpose)
    .bind(new.from.clone())
    .bind(new.to.clone())
    .bind(new.segments)
    .bind(new.floor_fence)
    .bind(new.client_id)
    .bind(new.hold_until)
    .bind(new.stale_at)
    .bind(at)
    .execute()
    .await?;
    announce(tx, thread.org, at, thread.id, turn, new.view())
}

/// Reads a message; whoever will change it takes [`open`].
pub async fn find(tx: &mut Tx, org: OrgKey, turn: TurnId) -> Result<Sending, DbError> {
    tx.guard(org)?;
    let query = tx.query(COLUMNS).push("WHERE d.turn_id = $1 AND d.organization_id = $2");
    query.bind(turn).bind(org.number()).one().await
}

/// Opens a message for writing: its thread is locked first, so that what is read here stands until the transaction
/// ends. Read before the lock, a recall and a send, or an answer and a callback, would overwrite each other.
pub async fn open(tx: &mut Tx, org: OrgKey, turn: TurnId) -> Result<(Sending, Thread), DbError> {
    tx.guard(org)?;
    let query = tx.query("SELECT lead_id FROM deliveries WHERE turn_id = $1 AND organization_id = $2");
    let (lead,): (LeadId,) = query.bind(turn).bind(org.number()).one().await?;
    let thread = super::thread::open(tx, org, lead).await?;
    Ok((find(tx, org, turn).await?, thread))
}

/// The message that a console sent under this id, if it did.
pub async fn by_client_id(tx: &mut Tx, org: OrgKey, client_id: Uuid) -> Result<Option<Sending>, DbError> {
    tx.guard(org)?;
    let query = tx.query(COLUMNS).push("WHERE d.client_id = $1 AND d.organization_id = $2");
    query.bind(client_id).bind(org.number()).optional().await
}

/// Messages of a conversation that have not left for certain, oldest first.
pub async fn open_of(tx: &mut Tx, org: OrgKey, lead: LeadId) -> Result<Vec<Sending>, DbError> {
    tx.guard(org)?;
    let query = tx.query(COLUMNS).push(
        "WHERE d.lead_id = $1 AND d.organization_id = $2 AND d.state IN ('held', 'queued', 'attempting', 'unknown')
         ORDER BY t.seq",
    );
    query.bind(lead).bind(org.number()).all().await
}

/// Messages that have not left for certain, in the order of their making.
pub async fn unsettled(tx: &mut Tx, org: OrgKey) -> Result<Vec<TurnId>, DbError> {
    tx.guard(org)?;
    let rows: Vec<(TurnId,)> = tx
        .query(
            "SELECT turn_id FROM deliveries
             WHERE organization_id = $1 AND state IN ('held', 'queued', 'attempting', 'unknown') ORDER BY turn_id",
        )
        .bind(org.number())
        .all()
        .await?;
    Ok(rows.into_iter().map(|(turn,)| turn).collect())
}

/// Messages that would leave from this own number of ours, with their leads.
pub async fn waiting_from(
    tx: &mut Tx,
    org: OrgKey,
    number: &PhoneNumber,
) -> Result<Vec<(TurnId, LeadId)>, DbError> {
    tx.guard(org)?;
    tx.query(
        "SELECT turn_id, lead_id FROM deliveries
         WHERE organization_id = $1 AND from_number = $2 AND state IN ('held', 'queued')",
    )
    .bind(org.number())
    .bind(number.clone())
    .all()
    .await
}

/// A message that the carrier has taken and not finished.
#[derive(Debug, Clone, FromRow)]
pub struct Underway {
    pub turn_id: TurnId,
    pub state: DeliveryState,
    pub carrier_sid: String,
    pub attempted_at: At,
}

/// Messages from this own number that the carrier took after `taken_after` and told nothing of since `told_before`,
/// newest first, at most [`limits::MESSAGES_AT_ONCE`].
pub async fn underway(
    tx: &mut Tx,
    org: OrgKey,
    number: &PhoneNumber,
    taken_after: At,
    told_before: At,
) -> Result<Vec<Underway>, DbError> {
    tx.guard(org)?;
    tx.query(
        "SELECT turn_id, state, carrier_sid, attempted_at FROM deliveries
         WHERE organization_id = $1 AND from_number = $2 AND state IN ('accepted', 'sent') AND attempted_at > $3
           AND updated_at <= $4 AND carrier_sid IS NOT NULL
         ORDER BY attempted_at DESC LIMIT $5",
    )
    .bind(org.number())
    .bind(number.clone())
    .bind(taken_after)
    .bind(told_before)
    .bind(limits::MESSAGES_AT_ONCE)
    .all()
    .await
}

/// Writes a changed delivery back and says so. Nothing is said of one that is not there.
pub async fn save(tx: &mut Tx, org: OrgKey, at: At, sending: &Sending) -> Result<(), DbError> {
    tx.guard(org)?;
    let written = tx
        .query(
        "UPDATE deliveries SET state = $3, attempts = $4, attempted_at = $5, looks = $6, carrier_sid = $7,
             error_code = $8, reason = $9, needs_operator = $10, hold_until = $11, stale_at = $12, floor_fence = $13,
             unknowns = $14, updated_at = $15
         WHERE turn_id = $1 AND organization_id = $2",
    )
    .bind(sending.turn_id)
    .bind(org.number())
    .bind(sending.state)
    .bind(sending.attempts)
    .bind(sending.attempted_at)
    .bind(sending.looks)
    .bind(sending.carrier_sid.clone())
    .bind(sending.error_code)
    .bind(sending.reason.clone())
    .bind(sending.needs_operator)
    .bind(sending.hold_until)
    .bind(sending.stale_at)
    .bind(sending.floor_fence)
    .bind(sending.unknowns)
    .bind(at)
    .execute()
    .await?;
    if written == 0 {
        return Err(DbError::NotFound);
    }
    announce(tx, org, at, sending.lead_id, sending.turn_id, sending.view())
}

fn announce(
    tx: &mut Tx,
    org: OrgKey,
    at: At,
    lead: LeadId,
    turn: TurnId,
    delivery: Delivery,
) -> Result<(), DbError> {
    let Some(kind) = EventKind::of_delivery(delivery.state) else {
        return Ok(());
    };
    let event = NewEvent::new(kind).lead(lead).detail(|detail| {
        detail.turn_id = Some(turn);
        detail.reason.clone_from(&delivery.reason);
        detail.delivery = Some(delivery);
    });
    event::append(tx, org, at, event)
}

/// Carrier sids that other messages have claimed: evidence is not used twice.
pub async fn is_claimed(tx: &mut Tx, org: OrgKey, sid: &str) -> Result<bool, DbError> {
    tx.guard(org)?;
    let (claimed,): (bool,) = tx
        .query("SELECT EXISTS (SELECT 1 FROM deliveries WHERE carrier_sid = $1 AND organization_id = $2)")
        .bind(sid.to_owned())
        .bind(org.number())
        .one()
        .await?;
    Ok(claimed)
}

/// Have people sent, or are they sending, these very words to this lead since then? Turns after `after` are read.
pub async fn said_since(
    tx: &mut Tx,
    org: OrgKey,
    lead: LeadId,
    text: &str,
    after: i64,
    since: At,
) -> Result<bool, DbError> {
    tx.guard(org)?;
    let (said,): (bool,) = tx
        .query(
            "SELECT EXISTS (SELECT 1 FROM turns t JOIN deliveries d
                 ON d.turn_id = t.id AND d.organization_id = t.organization_id
               WHERE t.lead_id = $1 AND t.organization_id = $2 AND t.author_kind = 'member' AND t.text = $3
                 AND t.seq > $4 AND d.created_at >= $5
                 AND d.state NOT IN ('recalled', 'refused', 'failed', 'undelivered'))",
        )
        .bind(lead)
        .bind(org.number())
        .bind(text.to_owned())
        .bind(after)
        .bind(since)
        .one()
        .await?;
    Ok(said)
}

/// Automatic messages to this lead since `since`.
pub async fn automatic_since(tx: &mut Tx, org: OrgKey, lead: LeadId, since: At) -> Result<i64, DbError> {
    tx.guard(org)?;
    let (count,): (i64,) = tx
        .query(
            "SELECT COUNT(*) FROM turns WHERE lead_id = $1 AND organization_id = $2 AND author_kind = 'ai'
               AND kind = 'message' AND at >= $3 AND seq > (SELECT turn_seq - 64 FROM leads
                   WHERE id = $1 AND organization_id = $2)",
        )
        .bind(lead)
        .bind(org.number())
        .bind(since)
        .one()
        .await?;
    Ok(count)
}
