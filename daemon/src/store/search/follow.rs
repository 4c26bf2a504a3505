//! The indexes follow the event log: what is new is added, what is forgotten goes.

use lotline_common::{At, LeadId};

use crate::{
    db::{DbError, Tx},
    domain::organization::OrgKey,
};

/// Organizations whose log goes on behind what can be searched.
pub async fn behind(tx: &mut Tx) -> Result<Vec<OrgKey>, DbError> {
    let rows: Vec<(i64,)> = tx
        .query(
            "SELECT o.id FROM organizations o LEFT JOIN search_positions p ON p.organization_id = o.id
             WHERE o.event_seq > COALESCE(p.seq, 0) ORDER BY o.id",
        )
        .all()
        .await?;
    Ok(rows.into_iter().map(|(number,)| OrgKey::new(number)).collect())
}

/// Makes the next `limit` events searchable. True when there is more.
pub async fn advance(tx: &mut Tx, org: OrgKey, limit: i64) -> Result<bool, DbError> {
    tx.guard(org)?;
    if tx.pick(false, true) {
        // Two daemons must not both read the same events.
        let turn = "SELECT pg_advisory_xact_lock(hashtext('search'), $1::int)";
        tx.query(turn).bind(org.number()).execute().await?;
    }
    let (mut from, present): (i64, i64) = tx
        .query(
            "SELECT COALESCE(p.seq, 0), o.event_seq FROM organizations o
             LEFT JOIN search_positions p ON p.organization_id = o.id WHERE o.id = $1",
        )
        .bind(org.number())
        .one()
        .await?;
    // A restored backup has left millions of numbers out: where nothing is found, the steps grow.
    let (mut added, mut step) = (0, limit);
    while added == 0 && from < present {
        let to = present.min(from + step);
        added = add_leads(tx, org, from, to).await? + add_words(tx, org, from, to).await?;
        move_to(tx, org, to).await?;
        (from, step) = (to, step * 2);
    }
    Ok(from < present)
}

/// The leads that the events from `from` to `to` tell of, as they are now.
async fn add_leads(tx: &mut Tx, org: OrgKey, from: i64, to: i64) -> Result<u64, DbError> {
    // On PostgreSQL lower-cased; SQLite's indexes are of no case. Triggers tell both of them there.
    let sql = tx.pick(
        "INSERT INTO search_leads (k, organization_id, lead_id, text)
         SELECT $1 * 1099511627776 + n.seq, $1, l.id, ' ' || concat_ws(' ', l.name, l.vehicle,
             (SELECT string_agg(c.value, ' ') FROM lead_contacts c WHERE c.lead_id = l.id AND c.organization_id = $1))
         FROM (SELECT lead_id, MIN(seq) AS seq FROM events WHERE organization_id = $1 AND seq > $2 AND seq <= $3
               AND kind IN ('lead.created', 'lead.updated') GROUP BY lead_id) n
         JOIN leads l ON l.id = n.lead_id AND l.organization_id = $1
         WHERE TRUE ORDER BY n.seq
         ON CONFLICT (lead_id, organization_id) DO UPDATE SET text = excluded.text
         WHERE search_leads.text <> excluded.text",
        "INSERT INTO search_leads (k, organization_id, lead_id, text)
         SELECT $1 * 1099511627776 + n.seq, $1, l.id, lower(' ' || concat_ws(' ', l.name, l.vehicle,
             (SELECT string_agg(c.value, ' ') FROM lead_contacts c WHERE c.lead_id = l.id AND c.organization_id = $1)))
         FROM (SELECT lead_id, MIN(seq) AS seq FROM events WHERE organization_id = $1 AND seq > $2 AND seq <= $3
               AND kind IN ('lead.created', 'lead.updated') GROUP BY lead_id) n
         JOIN leads l ON l.id = n.lead_id AND l.organization_id = $1
         ORDER BY n.seq
         ON CONFLICT (lead_id, organization_id) DO UPDATE SET text = excluded.text
         WHERE search_leads.text <> excluded.text",
    );
    tx.query(sql).bind(org.number()).bind(from).bind(to).execute().await
}

/// What was said and noted; markers of the system are nobody's words.
async fn add_words(tx: &mut Tx, org: OrgKey, from: i64, to: i64) -> Result<u64, DbError> {
    let sql = tx.pick(
        "INSERT INTO search_words (rowid, text)
         SELECT $1 * 1099511627776 + e.seq, t.text FROM events e
         JOIN turns t ON t.id = e.turn_id AND t.organization_id = e.organization_id
         WHERE e.organization_id = $1 AND e.seq > $2 AND e.seq <= $3 AND e.kind = 'turn.added' AND t.kind <> 'system'
         ORDER BY e.seq",
        "INSERT INTO search_words (k, organization_id, words)
         SELECT $1 * 1099511627776 + e.seq, $1,
             to_tsvector('simple', regexp_replace(t.text, '[^[:alnum:]]+', ' ', 'g')) FROM events e
         JOIN turns t ON t.id = e.turn_id AND t.organization_id = e.organization_id
         WHERE e.organization_id = $1 AND e.seq > $2 AND e.seq <= $3 AND e.kind = 'turn.added' AND t.kind <> 'system'
         ORDER BY e.seq",
    );
    tx.query(sql).bind(org.number()).bind(from).bind(to).execute().await
}

async fn move_to(tx: &mut Tx, org: OrgKey, seq: i64) -> Result<(), DbError> {
    tx.query(
        "INSERT INTO search_positions (organization_id, seq) VALUES ($1, $2)
         ON CONFLICT (organization_id) DO UPDATE SET seq = excluded.seq",
    )
    .bind(org.number())
    .bind(seq)
    .execute()
    .await
    .map(drop)
}

/// A customer is forgotten: neither who they were nor what was said finds anybody. What they are now is read anew.
pub async fn forget(tx: &mut Tx, org: OrgKey, lead: LeadId) -> Result<(), DbError> {
    tx.guard(org)?;
    let words = tx.pick(
        "DELETE FROM search_words WHERE rowid IN (SELECT $1 * 1099511627776 + seq FROM events
             WHERE organization_id = $1 AND lead_id = $2 AND turn_id IS NOT NULL)",
        "DELETE FROM search_words WHERE organization_id = $1 AND k IN (SELECT $1 * 1099511627776 + seq FROM events
             WHERE organization_id = $1 AND lead_id = $2 AND turn_id IS NOT NULL)",
    );
    for sql in [words, "DELETE FROM search_leads WHERE organization_id = $1 AND lead_id = $2"] {
        tx.query(sql).bind(org.number()).bind(lead).execute().await?;
    }
    Ok(())
}

/// What was said before `before` is found no more.
pub async fn forget_before(tx: &mut Tx, org: OrgKey, before: At) -> Result<(), DbError> {
    tx.guard(org)?;
    let sql = tx.pick(
        "DELETE FROM search_words WHERE rowid >= $1 * 1099511627776 AND rowid <= $1 * 1099511627776
             + (SELECT COALESCE(MAX(seq), 0) FROM events WHERE organization_id = $1 AND at < $2)",
        "DELETE FROM search_words WHERE organization_id = $1 AND k <= $1 * 1099511627776
             + (SELECT COALESCE(MAX(seq), 0) FROM events WHERE organization_id = $1 AND at < $2)",
    );
    tx.query(sql).bind(org.number()).bind(before).execute().await.map(drop)
}
