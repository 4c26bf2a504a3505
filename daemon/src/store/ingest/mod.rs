//! Inbound texts, written as a batch: a handful of statements whatever their number.
//!
//! One transaction holds receipt, lead, turn, event and job of every text. A repeated message writes nothing.

mod plan;
mod statement;

use std::{collections::HashSet, time::Duration};

use lotline_common::{At, LeadId, PhoneNumber, TurnId, api::turn::Media};

use crate::{
    db::{Committed, DbError, Json, Tx},
    domain::{keyword::Keyword, organization::OrgKey},
    store::event,
};

/// One text as the carrier delivered it, verified and assigned to the organization of its own number.
#[derive(Debug, Clone)]
pub struct InboundText {
    /// The turn's id, unless the text is here already: that of the request which brought it.
    pub id: TurnId,
    pub org: OrgKey,
    pub sid: String,
    pub from: PhoneNumber,
    pub to: PhoneNumber,
    pub body: String,
    pub media: Vec<Media>,
    /// The webhook's body as it came.
    pub raw: String,
    pub at: At,
}

/// What became of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Received {
    pub lead: LeadId,
    pub turn: TurnId,
    /// It was here already: nothing was written.
    pub repeated: bool,
    pub keyword: Option<Keyword>,
}

/// How long an answer waits for more texts.
#[derive(Debug, Clone, Copy)]
pub struct Burst {
    /// Slides with every text.
    pub window: Duration,
    /// Never longer than this after the first.
    pub max: Duration,
}

/// Those message ids that are stored here, of texts by who sent them and what the carrier calls them.
pub async fn stored(
    tx: &mut Tx,
    org: OrgKey,
    texts: &[(&PhoneNumber, &str)],
) -> Result<HashSet<String>, DbError> {
    tx.guard(org)?;
    // Looked up text by text, as `statement::find` does and why.
    let sql = tx.pick(
        "SELECT b.value->>1 FROM jsonb_each($2) b
         WHERE EXISTS (SELECT 1 FROM lead_contacts c CROSS JOIN turns t ON t.lead_id = c.lead_id
                 AND t.carrier_sid = b.value->>1 AND t.organization_id = $1
                 WHERE c.organization_id = $1 AND c.kind = 'phone' AND c.value = b.value->>0)
             OR EXISTS (SELECT 1 FROM turns e
                 WHERE e.carrier_sid = b.value->>1 AND e.organization_id = $1 AND e.erased)",
        "WITH b AS MATERIALIZED (SELECT value->>0 AS p, value->>1 AS s FROM jsonb_array_elements($2::jsonb))
         SELECT b.s FROM b
         LEFT JOIN LATERAL (SELECT c.lead_id FROM lead_contacts c
             WHERE c.organization_id = $1 AND c.kind = 'phone' AND c.value = b.p LIMIT 1) c ON TRUE
         LEFT JOIN LATERAL (SELECT TRUE AS is_known FROM turns t
             WHERE t.lead_id = c.lead_id AND t.carrier_sid = b.s AND t.organization_id = $1 LIMIT 1) t ON TRUE
         LEFT JOIN LATERAL (SELECT TRUE AS is_known FROM turns e
             WHERE e.carrier_sid = b.s AND e.organization_id = $1 AND e.erased LIMIT 1) e ON TRUE
         WHERE t.is_known OR e.is_known",
    );
    let rows: Vec<(String,)> = tx.query(sql).bind(org.number()).bind(Json(texts)).all().await?;
    Ok(rows.into_iter().map(|(sid,)| sid).collect())
}

/// Stores `texts` in order. On PostgreSQL they must all be one organization's.
pub async fn receive(tx: &mut Tx, texts: &[&InboundText], burst: Burst) -> Result<Vec<Received>, DbError> {
    for text in texts {
        tx.guard(text.org)?;
    }
    statement::take_turns(tx, texts).await?;
    let found = statement::find(tx, texts).await?;
    let plan = plan::Plan::make(texts, &found, burst);
    if plan.turns.is_empty() {
        return Ok(plan.received);
    }
    statement::write(tx, &plan).await?;
    for (org, at, event) in plan.events {
        event::append(tx, org, at, event)?;
    }
    if let Some(first) = plan.jobs.iter().map(|job| job.run_at).min() {
        tx.tell(Committed::Job(At::from_micros(first)));
    }
    Ok(plan.received)
}
