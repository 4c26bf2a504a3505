//! The statements of the ingest, each with one JSON parameter that holds the whole batch.
//!
//! Every statement gets an array of its own, so that it parses only its columns. SQLite reads it with `jsonb_each`,
//! PostgreSQL with `jsonb_array_elements`.

use std::collections::HashMap;

use lotline_common::{
    At, LeadId, TurnId,
    api::{consent::ConsentKind, lead::FloorKind},
};
use serde::{Deserialize, Serialize};

use super::{
    InboundText,
    plan::{Plan, hex},
};
use crate::db::{DbError, Json, Query, Tx};

/// What is known of one text's sender and sid, in the order in which both engines tell it.
#[derive(Deserialize)]
pub(super) struct Found {
    pub(super) ix: usize,
    lead_id: Option<LeadId>,
    name: Option<String>,
    turn_seq: Option<i64>,
    floor_kind: Option<FloorKind>,
    /// 0 or 1: SQLite has no booleans.
    opted_out: Option<u8>,
    waiting_since: Option<i64>,
    repeated_turn: Option<TurnId>,
    repeated_lead: Option<LeadId>,
    /// What the phone's newest line says where no lead has it: an erased customer's opt-out still stands.
    ledger: Option<ConsentKind>,
}

pub(super) struct Known {
    pub(super) id: LeadId,
    pub(super) name: Option<String>,
    pub(super) turn_seq: i64,
    pub(super) floor: FloorKind,
    pub(super) opted_out: bool,
    pub(super) waiting_since: Option<At>,
}

impl Found {
    pub(super) fn opted_out(&self) -> bool {
        self.ledger == Some(ConsentKind::OptOut)
    }

    pub(super) fn repeated(&self) -> Option<(TurnId, LeadId)> {
        Some((self.repeated_turn?, self.repeated_lead?))
    }

    pub(super) fn lead(&self) -> Option<Known> {
        Some(Known {
            id: self.lead_id?,
            name: self.name.clone(),
            turn_seq: self.turn_seq?,
            floor: self.floor_kind?,
            opted_out: self.opted_out? == 1,
            waiting_since: self.waiting_since.map(At::from_micros),
        })
    }
}

/// Two batches of one organization must not both create the lead of a phone; SQLite has one writer anyway.
pub(super) async fn take_turns(tx: &mut Tx, texts: &[&InboundText]) -> Result<(), DbError> {
    if tx.pick(true, false) {
        return Ok(());
    }
    let Some(first) = texts.first() else { return Ok(()) };
    if texts.iter().any(|text| text.org != first.org) {
        return Err(DbError::Statement("a batch on PostgreSQL is one organization's".into()));
    }
    tx.query("SELECT pg_advisory_xact_lock($1)").bind(first.org.number()).execute().await.map(drop)
}

/// What is known of the senders, under a lock on PostgreSQL.
pub(super) async fn find(tx: &mut Tx, texts: &[&InboundText]) -> Result<HashMap<usize, Found>, DbError> {
    let keys: Vec<_> = texts.iter().map(|t| (t.org.number(), t.from.as_str(), t.sid.as_str())).collect();
    let mut rows = look_up(tx, &keys).await?;
    if tx.pick(false, true) && lock(tx, texts, &rows).await? {
        // A thread may have moved before it was locked.
        rows = look_up(tx, &keys).await?;
    }
    Ok(rows.into_iter().map(|found| (found.ix, found)).collect())
}

