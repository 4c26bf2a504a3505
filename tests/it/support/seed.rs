//! Rows to read. Written by hand here, so that a test of reading does not rest on the code that writes.

use lotline_common::{
    At, LeadId, OrganizationId, SessionId, TurnId, UserId,
    api::{
        lead::FloorKind,
        turn::{AuthorKind, TurnKind},
    },
    event::EventKind,
};
use lotlined::{
    db::{Db, DbError, Scope, Tx},
    domain::organization::OrgKey,
    store::{
        event::{self, NewEvent},
        search,
    },
};
use uuid::Uuid;

/// An organization with one member and a session of theirs.
#[derive(Debug, Clone, Copy)]
pub struct Store {
    pub org: OrgKey,
    pub organization: OrganizationId,
    pub user: UserId,
    pub session: SessionId,
}

/// Long after every test.
pub const LATER: i64 = 4_000_000_000_000_000;

pub async fn store(db: &Db, number: i64) -> Store {
    let store = Store {
        org: OrgKey::new(number),
        organization: OrganizationId::new(),
        user: UserId::new(),
        session: SessionId::new(),
    };
    write(db, move |tx| Box::pin(async move { insert_store(tx, store).await })).await;
    store
}

async fn insert_store(tx: &mut Tx, store: Store) -> Result<(), DbError> {
    let name = format!("Example Motors {}", store.org.number());
    tx.query("INSERT INTO organizations (id, public_id, name, slug, time_zone, created_at) VALUES ($1, $2, $3, $3, 'UTC', 0)")
        .bind(store.org.number())
        .bind(store.organization)
        .bind(name)
        .execute()
        .await?;
    tx.query("INSERT INTO users (id, email, name, password_hash, created_at) VALUES ($1, $2, 'Dana Example', '', 0)")
        .bind(store.user)
        .bind(format!("dana-{}@example.com", store.user))
        .execute()
        .await?;
    tx.query(
        "INSERT INTO memberships (user_id, organization_id, role, created_at) VALUES ($1, $2, 'agent', 0)",
    )
    .bind(store.user)
    .bind(store.org.number())
    .execute()
    .await?;
    insert_session(tx, store, store.session).await
}

/// Another session of the store's member.
pub async fn session(db: &Db, store: Store) -> SessionId {
    let session = SessionId::new();
    write(db, move |tx| Box::pin(async move { insert_session(tx, store, session).await })).await;
    session
}

async fn insert_session(tx: &mut Tx, store: Store, session: SessionId) -> Result<(), DbError> {
    tx.query("INSERT INTO sessions (id, user_id, created_at, expires_at) VALUES ($1, $2, 0, $3)")
        .bind(session)
        .bind(store.user)
        .bind(LATER)
        .execute()
        .await?;
    Ok(())
}

/// An own number, which the store may have already.
pub async fn number(db: &Db, store: Store, number: &'static str) {
    write(db, move |tx| {
        Box::pin(async move {
            tx.query(
                "INSERT INTO organization_phone_numbers (id, organization_id, phone_number, sms, voice_mode, created_at)
                 VALUES ($1, $2, $3, TRUE, 'ring_team', 0) ON CONFLICT (phone_number) DO NOTHING",
            )
            .bind(Uuid::now_v7())
            .bind(store.org.number())
            .bind(number)
            .execute()
            .await?;
            Ok(())
        })
    })
    .await;
}

/// The live agent profile, which has the AI's name.
pub async fn persona(db: &Db, store: Store, persona: &'static str) {
    write(db, move |tx| {
        Box::pin(async move {
            tx.query(
                "INSERT INTO agent_profiles (id, organization_id, provider, agent_id, api_key, connect, persona,
                     disclosure, language, created_at)
                 VALUES ($1, $2, 'elevenlabs', 'agent', $3, 'signed_url', $4, '', 'en', 0)",
            )
            .bind(Uuid::now_v7())
            .bind(store.org.number())
            .bind(vec![0_u8])
            .bind(persona)
            .execute()
            .await?;
            Ok(())
        })
    })
    .await;
}

/// A lead to be written.
#[derive(Debug, Clone)]
pub struct NewLead {
    pub id: LeadId,
    pub name: Option<String>,
    pub floor: FloorKind,
    pub waiting_since: Option<i64>,
    pub last_turn_at: i64,
    pub phone: Option<String>,
    pub email: Option<String>,
    pub vehicle: Option<String>,
}

impl NewLead {
    pub fn new(name: &str, last_turn_at: i64) -> Self {
        Self {
            id: LeadId::new(),
            name: (!name.is_empty()).then(|| name.to_owned()),
            floor: FloorKind::Ai,
            waiting_since: None,
            last_turn_at,
            phone: None,
            email: None,
            vehicle: None,
        }
    }
}

pub async fn lead(db: &Db, store: Store, lead: NewLead) -> LeadId {
    let id = lead.id;
    write(db, move |tx| Box::pin(async move { insert_lead(tx, store, lead).await })).await;
    id
}

