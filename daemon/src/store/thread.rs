//! A lead's thread while it is being written to: opened under a lock, turns added with dense numbers.

use lotline_common::{
    At, LeadId, PhoneNumber, TurnId, UserId,
    api::{
        consent::ConsentKind,
        lead::{FloorKind, LeadStatus},
        message::Delivery,
        turn::{Author, AuthorKind, Channel, Turn, TurnKind},
    },
    event::EventKind,
};
use sqlx::FromRow;

use super::event::{self, NewEvent};
use crate::{
    db::{DbError, Tx},
    domain::{floor::FloorState, guardrail, organization::OrgKey, replay::UNSAID},
};

/// What the writers of a thread must know of its lead.
#[derive(Debug, Clone)]
pub struct Thread {
    pub org: OrgKey,
    pub id: LeadId,
    pub name: Option<String>,
    pub status: LeadStatus,
    pub vehicle: Option<String>,
    pub floor: FloorState,
    /// Number of the last turn, of the last thing said, and of the customer's last.
    pub turn_seq: i64,
    pub said_seq: i64,
    pub last_customer_seq: i64,
    pub last_customer_at: Option<At>,
    pub last_turn_at: At,
    pub waiting_since: Option<At>,
    pub ai_spoke_at: Option<At>,
    /// The customer's phone, and the own number they write to if it is still ours.
    pub phone: Option<PhoneNumber>,
    pub own_number: Option<PhoneNumber>,
    /// Newest line of the ledger for this phone.
    pub opted_out: bool,
}

#[derive(FromRow)]
struct Row {
    name: Option<String>,
    status: LeadStatus,
    vehicle: Option<String>,
    floor_kind: FloorKind,
    floor_member: Option<UserId>,
    floor_fence: i64,
    turn_seq: i64,
    said_seq: i64,
    last_customer_seq: i64,
    last_customer_at: Option<At>,
    last_turn_at: At,
    waiting_since: Option<At>,
    ai_spoke_at: Option<At>,
    phone: Option<PhoneNumber>,
    own_number: Option<PhoneNumber>,
    ledger: Option<ConsentKind>,
}

/// A turn to be added.
#[derive(Debug, Clone)]
pub struct NewTurn {
    pub kind: TurnKind,
    pub channel: Option<Channel>,
    pub author: Author,
    pub text: String,
    /// An outgoing message's delivery as it will be stored.
    pub delivery: Option<Delivery>,
    /// A waiting customer has their answer with it. A goodbye of the AI is none.
    pub answers: bool,
}

impl NewTurn {
    /// A marker in the thread.
    pub fn marker(text: String) -> Self {
        let author = Author { kind: AuthorKind::System, id: None, name: None };
        Self { kind: TurnKind::System, channel: None, author, text, delivery: None, answers: false }
    }

    pub fn message(author: Author, text: String, delivery: Delivery, answers: bool) -> Self {
        let delivery = Some(delivery);
        Self { kind: TurnKind::Message, channel: Some(Channel::Sms), author, text, delivery, answers }
    }
}

/// How far back an unsaid message makes us look for what else was said.
const UNSAID_WINDOW: i64 = 200;

/// Opens a thread for writing: on PostgreSQL its row is locked until the transaction ends.
pub async fn open(tx: &mut Tx, org: OrgKey, lead: LeadId) -> Result<Thread, DbError> {
    if tx.pick(false, true) {
        let lock = "SELECT id FROM leads WHERE id = $1 AND organization_id = $2 FOR UPDATE";
        tx.query(lock).bind(lead).bind(org.number()).execute().await?;
    }
    read(tx, org, lead).await
}

/// The same without a lock.
pub async fn read(tx: &mut Tx, org: OrgKey, lead: LeadId) -> Result<Thread, DbError> {
    tx.guard(org)?;
    let row: Row = tx
        .query(
            "SELECT l.name, l.status, l.vehicle, l.floor_kind, l.floor_member, l.floor_fence, l.turn_seq,
                 l.said_seq, l.last_customer_seq, l.last_customer_at, l.last_turn_at, l.waiting_since, l.ai_spoke_at,
                 (SELECT n.phone_number FROM organization_phone_numbers n WHERE n.phone_number = l.own_number
                      AND n.organization_id = l.organization_id) AS own_number,
                 c.value AS phone,
                 (SELECT s.kind FROM consents s WHERE s.phone = c.value AND s.organization_id = l.organization_id
                      AND s.channel = 'sms' ORDER BY s.at DESC, s.id DESC LIMIT 1) AS ledger
             FROM leads l
             LEFT JOIN lead_contacts c ON c.lead_id = l.id AND c.organization_id = l.organization_id
                 AND c.kind = 'phone'
             WHERE l.id = $1 AND l.organization_id = $2 AND l.erased_at IS NULL
             ORDER BY c.created_at LIMIT 1",
        )
        .bind(lead)
        .bind(org.number())
        .one()
        .await?;
    Ok(Thread {
        org,
        id: lead,
        name: row.name,
        status: row.status,
        vehicle: row.vehicle,
        floor: FloorState { kind: row.floor_kind, member: row.floor_member, fence: row.floor_fence },
        turn_seq: row.turn_seq,
        said_seq: row.said_seq,
        last_customer_seq: row.last_customer_seq,
        last_customer_at: row.last_customer_at,
        last_turn_at: row.last_turn_at,
        waiting_since: row.waiting_since,
        ai_spoke_at: row.ai_spoke_at,
        phone: row.phone,
        own_number: row.own_number,
        opted_out: row.ledger == Some(ConsentKind::OptOut),
    })
}