/// By organization, phone and sid. Only of those of whom something is known, in one row: each row is a message from SQLite's thread.
///
/// Below row security PostgreSQL hands no operator of JSON to an index, lest it tell of a hidden row: what is looked for is
/// taken out of the array first. And it keeps the plan that it made while the tables were empty, which reads all of them: `LIMIT`
/// has it look up one row after the other.
pub(super) async fn look_up(tx: &mut Tx, keys: &[(i64, &str, &str)]) -> Result<Vec<Found>, DbError> {
    macro_rules! known {
        ($joins:literal) => {
            concat!(
                " FROM (
                 SELECT b.ix, l.id AS lead_id, l.name, l.turn_seq, l.floor_kind, CAST(l.opted_out AS INTEGER) AS opted_out,
                     l.waiting_since, COALESCE(t.id, e.id) AS repeated_turn, COALESCE(t.lead_id, e.lead_id) AS repeated_lead,
                     CASE WHEN l.id IS NULL THEN (SELECT n.kind FROM consents n WHERE n.phone = b.p
                         AND n.organization_id = b.o AND n.channel = 'sms'
                         ORDER BY n.at DESC, n.id DESC LIMIT 1) END AS ledger
                 FROM b",
                $joins,
                ") found
             WHERE lead_id IS NOT NULL OR repeated_turn IS NOT NULL OR ledger IS NOT NULL"
            )
        };
    }
    let sql = tx.pick(
        concat!(
            "WITH b AS (SELECT key AS ix, value->>0 AS o, value->>1 AS p, value->>2 AS s FROM jsonb_each($1))
             SELECT json_group_array(json_array(ix, NULLIF(hex(lead_id), ''), name, turn_seq, floor_kind, opted_out,
                 waiting_since, NULLIF(hex(repeated_turn), ''), NULLIF(hex(repeated_lead), ''), ledger))",
            known!(
                " LEFT JOIN lead_contacts c ON c.organization_id = b.o AND c.kind = 'phone' AND c.value = b.p
                 LEFT JOIN leads l ON l.id = c.lead_id AND l.organization_id = b.o
                 LEFT JOIN turns t ON t.lead_id = c.lead_id AND t.carrier_sid = b.s AND t.organization_id = b.o
                 LEFT JOIN turns e ON e.carrier_sid = b.s AND e.organization_id = b.o AND e.erased"
            )
        ),
        concat!(
            "WITH b AS MATERIALIZED (
                 SELECT ordinality - 1 AS ix, (value->>0)::bigint AS o, value->>1 AS p, value->>2 AS s
                 FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY)
             SELECT COALESCE(json_agg(json_build_array(ix, lead_id, name, turn_seq, floor_kind, opted_out,
                 waiting_since, repeated_turn, repeated_lead, ledger)), '[]')::text",
            known!(
                " LEFT JOIN LATERAL (SELECT c.lead_id FROM lead_contacts c
                     WHERE c.organization_id = b.o AND c.kind = 'phone' AND c.value = b.p LIMIT 1) c ON TRUE
                 LEFT JOIN LATERAL (SELECT l.* FROM leads l
                     WHERE l.id = c.lead_id AND l.organization_id = b.o LIMIT 1) l ON TRUE
                 LEFT JOIN LATERAL (SELECT t.id, t.lead_id FROM turns t
                     WHERE t.lead_id = c.lead_id AND t.carrier_sid = b.s AND t.organization_id = b.o LIMIT 1) t ON TRUE
                 LEFT JOIN LATERAL (SELECT e.id, e.lead_id FROM turns e
                     WHERE e.carrier_sid = b.s AND e.organization_id = b.o AND e.erased LIMIT 1) e ON TRUE"
            )
        ),
    );
    let (Json(found),) = tx.query(sql).bind(json(&keys)?).one().await?;
    Ok(found)
}

/// Nobody else moves these threads while the batch is written. False when there is none.
async fn lock(tx: &mut Tx, texts: &[&InboundText], rows: &[Found]) -> Result<bool, DbError> {
    let Some(first) = texts.first() else { return Ok(false) };
    let mut ids: Vec<_> = rows.iter().filter_map(|found| found.lead_id).map(|id| hex(id.uuid())).collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok(false);
    }
    tx.query(
        "SELECT id FROM leads WHERE id = ANY(ARRAY(SELECT value::uuid FROM jsonb_array_elements_text($1::jsonb)))
             AND organization_id = $2
         ORDER BY id FOR UPDATE",
    )
    .bind(json(&ids)?)
    .bind(first.org.number())
    .execute()
    .await?;
    Ok(true)
}

