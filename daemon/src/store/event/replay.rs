//! Reading the log back: what a stream missed, with turns and names as they are now.

use lotline_common::{
    At, LeadId,
    api::turn::{Author, AuthorKind},
    event::{Detail, Event, EventKind},
};
use sqlx::FromRow;
use uuid::Uuid;

use crate::{
    db::{DbError, Json, Tx},
    domain::organization::OrgKey,
    store::turn::{self, TurnRow, turn_view},
};

#[derive(FromRow)]
struct EventRow {
    seq: i64,
    kind: EventKind,
    at: At,
    event_lead_id: Option<LeadId>,
    actor_kind: Option<AuthorKind>,
    actor_id: Option<Uuid>,
    actor_name: Option<String>,
    detail: Json<Detail>,
    #[sqlx(flatten)]
    turn: TurnRow,
}

impl EventRow {
    fn view(self) -> Event {
        let Self { actor_id, actor_name, .. } = self;
        Event {
            seq: self.seq,
            kind: self.kind,
            at: self.at,
            lead_id: self.event_lead_id,
            actor: self.actor_kind.map(|kind| Author { kind, id: actor_id, name: actor_name }),
            turn: turn_view(self.turn),
            detail: self.detail.0,
        }
    }
}

#[derive(FromRow)]
struct BareRow {
    seq: i64,
    kind: EventKind,
    at: At,
    actor_kind: Option<AuthorKind>,
    actor_id: Option<Uuid>,
    detail: Json<Detail>,
}

impl BareRow {
    fn view(self, lead: LeadId) -> Event {
        let actor = self.actor_kind.map(|kind| Author { kind, id: self.actor_id, name: None });
        Event {
            seq: self.seq,
            kind: self.kind,
            at: self.at,
            lead_id: Some(lead),
            actor,
            turn: None,
            detail: self.detail.0,
        }
    }
}

/// Events after `seq`, oldest first, at most `limit`. Text comes from the turn itself, so what was erased stays erased.
pub async fn after(tx: &mut Tx, org: OrgKey, seq: i64, limit: i64) -> Result<Vec<Event>, DbError> {
    tx.guard(org)?;
    let rows: Vec<EventRow> = tx
        .query(concat!(
            "SELECT e.seq, e.kind, e.at, e.lead_id AS event_lead_id, e.actor_kind, e.actor_id, e.detail,
                CASE e.actor_kind WHEN 'customer' THEN l.name WHEN 'ai' THEN p.persona WHEN 'member' THEN a.name END
                    AS actor_name, ",
            turn::columns!(),
            " FROM events e
              LEFT JOIN turns t ON t.id = e.turn_id AND t.organization_id = e.organization_id
              LEFT JOIN leads l ON l.id = e.lead_id AND l.organization_id = e.organization_id
              LEFT JOIN users u ON u.id = t.author_id
              LEFT JOIN users a ON a.id = e.actor_id
              LEFT JOIN agent_profiles p ON p.organization_id = e.organization_id AND p.retired_at IS NULL
              LEFT JOIN deliveries d ON d.turn_id = t.id AND d.organization_id = t.organization_id
              WHERE e.organization_id = $1 AND e.seq > $2 ORDER BY e.seq LIMIT $3",
        ))
        .bind(org.number())
        .bind(seq)
        .bind(limit)
        .all()
        .await?;
    Ok(rows.into_iter().map(EventRow::view).collect())
}

/// Events of a lead after the first and up to the second number, oldest first: without the turn and anybody's name.
pub async fn of_lead(
    tx: &mut Tx,
    org: OrgKey,
    lead: LeadId,
    (after, to): (i64, i64),
) -> Result<Vec<Event>, DbError> {
    tx.guard(org)?;
    let rows: Vec<BareRow> = tx
        .query(
            "SELECT seq, kind, at, actor_kind, actor_id, detail FROM events
             WHERE organization_id = $1 AND seq > $2 AND seq <= $3 AND lead_id = $4 ORDER BY seq",
        )
        .bind(org.number())
        .bind(after)
        .bind(to)
        .bind(lead)
        .all()
        .await?;
    Ok(rows.into_iter().map(|row| row.view(lead)).collect())
}

/// Number of the organization's newest event; 0 before the first.
pub async fn present(tx: &mut Tx, org: OrgKey) -> Result<i64, DbError> {
    tx.guard(org)?;
    let (seq,): (i64,) =
        tx.query("SELECT event_seq FROM organizations WHERE id = $1").bind(org.number()).one().await?;
    Ok(seq)
}

/// The same for many organizations at once.
pub async fn newest(tx: &mut Tx, orgs: &[OrgKey]) -> Result<Vec<(OrgKey, i64)>, DbError> {
    for org in orgs {
        tx.guard(*org)?;
    }
    let numbers: Vec<i64> = orgs.iter().map(|org| org.number()).collect();
    let sql = tx.pick(
        "SELECT id, event_seq FROM organizations WHERE id IN (SELECT value FROM json_each($1))",
        "SELECT id, event_seq FROM organizations
         WHERE id IN (SELECT value::bigint FROM jsonb_array_elements_text($1::jsonb))",
    );
    let rows: Vec<(i64, i64)> = tx.query(sql).bind(Json(numbers)).all().await?;
    Ok(rows.into_iter().map(|(id, seq)| (OrgKey::new(id), seq)).collect())
}