/// Adds a turn, moves the thread and says so. A message of ours answers a waiting customer.
pub async fn add(tx: &mut Tx, thread: &mut Thread, at: At, new: NewTurn) -> Result<Turn, DbError> {
    thread.turn_seq += 1;
    if matches!(new.kind, TurnKind::Message | TurnKind::Utterance) {
        thread.said_seq = thread.turn_seq;
    }
    if new.answers {
        thread.waiting_since = None;
    }
    if new.kind == TurnKind::Message && new.author.kind == AuthorKind::Ai {
        thread.ai_spoke_at = Some(at);
    }
    thread.last_turn_at = at;
    move_on(tx, thread, new.answers).await?;
    let turn = Turn {
        id: TurnId::new(),
        seq: thread.turn_seq,
        kind: new.kind,
        channel: new.channel,
        author: new.author,
        text: new.text,
        at,
        delivery: new.delivery,
        call_id: None,
        media: Vec::new(),
    };
    insert(tx, thread, &turn).await?;
    let (lead, waiting) = (thread.id, thread.waiting_since);
    let added = NewEvent::new(EventKind::TurnAdded).lead(lead).by(turn.author.clone()).turn(turn.clone());
    event::append(tx, thread.org, at, added.detail(|detail| detail.waiting_since = waiting))?;
    Ok(turn)
}

async fn move_on(tx: &mut Tx, thread: &Thread, said: bool) -> Result<(), DbError> {
    tx.query(
        "UPDATE leads SET turn_seq = $3, last_turn_at = $4, updated_at = $4, waiting_since = $5, ai_spoke_at = $6,
             unread = CASE WHEN $7 THEN 0 ELSE unread END, said_seq = $8
         WHERE id = $1 AND organization_id = $2",
    )
    .bind(thread.id)
    .bind(thread.org.number())
    .bind(thread.turn_seq)
    .bind(thread.last_turn_at)
    .bind(thread.waiting_since)
    .bind(thread.ai_spoke_at)
    .bind(said)
    .bind(thread.said_seq)
    .execute()
    .await
    .map(drop)
}

async fn insert(tx: &mut Tx, thread: &Thread, turn: &Turn) -> Result<(), DbError> {
    let ours = matches!(turn.author.kind, AuthorKind::Ai | AuthorKind::Member);
    tx.query(
        "INSERT INTO turns (id, organization_id, lead_id, seq, kind, channel, author_kind, author_id, text, promise, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(turn.id)
    .bind(thread.org.number())
    .bind(thread.id)
    .bind(turn.seq)
    .bind(turn.kind)
    .bind(turn.channel)
    .bind(turn.author.kind)
    .bind(turn.author.id)
    .bind(turn.text.clone())
    .bind(turn.kind == TurnKind::Message && ours && guardrail::is_promise(&turn.text))
    .bind(turn.at)
    .execute()
    .await
    .map(drop)
}

/// Nobody needs to answer the customer's last text: it was a keyword. Said by the next turn's event.
pub async fn settle(tx: &mut Tx, thread: &mut Thread) -> Result<(), DbError> {
    thread.waiting_since = None;
    move_on(tx, thread, true).await
}

/// A message of ours turned out unsaid (recalled, refused, failed): if nothing else answers the customer's last text,
/// they wait again; and if it was the one in which the AI disclosed itself, the next one must.
pub async fn unsaid(tx: &mut Tx, thread: &mut Thread, at: At) -> Result<(), DbError> {
    let (answered, ai_spoke_at): (Option<i64>, Option<At>) = tx
        .query(
            "SELECT MAX(CASE WHEN t.seq > $3 THEN t.seq END), MAX(CASE WHEN t.author_kind = 'ai' THEN t.at END)
             FROM turns t
             LEFT JOIN deliveries d ON d.turn_id = t.id AND d.organization_id = t.organization_id
             WHERE t.lead_id = $1 AND t.organization_id = $2 AND t.seq > $4 AND t.kind IN ('message', 'utterance')
               AND t.author_kind IN ('ai', 'member')
               AND (d.state IS NULL OR d.state NOT IN ('recalled', 'refused', 'failed', 'undelivered'))",
        )
        .bind(thread.id)
        .bind(thread.org.number())
        .bind(thread.last_customer_seq)
        .bind(thread.turn_seq - UNSAID_WINDOW)
        .one()
        .await?;
    thread.ai_spoke_at = ai_spoke_at;
    if answered.is_none() && thread.last_customer_seq > 0 {
        thread.waiting_since = thread.last_customer_at;
    }
    move_on(tx, thread, false).await?;
    let waiting = thread.waiting_since;
    let changed = NewEvent::new(EventKind::LeadUpdated).lead(thread.id).detail(|detail| {
        detail.waiting_since = waiting;
        detail.reason = Some(UNSAID.to_owned());
    });
    event::append(tx, thread.org, at, changed)
}