/// Every insert of the batch but the events, with one call: each call is a waking of SQLite's thread, or a way to the server and back.
/// Each insert parses an array of its own.
pub(super) async fn write(tx: &mut Tx, plan: &Plan<'_>) -> Result<(), DbError> {
    let arrays = [leads(plan)?, contacts(plan)?, turns(plan)?, receipts(plan)?, jobs(plan)?];
    let sql = tx.pick(ON_SQLITE, ON_POSTGRES);
    let query = arrays.into_iter().fold(tx.query(sql), Query::bind);
    query.bind(plan.burst_max_micros()).execute().await.map(drop)
}

/// A burst slides: a text that comes before the answer began moves its job, but not beyond the longest wait.
const ON_SQLITE: &str = "
    INSERT INTO leads (organization_id, id, own_number, floor_kind, turn_seq, said_seq, last_customer_seq, last_turn_at,
        last_customer_at, floor_since, created_at, updated_at, waiting_since, unread, opted_out, status,
        source)
    SELECT value->>0, unhex(value->>1), value->>2, value->>3, value->>4, value->>4, value->>4, value->>5, value->>5,
        value->>5, value->>5, value->>5, value->>6, value->>7, value->>8, 'new', 'sms'
    FROM jsonb_each($1) WHERE TRUE
    ON CONFLICT (id, organization_id) DO UPDATE SET
        own_number = excluded.own_number, turn_seq = excluded.turn_seq, said_seq = excluded.said_seq,
        last_customer_seq = excluded.last_customer_seq, last_turn_at = excluded.last_turn_at,
        last_customer_at = excluded.last_customer_at, updated_at = excluded.updated_at,
        waiting_since = excluded.waiting_since, unread = leads.unread + excluded.unread;
    INSERT INTO lead_contacts (organization_id, lead_id, kind, value, created_at)
    SELECT value->>0, unhex(value->>1), 'phone', value->>2, value->>3 FROM jsonb_each($2);
    INSERT INTO turns (organization_id, id, lead_id, seq, kind, channel, author_kind, carrier_sid, text, media, at)
    SELECT value->>0, unhex(value->>1), unhex(value->>2), value->>3, 'message', 'sms', 'customer', value->>4,
        value->>5, value->>6, value->>7
    FROM jsonb_each($3);
    INSERT INTO receipts (organization_id, id, source, dedupe_key, body, at)
    SELECT value->>0, unhex(value->>1), 'twilio.sms', value->>2, value->>3, value->>4 FROM jsonb_each($4);
    INSERT INTO jobs (organization_id, id, lead_id, run_at, created_at, kind, payload, priority, dedupe_key)
    SELECT value->>0, unhex(value->>1), unhex(value->>2), value->>3, value->>4, 'reply_with_agent',
        '{\"job\":\"reply_with_agent\"}', 1, 'reply:' || (value->>2)
    FROM jsonb_each($5) WHERE TRUE
    ON CONFLICT (dedupe_key, organization_id) WHERE state = 'ready' AND dedupe_key IS NOT NULL
    DO UPDATE SET run_at = MIN(excluded.run_at, jobs.created_at + $6)";