pub async fn insert_lead(tx: &mut Tx, store: Store, lead: NewLead) -> Result<(), DbError> {
    let member = (lead.floor == FloorKind::Member).then_some(store.user);
    tx.query(
        "INSERT INTO leads (id, organization_id, name, status, floor_kind, floor_member, floor_since, last_turn_at,
             waiting_since, vehicle, assigned_to, tags, created_at, updated_at)
         VALUES ($1, $2, $3, 'new', $4, $5, 0, $6, $7, $8, $5, '[\"hot\"]', $6, $6)",
    )
    .bind(lead.id)
    .bind(store.org.number())
    .bind(lead.name)
    .bind(lead.floor)
    .bind(member)
    .bind(lead.last_turn_at)
    .bind(lead.waiting_since)
    .bind(lead.vehicle)
    .execute()
    .await?;
    for (kind, value) in [("phone", lead.phone), ("email", lead.email)] {
        let Some(value) = value else { continue };
        tx.query(
            "INSERT INTO lead_contacts (organization_id, lead_id, kind, value, created_at) VALUES ($1, $2, $3, $4, 0)",
        )
        .bind(store.org.number())
        .bind(lead.id)
        .bind(kind)
        .bind(value)
        .execute()
        .await?;
    }
    Ok(())
}

/// Tells of a lead, as those who write one do, and makes all that was told searchable.
pub async fn searchable(db: &Db, store: Store, lead: LeadId, kind: EventKind) {
    write(db, move |tx| {
        Box::pin(
            async move { event::append(tx, store.org, At::from_micros(1), NewEvent::new(kind).lead(lead)) },
        )
    })
    .await;
    write(db, move |tx| {
        Box::pin(async move {
            while search::advance(tx, store.org, 3).await? {}
            Ok(())
        })
    })
    .await;
}

/// Adds a turn to a thread, and its event.
pub async fn turn(db: &Db, store: Store, lead: LeadId, author: AuthorKind, text: &str) -> TurnId {
    let (id, text) = (TurnId::new(), text.to_owned());
    write(db, move |tx| Box::pin(async move { insert_turn(tx, store, lead, author, id, text).await })).await;
    id
}

async fn insert_turn(
    tx: &mut Tx,
    store: Store,
    lead: LeadId,
    author: AuthorKind,
    id: TurnId,
    text: String,
) -> Result<(), DbError> {
    let member = (author == AuthorKind::Member).then_some(store.user);
    let (seq,): (i64,) = tx
        .query(
            "UPDATE leads SET turn_seq = turn_seq + 1, said_seq = CASE WHEN $3 THEN turn_seq + 1 ELSE said_seq END
             WHERE id = $1 AND organization_id = $2 RETURNING turn_seq",
        )
        .bind(lead)
        .bind(store.org.number())
        .bind(author != AuthorKind::System)
        .one()
        .await?;
    tx.query(
        "INSERT INTO turns (id, organization_id, lead_id, seq, kind, channel, author_kind, author_id, text, at)
         VALUES ($1, $2, $3, $4, $5, 'sms', $6, $7, $8, $4)",
    )
    .bind(id)
    .bind(store.org.number())
    .bind(lead)
    .bind(seq)
    .bind(if author == AuthorKind::System { TurnKind::System } else { TurnKind::Message })
    .bind(author)
    .bind(member)
    .bind(text)
    .execute()
    .await?;
    let actor = lotline_common::api::turn::Author {
        kind: author,
        id: member.map(lotline_common::Id::uuid),
        name: None,
    };
    let event =
        NewEvent::new(EventKind::TurnAdded).lead(lead).by(actor).detail(|detail| detail.turn_id = Some(id));
    event::append(tx, store.org, At::from_micros(seq), event)
}

/// Appends `count` small events in one transaction.
pub async fn events(db: &Db, store: Store, count: usize) {
    write(db, move |tx| {
        Box::pin(async move {
            for n in 0..count {
                let event = NewEvent::new(EventKind::LeadUpdated)
                    .detail(|detail| detail.reason = Some(n.to_string()));
                event::append(tx, store.org, At::from_micros(1), event)?;
            }
            Ok(())
        })
    })
    .await;
}

/// A log of so many events, put into the table in one statement and told to nobody.
pub async fn log(db: &Db, store: Store, count: i64) {
    write(db, move |tx| {
        Box::pin(async move {
            tx.query(
                "WITH RECURSIVE numbers (n) AS
                     (SELECT CAST(1 AS BIGINT) UNION ALL SELECT n + 1 FROM numbers WHERE n < $2)
                 INSERT INTO events (organization_id, seq, kind, detail, at) SELECT $1, n, $3, '{}', 1 FROM numbers",
            )
            .bind(store.org.number())
            .bind(count)
            .bind(EventKind::LeadUpdated)
            .execute()
            .await?;
            tx.query("UPDATE organizations SET event_seq = $2 WHERE id = $1")
                .bind(store.org.number())
                .bind(count)
                .execute()
                .await
                .map(drop)
        })
    })
    .await;
}

/// Runs `work` in a write transaction.
pub async fn write<F>(db: &Db, work: F)
where
    F: for<'t> FnOnce(&'t mut Tx) -> futures::future::BoxFuture<'t, Result<(), DbError>> + Send + 'static,
{
    db.write(Scope::System, work).await.unwrap();
}
