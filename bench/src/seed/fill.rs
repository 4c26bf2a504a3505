//! The rows of many customers at once: a lead, a phone, a text and two events of each.

use std::ops::Range;

use serde_json::Value;

use super::customer;
use crate::{Result, database::Database};

const ON_SQLITE: &str = "WITH r AS (SELECT unhex(value->>0) AS lead, unhex(value->>1) AS turn, value->>2 AS phone,
    value->>3 AS name, value->>4 AS vehicle, value->>5 AS text, value->>6 AS at, value->>7 AS seq, value->>8 AS waiting,
    value->>9 AS floor FROM jsonb_each($1)) ";
const ON_POSTGRES: &str = "WITH r AS (SELECT (v->>0)::uuid AS lead, (v->>1)::uuid AS turn, v->>2 AS phone,
    v->>3 AS name, v->>4 AS vehicle, v->>5 AS text, (v->>6)::bigint AS at, (v->>7)::bigint AS seq,
    (v->>8)::bigint AS waiting, v->>9 AS floor FROM jsonb_array_elements($1::jsonb) v) ";
const FILL: [&str; 5] = [
    "INSERT INTO leads (organization_id, id, name, vehicle, status, floor_kind, floor_since, turn_seq, said_seq, last_customer_seq,
         last_turn_at, last_customer_at, waiting_since, unread, source, created_at, updated_at)
     SELECT $2, lead, name, vehicle, 'new', floor, at, 1, 1, 1, at, at, waiting, 1, 'sms', at, at FROM r",
    "INSERT INTO lead_contacts (organization_id, lead_id, kind, value, created_at)
     SELECT $2, lead, 'phone', phone, at FROM r",
    "INSERT INTO turns (organization_id, id, lead_id, seq, kind, channel, author_kind, text, carrier_sid, at)
     SELECT $2, turn, lead, 1, 'message', 'sms', 'customer', text, 'SM' || phone, at FROM r",
    "INSERT INTO events (organization_id, seq, kind, lead_id, turn_id, actor_kind, detail, at)
     SELECT $2, seq, 'lead.created', lead, NULL, 'customer', '{}', at FROM r
     UNION ALL SELECT $2, seq + 1, 'turn.added', lead, turn, 'customer', '{}', at FROM r ORDER BY 2",
    "UPDATE organizations SET event_seq = (SELECT MAX(seq) + 1 FROM r) WHERE id = $2",
];

/// `told` events stand before the first customer's.
pub(super) async fn fill(database: &mut Database, org: i64, told: i64, customers: Range<u64>) -> Result<()> {
    let rows: Vec<Value> = customers.map(|customer| customer::row(customer, told)).collect();
    let rows = serde_json::to_string(&rows)?;
    let read = database.pick(ON_SQLITE, ON_POSTGRES);
    for write in FILL {
        database.fill(format!("{read}{write}"), &rows, org).await?;
    }
    Ok(())
}