/// The same as one statement: keys to other tables are checked at its end.
const ON_POSTGRES: &str = "
    WITH new_leads AS (
        INSERT INTO leads (organization_id, id, own_number, floor_kind, turn_seq, said_seq, last_customer_seq, last_turn_at,
            last_customer_at, floor_since, created_at, updated_at, waiting_since, unread, opted_out, status,
            source)
        SELECT (v->>0)::bigint, (v->>1)::uuid, v->>2, v->>3, (v->>4)::bigint, (v->>4)::bigint, (v->>4)::bigint, (v->>5)::bigint,
            (v->>5)::bigint, (v->>5)::bigint, (v->>5)::bigint, (v->>5)::bigint, (v->>6)::bigint, (v->>7)::bigint,
            (v->>8)::boolean, 'new', 'sms'
        FROM jsonb_array_elements($1::jsonb) v
        ON CONFLICT (id, organization_id) DO UPDATE SET
            own_number = excluded.own_number, turn_seq = excluded.turn_seq, said_seq = excluded.said_seq,
            last_customer_seq = excluded.last_customer_seq, last_turn_at = excluded.last_turn_at,
            last_customer_at = excluded.last_customer_at, updated_at = excluded.updated_at,
            waiting_since = excluded.waiting_since, unread = leads.unread + excluded.unread
    ), new_contacts AS (
        INSERT INTO lead_contacts (organization_id, lead_id, kind, value, created_at)
        SELECT (v->>0)::bigint, (v->>1)::uuid, 'phone', v->>2, (v->>3)::bigint FROM jsonb_array_elements($2::jsonb) v
    ), new_turns AS (
        INSERT INTO turns (organization_id, id, lead_id, seq, kind, channel, author_kind, carrier_sid, text, media, at)
        SELECT (v->>0)::bigint, (v->>1)::uuid, (v->>2)::uuid, (v->>3)::bigint, 'message', 'sms', 'customer', v->>4,
            v->>5, v->>6, (v->>7)::bigint
        FROM jsonb_array_elements($3::jsonb) v
    ), new_receipts AS (
        INSERT INTO receipts (organization_id, id, source, dedupe_key, body, at)
        SELECT (v->>0)::bigint, (v->>1)::uuid, 'twilio.sms', v->>2, v->>3, (v->>4)::bigint
        FROM jsonb_array_elements($4::jsonb) v
    )
    INSERT INTO jobs (organization_id, id, lead_id, run_at, created_at, kind, payload, priority, dedupe_key)
    SELECT (v->>0)::bigint, (v->>1)::uuid, (v->>2)::uuid, (v->>3)::bigint, (v->>4)::bigint, 'reply_with_agent',
        '{\"job\":\"reply_with_agent\"}', 1, 'reply:' || (v->>2)
    FROM jsonb_array_elements($5::jsonb) v
    ON CONFLICT (dedupe_key, organization_id) WHERE state = 'ready' AND dedupe_key IS NOT NULL
    DO UPDATE SET run_at = LEAST(excluded.run_at, jobs.created_at + $6)";

fn leads(plan: &Plan<'_>) -> Result<String, DbError> {
    let rows = plan.leads.iter().map(|l| {
        // Also the row that is only updated must be one that could be inserted, and a member's floor names a member.
        let floor = if l.is_new { l.floor } else { FloorKind::Nobody };
        let (at, waiting) = (l.at.micros(), l.waiting_since.micros());
        let id = hex(l.id.uuid());
        (l.org.number(), id, l.own_number.as_str(), floor, l.turn_seq, at, waiting, l.added, l.opted_out)
    });
    json(&rows.collect::<Vec<_>>())
}

fn contacts(plan: &Plan<'_>) -> Result<String, DbError> {
    let new = plan.leads.iter().filter(|lead| lead.is_new);
    let rows = new.map(|l| (l.org.number(), hex(l.id.uuid()), l.phone.as_str(), l.at.micros()));
    json(&rows.collect::<Vec<_>>())
}

fn turns(plan: &Plan<'_>) -> Result<String, DbError> {
    let rows = plan.turns.iter().map(|t| {
        let media = if t.text.media.is_empty() { None } else { Some(json(&t.text.media)?) };
        let (org, at) = (t.text.org.number(), t.text.at.micros());
        Ok((org, hex(t.id.uuid()), hex(t.lead.uuid()), t.seq, &t.text.sid, &t.text.body, media, at))
    });
    json(&rows.collect::<Result<Vec<_>, DbError>>()?)
}

fn jobs(plan: &Plan<'_>) -> Result<String, DbError> {
    let rows = plan
        .jobs
        .iter()
        .map(|j| (j.org.number(), hex(j.id.uuid()), hex(j.lead.uuid()), j.run_at, j.created_at));
    json(&rows.collect::<Vec<_>>())
}

/// The receipt of a text carries the turn's id.
fn receipts(plan: &Plan<'_>) -> Result<String, DbError> {
    let rows = plan
        .turns
        .iter()
        .map(|t| (t.text.org.number(), hex(t.id.uuid()), &t.text.sid, &t.text.raw, t.text.at.micros()));
    json(&rows.collect::<Vec<_>>())
}

fn json(rows: &impl Serialize) -> Result<String, DbError> {
    serde_json::to_string(rows).map_err(|error| DbError::Statement(error.to_string()))
}
